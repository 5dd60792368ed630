import { Injectable } from '@nestjs/common';
import type { OriginKind } from '../message-origin';

/** A message that needs a body. A message that is sent on from a dead letter asks under a new id. */
export interface BodyRequest {
  tenantId: string;
  messageId: string;
  /** Canonical address. */
  recipient: string;
  /** What the message was stored with. */
  source: unknown;
}

/**
 * `body`: content as in `POST /v1/messages` (`type` and its members, `mentions`). `failed`: why this message has none, for people, without
 * content; it becomes a dead letter.
 */
export type BodyAnswer = { body: unknown } | { failed: string };

/** Makes the bodies of messages of one kind of origin, right before they are called for. Implemented by libs above, registered with `BodySources`. */
export interface BodySource {
  kind: OriginKind;
  /** Time for one batch, in ms; default 5 s. */
  maxMs?: number;
  /**
   * Returns an answer per request, in order; requests of a batch are of any tenants. May be asked again about a message that was not
   * called for, and must then answer the same. Throws when it cannot say, for example while the database is away: the messages go
   * back to their lanes.
   */
  render(requests: BodyRequest[], signal: AbortSignal): Promise<BodyAnswer[]>;
}

/** The sources of bodies of this process, by kind of origin. */
@Injectable()
export class BodySources {
  private readonly sources = new Map<OriginKind, BodySource>();

  /** Called when the module starts. @throws Error for a second source of a kind */
  register(source: BodySource): void {
    if (this.sources.has(source.kind)) throw new Error(`There are two sources of bodies for ${source.kind}.`);
    this.sources.set(source.kind, source);
  }

  get(kind: OriginKind): BodySource | undefined {
    return this.sources.get(kind);
  }
}
