import { AddressPairs, Consents } from '@heliograph/contacts';
import { DeadLetters } from '@heliograph/dead-letters';
import { Entries } from '@heliograph/inbox';
import { Metrics, newId, TransactionFeed } from '@heliograph/kernel';
import {
  historySettles,
  openTestDatabase,
  processLoops,
  type ReportingDatabase,
  reportingPlans,
  type TestDatabase,
  testPurges,
} from '@heliograph/kernel/testing';
import { MessageBinding, MessageCounts, MessageEvents, Receipts } from '@heliograph/messaging';
import { aLane, moveTo } from '@heliograph/messaging/testing';
import { SessionEvents } from '@heliograph/tenants';
import { MessageCounting } from '../libs/messaging/src/figures/message-counting';
import { RecoveryRepository } from '../libs/messaging/src/recovery/recovery.repository';
import { Ledger } from '../libs/messaging/src/send/ledger.repository';
import { FailedMessages } from '../libs/messaging/src/uncertain/failed-messages.repository';
import { UnboundMessages } from '../libs/messaging/src/uncertain/unbound.repository';
import { markHooks, takeHooks } from '../libs/webhooks/src/inbound/hook-inbox.repository';
import { CallbackEvents } from '../libs/webhooks/src/outbound/callback-events.repository';
import { CallbackFeed } from '../libs/webhooks/src/outbound/callback-feed';

/** Rows of every large table. */
const rows = 40_000;
/** Rows that a statement is given. */
const batch = 100;
/** Messages up to here have a WhatsApp id; the others wait for one, those of an even number with a numeric id. */
const withKeys = rows / 2;
const calledAt = new Date();
const config = { ECHO_WINDOW_MS: 600_000, INFO_BUDGET_PER_MINUTE: 10_000, UNCERTAIN_GRACE_MS: 60_000 };

