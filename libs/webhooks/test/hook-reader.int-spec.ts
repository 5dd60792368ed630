import { Logger } from '@nestjs/common';
import { type Database, type DrainService, Metrics, newId, type SealedSecrets } from '@heliograph/kernel';
import { openTestDatabase } from '@heliograph/kernel/testing';
import { DeadLetters } from '@heliograph/messaging';
import type { WhatsAppProvider } from '@heliograph/providers';
import type { FactApplication } from '../src/inbound/fact-application';
import { HookReader } from '../src/inbound/hook-reader';
import { ParkedFacts } from '../src/inbound/parked-facts.repository';
import type { WebhooksConfig } from '../src/webhooks.config';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let db: Database;
beforeEach(async () => {
  Logger.overrideLogger(false);
  database = await openTestDatabase();
  db = database.db;
});
afterEach(() => database.close());

/** A process's reader. `parse` is given the body of each hook. */
function reader(parse: (body: string) => void): HookReader {
  const provider = {
    parseHook: (body: string) => {
      parse(body);
      return { kind: 'unhandled', event: 'none' };
    },
  } as unknown as WhatsAppProvider;
  const facts = { apply: () => Promise.resolve([]) } as unknown as FactApplication;
  const config = { HOOK_BATCH: 10, HOOK_READERS: 1, HOOK_RETENTION_DAYS: 14 } as WebhooksConfig;
  const drains = {} as DrainService;
  const secrets = {} as SealedSecrets;
  return new HookReader(db, facts, new ParkedFacts(db), new DeadLetters(db), drains, secrets, provider, config, new Metrics());
}

async function hooks(...bodies: string[]): Promise<void> {
  const tenantId = newId();
  await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Test agency', 'GB')`, [tenantId]);
  for (const body of bodies)
    await db.query(`INSERT INTO hook_inbox (tenant_id, session_id, body) VALUES ($1, gen_random_uuid(), $2)`, [tenantId, body]);
}
const outcomes = () => db.query<{ body: string; outcome: string | null }>(`SELECT body, outcome FROM hook_inbox ORDER BY id`);
/** As a process ends that dies at this point: nothing more is read, the transaction is rolled back. */
const death = () => Object.assign(new Error('terminating connection'), { code: '57P01' });

describe('a hook', () => {
  it('that ends the process three times becomes a dead letter, and those beside it are read', async () => {
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
          .then(Boolean, () => false)
      )
        break;
    expect(deaths).toBe(3);
    expect(await outcomes()).toEqual([
      { body: 'before', outcome: 'unhandled' },
      { body: 'deadly', outcome: 'dead' },
      { body: 'after', outcome: 'unhandled' },
    ]);
    expect(await db.query(`SELECT kind FROM dead_letters`)).toEqual([{ kind: 'hook' }]);
  });

  it('whose reading throws is a dead letter after one pass, and the next batch is read at once', async () => {
    const one = reader((body) => {
      if (body === 'poison') throw new TypeError('It cannot be read.');
    });
    await one.readBatch();
    await hooks('before', 'poison', 'after');
    await one.readBatch();
    expect((await outcomes()).map((hook) => hook.outcome)).toEqual(['unhandled', 'dead', 'unhandled']);
  });
});
