import { Injectable } from '@nestjs/common';
import { Database, List, listKeys, type Page, type PageRequest } from '@heliograph/kernel';
import type { HookFact } from '@heliograph/providers';
import { isSessionKept, sessionOf } from '@heliograph/tenants';
import type { Reported } from './reported-fact';

/** A channel of one session. */
export interface Channel {
  /** `…@newsletter`, as accepted by `to` of a message. */
  channel: string;
  sessionId: string;
  firstSeenAt: Date;
  /** Time of the last post by somebody else that a hook reported. */
  heardAt: Date | null;
  /** Time of the last post by the session itself, which may therefore post. */
  postedAt: Date | null;
}

const channelList = new List('channels', listKeys.text, listKeys.id);

/** Directory of channels, gathered from hooks: the provider has no call that lists them (contract section 9). */
@Injectable()
export class Channels {
  constructor(private readonly db: Database) {}

  /** Stores the channels that these facts name. */
  async note(reported: Reported<Extract<HookFact, { type: 'inbound' | 'own_message' }>>[]): Promise<void> {
    const seen = reported.flatMap(({ tenantId, sessionId, fact }) => {
      const { chat } = fact.type === 'inbound' ? fact.sender : fact.recipient;
      return chat?.endsWith('@newsletter') ? [{ tenantId, sessionId, channel: chat, isPost: fact.type === 'own_message' }] : [];
    });
    if (seen.length === 0) return;
    await this.db.query(
      `INSERT INTO channels AS c (tenant_id, session_id, channel, heard_at, posted_at)
       SELECT tenant_id, session_id, channel, CASE WHEN bool_or(NOT is_post) THEN heliograph_now() END, CASE WHEN bool_or(is_post) THEN heliograph_now() END
       FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bool[]) AS s(tenant_id, session_id, channel, is_post)
       GROUP BY tenant_id, session_id, channel ORDER BY tenant_id, channel, session_id
       ON CONFLICT (tenant_id, channel, session_id) DO UPDATE SET heard_at = coalesce(excluded.heard_at, c.heard_at), posted_at = coalesce(excluded.posted_at, c.posted_at)`,
      [seen.map((s) => s.tenantId), seen.map((s) => s.sessionId), seen.map((s) => s.channel), seen.map((s) => s.isPost)],
    );
  }

  /** Returns channels by channel, then session, without those of deleted sessions. */
  list(tenantId: string, filter: { sessionId?: string | undefined }, page: PageRequest): Promise<Page<Channel>> {
    const [channel = null, session = null] = channelList.after(page) ?? [];
    return this.db.forTenant(tenantId, async (tx) => {
      const rows = await tx.query<Channel>(
        `SELECT c.channel, c.session_id AS "sessionId", c.first_seen_at AS "firstSeenAt", c.heard_at AS "heardAt", c.posted_at AS "postedAt"
         FROM channels c JOIN ${sessionOf('s', 'c')} AND ${isSessionKept('s')}
         WHERE c.tenant_id = $1 AND ($2::uuid IS NULL OR c.session_id = $2) AND ($3::text IS NULL OR (c.channel, c.session_id) > ($3, $4::uuid))
         ORDER BY c.channel, c.session_id LIMIT $5`,
        [tenantId, filter.sessionId ?? null, channel, session, page.limit + 1],
      );
      return channelList.pageOf(rows, page.limit, (row) => [row.channel, row.sessionId]);
    });
  }
}
