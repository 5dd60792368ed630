import { Injectable } from '@nestjs/common';
import type { OriginKind } from '../message-origin';

/** A message that needs a body. A message that is redriven has a new id. */
export interface BodyRequest {
  tenantId: string;
  messageId: string;
  /** Canonical address. */
  recipient: string;
  /** Data that the message was stored with. */
  source: unknown;
}

/**
 * `body`: content as in `POST /v1/messages` (`type` and its members, `mentions`). `failed`: the reason why this message has none, for
 * people and without content; the message becomes a dead letter.
 */
export type BodyAnswer = { body: unknown } | { failed: string };

/**
 * Makes the bodies of messages of one kind of origin, right before their calls. Libs above implement it and register it with `BodySources`.
 */
export interface BodySource {
  kind: OriginKind;
  /** Maximum time for one batch, in ms; default 5 s. */
  maxMs?: number;
  /**
   * Returns an answer per request, in order. Requests of a batch may belong to several tenants. A message that was not called for may be
   * requested again, and the answer must be the same. Throws when it cannot answer, for example while the database is down: the messages
   * then return to their lanes.
   */
  render(requests: BodyRequest[], signal: AbortSignal): Promise<BodyAnswer[]>;
}

/** The body sources of this process, by kind of origin. */
@Injectable()
export class BodySources {
  private readonly sources = new Map<OriginKind, BodySource>();

  /** Registers a source when its module starts. @throws Error for a second source of a kind */
  register(source: BodySource): void {
    if (this.sources.has(source.kind)) throw new Error(`Two body sources are registered for ${source.kind}.`);
    this.sources.set(source.kind, source);
  }

  find(kind: OriginKind): BodySource | undefined {
    return this.sources.get(kind);
  }
}
