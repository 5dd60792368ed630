import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { Stage } from './stage';

/*
 * Fills the lists of a tenant straight into the tables, so that no rule, trigger or worker slows it. Row n of each list is as old as row n of the
 * others and has the same id; the oldest row alone has what no other has.
 */

/** Days over which the rows of a list are spread, until now. */
export const listDays = 30;
/** Phone of a person to whom one of twenty messages goes, and who wrote one of ten entries. */
export const busyPhone = '+447500999999';

/** Rows that filters of lists name. */
export interface ListRows {
  count: number;
  until: Date;
  /** Id of the group of half of the messages, of the endpoint, and of the busy person and their conversation. */
  commonId: string;
  /** Ids of rows from everywhere, and their numbers. */
  some: { id: string; n: number }[];
}

const atOnce = 100_000;
const [groupSize, sessionOfBusy] = [20, 3];

/** Columns of a row with their SQL over `n`, `at` and `id`. */
type Columns = Record<string, string>;

const idSql = (salt: string): string => {
  const hash = `md5(n::text || '${salt}')`;
  return `(left(hex, 8) || '-' || right(hex, 4) || '-7' || left(${hash}, 3) || '-8' || substr(${hash}, 4, 3) || '-' || substr(${hash}, 7, 12))::uuid`;
};
const oneOf = (values: string[], place = 'n'): string =>
  `(ARRAY[${values.map((value) => `'${value}'`).join(', ')}])[1 + ${place} % ${values.length}]`;
const rare = (value: string, other: string): string => `CASE n WHEN 1 THEN '${value}' ELSE ${other} END`;

/** Fills every list of the tenant with so many rows; what was filled before is gone. */
export async function fillLists(stage: Stage, count: number): Promise<ListRows> {
  const until = new Date();
  const commonId = randomUUID();
  const { db, lab } = stage;
  const { tenantId, sessions } = lab.seed;
  const session = `(${uuids(sessions)})[1 + n % ${sessions.length}]`;
  const tables = listTables(commonId, session, sessions[sessionOfBusy] as string);
  await asReplica(db, async (client) => {
    await client.query(`TRUNCATE ${Object.keys(tables).join(', ')} RESTART IDENTITY`);
    await client.query(`SET maintenance_work_mem = '512MB'`);
    await client.query(
      `INSERT INTO callback_endpoints (tenant_id, id, name, url, secret) VALUES ($1, $2, 'Core', 'https://example.com', 'bench')`,
      [tenantId, commonId],
    );
    for (const [table, { columns, where = 'true' }] of Object.entries(tables)) {
      const indexes = await dropIndexes(client, table);
      for (let from = 1; from <= count; from += atOnce)
        await client.query(
          `INSERT INTO ${table} (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')}
           FROM (SELECT n, at, ${idSql('')} AS id, ${idSql('entry')} AS entry_id, $1::uuid AS tenant FROM (
             SELECT n, at, lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS hex FROM (
               SELECT n, $2::timestamptz - (${count} - n) * (interval '${listDays} days' / ${count}) AS at FROM generate_series($3::int, $4::int) n) placed) hexed) r
           WHERE ${where}`,
          [tenantId, until, from, Math.min(count, from + atOnce - 1)],
        );
      for (const index of indexes) await client.query(index);
    }
    await addBusy(client, tenantId, commonId, sessions[sessionOfBusy] as string);
  });
  await db.query(`VACUUM ANALYZE ${Object.keys(tables).join(', ')}`);
  const { rows } = await db.query<{ id: string; n: number }>(
    `SELECT id, substr(client_ref, 5)::int AS n FROM messages WHERE tenant_id = $1 AND client_ref = ANY ($2::text[])`,
    [tenantId, Array.from({ length: 10 }, (_, i) => `ref-${numberOf((i + 0.5) / 10, count)}`)],
  );
  return { count, until, commonId, some: rows };
}

