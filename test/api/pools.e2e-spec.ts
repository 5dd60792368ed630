import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { Client } from 'pg';
import { ApiRig, text } from './api-rig';

const of = '/v1/messages';

describe('slow reads', () => {
  let rig: ApiRig;
  beforeAll(async () => {
    rig = await ApiRig.start({ DATABASE_STATEMENT_TIMEOUT_MS: '5000' });
  });
  afterAll(() => rig.stop());

  it('end as a 503 that says so, and meanwhile messages are stored', async () => {
    const tenant = await rig.tenant();
    await rig.session(tenant.id);
    const post = () => rig.call('POST', of, { key: tenant.key, of, body: text('+447700900101') });
    expect((await post()).status).toBe(202);

    const db = rig.get(Database);
    const { extra } = db.dataSource.options as { extra: object };
    const blocker = new Client({ ...extra, options: '' });
    await blocker.connect();
    try {
      // Reads of contacts wait for this; storing a message reads none.
      await blocker.query('BEGIN; LOCK TABLE suppressions IN ACCESS EXCLUSIVE MODE');
      let ended = 0;
      const reads = Array.from({ length: 30 }, async () => {
        const answer = await rig.call('GET', '/v1/suppressions', { key: tenant.key });
        if (answer.body.code === 'statement_timeout') ended++;
        return answer;
      });
      await until(async () => {
        const rows = await db.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return (rows[0]?.n ?? 0) >= 8;
      });

      expect((await Promise.all(Array.from({ length: 20 }, post))).map(({ status }) => status)).toEqual(Array<number>(20).fill(202));
      // Before any of the reads that were running had ended.
      expect(ended).toBe(0);

      const answers = await Promise.all(reads);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
      const slow = answers.filter(({ body }) => body.code === 'statement_timeout');
      expect(slow.length).toBeGreaterThanOrEqual(8);
      expect(slow[0]?.headers.get('retry-after')).toBe('5');
    } finally {
      await blocker.end();
    }
    expect((await rig.call('GET', '/v1/suppressions', { key: tenant.key })).status).toBe(200);
  });
});

describe('counts that go through whole sets', () => {
  let rig: ApiRig;
  beforeAll(async () => {
    rig = await ApiRig.start();
  });
  afterAll(() => rig.stop());

  it('wait for one another by tenant, and meanwhile everybody reads and sends', async () => {
    const [tenant, other] = [await rig.tenant(), await rig.tenant()];
    for (const { id } of [tenant, other]) await rig.session(id);
    const db = rig.get(Database);
    const { extra } = db.dataSource.options as { extra: object };
    const blocker = new Client({ ...extra, options: '' });
    await blocker.connect();
    try {
      await blocker.query('BEGIN; LOCK TABLE suppressions IN ACCESS EXCLUSIVE MODE');
      let ended = 0;
      const counts = Array.from({ length: 12 }, async () => {
        const answer = await rig.call('POST', '/v1/segments/count', { key: tenant.key, body: { tree: { rules: [] } } });
        ended++;
        return answer;
      });
      const waiting = async () => {
        const [row] = await db.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return row?.n ?? 0;
      };
      await until(async () => (await waiting()) >= 2);
      for (const { key } of [tenant, other]) {
        const sent = Array.from({ length: 20 }, (_, i) => rig.call('POST', of, { key, of, body: text(`+4477009001${String(10 + i)}`) }));
        expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(Array<number>(20).fill(202));
        expect((await rig.call('GET', '/v1/contact-lists', { key })).status).toBe(200);
      }
      // Each process lets two of a tenant run.
      expect(await waiting()).toBeLessThanOrEqual(2 * rig.urls.length);
      expect(ended).toBe(0);
      await blocker.query('ROLLBACK');
      expect((await Promise.all(counts)).map(({ status }) => status)).toEqual(Array<number>(12).fill(200));
    } finally {
      await blocker.end();
    }
  });
});

describe('processes with two connections', () => {
  let rig: ApiRig;
  beforeAll(async () => {
    rig = await ApiRig.start({ DATABASE_POOL: '2', DATABASE_READ_POOL: '1' });
    await rig.work();
  });
  afterAll(() => rig.stop());

  it('serve sixteen callers of every kind at once, and send, without waiting for one another for ever', async () => {
    const tenant = await rig.tenant();
    const session = await rig.session(tenant.id);
    const call = (method: string, path: string, body?: unknown) =>
      rig.call(method, path, { key: tenant.key, ...(body !== undefined && { body }) });
    const contact = (await call('PUT', '/v1/contacts', { addresses: ['+447700900100'] })).body.id as string;
    const kinds: ((n: number) => Promise<{ status: number; text: string }>)[] = [
      (n) => call('POST', of, text(`+44770090${String(1000 + n)}`, { class: 'transactional' })),
      (n) => call('POST', `${of}/bulk`, { messages: [text(`+44770091${String(1000 + n)}`), text(`+44770092${String(1000 + n)}`)] }),
      (n) => call('POST', `${of}/bulk?atomic=true`, { atomic: true, messages: [text(`+44770093${String(1000 + n)}`)] }),
      (n) => call('POST', '/v1/events', { id: `e-${n}`, name: 'user_onboarded', subject: { phone: '+447700900100' }, payload: {} }),
      (n) => call('PUT', '/v1/contacts', { addresses: [`+44770094${String(1000 + n)}`], tags: ['x'] }),
      () => call('PATCH', `/v1/contacts/${contact}`, { tags: ['y'] }),
      (n) => call('POST', '/v1/suppressions', { addresses: [`+44770095${String(1000 + n)}`] }),
      () => call('GET', of),
      () => call('GET', `${of}?state=sent`),
      () => call('GET', `/v1/contacts/${contact}/timeline`),
      () => call('GET', '/v1/conversations'),
      () => call('GET', '/v1/events'),
      () => call('GET', '/v1/dead-letters'),
      () => call('GET', '/v1/sessions'),
      () => call('GET', `/v1/sessions/${session.id}/events`),
      (n) =>
        rig.call('POST', session.hookPath, {
          headers: { 'x-webhook-signature': session.secret },
          body: { event: 'session.status', timestamp: Date.now() + n, data: { status: 'connected' } },
        }),
    ];
    for (let round = 0; round < 6; round++) {
      const answers = await Promise.all(kinds.map((kind, i) => kind(round * 16 + i)));
      expect(answers.filter(({ status }) => status >= 300).map(({ status, text }) => [status, text])).toEqual([]);
    }
    await until(async () => {
      const { data } = (await call('GET', `${of}?state=sent&class=transactional`)).body as { data: unknown[] };
      return data.length > 0;
    }, 20_000);
    await until(async () => ((await call('GET', '/v1/events?state=received')).body as { data: unknown[] }).data.length === 0, 20_000);
  });
});
