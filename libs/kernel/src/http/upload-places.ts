import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error';
import { type BodyRules, isLargeBody } from './request-body';

/**
 * Counts the files, streams of lines and large bodies that arrive at the same time, by tenant. Each may take long and keeps a part of itself in memory: a
 * client with many slow ones must not take all of a process.
 */
export class UploadPlaces {
  private readonly taken = new Map<string, number>();

  /** @param ofKey places of one tenant */
  constructor(private readonly ofKey: number) {}

  /** Takes a place until the answer has ended; a request with another body needs none. @throws AppError `too_many_uploads` */
  take(key: string, request: FastifyRequest, reply: FastifyReply): void {
    if (!needsPlace(request)) return;
    const taken = this.taken.get(key) ?? 0;
    if (taken >= this.ofKey)
      throw new AppError('throttled', 'too_many_uploads', `${this.ofKey} uploads of this tenant are under way. Wait until one has ended.`, {
        retryAfterSeconds: 5,
      });
    const { socket } = request.raw;
    // The client left before it was known.
    if (socket.destroyed || reply.raw.closed) return;
    this.taken.set(key, taken + 1);
    const leave = (): void => {
      reply.raw.off('close', leave);
      socket.off('close', leave);
      this.leave(key);
    };
    // An answer that waits behind another one of its connection does not close when the connection does. `finished` would add two
    // listeners to the answer, which has nearly as many of its frameworks as Node takes for a leak.
    reply.raw.once('close', leave);
    socket.once('close', leave);
  }

  private leave(key: string): void {
    const left = (this.taken.get(key) ?? 1) - 1;
    if (left === 0) this.taken.delete(key);
    else this.taken.set(key, left);
  }
}

/** True when the route reads the body of this request as a stream, or may keep more of it than of an ordinary one. */
function needsPlace(request: FastifyRequest): boolean {
  const { file = false, lines = false } = (request.routeOptions.config as { body?: BodyRules }).body ?? {};
  return file || (lines && /^application\/x-ndjson\b/i.test(request.headers['content-type'] ?? '')) || isLargeBody(request);
}
