import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Database, newId } from '@heliograph/kernel';
import { moveClock, until } from '@heliograph/kernel/testing';
import { MessageIntake } from '@heliograph/messaging';
import { aSourcedRow } from '../libs/messaging/testing';
import { ApiRig } from './api/api-rig';
import { type Gap, gaps, GreetingModule } from '../chaos/rendering-worker';

const keyring = `k1:${randomBytes(32).toString('base64')}`;
let rig: ApiRig;
const workers: ChildProcess[] = [];
beforeAll(async () => (rig = await ApiRig.start({ KEYRING: keyring, API_SURFACES: 'public,hooks' })));
afterAll(async () => {
  for (const worker of workers) if (worker.exitCode === null && worker.signalCode === null) worker.kill('SIGKILL');
  await rig.stop();
});

/** A worker process of its own, loaded and not started yet. */
function aWorker(gap: Gap): ChildProcess {
  const { DATABASE_URL, PUBLIC_URL, WASENDER_BASE_URL } = rig.config;
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL,
    PUBLIC_URL,
    WASENDER_BASE_URL,
    KEYRING: keyring,
    WORKER_ROLES: 'lanes',
    LOG_LEVEL: 'fatal',
  };
  const worker = spawn(process.execPath, [join('dist', 'chaos', 'rendering-worker.js'), gap], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  workers.push(worker);
  return worker;
}

describe('a message that is made right before its call', () => {
  it('is neither lost nor sent twice when its worker is killed at any step, and was sent as it is stored', async () => {
    const tenant = await rig.tenant();
    const { id: sessionId, there } = await rig.session(tenant.id);
    await rig.call('PATCH', `/v1/sessions/${sessionId}/limits`, {
      key: tenant.key,
      body: { window_ms: 1_000, window_limit: 1_000, jitter_ms: 0 },
      of: '/v1/sessions/{id}/limits',
    });
    // They load beside each other.
    const dying = gaps.map((gap) => ({ gap, worker: aWorker(gap) }));
    const db = rig.get(Database);
    const rows = Array.from({ length: 8 }, (_, i) =>
      aSourcedRow({
        tenantId: tenant.id,
        sessionId,
        recipient: `+44770090010${i}`,
        source: { name: `person ${i}` },
        contentWindowS: 3_600,
        origin: { kind: 'drip', dripId: newId(), enrolmentId: newId(), step: 0 },
      }),
    );
    await db.transaction((tx) =>
      rig.get(MessageIntake).storeWithin(
        tx,
        tenant.id,
        rows.map(({ groupId: _, ...row }) => row),
      ),
    );
    for (const [i, { gap, worker }] of dying.entries()) {
      const ended = once(worker, 'exit');
      worker.stdin?.write('go\n');
      const [said] = (await Promise.race([once(worker.stdout as NodeJS.ReadableStream, 'data'), ended])) as [Buffer | number | null];
      expect(String(said)).toBe(`at ${gap}\n`);
      worker.kill('SIGKILL');
      await ended;
      // Its lease is over.
      await moveClock(db, (i + 1) * 20_000);
    }
    await rig.work({}, [GreetingModule]);
    const messages = await until(async () => {
      const all = await db.query<{ to: string; state: string; text: string }>(
        `SELECT recipient AS to, state, body->'content'->>'text' AS text FROM messages WHERE tenant_id = $1 ORDER BY id`,
        [tenant.id],
      );
      return all.filter(({ state }) => ['delivered', 'read', 'played'].includes(state)).length === 7 && all;
    }, 60_000);
    // Whether it was called is not known where the process died right before the call: it is not sent again.
    expect(messages.filter(({ state }) => state === 'uncertain')).toHaveLength(1);
    const sent = rig.provider.simulator.ledger.acceptedOf(there.id);
    const shown = sent.map(({ recipient, content }) => `${recipient}: ${String(content.text)}`).sort();
    expect(shown).toEqual(messages.filter(({ state }) => state !== 'uncertain').map(({ to, text }) => `${to.slice(1)}: ${text}`));
    expect(messages.map(({ text }) => text)).toEqual(rows.map((_, i) => `Dear person ${i}`));
  }, 240_000);
});
