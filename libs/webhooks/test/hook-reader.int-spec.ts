import { Logger } from '@nestjs/common';
import { type Database, type Loops, maxDeaths, Metrics, newId, type SealedSecrets } from '@heliograph/kernel';
import { openTestDatabase } from '@heliograph/kernel/testing';
import { DeadLetters } from '@heliograph/dead-letters';
import type { WhatsAppProvider } from '@heliograph/providers';
import type { FactApplication } from '../src/inbound/fact-application';
import { HookReader } from '../src/inbound/hook-reader';
import type { InboundConfig } from '../src/inbound/inbound.config';
import { ParkedFacts } from '../src/inbound/parked-facts.repository';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let db: Database;
beforeEach(async () => {
  Logger.overrideLogger(false);
  database = await openTestDatabase();
  db = database.db;
});
afterEach(() => database.close());

/** Creates the reader of one process. `parse` receives the body of each hook. */
function reader(parse: (body: string) => void, kind: 'unhandled' | 'malformed' = 'unhandled'): HookReader {
  const provider = {
    parseHook: (body: string) => {
      parse(body);
      return kind === 'unhandled' ? { kind, event: 'none' } : { kind, reason: 'not_json' };
    },
  } as unknown as WhatsAppProvider;
  const facts = { apply: () => Promise.resolve([]) } as unknown as FactApplication;
  const config = { HOOK_BATCH: 10, HOOK_READERS: 1, HOOK_RETENTION_DAYS: 14 } as InboundConfig;
  const loops = {} as Loops;
  const secrets = {} as SealedSecrets;
  return new HookReader(db, facts, new ParkedFacts(db), new DeadLetters(db), loops, secrets, provider, config, new Metrics());
}

async function hooks(...bodies: string[]): Promise<void> {
  const tenantId = newId();
  await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Test agency', 'GB')`, [tenantId]);
  // All hooks belong to one session, since a reader takes half of the waiting sessions.
  const sessionId = newId();
  for (const body of bodies)
    await db.query(`INSERT INTO hook_inbox (tenant_id, session_id, body) VALUES ($1, $2, $3)`, [tenantId, sessionId, body]);
}
const outcomes = () => db.query<{ body: string; outcome: string | null }>(`SELECT body, outcome FROM hook_inbox ORDER BY id`);
/** Simulates the death of the process at this point: nothing more is read, and the transaction is rolled back. */
const death = () => Object.assign(new Error('terminating connection'), { code: '57P01' });

describe('a hook', () => {
  it('that no process survives becomes a dead letter, and its neighbours are read', async () => {
    await hooks('before', 'deadly', 'after');
    let deaths = 0;
    const deadly = (body: string) => {
      if (body !== 'deadly') return;
      deaths++;
      throw death();
    };
    for (let life = 0; life < 10; life++)
      if (
        await reader(deadly)
          .readBatch()
          .then(
            () => true,
            () => false,
          )
      )
        break;
    // Of the first, which read it in a batch, and of those that read it alone.
    expect(deaths).toBe(maxDeaths);
    expect(await outcomes()).toEqual([
      { body: 'before', outcome: 'unhandled' },
      { body: 'deadly', outcome: 'dead' },
      { body: 'after', outcome: 'unhandled' },
    ]);
    expect(await db.query(`SELECT kind FROM dead_letters`)).toEqual([{ kind: 'hook' }]);
  });

  it('that is read when the database ends its connections is tried until it is read, and is no dead letter', async () => {
    await hooks('sound');
    let ended = 0;
    const one = reader(() => {
      if (ended < 2 * maxDeaths) {
        ended++;
        throw death();
      }
    });
    for (let turn = 0; turn <= 2 * maxDeaths; turn++) await one.readBatch().catch(() => undefined);
    expect(await outcomes()).toEqual([{ body: 'sound', outcome: 'unhandled' }]);
    expect(await db.query(`SELECT kind FROM dead_letters`)).toEqual([]);
  });

  it('that waits at the start of a process is read in one batch with its neighbours, once in each life', async () => {
    await hooks('one', 'two', 'three');
    await reader(() => undefined).readBatch();
    expect(
      await db.query(`SELECT count(*)::int AS n, count(DISTINCT xmin::text)::int AS batches, max(tries) AS tries FROM hook_inbox`),
    ).toEqual([{ n: 3, batches: 1, tries: 1 }]);
  });

  it('that another process reads does not keep a starting one waiting, and counts no try of it', async () => {
    await hooks('held');
    await db.transaction(async (tx) => {
      await tx.query(`SELECT FROM hook_inbox FOR UPDATE`);
      await reader(() => undefined).readBatch();
    });
    expect(await db.query(`SELECT tries, outcome FROM hook_inbox`)).toEqual([{ tries: 0, outcome: null }]);
  });

  it('that throws becomes a dead letter after one pass, and the next batch is read at once', async () => {
    const one = reader((body) => {
      if (body === 'poison') throw new TypeError('It cannot be read.');
    });
    await one.readBatch();
    await hooks('before', 'poison', 'after');
    await one.readBatch();
    expect((await outcomes()).map((hook) => hook.outcome)).toEqual(['unhandled', 'dead', 'unhandled']);
  });

  it('that cannot be read opens one dead letter per content, is reported once and counted', async () => {
    const tenantId = newId();
    const [here, there] = [newId(), newId()];
    await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Test agency', 'GB')`, [tenantId]);
    const give = (sessionId: string, ...bodies: string[]) =>
      db.query(`INSERT INTO hook_inbox (tenant_id, session_id, body) SELECT $1, $2, unnest($3::text[])`, [tenantId, sessionId, bodies]);
    const one = reader(() => undefined, 'malformed');
    const letters = () =>
      db.query<{ seen: number; tx: string }>(
        `SELECT seen, (last_seen_at IS NOT NULL) AS again, tx FROM dead_letters WHERE state = 'open' ORDER BY created_at, subject_id::int`,
      );
    await one.readBatch();
    await give(here, '{', '[]', '{');
    await one.readBatch();
    const first = await letters();
    expect(first).toMatchObject([
      { seen: 2, again: true },
      { seen: 1, again: false },
    ]);
    await give(here, '{', '[]', '[]');
    await give(there, '{');
    for (let left = 2; left > 0; left--) await one.readBatch();
    const then = await letters();
    expect(then.map(({ seen }) => seen)).toEqual([3, 3, 1]);
    // Callbacks are created from the transaction that opened a letter.
    expect(then.slice(0, 2).map(({ tx }) => tx)).toEqual(first.map(({ tx }) => tx));
    await db.query(`UPDATE dead_letters SET state = 'discarded' WHERE session_id = $1`, [here]);
    await give(here, '{');
    await one.readBatch();
    expect((await letters()).map(({ seen }) => seen)).toEqual([1, 1]);
  });
});
