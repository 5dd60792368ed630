import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error';

/** Sees a thing before it is changed, under the lock of its row, and throws when it may not be changed. Null: there is none yet. */
export type ChangeGuard<T> = (current: T | null) => void;

/** Tag of what people edit of a thing. It changes when that does, and not with counters and times that only pass by. */
export function entityTag(edited: unknown): string {
  return `"${hash('sha256', JSON.stringify(edited), 'base64url').slice(0, 22)}"`;
}

/** ETag of an answer and If-Match of its request. */
export class EntityTags {
  constructor(
    private readonly request: Pick<FastifyRequest, 'headers'>,
    private readonly reply: Pick<FastifyReply, 'header'>,
  ) {}

  /** Puts the tag of a thing into the answer. @returns the thing */
  show<T>(editedOf: (thing: T) => unknown, thing: T): T {
    void this.reply.header('etag', entityTag(editedOf(thing)));
    return thing;
  }

  /**
   * Guard of a change by If-Match; undefined when the request has none. Weak tags count too: proxies that compress make them.
   * The guard throws AppError `precondition_failed` when the thing has another tag, or is not there.
   */
  guard<T>(editedOf: (thing: T) => unknown): ChangeGuard<T> | undefined {
    const given = this.request.headers['if-match'];
    if (given === undefined) return undefined;
    const tags = given.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return (current) => {
      if (current !== null && (tags.includes('*') || tags.includes(entityTag(editedOf(current))))) return;
      throw new AppError('precondition_failed', 'precondition_failed', 'It was changed since the tag of If-Match. Read it again.');
    };
  }
}
