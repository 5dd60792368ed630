import { setTimeout as sleep } from 'node:timers/promises';
import { Database, newId } from '@heliograph/kernel';
import { MessageStore, type MessageToStore } from '../libs/messaging/src/intake/message-store.repository';
import { LaneClaims } from '../libs/messaging/src/lanes/lane-claims.repository';
import { Ledger } from '../libs/messaging/src/send/ledger.repository';
import { echoHash } from '../libs/messaging/src/uncertain/echo-hash';

/** Puts a tenant with connected sessions and unpaced lanes straight into the tables. */
export async function seedLanes(db: Database, sessions: number): Promise<{ tenantId: string; sessionIds: string[] }> {
  const tenantId = newId();
  const sessionIds = Array.from({ length: sessions }, newId);
  await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'bench', 'GB')`, [tenantId]);
  await db.query(
    `INSERT INTO sessions (tenant_id, id, provider, name, status) SELECT $1, s, 'wasender', 'bench', 'connected' FROM unnest($2::uuid[]) s`,
    [tenantId, sessionIds],
  );
  await db.query(`INSERT INTO lanes (session_id, tenant_id, window_limit) SELECT s, $1, 0 FROM unnest($2::uuid[]) s`, [
    tenantId,
    sessionIds,
  ]);
  return { tenantId, sessionIds };
}

/** Stores `count` queued texts over the sessions. */
export async function seedMessages(
  db: Database,
  tenantId: string,
  sessionIds: string[],
  count: number,
  options: { guarded: boolean },
): Promise<void> {
  const store = new MessageStore();
  const groupId = newId();
  await db.query(`INSERT INTO message_groups (tenant_id, id, kind) VALUES ($1, $2, 'bulk')`, [tenantId, groupId]);
  for (let from = 0; from < count; from += 1_000) {
    const rows: MessageToStore[] = Array.from({ length: Math.min(1_000, count - from) }, (_, k) => ({
      tenantId,
      id: newId(),
      sessionId: sessionIds[(from + k) % sessionIds.length] as string,
      groupId,
      recipient: `+44770${String(1_000_000 + from + k)}`,
      class: 'broadcast',
      body: { content: { kind: 'text', text: `Hello, your order ${from + k} is ready to be collected.` } },
      sendAt: null,
      expiresAt: null,
      expiresAfterMs: 7 * 86_400_000,
      clientRef: null,
      tags: null,
      replyTo: null,
      contentHash: options.guarded ? Buffer.alloc(32, `${from + k}`) : null,
      contentWindowS: options.guarded ? 86_400 : null,
      idempotencyKey: null,
      requestHash: null,
    }));
    await store.store(db, rows, 72);
  }
}

/** Drains all lanes with the product's own claim, calling and settle statements, without HTTP and without a queue. Messages per second. */
export async function ledgerCeiling(
  db: Database,
  sessionIds: string[],
  lanesAtOnce: number,
): Promise<{ sent: number; seconds: number; perSecond: number }> {
  const claims = new LaneClaims(db);
  const ledger = new Ledger(db);
  const workerId = newId();
  await db.query(
    `INSERT INTO workers (id, name, started_at, alive_until) VALUES ($1, 'bench', heliograph_now(), heliograph_now() + interval '1 hour')`,
    [workerId],
  );
  const waiting = [...sessionIds];
  let sent = 0;
  const startedAt = performance.now();
  const drainLane = async (sessionId: string): Promise<void> => {
    let revision = '-1';
    for (;;) {
      const answer = await claims.claim({ sessionId, workerId, maxMessages: 20, revision, shiftMs: 0 });
      if (answer.kind !== 'messages' && answer.kind !== 'again') return;
      revision = answer.revision;
      if (answer.kind === 'again') {
        await sleep(1);
        continue;
      }
      let settled: Promise<unknown> = Promise.resolve();
      for (const m of answer.messages) {
        const fence = { tenantId: m.tenantId, id: m.id, sessionId, attempt: m.attempt };
        if (m.state === 'claimed') await Promise.all([settled, ledger.advance({ ...fence, to: 'calling', workerId })]);
        sent++;
        settled = ledger.advance({ ...fence, to: 'sent', providerMessageId: String(sent), echoHash: echoHash(m.recipient, 'x' + sent) });
      }
      await settled;
    }
  };
  await Promise.all(
    Array.from({ length: lanesAtOnce }, async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await drainLane(next);
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  return { sent, seconds, perSecond: sent / seconds };
}