/** Drops the indexes that no constraint needs: building them of all rows takes half the time. @returns statements that make them again */
export async function dropIndexes(client: PoolClient, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename = $1 AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)`,
    [table],
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

/** Number of a row that has an idempotency key and an id of the provider, at this share of the list. */
function numberOf(share: number, count: number): number {
  return Math.floor((share * count) / 10) * 10 + 1;
}

const uuids = (ids: string[]): string => `ARRAY[${ids.map((id) => `'${id}'`).join(', ')}]::uuid[]`;

/** Runs statements without the triggers of the tables. */
export async function asReplica(db: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await db.connect();
  try {
    await client.query(`SET session_replication_role = replica`);
    await work(client);
    await client.query(`SET session_replication_role = origin`);
  } finally {
    client.release();
  }
}

/** Tables of the lists with the columns of their rows. */
function listTables(commonId: string, session: string, busySession: string): Record<string, { columns: Columns; where?: string }> {
  const waits = 'n % 20 = 7';
  const unsent = `n % 50 IN (1, 2, 4) OR ${waits}`;
  const isPerson = 'n % 10 <> 0';
  const isBusy = 'n % 10 = 3';
  return {
    messages: {
      columns: {
        tenant_id: 'tenant',
        id: 'id',
        session_id: session,
        group_id: `CASE WHEN n % 2 = 0 THEN '${commonId}'::uuid END`,
        created_at: 'at',
        due_at: `CASE WHEN ${waits} THEN at END`,
        expires_at: `at + interval '60 days'`,
        class: 'n % 4',
        state: `CASE WHEN ${waits} THEN 'queued' WHEN n % 50 = 1 THEN 'failed' WHEN n % 50 = 2 THEN 'expired' WHEN n % 50 = 4 THEN 'cancelled'
          ELSE ${oneOf(['sent', 'delivered', 'read'])} END`,
        cause: `CASE WHEN n % 50 = 1 THEN 'invalid_recipient' END`,
        recipient: `CASE WHEN n % ${groupSize} = ${sessionOfBusy} THEN '${busyPhone}' ELSE '+4475' || (10000000 + n % 200000) END`,
        kind: `'text'`,
        body: `'{"content":{"kind":"text","text":"Hello, your order is ready to be collected."}}'`,
        client_ref: `'ref-' || n`,
        tags: rare('{rare}', `CASE WHEN n % 2 = 0 THEN '{sale}' END`).concat('::text[]'),
        sent_at: `CASE WHEN NOT (${unsent}) THEN at END`,
      },
    },
    message_events: {
      columns: { tenant_id: 'tenant', message_id: 'id', at: 'at', attempt: '1', from_state: `'queued'`, to_state: `'sent'` },
      where: `NOT (${unsent})`,
    },
    message_keys: {
      columns: {
        tenant_id: 'tenant',
        session_id: session,
        key_id: `'KEY' || n`,
        message_id: 'id',
        provider_message_id: 'n::text',
        evidence: `'hook_id'`,
        bound_at: 'at',
      },
      where: 'n % 10 = 1',
    },
    idempotency_keys: {
      columns: {
        tenant_id: 'tenant',
        key: `'key-' || n`,
        request_hash: `'\\x00'`,
        resource_id: 'id',
        created_at: 'at',
        expires_at: `now() + interval '1 day'`,
      },
      where: 'n % 10 = 1',
    },
    dead_letters: {
      columns: {
        tenant_id: 'tenant',
        id: 'id',
        kind: rare('broker', oneOf(['message', 'message', 'message', 'hook', 'callback', 'event'])),
        subject_id: 'id::text',
        cause: rare(
          'rare',
          oneOf(['invalid_recipient', 'provider_error', 'expired', 'refused', 'timeout', 'unknown_event', 'gone', 'rejected']),
        ),
        created_at: 'at',
        session_id: session,
        group_id: `CASE WHEN n % 2 = 0 THEN '${commonId}'::uuid END`,
        state: `CASE WHEN n % 10 = 9 THEN ${oneOf(['redriven', 'discarded', 'resolved'])} ELSE 'open' END`,
        resolved_at: `CASE WHEN n % 10 = 9 THEN at END`,
      },
    },
    callback_events: {
      columns: {
        tenant_id: 'tenant',
        id: 'id',
        type: rare('message.failed', oneOf(['message.sent', 'message.delivered', 'message.read', 'message.received'])),
        session_id: session,
        at: 'at',
        body: `'{"type":"message","data":{"id":"' || id || '","to":"+447510000000","session_id":"' || ${session} || '","text":"Hello, your order is ready to be collected."}}'`,
      },
    },
    callbacks: {
      columns: {
        tenant_id: 'tenant',
        endpoint_id: `'${commonId}'::uuid`,
        event_id: 'id',
        state: `CASE n % 100 WHEN 1 THEN 'dead' WHEN 2 THEN 'pending' ELSE 'delivered' END`,
        attempts: '1',
        next_attempt_at: 'at',
        settled_at: `CASE WHEN n % 100 <> 2 THEN at END`,
        last_status: '200',
      },
    },
    events: {
      columns: {
        tenant_id: 'tenant',
        id: 'id',
        key: `'key-' || n`,
        request_hash: `'\\x00'`,
        name: rare('rare_event', oneOf(['order_paid', 'order_sent', 'user_onboarded'])),
        subject: `'{"external_id":"user"}'`,
        payload: `'{"first_name":"Priya","plan":"pro"}'`,
        occurred_at: 'at',
        source: `'api'`,
        received_at: 'at',
        state: `CASE n % 50 WHEN 1 THEN 'rejected' WHEN 2 THEN 'failed' ELSE 'done' END`,
        reason: rare('rare', `CASE n % 50 WHEN 1 THEN 'unknown_event' WHEN 2 THEN 'rule_failed' END`),
        contact_id: 'id',
        repeats: `CASE WHEN n % 50 = 3 THEN 1 ELSE 0 END`,
        processed_at: 'at',
      },
    },
    contacts: { columns: { tenant_id: 'tenant', id: 'id', name: `'Person ' || n`, created_at: 'at' } },
    contact_addresses: { columns: { tenant_id: 'tenant', address: `'+4479' || (10000000 + n)`, contact_id: 'id' }, where: 'n % 10 = 1' },
    conversations: {
      columns: {
        tenant_id: 'tenant',
        id: 'id',
        session_id: session,
        kind: `CASE WHEN ${isPerson} THEN 'person' WHEN n % 100 = 0 THEN 'channel' ELSE 'group' END`,
        contact_id: `CASE WHEN ${isPerson} THEN id END`,
        address: `CASE WHEN ${isPerson} THEN '+4479' || (10000000 + n) ELSE n || '@g.us' END`,
        unread: `CASE WHEN n % 20 = 5 THEN 2 ELSE 0 END`,
        last_entry_at: 'at',
        last_inbound_at: 'at',
        last_text: `'Can we come at eight?'`,
        created_at: 'at',
      },
    },
    entries: {
      columns: {
        tenant_id: 'tenant',
        id: 'entry_id',
        session_id: `CASE WHEN ${isBusy} THEN '${busySession}'::uuid ELSE ${session} END`,
        key_id: `'IN' || n`,
        conversation_id: `CASE WHEN ${isBusy} THEN '${commonId}'::uuid ELSE id END`,
        direction: `'in'`,
        chat: `CASE WHEN ${isBusy} THEN '${busyPhone}' ELSE '+4479' || (10000000 + n) END`,
        kind: `'text'`,
        text: `'Can we come at eight?'`,
        received_at: 'at',
      },
    },
    suppressions: {
      columns: {
        tenant_id: 'tenant',
        address: `'+4476' || (10000000 + n)`,
        reason: `CASE WHEN n % 100 = 1 THEN 'manual' ELSE 'opt_out' END`,
        actor: `'bench'`,
        created_at: 'at',
      },
    },
    audit_log: {
      columns: {
        at: 'at',
        for_tenant_id: 'CASE WHEN n % 2 = 0 THEN tenant END',
        actor_kind: `'person'`,
        actor_id: `'person-' || n % 50`,
        actor_name: `'Ines'`,
        action: rare(
          'rare.done',
          oneOf(['session.paused', 'session.resumed', 'message.cancelled', 'contact.changed', 'dead_letter.discarded']),
        ),
        subject_kind: oneOf(['session', 'contact']),
        subject_id: `'subject-' || n % 1000`,
        subject_name: `CASE WHEN n % 3 = 0 THEN 'Front desk' END`,
        address: `'198.51.100.7'`,
        request_id: `'request-' || n`,
      },
    },
  };
}

/** Adds the busy person and their conversation. */
async function addBusy(client: PoolClient, tenantId: string, id: string, sessionId: string): Promise<void> {
  await client.query(`INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, 'Busy person')`, [tenantId, id]);
  await client.query(`INSERT INTO contact_addresses (tenant_id, address, contact_id) VALUES ($1, $2, $3)`, [tenantId, busyPhone, id]);
  await client.query(
    `INSERT INTO conversations (tenant_id, id, session_id, kind, contact_id, address, unread, last_entry_at) VALUES ($1, $2, $3, 'person', $2, $4, 1, now())`,
    [tenantId, id, sessionId, busyPhone],
  );
}
