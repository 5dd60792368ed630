import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '@heliograph/kernel/testing';
import { Receiver } from '@heliograph/webhooks/testing';
import { Webhook } from 'standardwebhooks';
import { listen, type ListenOptions } from '../src/listen';
import { ApiRig, text } from '../../../test/api/api-rig';

let rig: ApiRig;
let receiver: Receiver;
const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
beforeAll(async () => {
  receiver = await Receiver.start();
  rig = await ApiRig.start({ EGRESS_ALLOWED: receiver.address });
  await rig.work();
});
afterAll(async () => {
  await rig.stop();
  await receiver.close();
});

function start(options: Partial<ListenOptions> & { key: string }) {
  const events: { id: string; type: string }[] = [];
  const notes: string[] = [];
  const stop = new AbortController();
  const ended = listen(
    { api: `${rig.urls[0]}/`, ...options },
    { event: (body) => events.push(JSON.parse(body) as (typeof events)[number]), note: (line) => notes.push(line) },
    stop.signal,
  );
  return { events, notes, stop, ended };
}
const endpoints = async (key: string) =>
  (await rig.call('GET', '/v1/callback-endpoints', { key })).body.data as { id: string; state: string; pending: number }[];

describe('the command listen', () => {
  it('prints callbacks, forwards them signed, and leaves nothing behind', async () => {
    const tenant = await rig.tenant();
    const session = await rig.session(tenant.id);
    const { events, notes, stop, ended } = start({ key: tenant.key, forward: `${receiver.url}/local` });
    await until(() => notes.length === 1);
    const [made] = await endpoints(tenant.key);
    expect(made?.state).toBe('paused');
    const { secret } = (await rig.call('GET', `/v1/callback-endpoints/${made?.id}/secret`, { key: tenant.key })).body as { secret: string };
    await rig.call('POST', '/v1/messages', { key: tenant.key, body: text('+447700900101', { session_id: session.id }) });
    await until(() => events.some((e) => e.type === 'message.delivered') && receiver.at('/local').length === events.length);
    expect(new Set(events.map((e) => e.id)).size).toBe(events.length);
    // The status of the session and its reading may be among them.
    expect(
      events
        .map((e) => e.type)
        .filter((type) => type.startsWith('message.'))
        .slice(0, 2),
    ).toEqual(['message.sent', 'message.delivered']);
    expect(receiver.at('/local').map((p) => p.json.id)).toEqual(events.map((e) => e.id));
    for (const post of receiver.at('/local')) new Webhook(secret).verify(post.body, post.headers as Record<string, string>);
    expect(notes.at(-1)).toMatch(/answered 200$/);
    stop.abort();
    await ended;
    expect(await endpoints(tenant.key)).toEqual([]);
  });

  it('follows an existing endpoint from now on, and leaves it unchanged', async () => {
    const tenant = await rig.tenant();
    const made = await rig.call('POST', '/v1/callback-endpoints', {
      key: tenant.key,
      of: '/v1/callback-endpoints',
      body: { name: 'Core', url: `${receiver.url}/core`, paused: true },
    });
    expect(made.body.state).toBe('paused');
    const test = async () =>
      (await rig.call('POST', `/v1/callback-endpoints/${made.body.id as string}/test`, { key: tenant.key })).body.event_id;
    await test();
    const { events, notes, stop, ended } = start({ key: tenant.key, endpoint: made.body.id as string });
    await until(() => notes.length === 1);
    const second = await test();
    await until(() => events.length > 0);
    expect(events.map((e) => e.id)).toEqual([second]);
    stop.abort();
    await ended;
    expect(await endpoints(tenant.key)).toMatchObject([{ state: 'paused', pending: 2 }]);
    expect(receiver.at('/core')).toEqual([]);
  });

  it('signs what it forwards with both secrets during a rotation that began meanwhile', async () => {
    const tenant = await rig.tenant();
    const { id, secret } = (
      await rig.call('POST', '/v1/callback-endpoints', {
        key: tenant.key,
        body: { name: 'Core', url: `${receiver.url}/core`, paused: true },
      })
    ).body as { id: string; secret: string };
    const { notes, stop, ended } = start({ key: tenant.key, endpoint: id, forward: `${receiver.url}/rotated` });
    await until(() => notes.length === 1);
    const rotated = (await rig.call('POST', `/v1/callback-endpoints/${id}/rotate-secret`, { key: tenant.key })).body as { secret: string };
    await rig.call('POST', `/v1/callback-endpoints/${id}/test`, { key: tenant.key });
    await until(() => receiver.at('/rotated').length > 0);
    for (const post of receiver.at('/rotated'))
      for (const one of [secret, rotated.secret]) new Webhook(one).verify(post.body, post.headers as Record<string, string>);
    stop.abort();
    await ended;
  });

  it('deletes the endpoint it made when nobody reads its output any more', async () => {
    const tenant = await rig.tenant();
    const child = spawn(process.execPath, ['dist/apps/cli/src/main.js', 'listen', '--api', rig.urls[0] as string], {
      cwd: join(__dirname, '../../..'),
      env: { ...process.env, HELIOGRAPH_API_KEY: tenant.key },
    });
    children.push(child);
    let said = '';
    child.stderr.on('data', (part: Buffer) => (said += part.toString()));
    const ended = once(child, 'exit');
    await until(() => said.includes('Listening'), 45_000);
    child.stdout.destroy();
    const [made] = await endpoints(tenant.key);
    await rig.call('POST', `/v1/callback-endpoints/${made?.id}/test`, { key: tenant.key });
    expect(await ended).toEqual([0, null]);
    expect(said).not.toContain('EPIPE');
    expect(await endpoints(tenant.key)).toEqual([]);
  });

  it('ends on Ctrl-C, as does the sample receiver it forwards to', async () => {
    const tenant = await rig.tenant();
    const run = (args: string[], env: Record<string, string> = {}) => {
      const child = spawn(process.execPath, args, { cwd: join(__dirname, '../../..'), env: { ...process.env, ...env } });
      const said = { out: '', err: '' };
      child.stdout.on('data', (part: Buffer) => (said.out += part.toString()));
      child.stderr.on('data', (part: Buffer) => (said.err += part.toString()));
      const code = once(child, 'exit').then(([number]) => number as number | null);
      children.push(child);
      return { child, said, code };
    };
    const made = await rig.call('POST', '/v1/callback-endpoints', {
      key: tenant.key,
      body: { name: 'Core', url: `${receiver.url}/core`, paused: true },
    });
    const { id, secret } = made.body as { id: string; secret: string };
    const sample = run(['examples/receiver/receiver.mjs'], { HELIOGRAPH_SECRET: secret, PORT: '0' });
    const url = await until(() => /http:\S+/.exec(sample.said.err)?.[0]);
    const listening = run(['dist/apps/cli/src/main.js', 'listen', '--api', rig.urls[0] as string, '--endpoint', id, '--forward', url], {
      HELIOGRAPH_API_KEY: tenant.key,
    });
    await until(() => listening.said.err.includes('Listening'), 45_000);
    const { event_id } = (await rig.call('POST', `/v1/callback-endpoints/${id}/test`, { key: tenant.key })).body;
    await until(() => sample.said.out.includes(event_id as string));
    await until(() => listening.said.err.includes('answered 200'));
    expect(listening.said.out).toBe(sample.said.out);
    const forged = await fetch(url, {
      method: 'POST',
      body: '{}',
      headers: { 'webhook-id': 'x', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' },
    });
    expect(forged.status).toBe(401);
    listening.child.kill('SIGINT');
    expect(await listening.code).toBe(0);
    sample.child.kill('SIGINT');
    expect(await sample.code).toBe(0);
  });

  it('reports why it cannot start', async () => {
    const { ended } = start({ key: await rig.key((await rig.tenant()).id, ['messages:read']) });
    await expect(ended).rejects.toThrow(/403/);
  });
});
