import { DeadLetters } from '@heliograph/dead-letters';
import { InboundMessages } from '@heliograph/inbox';
import { Database, newId } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { StaffPeople } from '@heliograph/staff';
import { ApiRig, fileForm, text } from './api-rig';

interface Event {
  id: string | null;
  event: string;
  data: Record<string, unknown>;
}

/** A reader of the live stream. */
class Reader {
  readonly events: Event[] = [];
  isOver = false;
  private readonly abort = new AbortController();
  private rest = '';

  private constructor(readonly status: number) {}

  static async open(
    rig: ApiRig,
    person: Awaited<ReturnType<ApiRig['person']>>,
    { pod = 0, lastId, from }: { pod?: number; lastId?: string; from?: string } = {},
  ): Promise<Reader> {
    const abort = new AbortController();
    const answer = await fetch(`${rig.urls[pod]}/admin/v1/live${from ? `?from=${from}` : ''}`, {
      headers: {
        cookie: [...person.browser.cookies].map((pair) => pair.join('=')).join('; '),
        ...(lastId && { 'last-event-id': lastId }),
      },
      signal: abort.signal,
    });
    const reader = new Reader(answer.status);
    abort.signal.addEventListener('abort', () => (reader.isOver = true));
    reader.abort.signal.addEventListener('abort', () => abort.abort());
    if (answer.status === 200) void reader.read(answer.body as ReadableStream<Uint8Array>);
    return reader;
  }

  close(): void {
    this.abort.abort();
  }

  records(resource?: string): Record<string, unknown>[] {
    return this.events
      .filter(({ event, data }) => event === 'record' && (resource === undefined || data.resource === resource))
      .map(({ data }) => data);
  }

  /** Waits for an event. */
  gets(event: string): Promise<Event> {
    return until(() => this.events.find((one) => one.event === event), 20_000);
  }

  /** Waits for a record. */
  getsRecord(resource: string, id: string): Promise<Record<string, unknown>> {
    return until(() => this.records(resource).findLast((one) => one.id === id), 20_000);
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) {
        this.rest += decoder.decode(chunk, { stream: true });
        const parts = this.rest.split('\n\n');
        this.rest = parts.pop() ?? '';
        for (const part of parts) this.events.push(eventOf(part));
      }
    } catch (error) {
      if (!this.abort.signal.aborted) throw error;
    }
    this.isOver = true;
  }
}

function eventOf(part: string): Event {
  const member = (name: string) =>
    part
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  return { id: member('id') ?? null, event: member('event') ?? '', data: JSON.parse(member('data') ?? '{}') as Record<string, unknown> };
}

let rig: ApiRig;
let a: { id: string; key: string };
let b: { id: string; key: string };
let owner: Awaited<ReturnType<ApiRig['person']>>;
const readers: Reader[] = [];
beforeAll(async () => {
  rig = await ApiRig.start();
  a = await rig.tenant();
  b = await rig.tenant();
  owner = await rig.person([{ role: 'owner', tenantId: null }]);
});
afterEach(() => readers.splice(0).forEach((reader) => reader.close()));
afterAll(() => rig.stop());

const open = async (person = owner, options: Parameters<typeof Reader.open>[2] = {}) => {
  const reader = await Reader.open(rig, person, options);
  readers.push(reader);
  await reader.gets('hello');
  return reader;
};
const rename = (id: string, name: string) => rig.get(Database).query('UPDATE sessions SET name = $2 WHERE id = $1', [id, name]);

