import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type PurgeChunk, Purges, type Tx } from '@heliograph/kernel';
import { oldRows } from '@heliograph/tenants';
import type { InboxConfig } from './inbox.config';

/** Purges old entries of conversations. Conversations themselves stay: their number is limited by people and sessions. */
@Injectable()
export class EntryRetention {
  private readonly days: number;

  constructor(purges: Purges, @Inject(APP_CONFIG) config: Pick<InboxConfig, 'ENTRY_RETENTION_DAYS'>) {
    const keptDays = (this.days = config.ENTRY_RETENTION_DAYS);
    purges.register({ table: 'entries', keptDays, purgeSome: (tx, limit, from) => this.purgeEntries(tx, limit, from) });
    purges.register({ table: 'entry_changes', keptDays, purgeSome: (tx, limit, from) => this.purgeChanges(tx, limit, from) });
  }

  private async purgeEntries(tx: Tx, limit: number, from: string | null): Promise<PurgeChunk> {
    const { rows, next } = await oldRows(tx, 'entries', this.days, limit, from);
    if (rows.length === 0) return { deleted: {}, next };
    const tenants = rows.map((row) => row.tenantId);
    // Locks conversations first, as every writer does.
    const conversations = await tx.query<{ tenant_id: string; id: string }>(
      `SELECT c.tenant_id, c.id FROM conversations c WHERE (c.tenant_id, c.id) IN (
         SELECT e.tenant_id, e.conversation_id FROM unnest($1::uuid[], $2::uuid[]) AS o(tenant_id, id) JOIN entries e ON e.tenant_id = o.tenant_id AND e.id = o.id)
       ORDER BY c.tenant_id, c.id FOR UPDATE OF c`,
      [tenants, rows.map((row) => row.id)],
    );
    const [gone] = await tx.query<{ count: number }>(
      `WITH gone AS (
         DELETE FROM entries e USING unnest($1::uuid[], $2::uuid[]) AS o(tenant_id, id)
         WHERE e.tenant_id = o.tenant_id AND e.id = o.id AND e.received_at < heliograph_now() - $3 * interval '1 day' RETURNING 1
       )
       SELECT count(*)::int AS count FROM gone`,
      [tenants, rows.map((row) => row.id), this.days],
    );
    // Unread counts and previews never exceed the entries that remain.
    await tx.query(
      `UPDATE conversations c SET unread = n.unread, last_text = CASE WHEN n.is_empty THEN NULL ELSE c.last_text END
       FROM (
         SELECT h.tenant_id, h.id, (SELECT count(*) FROM (SELECT 1 FROM entries e WHERE e.tenant_id = h.tenant_id AND e.conversation_id = h.id AND e.direction = 'in' LIMIT h.unread) i)::int AS unread,
           NOT EXISTS (SELECT 1 FROM entries e WHERE e.tenant_id = h.tenant_id AND e.conversation_id = h.id) AS is_empty
         FROM conversations h JOIN unnest($1::uuid[], $2::uuid[]) AS g(tenant_id, id) ON h.tenant_id = g.tenant_id AND h.id = g.id
       ) n
       WHERE c.tenant_id = n.tenant_id AND c.id = n.id AND (c.unread <> n.unread OR n.is_empty AND c.last_text IS NOT NULL)`,
      [conversations.map((c) => c.tenant_id), conversations.map((c) => c.id)],
    );
    return { deleted: { entries: gone?.count ?? 0 }, next };
  }

  private async purgeChanges(tx: Tx, limit: number, from: string | null): Promise<PurgeChunk> {
    const { rows, next } = await oldRows(tx, 'entry_changes', this.days, limit, from);
    const gone = await tx.query(
      `DELETE FROM entry_changes x USING unnest($1::uuid[], $2::uuid[]) AS o(tenant_id, id)
       WHERE x.tenant_id = o.tenant_id AND x.id = o.id AND x.at < heliograph_now() - $3 * interval '1 day' RETURNING 1`,
      [rows.map((row) => row.tenantId), rows.map((row) => row.id), this.days],
    );
    return { deleted: { entry_changes: gone.length }, next };
  }
}