/** Batches of each regime, apart from one another, so that none meets what another has moved. */
const places = (first: number, step = 1) => Array.from({ length: batch }, (_, i) => first + step * i);
const idOf = (n: number) => `00000000-0000-7000-8000-${n.toString().padStart(12, '0')}`;
const sqlId = (n: string) => `('00000000-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
const phoneOf = (n: number) => `+4477${n.toString().padStart(8, '0')}`;

let test: TestDatabase;
let plans: ReportingDatabase;
let tenantId: string;
let sessionId: string;
beforeAll(async () => {
  test = await openTestDatabase();
  const { db } = test;
  ({ tenantId, sessionId } = await aLane(db));
  await db.query(
    `INSERT INTO callback_endpoints (tenant_id, id, name, url, headers, secret) VALUES ($1, $2, 'Core', 'https://example.com', '', '')`,
    [tenantId, newId()],
  );
  await db.transaction(async (tx) => {
    // As in the first minutes of an installation, the tables have no statistics.
    for (const table of ['messages', 'message_keys', 'unbound_messages', 'message_events', 'hook_inbox', 'lanes', 'sessions'])
      await tx.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
    // What the triggers keep is not what is looked at here.
    await tx.query('SET LOCAL session_replication_role = replica');
    const fill = (into: string, values: string, where = 'true') =>
      tx.query(
        `INSERT INTO ${into} SELECT ${values} FROM generate_series(1, ${rows}) n, (SELECT $1::uuid, $2::uuid) g(tenant, session) WHERE ${where}`,
        [tenantId, sessionId],
      );
    await fill(
      'messages (tenant_id, id, session_id, class, state, attempt, recipient, kind, body, created_at, expires_at, sent_at, provider_message_id)',
      `tenant, ${sqlId('n')}, session, 3, 'sent', 1, '+4477' || lpad(n::text, 8, '0'), 'text', jsonb_build_object('content', jsonb_build_object('kind', 'text', 'text', 'Message ' || n)),
       now(), now() + interval '1 day', now(), 'p-' || n`,
    );
    await fill('message_events (tenant_id, message_id, attempt, from_state, to_state)', `tenant, ${sqlId('n')}, 1, 'calling', 'sent'`);
    await fill(
      'message_keys (session_id, key_id, tenant_id, message_id, provider_message_id, evidence)',
      `session, 'key-' || n, tenant, ${sqlId('n')}, 'p-' || n, 'hook_id'`,
      `n <= ${withKeys}`,
    );
    await fill(
      'unbound_messages (session_id, echo_hash, message_id, tenant_id, provider_message_id, called_at, next_check_at)',
      `session, substr(sha256(convert_to('+4477' || lpad(n::text, 8, '0'), 'UTF8') || '\\x00'::bytea || convert_to('Message ' || n, 'UTF8')), 1, 16), ${sqlId('n')}, tenant,
       CASE n % 2 WHEN 0 THEN 'p-' || n END, now(), now() + CASE WHEN n > ${rows - 2 * batch} THEN interval '-1 hour' ELSE interval '1 hour' END`,
      `n > ${withKeys}`,
    );
    await fill(
      'hook_inbox (tenant_id, session_id, body, processed_at, outcome)',
      `tenant, session, '{}', CASE WHEN n <= ${rows - 2_000} THEN now() END, CASE WHEN n <= ${rows - 2_000} THEN 'applied' END`,
    );
    await fill('sessions (tenant_id, id, provider, name, status)', `tenant, ${sqlId('n')}, 'wasender', 'Line ' || n, 'connected'`);
    await fill(
      'lanes (session_id, tenant_id, next_due_at)',
      `${sqlId('n')}, tenant, CASE WHEN n <= ${batch} THEN now() - interval '1 hour' WHEN n % 2 = 0 THEN now() + interval '1 hour' END`,
    );
    const later = `clock_timestamp() - n * interval '1 second'`;
    await fill('callback_events (tenant_id, id, type, at, body)', `tenant, ${sqlId('n')}, 'message.sent', ${later}, '{}'`);
    await fill('callbacks (tenant_id, endpoint_id, event_id, state)', `tenant, session, ${sqlId('n')}, 'delivered'`);
    await fill(
      'dead_letters (tenant_id, kind, subject_id, cause, created_at)',
      `tenant, 'message', ${sqlId('n')}::text, 'refused', ${later}`,
    );
    await fill(
      'entries (tenant_id, session_id, key_id, id, conversation_id, chat, kind, received_at)',
      `tenant, session, 'in-' || n, ${sqlId('n')}, session, 'x', 'text', ${later}`,
    );
    await fill(
      'consents (tenant_id, id, contact_id, address, purpose, action, source, actor)',
      `tenant, ${sqlId('n')}, session, '+44', 'marketing', 'opt_in', 'api', 'x'`,
    );
    await fill(
      'session_events (tenant_id, session_id, from_status, to_status, source)',
      `tenant, session, 'connected', 'connected', 'poll'`,
    );
    await fill('campaign_log (tenant_id, campaign_id, kind, actor)', `tenant, ${sqlId('n')}, 'launched', 'x'`);
  });
  // Autovacuum does this while a table grows.
  await db.query(
    `SELECT brin_summarize_new_values(c.oid) FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'brin' AND c.relkind = 'i'`,
  );
  // The migrations left positions before the rows above, all of which their readers would report first.
  await db.query('DELETE FROM feed_readers');
  plans = await reportingPlans(test.url);
}, 120_000);
afterAll(async () => {
  await plans?.close();
  await test.close();
});

/** Statements, the rows they were given and the blocks that each of these rows may touch, triggers included. */
interface Hot {
  /** Runs them with a batch whose first row is the one of this number. Returns the number of rows that they found. */
  run: (first: number) => Promise<number>;
  /** Runs before, unmeasured. */
  before?: (first: number) => Promise<unknown>;
  buffersOfARow: number;
  /** True for statements that a connection plans once. */
  plannedOnce?: true;
}

const delivered = (n: number) => ({ sessionId, keyId: `key-${n}`, status: 'delivered' as const, at: calledAt });
const own = (n: number, providerMessageId: string | null) => ({
  tenantId,
  sessionId,
  keyId: `new-${n}`,
  providerMessageId,
  addresses: [phoneOf(n)],
  text: `Message ${n}`,
  at: calledAt,
  viaApi: true,
});
const withNumbers = (first: number) => places(withKeys + first, 2);
const withoutNumbers = (first: number) => places(withKeys + first + 1, 2);
const binding = () => new MessageBinding(plans.db, new AddressPairs(plans.db), config as never, new Metrics());
const counting = () =>
  new MessageCounting(new TransactionFeed(plans.db), new MessageCounts(plans.db), processLoops().loops, testPurges(plans.db).purges);
const callbackFeed = () =>
  new CallbackFeed(
    new TransactionFeed(plans.db),
    new MessageEvents(),
    new DeadLetters(plans.db),
    new SessionEvents(),
    new Entries(),
    new Consents(plans.db),
    new AddressPairs(plans.db),
    new CallbackEvents(),
    processLoops().loops,
    new Metrics(),
  );
/** Moves a batch once the reader has read everything before. */
const moveAfter = (read: () => Promise<unknown>) => async (first: number) => {
  await historySettles(test.db);
  await read();
  await moveTo(test.db, places(first).map(idOf), 'delivered');
  await historySettles(test.db);
};
const numberOf = async (sql: string, params: unknown[] = []) => (await test.db.query<{ n: number }>(sql, params))[0]?.n ?? 0;
const countedSoFar = () => numberOf(`SELECT coalesce(sum(delivered), 0)::int AS n FROM lane_days`);
/** Counts the messages that an echo may still belong to. */
const candidatesOf = (numbers: number[]) =>
  numberOf(`SELECT count(*)::int AS n FROM unbound_messages WHERE echo_hash <> '' AND message_id = ANY ($1::uuid[])`, [numbers.map(idOf)]);
/** Fails messages. Returns how many an echo no longer belongs to. */
async function failed(numbers: number[]): Promise<number> {
  await new FailedMessages(plans.db, new UnboundMessages(plans.db, config)).fail(
    numbers.map((n) => ({ tenantId, messageId: idOf(n), detail: null })),
  );
  return batch - (await candidatesOf(numbers));
}

const hot: Record<string, Hot> = {
  'receipts of messages': {
    run: async (first) => (await new Receipts(plans.db).apply(places(first).map(delivered))).filter(Boolean).length,
    buffersOfARow: 20,
    plannedOnce: true,
  },
  'ids of messages by their numeric ids': {
    run: async (first) =>
      (await binding().bind(withNumbers(first).map((n) => own(n, `p-${n}`)))).filter((outcome) => outcome === 'bound').length,
    buffersOfARow: 40,
    plannedOnce: true,
  },
  'ids of messages by their echoes': {
    run: async (first) =>
      (await binding().bind(withoutNumbers(first).map((n) => own(n, null)))).filter((outcome) => outcome === 'bound').length,
    buffersOfARow: 50,
    plannedOnce: true,
  },
  'ids that the provider was asked for': {
    run: async (first) => {
      const asked = places(withKeys + 1_000 + first, 2);
      await binding().bindKnown(
        asked.map((n) => ({ tenantId, sessionId, messageId: idOf(n), keyId: `asked-${n}`, providerMessageId: `p-${n}`, failed: false })),
      );
      return numberOf(`SELECT count(*)::int AS n FROM message_keys WHERE evidence = 'info' AND message_id = ANY ($1::uuid[])`, [
        asked.map(idOf),
      ]);
    },
    buffersOfARow: 40,
    plannedOnce: true,
  },
  'messages due for a question': {
    run: async () => (await new UnboundMessages(plans.db, config).takeDue(batch)).length,
    buffersOfARow: 20,
  },
  'hooks that are taken and marked': {
    run: () =>
      plans.db.transaction(async (tx) => {
        const { hooks } = await takeHooks(tx, batch, 4 * batch, 0n);
        const read = hooks.map((hook) => ({ tenantId, id: hook.id, outcome: 'applied', isBodyDropped: false, unreadable: null }));
        await markHooks(tx, read);
        return hooks.length;
      }),
    buffersOfARow: 30,
  },
  'callbacks of moved messages': {
    before: moveAfter(() => callbackFeed().follow()),
    run: async (first) => {
      await callbackFeed().follow();
      return numberOf(`SELECT count(*)::int AS n FROM callback_events WHERE body::jsonb #>> '{data,message_id}' = ANY ($1::text[])`, [
        places(first).map(idOf),
      ]);
    },
    buffersOfARow: 30,
  },
  'counts of moved messages': {
    before: moveAfter(() => counting().follow()),
    run: async () => {
      const was = await countedSoFar();
      await counting().follow();
      return (await countedSoFar()) - was;
    },
    buffersOfARow: 15,
  },
  'lanes that no worker serves': {
    run: async () => (await new RecoveryRepository(plans.db).undrainedLanes(newId(), batch)).length,
    buffersOfARow: 10,
  },
  'ids of messages whose numeric ids were lost': {
    run: async (first) => {
      const lost = withoutNumbers(first);
      await binding().bindKnown(
        lost.map((n) => ({ tenantId, sessionId, messageId: idOf(n), keyId: `lost-${n}`, providerMessageId: `p-${n}`, failed: false })),
      );
      return batch - (await candidatesOf(lost));
    },
    buffersOfARow: 40,
    plannedOnce: true,
  },
  'failures of messages by their numeric ids': {
    run: (first) => failed(withNumbers(first)),
    buffersOfARow: 70,
  },
  'failures of messages whose numeric ids were lost': {
    run: (first) => failed(withoutNumbers(first)),
    buffersOfARow: 70,
  },
  'late answers that the provider did not take a message': {
    before: (first) =>
      test.db.transaction(async (tx) => {
        await tx.query('SET LOCAL session_replication_role = replica');
        await tx.query(
          `UPDATE messages SET state = 'uncertain', uncertain_since = now(), provider_message_id = NULL WHERE id = ANY ($1::uuid[])`,
          [withoutNumbers(first).map(idOf)],
        );
      }),
    run: async (first) => {
      const refused = withoutNumbers(first);
      const ledger = new Ledger(plans.db);
      const step = { tenantId, sessionId, attempt: 1, to: 'failed' as const, cause: 'refused' };
      await Promise.all(refused.map((n) => ledger.advance({ ...step, id: idOf(n) })));
      return batch - (await candidatesOf(refused));
    },
    // Each is a transaction of its own, which also opens and closes letters.
    buffersOfARow: 150,
  },
};