describe('the live stream', () => {
  it('tells every process what changes, whichever process changed it', async () => {
    const session = await rig.session(a.id);
    const [one, two] = [await open(owner, { pod: 0 }), await open(owner, { pod: 1 })];
    const reply = await owner.call('POST', `/v1/sessions/${session.id}/pause`, { tenant: a.id, pod: 1, of: '/v1/sessions/{id}/pause' });
    expect(reply.status).toBe(200);
    const paused = { status: 'connected', held_reason: 'paused', name: 'Line' };
    for (const reader of [one, two]) {
      // That it was made may come first.
      await until(
        async () => ((await reader.getsRecord('sessions', session.id)).patch as { held_reason: string }).held_reason === 'paused',
      );
      expect(await reader.getsRecord('sessions', session.id)).toMatchObject({
        tenant_id: a.id,
        version: expect.any(Number) as number,
        patch: paused,
      });
    }
    await owner.call('DELETE', `/v1/sessions/${session.id}`, { tenant: a.id });
    for (const reader of [one, two])
      await until(() => reader.records('sessions').some(({ id, patch }) => id === session.id && patch === null));
  });

  it('gives each record versions that rise, and merges what changes at once', async () => {
    const session = await rig.session(a.id);
    const reader = await open();
    for (let i = 0; i < 40; i++) await rename(session.id, `Line ${i}`);
    await until(async () => ((await reader.getsRecord('sessions', session.id)).patch as { name: string }).name === 'Line 39');
    const versions = reader.records('sessions').flatMap(({ id, version }) => (id === session.id ? Number(version) : []));
    expect(versions).toEqual([...versions].sort((x, y) => x - y));
    expect(new Set(versions).size).toBe(versions.length);
    expect(versions.length).toBeLessThan(40);
  });

  it('shows a person nothing of other tenants, and nothing that the role may not read', async () => {
    const [ours, theirs] = [await rig.session(a.id), await rig.session(b.id)];
    const operator = await rig.person([{ role: 'operator', tenantId: a.id }]);
    const agent = await rig.person([{ role: 'agent', tenantId: a.id }]);
    const [all, own, few] = [await open(), await open(operator), await open(agent)];
    // The first look at letters is what others are compared with.
    await all.gets('heartbeat');
    for (const tenantId of [a.id, b.id])
      await rig
        .get(DeadLetters)
        .open(rig.get(Database), [{ tenantId, kind: 'event', subjectId: newId(), sessionId: null, cause: 'x', detail: null }]);
    await rename(theirs.id, 'Theirs');
    await rename(ours.id, 'Ours');
    for (const [tenant, session] of [
      [a, ours],
      [b, theirs],
    ] as const) {
      await all.getsRecord('sessions', session.id);
      expect(await all.getsRecord('dead_letters', tenant.id)).toMatchObject({ patch: { open: expect.any(Number) as number } });
    }
    expect(await own.getsRecord('dead_letters', a.id)).toMatchObject({ tenant_id: a.id });
    await own.getsRecord('sessions', ours.id);
    expect(new Set(own.records().map(({ tenant_id }) => tenant_id))).toEqual(new Set([a.id]));
    expect(few.records().filter(({ resource }) => resource !== 'groups')).toEqual([]);
  });

  it('gives a reader that comes back what it missed, or asks it to read everything anew', async () => {
    const session = await rig.session(a.id);
    const first = await open();
    await rename(session.id, 'Seen');
    await first.getsRecord('sessions', session.id);
    const lastId = first.events.findLast(({ id }) => id !== null)?.id as string;
    const other = await open();
    first.close();
    await rename(session.id, 'Missed');
    await until(async () => ((await other.getsRecord('sessions', session.id)).patch as { name: string }).name === 'Missed');

    const back = await open(owner, { lastId });
    expect((await back.getsRecord('sessions', session.id)).patch).toMatchObject({ name: 'Missed' });
    expect(back.events.some(({ event }) => event === 'resync')).toBe(false);
    for (const strange of [lastId.replace(/\d+$/, '999999'), `${newId()}.1`, 'nonsense'])
      await (await open(owner, { lastId: strange })).gets('resync');
    await (await open(owner, { lastId, pod: 1 })).gets('resync');
  });

  it('ends with the sign-in, at once and in every process', async () => {
    const person = await rig.person([{ role: 'viewer', tenantId: a.id }]);
    const streams = [await open(person, { pod: 0 }), await open(person, { pod: 1 })];
    await person.call('POST', '/admin/v1/sign-out', { pod: 1 });
    for (const reader of streams) {
      await reader.gets('signed_out');
      await until(() => reader.isOver);
    }
    expect((await Reader.open(rig, person)).status).toBe(401);
  });

  it('follows a change of roles', async () => {
    const session = await rig.session(b.id);
    const person = await rig.person([{ role: 'viewer', tenantId: a.id }]);
    const [reader, all] = [await open(person), await open()];
    await rig.get(StaffPeople).change(person.id, { grants: [{ role: 'viewer', tenantId: b.id }] });
    await reader.gets('resync');
    await rename(session.id, 'Now ours');
    await all.getsRecord('sessions', session.id);
    expect(await reader.getsRecord('sessions', session.id)).toMatchObject({ tenant_id: b.id });
  });

  it('tells of endpoints, and of alerts that come and go', async () => {
    const reader = await open();
    await reader.gets('heartbeat');
    const session = await rig.session(a.id);
    const endpoint = await owner.call('POST', '/v1/callback-endpoints', {
      tenant: a.id,
      body: { name: 'Core', url: 'https://example.com/hook' },
    });
    const id = String(endpoint.body.id);
    await reader.getsRecord('endpoints', id);
    await rig
      .get(Database)
      .query(`UPDATE callback_endpoints SET failing_since = heliograph_now() - interval '1 hour', failures = 9 WHERE id = $1`, [id]);
    await until(() => reader.records('endpoints').some((one) => one.id === id && (one.patch as { failing_since: unknown }).failing_since));
    await reader.getsRecord('alerts', a.id);
    const before = reader.records('alerts').length;
    await rig.get(Database).query(`UPDATE sessions SET status = 'logged_out' WHERE id = $1`, [session.id]);
    await until(() => reader.records('alerts').length > before);
  });

  it('tells people of the agency of alerts of the installation', async () => {
    const client = await rig.person([{ role: 'owner', tenantId: a.id }]);
    const [reader, own] = [await open(), await open(client)];
    await reader.gets('heartbeat');
    await own.gets('heartbeat');
    const person = await rig.person([{ role: 'viewer', tenantId: a.id }]);
    await rig.get(StaffPeople).noteGuesses(person.email);
    expect(await reader.getsRecord('alerts', 'installation')).toMatchObject({ tenant_id: null, patch: {} });
    const session = await rig.session(a.id);
    await rig.get(Database).query(`UPDATE sessions SET status = 'logged_out' WHERE id = $1`, [session.id]);
    await own.getsRecord('alerts', a.id);
    expect(own.records('alerts').filter(({ tenant_id }) => tenant_id !== a.id)).toEqual([]);
  });

  it('tells of conversations by what their list shows, and that events came and were read', async () => {
    await rig.work();
    const session = await rig.session(a.id);
    const agent = await rig.person([{ role: 'agent', tenantId: a.id }]);
    const viewer = await rig.person([{ role: 'viewer', tenantId: a.id }]);
    const stranger = await rig.person([{ role: 'owner', tenantId: b.id }]);
    const [one, two, own] = [await open(owner, { pod: 0 }), await open(owner, { pod: 1 }), await open(agent)];
    const [few, other] = [await open(viewer), await open(stranger)];
    await rig.get(InboundMessages).store([
      {
        tenantId: a.id,
        sessionId: session.id,
        fact: {
          type: 'inbound',
          keyId: '3ALIVE',
          sender: { phone: '+447700900171', lid: null, chat: '+447700900171' },
          author: null,
          pushName: 'Priya',
          text: 'Is it still free?',
          kind: 'text',
          choiceId: null,
          choice: null,
          rawChat: '447700900171@s.whatsapp.net',
          media: null,
          quotedKeyId: null,
          at: new Date(),
        },
      },
    ]);
    const { data } = (await owner.call('GET', '/v1/conversations', { tenant: a.id, of: '/v1/conversations' })).body;
    const [conversation] = data as { id: string; unread: number; last_text: string }[];
    const id = String(conversation?.id);
    for (const reader of [one, two, own]) {
      const { tenant_id, patch } = await reader.getsRecord('conversations', id);
      expect(tenant_id).toBe(a.id);
      expect(conversation).toMatchObject(patch as object);
      expect(patch).toMatchObject({ unread: 1, last_text: 'Is it still free?', contact_name: 'Priya' });
    }
    await agent.call('POST', `/v1/conversations/${id}/read`, { tenant: a.id, pod: 1, of: '/v1/conversations/{id}/read' });
    await until(() => one.records('conversations').some((of) => of.id === id && (of.patch as { unread: number }).unread === 0));

    await rig.call('POST', '/v1/events', { key: a.key, body: { name: 'seen', id: 'live-1', subject: { phone: '+447700900171' } } });
    for (const reader of [one, two]) expect(await reader.getsRecord('events', a.id)).toMatchObject({ tenant_id: a.id, patch: {} });
    // What follows of the other tenant shows that everything before it was sent.
    for (const tenant of [a, b]) await rename((await rig.session(tenant.id)).id, 'After');
    await until(() => few.records('sessions').length > 0 && other.records('sessions').length > 0);
    expect(own.records('events')).toEqual([]);
    for (const reader of [few, other]) expect([...reader.records('conversations'), ...reader.records('events')]).toEqual([]);
  });

  it('sends the counts of messages, the same as the overview shows, and those of a group', async () => {
    await rig.work();
    const tenant = await rig.tenant();
    const session = await rig.session(tenant.id);
    await rig.call('PATCH', `/v1/sessions/${session.id}/limits`, {
      key: tenant.key,
      body: { window_ms: 1_000, window_limit: 1_000, jitter_ms: 0 },
    });
    const from = '2026-01-01T00:00:00.000Z';
    const now = new Date();
    const midnight = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate())).toISOString();
    const [reader, other] = [await open(owner, { pod: 1 }), await open(owner, { pod: 0, from: midnight })];
    const numbers = Array.from({ length: 5 }, (_, i) => `+44770090020${i}`);
    const bulk = await rig.call('POST', '/v1/messages/bulk', {
      key: tenant.key,
      body: { messages: numbers.map((to) => text(to, { session_id: session.id })) },
    });
    const group = String(bulk.body.group_id);
    const done = async (one: Reader) => {
      const { patch } = await one.getsRecord('message_counts', tenant.id);
      return (patch as { read: number; accepted: number }).read === 5 && patch;
    };
    const patch = await until(() => done(reader), 30_000);
    await until(() => done(other), 30_000);
    const overview = await owner.call('GET', `/admin/v1/overview?tenant_id=${tenant.id}`, { of: '/admin/v1/overview' });
    expect(overview.body.totals).toEqual(patch);
    expect(overview.body.totals).toMatchObject({ accepted: 5, read: 5, waiting: 0 });
    await until(() =>
      reader.records('groups').some((one) => one.id === group && (one.patch as { counts: { read?: number } }).counts.read === 5),
    );
    expect((await owner.call('GET', `/admin/v1/live?from=${from}`)).status).toBe(400);
  });

  it('says that something was done to a campaign, to those who may see it', async () => {
    const [tenant, another] = [await rig.tenant(), await rig.tenant()];
    const reader = await open(owner, { pod: 1 });
    const stranger = await open(await rig.person([{ role: 'admin', tenantId: another.id }]), { pod: 1 });
    const create = async ({ key }: { key: string }) => {
      const post = async (path: string, body: object) => (await rig.call('POST', path, { key, body })).body;
      const list = await post('/v1/contact-lists', { name: 'All' });
      const template = await post('/v1/templates', { name: 'Sale', content: { type: 'text', text: 'Hello' } });
      const body = { name: 'Sale', audience: { include: [{ kind: 'list', id: list.id }] }, message: { template_id: template.id } };
      return String((await post('/v1/campaigns', body)).id);
    };
    const id = await create(tenant);
    expect(await reader.getsRecord('campaigns', id)).toMatchObject({ tenant_id: tenant.id, patch: {} });
    const own = await create(another);
    await stranger.getsRecord('campaigns', own);
    expect(stranger.records('campaigns').map((record) => record.id)).toEqual([own]);
  });

  it('follows an import of contacts, from the file to its last row', async () => {
    await rig.work();
    const { key } = await rig.tenant();
    const reader = await open(owner, { pod: 1 });
    await reader.gets('heartbeat');
    const rows = Array.from({ length: 2_500 }, (_, i) => `+4479110${10_000 + i},Amara`);
    const { id } = (await rig.call('POST', '/v1/imports', { key, ...fileForm(`phone,name\n${rows.join('\n')}\n`) })).body;
    const latest = () => reader.records('imports').findLast((one) => one.id === id)?.patch as Record<string, unknown> | undefined;
    await until(() => latest()?.state === 'uploaded');
    const mapping = { columns: [{ column: 'phone', to: 'phone' }], consent: null };
    await rig.call('PUT', `/v1/imports/${String(id)}/mapping`, { key, body: mapping });
    await rig.call('POST', `/v1/imports/${String(id)}/run`, { key });
    await until(() => latest()?.state === 'done', 30_000);
    expect(latest()).toMatchObject({ rows_total: 2_500, rows_done: 2_500, new: 2_500, changed: 0, unchanged: 0, refused: 0 });
  });

  it('serves a person a bounded number of streams', async () => {
    const person = await rig.person([{ role: 'viewer', tenantId: a.id }]);
    await Promise.all(Array.from({ length: 20 }, () => open(person)));
    expect((await Reader.open(rig, person)).status).toBe(429);
    readers.splice(0).forEach((reader) => reader.close());
    await until(async () => {
      const again = await Reader.open(rig, person);
      readers.push(again);
      return again.status === 200;
    });
  });

  it('ends when its process shuts down', async () => {
    const single = await ApiRig.start();
    const person = await single.person([{ role: 'owner', tenantId: null }]);
    const reader = await Reader.open(single, person);
    await reader.gets('hello');
    await single.stop();
    await reader.gets('draining');
    await until(() => reader.isOver);
  });
});
