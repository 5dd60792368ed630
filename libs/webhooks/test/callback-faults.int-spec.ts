import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { systemActor } from '@heliograph/kernel';
import { keyActor, moveClock, until } from '@heliograph/kernel/testing';
import { Webhook } from 'standardwebhooks';
import type { Behaviour, Received } from '../testing';
import { CallbackRig, type Endpoint } from './callback-rig';

const root = join(__dirname, '../../..');
const hourMs = 3_600_000;
const schedule = '5,300,1800,7200,18000,36000,50400,72000,86400';

let rig: CallbackRig;
/** Responses of the receiver by path; default 200. */
const behaviours = new Map<string, Behaviour>();
const behave = ({ path }: Endpoint, behaviour: Behaviour) => behaviours.set(path, behaviour);
const answer =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (_post, response) =>
    void response.writeHead(status, headers).end();
const down: Behaviour = (_post, response) => void response.destroy();

beforeAll(async () => (rig = await CallbackRig.start({ CALLBACK_SCHEDULE_S: schedule }, { deadlineMs: 1_000 })));
beforeEach(() => {
  behaviours.clear();
  rig.receiver.behave = (post, response) => (behaviours.get(post.path) ?? answer(200))(post, response);
});
afterEach(() => rig.clear());
afterAll(() => rig.stop());

/** Delivers another event, so that the worker has certainly checked again. */
async function looked(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    const other = await rig.endpoint();
    await rig.happen(other.tenantId, 1);
    await until(() => other.posts().length === 1);
    await other.drained();
  }
}

/** Returns the maximum number of posts in any second. */
function busiestSecond(posts: Received[]): number {
  let max = 0;
  for (let first = 0, last = 0; last < posts.length; last++) {
    while ((posts[last]?.at ?? 0) - (posts[first]?.at ?? 0) > 1_000) first++;
    max = Math.max(max, last - first + 1);
  }
  return max;
}

describe('an endpoint that is down', () => {
  it('receives everything later, each event by its id, within its limits, and delays no other endpoint', async () => {
    const [one, other] = [await rig.endpoint({ ratePerS: 500, concurrency: 4 }), await rig.endpoint()];
    behave(one, down);
    rig.work();
    const events = await rig.happen(one.tenantId, 2_000);
    await until(async () => (await one.now()).failures >= 10);
    const others = await rig.happen(other.tenantId, 200);
    await other.drained();
    expect(other.reported()).toEqual(new Set(others.map((e) => e.id)));
    expect(await one.now()).toMatchObject({ state: 'active', pending: 2_000 });

    const before = one.posts().length;
    behaviours.delete(one.path);
    await one.drained();
    const taken = one.posts().slice(before);
    expect(taken.map((p) => p.json.id).sort()).toEqual(events.map((e) => e.id).sort());
    // A few calls may be on their way already.
    expect(busiestSecond(taken)).toBeLessThanOrEqual(500 + 4);
    expect(rig.receiver.open.get(one.path)?.max).toBeLessThanOrEqual(4);
    expect(await one.now()).toMatchObject({ failures: 0, failingSince: null });
  });

  it('is reported after an hour and a day, disabled after five days, and receives everything when resumed', async () => {
    const one = await rig.endpoint();
    const other = await rig.endpoint({ tenantId: one.tenantId, types: ['callback_endpoint.status'] });
    const statuses = () => other.posts().map((p) => [p.json.data.status, p.json.data.reason]);
    behave(one, answer(500));
    rig.work();
    const events = await rig.happen(one.tenantId, 3);
    await until(async () => (await one.now()).failures >= 3);
    await looked();
    expect(statuses()).toEqual([]);
    await moveClock(rig.db, 1.1 * hourMs);
    await until(() => statuses().length === 1);
    await moveClock(rig.db, 23 * hourMs);
    await looked();
    expect(statuses()).toEqual([['failing', null]]);
    await moveClock(rig.db, 25 * hourMs);
    await until(() => statuses().length === 2);
    await moveClock(rig.db, 119 * hourMs);
    events.push(...(await rig.happen(one.tenantId, 1)));
    await until(async () => (await one.now()).failures >= 10);
    expect((await one.now()).state).toBe('active');
    await moveClock(rig.db, 121 * hourMs);
    await until(async () => (await one.now()).state === 'disabled');
    await until(() => statuses().length === 3);
    expect(statuses()).toEqual([
      ['failing', null],
      ['failing', null],
      ['disabled', 'failing'],
    ]);

    events.push(...(await rig.happen(one.tenantId, 20)));
    await looked();
    expect(await one.now()).toMatchObject({
      state: 'disabled',
      disabledReason: 'failing',
      pending: 24,
      changedBy: systemActor('callbacks'),
    });
    const before = one.posts().length;
    behaviours.delete(one.path);
    await one.resume();
    await one.drained();
    expect(
      one
        .posts()
        .slice(before)
        .map((p) => p.json.id)
        .sort(),
    ).toEqual(events.map((e) => e.id).sort());
  });

  it('that hangs has no more open calls than allowed, and delays no other endpoint', async () => {
    const [one, other] = [await rig.endpoint({ concurrency: 3 }), await rig.endpoint()];
    behave(one, () => undefined);
    rig.work();
    await rig.happen(one.tenantId, 50);
    await until(() => one.posts().length === 3);
    await rig.happen(other.tenantId, 100);
    await other.drained();
    await until(async () => (await one.now()).failures >= 3);
    expect(rig.receiver.open.get(one.path)?.max).toBe(3);
    const [failed] = (await rig.log.list(one.tenantId, one.id, {}, { limit: 50 })).rows.filter((row) => row.attempts > 0);
    expect(failed).toMatchObject({ state: 'pending', lastReason: 'timeout', lastStatus: null });
  });
});

