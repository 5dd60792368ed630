import { Injectable } from '@nestjs/common';
import { Suppressions } from '@heliograph/contacts';
import { type KnownTenant, type Session, Sessions } from '@heliograph/tenants';
import type { Conversation } from './conversations.repository';

/** Reasons why an answer is not sent: at all, or until its session can send. */
export const replyBlocks = [
  'session_deleted',
  'opted_out',
  'bad_number',
  'suppressed',
  'agency_suppressed',
  'session_not_connected',
  'session_held',
] as const;
export type ReplyBlock = (typeof replyBlocks)[number];

/** Finds what keeps an answer from being sent, before it is written. */
@Injectable()
export class ReplyObstacles {
  constructor(
    private readonly sessions: Sessions,
    private readonly suppressions: Suppressions,
  ) {}

  /** Returns the session of a conversation, and the first obstacle for an answer through it. */
  async of(
    { id, settings }: Pick<KnownTenant, 'id' | 'settings'>,
    { sessionId, address }: Conversation,
  ): Promise<{ session: Session | null; blockedBy: ReplyBlock | null }> {
    const session = await this.sessions.find(id, sessionId);
    if (!session) return { session, blockedBy: 'session_deleted' };
    const cause = await this.suppressions.causeOf(id, address, settings.opt_out.exempt_classes.includes('reply'));
    if (cause) return { session, blockedBy: cause };
    if (session.status !== 'connected') return { session, blockedBy: 'session_not_connected' };
    return { session, blockedBy: session.heldReason ? 'session_held' : null };
  }
}
