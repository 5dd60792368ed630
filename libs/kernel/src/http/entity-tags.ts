import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error';

/** Checks an object before it is changed, under the lock of its row, and throws when it may not be changed. Null: it does not exist yet. */
export type ChangeGuard<T> = (current: T | null) => void;

/** Returns the tag of an object's editable data. It changes with that data, and not with counters and timestamps that only progress. */
export function entityTag(edited: unknown): string {
  return `"${hash('sha256', JSON.stringify(edited), 'base64url').slice(0, 22)}"`;
}

/** Sets the ETag of answers and checks If-Match of requests. */
export class EntityTags {
  constructor(
    private readonly request: Pick<FastifyRequest, 'headers'>,
    private readonly reply: Pick<FastifyReply, 'header'>,
  ) {}

  /** Sets the tag of an object in the answer. @returns the object */
  show<T>(editedOf: (thing: T) => unknown, thing: T): T {
    void this.reply.header('etag', entityTag(editedOf(thing)));
    return thing;
  }

  /**
   * Returns a guard that enforces If-Match on a change; undefined when the request has none. Accepts weak tags: compressing proxies create them.
   * The guard throws AppError `precondition_failed` when the object has another tag or does not exist.
   */
  guard<T>(editedOf: (thing: T) => unknown): ChangeGuard<T> | undefined {
    const given = this.request.headers['if-match'];
    if (given === undefined) return undefined;
    const tags = given.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return (current) => {
      if (current !== null && (tags.includes('*') || tags.includes(entityTag(editedOf(current))))) return;
      throw new AppError('precondition_failed', 'precondition_failed', 'The object was changed after the tag in If-Match. Read it again.');
    };
  }
}