const isPlannedOnce = ([, { plannedOnce }]: [string, Hot]) => plannedOnce === true;

describe('a statement of the message path reads no more than the rows that it is about', () => {
  async function held(name: string, { before, run, buffersOfARow }: Hot, round: number): Promise<void> {
    const first = 2 + 2 * batch * (2 * Object.keys(hot).indexOf(name) + round);
    await before?.(first);
    let found = 0;
    // Without the look at the sizes of all tables, which a connection takes once a second.
    const statements = (await plans.executed(async () => (found = await run(first)))).filter(
      ({ sql }) => !sql.includes('pg_relation_size'),
    );
    expect(found).toBe(batch);
    expect(statements.flatMap(({ scanned, sql }) => scanned.map((table) => `${table}: ${sql.slice(0, 200)}`))).toEqual([]);
    expect(statements.reduce((sum, { buffers }) => sum + buffers, 0)).toBeLessThan(batch * buffersOfARow);
  }

  // A plan that is made once serves until the statistics change.
  it.each(Object.entries(hot).filter(isPlannedOnce))('before there are statistics: %s', (name, statement) => held(name, statement, 0));

  describe('with statistics', () => {
    beforeAll(() => test.db.query('VACUUM ANALYZE'), 60_000);
    it.each(Object.entries(hot))('%s', (name, statement) => held(name, statement, 1));
  });
});