describe('an endpoint that answers', () => {
  it('with Retry-After is not called until then, whatever its other calls return', async () => {
    const one = await rig.endpoint({ concurrency: 4 });
    let calls = 0;
    behave(one, (post, response) => {
      if (calls++ === 0) answer(429, { 'retry-after': '120' })(post, response);
      // The others are sent after the refusal is known.
      else void until(async () => (await one.now()).closedUntil !== null).then(() => response.end());
    });
    rig.work();
    const events = await rig.happen(one.tenantId, 100);
    await until(async () => (await one.now()).closedUntil !== null);
    await until(() => rig.receiver.open.get(one.path)?.now === 0);
    await looked();
    const posted = one.posts().length;
    expect(posted).toBeLessThanOrEqual(4);
    await moveClock(rig.db, 110_000);
    await looked();
    expect(one.posts()).toHaveLength(posted);
    await moveClock(rig.db, 140_000);
    await one.drained();
    expect(one.reported()).toEqual(new Set(events.map((e) => e.id)));
  });

  it('with Retry-After of a month is called after a day', async () => {
    const one = await rig.endpoint();
    behave(one, answer(503, { 'retry-after': '2592000' }));
    rig.work();
    await rig.happen(one.tenantId, 1);
    await until(async () => (await one.now()).closedUntil !== null);
    behaviours.delete(one.path);
    await moveClock(rig.db, 24.1 * hourMs);
    await one.drained();
    expect(one.posts()).toHaveLength(2);
  });

  it('and then drops the connection gets the same id and the same bytes again', async () => {
    const one = await rig.endpoint({ ratePerS: 100 });
    const seen = new Map<string, number>();
    behave(one, (post, response) => {
      const times = (seen.get(post.json.id) ?? 0) + 1;
      seen.set(post.json.id, times);
      if (times === 1) return void response.destroy();
      if (times === 2) return void response.writeHead(500, { 'content-length': '10' }).write('half', () => response.destroy());
      response.end();
    });
    rig.work();
    await rig.happen(one.tenantId, 5);
    for (const offset of [0, 10_000, 400_000]) {
      await moveClock(rig.db, offset);
      await until(
        () =>
          [...seen.values()].length === 5 && [...seen.values()].every((times) => times >= (offset === 0 ? 1 : offset === 10_000 ? 2 : 3)),
      );
    }
    await one.drained();
    for (const id of seen.keys()) {
      const same = one.posts().filter((p) => p.headers['webhook-id'] === id);
      expect(new Set(same.map((p) => p.body)).size).toBe(1);
      for (const post of same) new Webhook(one.secret).verify(post.body, post.headers as Record<string, string>);
    }
  });

  it.each([
    ['200 and a body that breaks', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'],
    ['204 and a body', 'HTTP/1.1 204 No Content\r\ncontent-length: 4\r\n\r\nbody'],
    ['100 and then 200', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'],
    [
      '100, 103, 100 and then 200',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    ],
    ['200 and chunks that are none', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n'],
  ])('with %s is called once', async (_what, bytes) => {
    const one = await rig.endpoint();
    behave(one, (_post, response) => void response.socket?.end(bytes));
    rig.work();
    const [event] = await rig.happen(one.tenantId, 1);
    await until(async () => (await rig.log.get(one.tenantId, one.id, event?.id as string)).attempts === 1);
    expect(await rig.log.get(one.tenantId, one.id, event?.id as string)).toMatchObject({ state: 'delivered', lastReason: null });
  });

  it('with non-text bytes is called once, and its headers and secret are removed from the log', async () => {
    const one = await rig.endpoint({ headers: { 'x-core-key': 'planted-header-value' } });
    behave(one, (_post, response) => response.end(Buffer.from([0x00, 0xff, 0x00])));
    rig.work();
    await rig.happen(one.tenantId, 1);
    await one.drained();
    behave(one, (post, response) => void response.writeHead(500).end(JSON.stringify({ saw: post.headers, secret: one.secret })));
    const [event] = await rig.happen(one.tenantId, 1);
    const logged = () => rig.log.get(one.tenantId, one.id, event?.id as string);
    await until(async () => (await logged()).attempts === 1);
    const [attempt] = (await logged()).trail;
    expect(attempt?.response).toContain('x-core-key');
    expect(attempt?.response).not.toContain('planted-header-value');
    expect(attempt?.response).not.toContain(one.secret);
    expect(one.posts()).toHaveLength(2);
  });

  it('with 410 is not called again, not even by calls about to start', async () => {
    const one = await rig.endpoint({ concurrency: 2 });
    behave(one, answer(410));
    rig.work();
    await rig.happen(one.tenantId, 50);
    await until(async () => (await one.now()).state === 'disabled');
    await looked();
    expect(one.posts().length).toBeLessThanOrEqual(2);
    expect(await one.now()).toMatchObject({ disabledReason: 'gone', pending: 50 });
  });

  it('with 410 to a call made before a change keeps its new state', async () => {
    const one = await rig.endpoint({ concurrency: 2 });
    const held: (() => void)[] = [];
    behave(one, (_post, response) => void held.push(() => response.writeHead(410).end()));
    rig.work();
    const events = await rig.happen(one.tenantId, 2);
    const tried = async () => {
      const logged = await Promise.all(events.map((event) => rig.log.get(one.tenantId, one.id, event.id)));
      return logged.every((callback) => callback.attempts > 0);
    };
    await until(() => held.length === 2);
    held[0]?.();
    await until(async () => (await one.now()).state === 'disabled');
    const path = `${one.path}/new`;
    await one.update({ url: rig.receiver.url + path });
    await one.resume();
    held[1]?.();
    await until(tried);
    await moveClock(rig.db, 10_000);
    await one.drained();
    expect(await one.now()).toMatchObject({ state: 'active', disabledReason: null });
    expect(rig.receiver.at(path)).toHaveLength(2);
  });
});

describe('a secret', () => {
  it('and the previous one both verify for a day, also in retries, then only the new one', async () => {
    const one = await rig.endpoint();
    behave(one, answer(500));
    rig.work();
    const events = await rig.happen(one.tenantId, 20);
    await until(() => one.posts().length >= 10);
    await one.pause();
    await until(() => rig.receiver.open.get(one.path)?.now === 0);
    await looked();
    const secret = await one.rotate();
    const { previousSecretUntil } = await one.now();
    expect(Math.abs((previousSecretUntil?.getTime() ?? 0) - Date.now() - 24 * hourMs)).toBeLessThan(hourMs);
    const before = one.posts().length;
    behaviours.delete(one.path);
    await one.resume();
    await one.drained();
    const taken = one.posts().slice(before);
    expect(new Set(taken.map((p) => p.json.id))).toEqual(new Set(events.map((e) => e.id)));
    for (const post of taken)
      for (const either of [one.secret, secret]) new Webhook(either).verify(post.body, post.headers as Record<string, string>);

    // The worker keeps the endpoint's turn all the time, so it must notice the change by itself.
    const last = one.posts().length;
    await rig.happen(one.tenantId, 1);
    await until(() => one.posts().length === last + 1);
    await rig.db.query(`UPDATE callback_endpoints SET previous_secret_until = heliograph_now() WHERE id = $1`, [one.id]);
    await rig.happen(one.tenantId, 1);
    await until(() => one.posts().length === last + 2);
    const post = one.posts().at(-1) as Received;
    new Webhook(secret).verify(post.body, post.headers as Record<string, string>);
    expect(() => new Webhook(one.secret).verify(post.body, post.headers as Record<string, string>)).toThrow();
  });
});

describe('a worker whose clock is wrong', () => {
  it('dates its calls by the database', async () => {
    const one = await rig.endpoint();
    const { now } = Date;
    Date.now = () => now() - hourMs;
    try {
      rig.work();
      await rig.happen(one.tenantId, 1);
      await one.drained();
    } finally {
      Date.now = now;
    }
    const [post] = one.posts();
    new Webhook(one.secret).verify(post?.body as string, post?.headers as Record<string, string>);
  });
});

describe('rate and concurrency', () => {
  it('are never exceeded with two workers and an endpoint that is paused and resumed', async () => {
    const one = await rig.endpoint({ ratePerS: 40, concurrency: 3 });
    rig.work();
    rig.work();
    const events = await rig.happen(one.tenantId, 120);
    for (const part of [30, 60]) {
      await until(() => one.posts().length >= part);
      await one.pause();
      await one.resume();
    }
    await one.drained();
    expect(one.posts()).toHaveLength(120);
    expect(one.reported()).toEqual(new Set(events.map((e) => e.id)));
    expect(busiestSecond(one.posts())).toBeLessThanOrEqual(40 + 3);
    expect(rig.receiver.open.get(one.path)?.max).toBeLessThanOrEqual(3);
  });

  it('count batches, several of which are open at a time', async () => {
    const one = await rig.endpoint({ batchSize: 20, concurrency: 3, ratePerS: 20 });
    const held: (() => void)[] = [];
    behave(one, (_post, response) => void held.push(() => response.end()));
    rig.work();
    const events = await rig.happen(one.tenantId, 100);
    await until(() => held.length === 3);
    behaviours.delete(one.path);
    held.forEach((end) => end());
    await one.drained();
    expect(one.posts().map((p) => p.json.events?.length)).toEqual([20, 20, 20, 20, 20]);
    expect(one.reported()).toEqual(new Set(events.map((e) => e.id)));
    expect(rig.receiver.open.get(one.path)?.max).toBe(3);
  });

  it('of batches change during open calls, and no event is delivered twice', async () => {
    const one = await rig.endpoint({ batchSize: 10, concurrency: 3 });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    behave(one, (_post, response) => void held.then(() => response.end()));
    rig.work({ deadlineMs: 60_000 });
    const events = await rig.happen(one.tenantId, 20);
    await until(() => one.posts().length === 2);
    await one.update({ batchSize: 4 });
    await looked();
    behaviours.delete(one.path);
    release();
    await one.drained();
    expect(
      one
        .posts()
        .flatMap((post) => post.json.events?.map((event) => event.id) ?? [])
        .sort(),
    ).toEqual(events.map((event) => event.id).sort());
  });
});

describe('order', () => {
  /** Returns the order in which the events of each conversation were first accepted. */
  function firstTaken(taken: string[], conversations: Map<string, string>): Map<string, string[]> {
    const orders = new Map<string, string[]>();
    for (const id of new Set(taken)) {
      const key = conversations.get(id) as string;
      orders.set(key, [...(orders.get(key) ?? []), id]);
    }
    return orders;
  }

  it.each([
    ['event by event', { ordered: true, concurrency: 8 }],
    ['in batches', { ordered: true, batchSize: 7 }],
  ])('of a conversation holds %s through failures, pauses and lost turns', async (_how, settings) => {
    const often = { schedule: Array(29).fill('0.05').join() };
    const one = await rig.endpoint(settings);
    const taken: string[] = [];
    // A third fails, by a fixed pseudo-random sequence.
    let dice = 7;
    rig.receiver.behave = (post, response) => {
      dice = (dice * 48_271) % 2_147_483_647;
      if (post.path === one.path && dice % 3 === 0) return void (dice % 2 ? response.destroy() : response.writeHead(500).end());
      if (post.path === one.path) taken.push(...(post.json.events?.map((event) => event.id) ?? [post.json.id]));
      response.end();
    };
    rig.work(often);
    rig.work(often);
    const events = [];
    for (let i = 0; i < 4; i++) {
      events.push(...(await rig.happen(one.tenantId, 60, 6)));
      await until(() => taken.length >= 30 * (i + 1));
      // Simulates a frozen worker: the other one takes the turn.
      await rig.db.query(`UPDATE callback_endpoints SET turn_until = '-infinity' WHERE id = $1`, [one.id]);
      await until(() => taken.length >= 35 * (i + 1));
      await one.pause();
      await one.resume();
    }
    await one.drained(50_000);
    expect(new Set(taken)).toEqual(new Set(events.map((e) => e.id)));
    const conversations = new Map(events.map((e) => [e.id, e.orderKey]));
    expect(firstTaken(taken, conversations)).toEqual(
      firstTaken(
        events.map((e) => e.id),
        conversations,
      ),
    );
  });

  it('in batches holds for replays while another batch waits', async () => {
    const one = await rig.endpoint({ ordered: true, batchSize: 3 });
    const taken: string[][] = [];
    const take: Behaviour = (post, response) => {
      taken.push(post.json.events?.map((event) => event.id) ?? []);
      response.end();
    };
    behave(one, take);
    rig.work();
    const first = await rig.happen(one.tenantId, 3);
    await one.drained();
    behave(one, answer(500));
    const second = await rig.happen(one.tenantId, 5);
    await until(async () => (await rig.log.get(one.tenantId, one.id, second[0]?.id as string)).attempts === 1);
    behave(one, take);
    await rig.log.replay(one.tenantId, one.id, { eventIds: [first[0]?.id as string] }, keyActor('Test'));
    await until(() => taken.length === 2);
    await one.resume();
    await one.drained();
    const ids = second.map((e) => e.id);
    expect(taken.slice(1)).toEqual([[first[0]?.id], ids.slice(0, 3), ids.slice(3)]);
  });

  it('continues after a callback that is dead, purged or replayed, and without order', async () => {
    const one = await rig.endpoint({ ordered: true });
    const events = await rig.happen(one.tenantId, 6);
    const ids = events.map((e) => e.id);
    const refused = new Set([ids[0]]);
    rig.receiver.behave = (post, response) => void response.writeHead(refused.has(post.json.id) ? 500 : 200).end();
    rig.work({ schedule: '0.05' });
    await one.drained();
    expect(one.posts().map((p) => p.json.id)).toEqual([ids[0], ...ids]);
    const state = async (id: string | undefined) => (await rig.log.get(one.tenantId, one.id, id as string)).state;
    expect(await state(ids[0])).toBe('dead');

    refused.clear();
    await one.pause();
    const more = await rig.happen(one.tenantId, 2);
    expect(await rig.log.replay(one.tenantId, one.id, { eventIds: [ids[3] as string, ids[0] as string] }, keyActor('Test'))).toBe(2);
    const before = one.posts().length;
    await one.resume();
    await one.drained();
    expect(
      one
        .posts()
        .slice(before)
        .map((p) => p.json.id),
    ).toEqual([ids[0], ids[3], ...more.map((e) => e.id)]);

    await one.pause();
    const old = await rig.happen(one.tenantId, 1);
    await rig.db.query(`UPDATE callback_events SET at = at - interval '31 days' WHERE id = $1`, [old[0]?.id]);
    const young = await rig.happen(one.tenantId, 2);
    expect(await rig.purges.purgeDue()).toMatchObject({ callback_events: 1 });
    expect(await one.now()).toMatchObject({ pending: 2, dropped: 1 });
    await one.resume();
    await one.drained();
    expect(
      one
        .posts()
        .slice(-2)
        .map((p) => p.json.id),
    ).toEqual(young.map((e) => e.id));

    await one.pause();
    const free = await rig.happen(one.tenantId, 5);
    refused.add(free[0]?.id);
    await one.update({ ordered: false });
    await one.resume();
    await until(() => free.slice(1).every((e) => one.reported().has(e.id)));
  });
});

describe('a worker', () => {
  const workers: ChildProcess[] = [];
  afterEach(() => workers.splice(0).forEach((worker) => worker.kill('SIGKILL')));

  /** Starts the built process: `npm test` builds before. */
  function startWorker(): ChildProcess {
    const worker = spawn(process.execPath, [join(root, 'dist/apps/worker/src/main.js')], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        DATABASE_URL: rig.url,
        KEYRING: rig.config.KEYRING,
        PUBLIC_URL: 'https://hooks.example.com',
        EGRESS_ALLOWED: rig.receiver.address,
        CALLBACK_SCHEDULE_S: schedule,
        WORKER_ROLES: 'callbacks',
        WORKER_HEALTH_PORT: '0',
        HOST: '127.0.0.1',
        LOG_LEVEL: 'fatal',
      },
    });
    workers.push(worker);
    return worker;
  }

  it('that is killed is followed by another, which loses nothing and keeps the order', async () => {
    const one = await rig.endpoint({ ordered: true, concurrency: 4 });
    const taken: string[] = [];
    const held: string[] = [];
    behave(one, (post, response) => {
      taken.push(post.json.id);
      // The last ones are sent, and their responses never arrive.
      if (taken.length <= 20) response.end();
      else held.push(post.json.id);
    });
    const events = await rig.happen(one.tenantId, 60, 4);
    const worker = startWorker();
    await until(() => held.length === 4, 45_000);
    const ended = once(worker, 'exit');
    worker.kill('SIGKILL');
    await ended;
    behave(one, (post, response) => {
      taken.push(post.json.id);
      response.end();
    });
    rig.work();
    await looked();
    expect(taken).toHaveLength(24);
    // The turn of the dead worker expires.
    await moveClock(rig.db, 16_000);
    await one.drained();
    expect(new Set(taken)).toEqual(new Set(events.map((e) => e.id)));
    for (const id of held) {
      const same = one.posts().filter((p) => p.json.id === id);
      expect([same.length, new Set(same.map((p) => p.body)).size]).toEqual([2, 1]);
    }
    for (const key of new Set(events.map((e) => e.orderKey))) {
      const ids = events.filter((e) => e.orderKey === key).map((e) => e.id);
      expect([...new Set(taken)].filter((id) => ids.includes(id))).toEqual(ids);
    }
  });
});
