import { hashedAddress, Suppressions } from '@heliograph/contacts';
import { InboundMessages } from '@heliograph/inbox';
import { type Actor, Database, newId } from '@heliograph/kernel';
import { keyActor, until } from '@heliograph/kernel/testing';
import { ApiRig, text } from './api-rig';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
  await rig.work();
});
afterAll(() => rig.stop());

interface ContactBody {
  id: string;
  addresses: string[];
  tags: string[];
  attributes: object;
  consent: string | null;
  name: string | null;
  external_id: string | null;
}
interface EntryBody {
  id: string;
  direction: string;
  text: string;
  state: string | null;
  actor: Actor | null;
  message_id: string | null;
  answers_id: string | null;
  reactions: object[];
}

/** A tenant that calls the api, with a way for people to write to its session. */
async function agency() {
  const tenant = await rig.tenant();
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const of = path
      .replace(/\?.*/, '')
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '{id}')
      .replace(/(opt-keywords\/)(?!test$)[A-Za-z]+$/, '$1{language}')
      .replace(/(contact-attributes\/)\w+$/, '$1{name}');
    return rig.call(method, path, { key: tenant.key, of, headers, ...(body !== undefined && { body }) });
  };
  const list = async <T>(path: string) => (await call('GET', path)).body.data as T[];
  const contact = async (body: object) => (await call('PUT', '/v1/contacts', body)).body as unknown as ContactBody;
  /** Every page of a list, by so many. */
  const pages = async <T>(path: string, limit: number) => {
    const all: T[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const reply = await call(
        'GET',
        `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      const page = reply.body as { data: T[]; next_cursor: string | null };
      expect(page.data.length).toBeLessThanOrEqual(limit);
      all.push(...page.data);
      cursor = page.next_cursor;
    }
    return all;
  };
  return { ...tenant, call, list, contact, pages };
}

async function line() {
  const a = await agency();
  const session = await rig.session(a.id);
  const write = (body: object) => rig.provider.control('POST', `/inject/${session.there.id}/inbound`, body);
  const conversations = () =>
    a.list<{ id: string; unread: number; address: string; last_text: string; contact_id: string }>('/v1/conversations');
  const entries = (id: string) => a.list<EntryBody>(`/v1/conversations/${id}/entries`);
  return { ...a, session, write, conversations, entries };
}

const phone = (n: number) => `+4477009${String(n).padStart(5, '0')}`;

describe('contacts', () => {
  it('are made, found by any spelling of any address, changed, and found by tag and own id', async () => {
    const { call, contact, list } = await agency();
    const made = await call('PUT', '/v1/contacts', {
      addresses: ['07700 900101', '109999@lid'],
      external_id: 'user-1',
      name: 'Priya',
      attributes: { plan: 'pro', seats: 3, trial: false },
      tags: ['vip'],
    });
    expect([made.status, made.body]).toMatchObject([201, { name: 'Priya', consent: null, tags: ['vip'] }]);
    expect([...(made.body.addresses as string[])].sort()).toEqual(['+447700900101', '109999@lid']);
    const { id } = made.body as { id: string };
    const again = await call('PUT', '/v1/contacts', {
      addresses: ['+44 7700 900102', '+447700900101'],
      attributes: { plan: null, city: 'Leeds' },
    });
    expect([again.status, again.body]).toMatchObject([
      200,
      { id, name: 'Priya', attributes: { seats: 3, trial: false, city: 'Leeds' }, external_id: 'user-1' },
    ]);
    expect(again.body.attributes).not.toHaveProperty('plan');
    expect((await contact({ addresses: ['+447700900103'], external_id: 'user-1' })).id).toBe(id);
    expect((await call('PATCH', `/v1/contacts/${id}`, { name: null, tags: ['a', 'b'], external_id: null })).body).toMatchObject({
      name: null,
      tags: ['a', 'b'],
      external_id: null,
    });
    await call('PATCH', `/v1/contacts/${id}`, { external_id: 'u/2' });
    for (const query of ['address=07700900102', 'address=109999%40lid', 'external_id=u%2F2', 'tag=b'])
      expect(await list<ContactBody>(`/v1/contacts?${query}`)).toMatchObject([{ id }]);
    for (const query of ['address=07700900109', 'external_id=user-1', 'tag=vip']) expect(await list(`/v1/contacts?${query}`)).toEqual([]);
  });

  it('are found by the beginnings of words of their names, whatever the case and accents', async () => {
    const { call, contact, list } = await agency();
    const names = ['Inês Castro', 'ines de la Cruz', 'Agnes', 'Иван Петров', null];
    const ids: string[] = [];
    for (const [i, name] of names.entries()) ids.push((await contact({ addresses: [phone(200 + i)], name })).id);
    const found = async (name: string, more = '') =>
      (await list<ContactBody>(`/v1/contacts?name=${encodeURIComponent(name)}${more}`)).map(({ id }) => ids.indexOf(id)).sort();
    expect(await found('INES')).toEqual([0, 1]);
    expect(await found('nes')).toEqual([]);
    expect(await found('cast')).toEqual([0]);
    expect(await found('cru inês')).toEqual([1]);
    expect(await found('ПЕТР')).toEqual([3]);
    for (const none of ['%', '_', "'", '!!', 'ines agnes']) expect(await found(none)).toEqual([]);
    await call('PATCH', `/v1/contacts/${ids[2]}`, { name: 'Ines Agnes', tags: ['vip'] });
    expect(await found('ines agnes')).toEqual([2]);
    expect(await found('ines', '&tag=vip')).toEqual([2]);
    await call('POST', `/v1/contacts/${ids[1]}/merge`, { other_id: ids[2] });
    expect(await found('ines')).toEqual([0, 1]);
    expect(await found('agnes')).toEqual([]);
    const pages = await agency();
    for (let i = 0; i < 7; i++) await pages.contact({ addresses: [phone(300 + i)], name: `Ana Ana${i}` });
    expect(new Set((await pages.pages<ContactBody>('/v1/contacts?name=ana', 2)).map(({ id }) => id)).size).toBe(7);
  });

  it('are listed by their last consent and by whether they opted out', async () => {
    const { call, contact, list } = await agency();
    const [agreed, left, silent] = [
      await contact({ addresses: [phone(401)], tags: ['a'] }),
      await contact({ addresses: [phone(402), '4020@lid'], tags: ['a'] }),
      await contact({ addresses: [phone(403)], tags: ['b'] }),
    ];
    const consent = (id: string, action: string) => call('POST', `/v1/contacts/${id}/consents`, { action, source: 'shop' });
    await consent(agreed.id, 'opt_in');
    await consent(left.id, 'opt_out');
    const found = async (query: string) => (await list<ContactBody>(`/v1/contacts?${query}`)).map(({ id }) => id);
    expect(await found('consent=opt_in')).toEqual([agreed.id]);
    expect(await found('consent=opt_out')).toEqual([left.id]);
    expect(await found('consent=none')).toEqual([silent.id]);
    expect(await found('opted_out=true')).toEqual([left.id]);
    expect(await found('opted_out=false&tag=a')).toEqual([agreed.id]);
    expect(await found('opted_out=true&tag=b')).toEqual([]);
    expect((await call('GET', `/v1/contacts/${left.id}`)).body).toMatchObject({ opted_out: true, consent: 'opt_out' });
    await call('POST', '/v1/suppressions/lift', { address: phone(402) });
    await call('POST', '/v1/suppressions/lift', { address: '4020@lid' });
    expect((await call('GET', `/v1/contacts/${left.id}`)).body).toMatchObject({ opted_out: false, consent: 'opt_out' });
  });

  it('show when something was last sent to them and when they last wrote', async () => {
    const { call, contact, list, write, session } = await line();
    const { id } = await contact({ addresses: [phone(411)] });
    const times = async () => (await list<{ id: string; last_sent_at: string | null; last_reply_at: string | null }>('/v1/contacts'))[0];
    expect(await times()).toMatchObject({ id, last_sent_at: null, last_reply_at: null });
    await write({ from: phone(411).slice(1), text: 'Hello' });
    await until(async () => (await times())?.last_reply_at);
    await call('POST', '/v1/messages', text(phone(411), { session_id: session.id }));
    await until(async () => (await times())?.last_sent_at);
  });

  it('are made and changed by the core application’s own id alone, and get their addresses later', async () => {
    const { call } = await agency();
    const by = (body: object) => call('PUT', '/v1/contacts', body);
    const made = await by({ external_id: 'user-9', name: 'Priya' });
    expect([made.status, made.body]).toMatchObject([201, { external_id: 'user-9', name: 'Priya', addresses: [] }]);
    const { id } = made.body as { id: string };
    const known = await by({ external_id: 'user-9', addresses: [], tags: ['vip'] });
    expect([known.status, known.body]).toMatchObject([200, { id, name: 'Priya', tags: ['vip'] }]);
    const addressed = await by({ external_id: 'user-9', addresses: [phone(9)] });
    expect([addressed.status, addressed.body]).toMatchObject([200, { id, addresses: [phone(9)] }]);
    expect((await by({ external_id: 'user-9', attributes: { plan: 'pro' } })).body).toMatchObject({ id, addresses: [phone(9)] });
    for (const body of [{}, { name: 'Priya' }, { external_id: null }, { addresses: [], external_id: '' }])
      expect((await by(body)).status).toBe(400);
  });

  it('are not mixed up: addresses of several, a taken own id, and what is no address are refused and change nothing', async () => {
    const { call, contact, pages } = await agency();
    const one = await contact({ addresses: [phone(1)], external_id: 'one' });
    const two = await contact({ addresses: [phone(2)] });
    const refused = async (reply: Promise<{ status: number; body: Record<string, unknown> }>) => [
      (await reply).status,
      (await reply).body.code,
    ];
    expect(await refused(call('PUT', '/v1/contacts', { addresses: [phone(1), phone(2)] }))).toEqual([409, 'addresses_differ']);
    expect(await refused(call('PUT', '/v1/contacts', { addresses: [phone(2)], external_id: 'one' }))).toEqual([409, 'addresses_differ']);
    expect(await refused(call('PATCH', `/v1/contacts/${two.id}`, { external_id: 'one' }))).toEqual([409, 'external_id_taken']);
    expect(await refused(call('PUT', '/v1/contacts', { addresses: [phone(3), 'Priya'] }))).toEqual([422, 'invalid_address']);
    expect(await refused(call('GET', '/v1/contacts?address=Priya'))).toEqual([422, 'invalid_address']);
    expect(await refused(call('PATCH', `/v1/contacts/${newId()}`, { name: 'x' }))).toEqual([404, 'not_found']);
    expect(await pages('/v1/contacts', 1)).toMatchObject([two, one]);
  });

  it('hold in declared attributes what those are declared to hold, and anything in others', async () => {
    const { call, contact, list } = await agency();
    const old = await contact({ addresses: [phone(1)], attributes: { seats: 'many' } });
    const declare = (name: string, body: object) => call('PUT', `/v1/contact-attributes/${name}`, body);
    for (const [name, type] of [
      ['seats', 'number'],
      ['since', 'date'],
      ['vip', 'boolean'],
      ['plan', 'text'],
    ] as const)
      expect((await declare(name, { type, label: name.toUpperCase() })).body).toEqual({ name, type, label: name.toUpperCase() });
    expect((await list<{ name: string }>('/v1/contact-attributes')).map((x) => x.name)).toEqual(['plan', 'seats', 'since', 'vip']);
    const right = { seats: 3, since: '2026-02-28', vip: false, plan: 'pro', other: 1 };
    const wrong = { seats: '3', since: '2026-02-29', vip: 'no', plan: 5, other: 'x' };
    const body = { selection: { ids: [old.id] }, changes: { set: wrong } };
    for (const [path, refused] of [
      ['attributes', await call('PUT', '/v1/contacts', { addresses: [phone(1)], attributes: wrong })],
      ['attributes', await call('PATCH', `/v1/contacts/${old.id}`, { attributes: wrong })],
      ['changes/set', await call('POST', '/v1/contacts/bulk-edit', body)],
      ['changes/set', await call('POST', '/v1/contacts/bulk-edit', { ...body, dry_run: true })],
    ] as const) {
      expect([refused.status, refused.body.code]).toEqual([422, 'invalid_attribute']);
      expect((refused.body.errors as { path: string }[]).map((e) => e.path)).toEqual(
        ['seats', 'since', 'vip', 'plan'].map((n) => `${path}/${n}`),
      );
    }
    expect((await contact({ addresses: [phone(1)] })).attributes).toEqual({ seats: 'many' });
    expect((await contact({ addresses: [phone(1)], attributes: right })).attributes).toEqual(right);
    expect((await contact({ addresses: [phone(1)], attributes: { seats: null } })).attributes).not.toHaveProperty('seats');
    for (const name of ['toString', '2nd']) {
      expect((await call('PUT', '/v1/contacts', { addresses: [phone(1)], attributes: { [name]: 'x' } })).status).toBe(400);
      expect((await declare(name, { type: 'text' })).status).toBe(400);
    }
    expect((await call('DELETE', '/v1/contact-attributes/toString')).status).toBe(404);
    expect((await call('DELETE', '/v1/contact-attributes/plan')).status).toBe(204);
    for (const method of ['GET', 'DELETE']) expect((await call(method, '/v1/contact-attributes/plan')).status).toBe(404);
    expect((await contact({ addresses: [phone(1)], attributes: { plan: 5 } })).attributes).toMatchObject({ plan: 5 });
    expect((await declare('seats', { type: 'list' })).status).toBe(400);
  });

  it('made by many calls at once for one address are one', async () => {
    const { call } = await agency();
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) => call('PUT', '/v1/contacts', { addresses: [phone(1), phone(2 + (i % 2))], external_id: 'one' })),
    );
    expect(new Set(replies.map((r) => r.body.id)).size).toBe(1);
    expect(replies.filter((r) => r.status === 201)).toHaveLength(1);
  });

  it('keep text that a database cannot store away from it', async () => {
    const { call, contact } = await agency();
    const { name } = await contact({ addresses: [phone(1)], name: 'Pri\u0000ya \ud800', attributes: { note: 'a\u0000b' } });
    expect(name).toBe('Priya ');
    for (const path of [
      '/v1/contacts?external_id=a%00',
      '/v1/contacts?tag=%00',
      '/v1/contacts?address=%2B4477%00',
      '/v1/suppressions?address=%00',
    ])
      expect((await call('GET', path)).status).toBeGreaterThanOrEqual(400);
  });

  it('that are merged are one with all that either had, again and again; the old ids lead to it', async () => {
    const { call, contact, list } = await agency();
    const all: ContactBody[] = [];
    for (let i = 0; i < 4; i++)
      all.push(
        await contact({
          addresses: [phone(i)],
          external_id: `user-${i}`,
          attributes: { [`a${i}`]: i, who: `n${i}` },
          tags: ['all', `t${i}`],
        }),
      );
    const [a, b, c, d] = all as [ContactBody, ContactBody, ContactBody, ContactBody];
    await call('POST', `/v1/contacts/${d.id}/consents`, { action: 'opt_out', source: 'phone call' });
    const merge = (id: string, other: string) => call('POST', `/v1/contacts/${id}/merge`, { other_id: other });
    expect((await merge(c.id, d.id)).body).toMatchObject({ id: c.id, external_id: 'user-2', consent: 'opt_out' });
    expect((await merge(b.id, c.id)).body).toMatchObject({ id: b.id, consent: 'opt_out' });
    // By an id that is merged already.
    const whole = (await merge(a.id, d.id)).body;
    expect(whole).toMatchObject({
      id: a.id,
      external_id: 'user-0',
      attributes: { a0: 0, a1: 1, a2: 2, a3: 3, who: 'n0' },
      tags: ['all', 't0', 't1', 't2', 't3'],
      consent: 'opt_out',
    });
    expect([...(whole.addresses as string[])].sort()).toEqual([0, 1, 2, 3].map(phone));
    for (const { id } of all) {
      expect((await call('GET', `/v1/contacts/${id}`)).body).toEqual(whole);
      expect(await list<{ action: string }>(`/v1/contacts/${id}/consents`)).toMatchObject([{ action: 'opt_out', contact_id: d.id }]);
      expect((await list<{ kind: string; other_id: string }>(`/v1/contacts/${id}/changes`)).map((x) => [x.kind, x.other_id])).toEqual([
        ['merged', b.id],
        ['merged', c.id],
        ['merged', d.id],
      ]);
    }
    expect(await list('/v1/contacts')).toHaveLength(1);
    expect(await merge(a.id, b.id)).toMatchObject({ status: 409, body: { code: 'same_contact' } });
    expect((await merge(a.id, newId())).status).toBe(404);
    expect((await list<{ address: string }>('/v1/suppressions')).map((s) => s.address)).toEqual([0, 1, 2, 3].map(phone));
  });

  it('merged from both sides at once are one, whoever wins', async () => {
    const { call, contact, list } = await agency();
    const [a, b] = [await contact({ addresses: [phone(1)] }), await contact({ addresses: [phone(2)] })];
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        i % 2
          ? call('POST', `/v1/contacts/${a.id}/merge`, { other_id: b.id })
          : call('POST', `/v1/contacts/${b.id}/merge`, { other_id: a.id }),
      ),
    );
    expect(replies.map((r) => r.status).sort()).toEqual([200, ...new Array<number>(9).fill(409)]);
    expect(await list<ContactBody>('/v1/contacts')).toMatchObject([{ addresses: [phone(1), phone(2)] }]);
  });

  it('are split with history, and what was suppressed stays so', async () => {
    const { call, contact, list } = await agency();
    const whole = await contact({ addresses: [phone(1), phone(2), phone(3)], name: 'Priya' });
    await call('POST', `/v1/contacts/${whole.id}/consents`, { action: 'opt_out', source: 'phone call' });
    for (const addresses of [[phone(1), phone(2), phone(3)], [phone(9)]])
      expect(await call('POST', `/v1/contacts/${whole.id}/split`, { addresses })).toMatchObject({
        status: 422,
        body: { code: 'not_its_addresses' },
      });
    const split = await call('POST', `/v1/contacts/${whole.id}/split`, { addresses: [phone(2)] });
    expect([split.status, split.body]).toMatchObject([201, { addresses: [phone(2)], name: 'Priya' }]);
    expect((await call('GET', `/v1/contacts/${whole.id}`)).body.addresses).toEqual([phone(1), phone(3)]);
    for (const id of [whole.id, split.body.id as string])
      expect(await list(`/v1/contacts/${id}/changes`)).toMatchObject([
        { kind: 'split', contact_id: whole.id, other_id: split.body.id, actor: { kind: 'key', name: 'Test' } },
      ]);
    expect(await list('/v1/suppressions')).toHaveLength(3);
  });
});

describe('the timeline of a contact', () => {
  it('has everything with them, over sessions, addresses and merges, each once, in pages of any size', async () => {
    const { id: tenantId, call, contact, session, write, conversations, list, pages } = await line();
    const second = await rig.session(tenantId);
    await call('PATCH', `/v1/sessions/${session.id}/limits`, { window_ms: 1_000, window_limit: 20 });
    const [one, other] = [await contact({ addresses: [phone(1)] }), await contact({ addresses: [phone(2)] })];
    const send = async (n: number, said: string, state: string) => {
      const { id } = (await call('POST', '/v1/messages', text(phone(n), { session_id: session.id, text: said }))).body as { id: string };
      await until(async () => (await call('GET', `/v1/messages/${id}`)).body.state === state);
    };
    await call('POST', `/v1/contacts/${other.id}/consents`, { action: 'opt_in', source: 'survey', purpose: 'research' });
    await send(1, 'An offer', 'read');
    await write({ from: phone(1).slice(1), text: 'How much?' });
    const [first] = await until(async () => ((await conversations()).length === 1 ? conversations() : null));
    const reply = await call('POST', `/v1/conversations/${first?.id}/messages`, { type: 'text', text: 'Ten pounds.' });
    await until(async () => (await call('GET', `/v1/messages/${reply.body.id as string}`)).body.state === 'read');
    await rig.provider.control('POST', `/inject/${second.there.id}/inbound`, { from: phone(2).slice(1), text: 'Hello' });
    await until(async () => (await conversations()).length === 2);
    await call('POST', '/v1/suppressions', { addresses: [phone(2)] });
    await send(2, 'Too late', 'suppressed');
    await call('POST', `/v1/contacts/${one.id}/merge`, { other_id: other.id });

    const whole = await list<Line>(`/v1/contacts/${one.id}/timeline`);
    expect(whole.map((l) => [l.type, l.text ?? l.purpose ?? l.kind, l.state ?? l.direction ?? l.actor?.name])).toEqual([
      ['change', 'merged', 'Test'],
      ['message', 'Too late', 'suppressed'],
      ['entry', 'Hello', 'in'],
      ['message', 'Ten pounds.', 'read'],
      ['entry', 'How much?', 'in'],
      ['message', 'An offer', 'read'],
      ['consent', 'research', 'Test'],
    ]);
    expect(whole.map((l) => l.session_id)).toEqual([undefined, session.id, second.id, session.id, session.id, session.id, undefined]);
    for (const limit of [1, 3]) expect(await pages(`/v1/contacts/${other.id}/timeline`, limit)).toEqual(whole);
    expect((await call('GET', `/v1/contacts/${newId()}/timeline`)).status).toBe(404);

    // The number passes on: what was sent to it stays with who had it then.
    const learn = (lid: string) => rig.get(InboundMessages).learnPairs([{ tenantId, lid, phone: phone(1) }]);
    await learn('1@lid');
    await learn('2@lid');
    await send(1, 'To the new one', 'read');
    const tom = (await list<{ id: string }>('/v1/contacts?address=2@lid'))[0]?.id as string;
    const textsOf = async (id: string) => (await list<Line>(`/v1/contacts/${id}/timeline`)).map((l) => l.text ?? l.kind);
    expect(await textsOf(tom)).toEqual(['To the new one', 'moved']);
    expect(await textsOf(one.id)).toEqual(['moved', ...whole.map((l) => l.text ?? l.kind)]);
  });
});

interface Line {
  type: string;
  text?: string;
  kind?: string;
  purpose?: string;
  state?: string;
  direction?: string;
  actor?: Actor;
  session_id?: string;
}

describe('an edit of many contacts', () => {
  it('changes those selected, says what it did, and is undone but for what was edited since', async () => {
    const { call, contact, list, pages } = await agency();
    const made: ContactBody[] = [];
    for (let i = 0; i < 5; i++)
      made.push(
        await contact({
          addresses: [phone(i)],
          external_id: `user-${i}`,
          tags: i < 4 ? ['trial', 'old'] : ['other'],
          attributes: { plan: i === 3 ? 'pro' : 'free', n: i },
        }),
      );
    const [a, b, c, d, e] = made as [ContactBody, ContactBody, ContactBody, ContactBody, ContactBody];
    const order = (selection: object, changes: object, more: object = {}, headers = {}) =>
      call('POST', '/v1/contacts/bulk-edit', { selection, changes, ...more }, headers);
    const ended = (id: string, state: string) =>
      until(async () => {
        const { body } = await call('GET', `/v1/contact-edits/${id}`);
        return body.state === state ? body : null;
      });
    const now = async () =>
      Promise.all(made.map(async ({ id }) => (await call('GET', `/v1/contacts/${id}`)).body as unknown as ContactBody));
    const trial = { filter: { tag: 'trial' } };
    const changes = { add_tags: ['customer', 'trial2'], remove_tags: ['trial'], set: { plan: 'pro', vip: true }, unset: ['n', 'none'] };

    expect(await order(trial, changes, { dry_run: true })).toMatchObject({ status: 200, body: { matched: 4 } });
    expect(await now()).toEqual(made);
    const key = { 'idempotency-key': newId() };
    expect((await order(trial, changes)).body).toMatchObject({ code: 'invalid_body', errors: [{ path: 'expect' }] });
    expect(await order(trial, changes, { expect: 40 })).toMatchObject({ status: 409, body: { code: 'count_changed' } });
    expect(await now()).toEqual(made);
    const ordered = await order(trial, changes, { expect: 4 }, key);
    expect([ordered.status, ordered.body]).toMatchObject([
      202,
      { actor: { kind: 'key', name: 'Test' }, selection: trial, changes: { ...changes, opt_out: null } },
    ]);
    const id = ordered.body.id as string;
    expect((await order(trial, changes, { expect: 4 }, key)).body.id).toBe(id);
    expect(await ended(id, 'done')).toMatchObject({ matched: 4, changed: 4, skipped: 0, undo: null });
    const after = await now();
    for (const one of after.slice(0, 4))
      expect(one).toMatchObject({ tags: ['old', 'customer', 'trial2'], attributes: { plan: 'pro', vip: true } });
    expect(after[0]?.attributes).not.toHaveProperty('n');
    expect(after[4]).toEqual(e);
    // What it changed, and nothing else: this one had the plan already.
    expect((await pages<EditedBody>(`/v1/contact-edits/${id}/contacts`, 3)).find((x) => x.contact_id === d.id)).toEqual({
      contact_id: d.id,
      tags: { before: ['trial', 'old'], after: ['old', 'customer', 'trial2'] },
      attributes: { vip: { after: true }, n: { before: 3 } },
      lists: null,
      kept: [],
    });
    expect((await list<ContactBody>('/v1/contacts?tag=customer')).map((x) => x.id)).toEqual([d, c, b, a].map((x) => x.id));
    expect(await list('/v1/contacts?tag=trial')).toEqual([]);

    await call('PATCH', `/v1/contacts/${a.id}`, { attributes: { plan: 'team', n: 9, city: 'Leeds' }, tags: ['old', 'customer', 'mine'] });
    await call('PATCH', `/v1/contacts/${b.id}`, { name: 'Priya' });
    await call('POST', `/v1/contacts/${e.id}/merge`, { other_id: c.id });
    expect((await call('POST', `/v1/contact-edits/${id}/undo`)).status).toBe(202);
    expect((await ended(id, 'undone')).undo).toMatchObject({ actor: { kind: 'key', name: 'Test' }, restored: 2, kept: 2 });
    const back = await now();
    expect([back[0]?.tags, back[0]?.attributes]).toEqual([['old', 'mine', 'trial'], { plan: 'team', n: 9, city: 'Leeds' }]);
    expect([back[1]?.tags, back[1]?.attributes, back[1]?.name]).toEqual([b.tags, b.attributes, 'Priya']);
    expect([back[3]?.tags, back[3]?.attributes]).toEqual([d.tags, d.attributes]);
    expect((await list<EditedBody>(`/v1/contact-edits/${id}/contacts?kept=true`)).map((x) => [x.contact_id, x.kept])).toEqual([
      [a.id, ['attributes.n', 'attributes.plan']],
      [c.id, ['merged']],
    ]);
    expect(await call('POST', `/v1/contact-edits/${id}/undo`)).toMatchObject({ status: 409, body: { code: 'already_undone' } });
    expect((await list<{ id: string }>('/v1/contact-edits')).map((x) => x.id)).toEqual([id]);
    expect((await call('GET', `/v1/contact-edits/${newId()}`)).status).toBe(404);
  });

  it('opts them out with a source, moves them on lists, and its undo leaves the opt-outs', async () => {
    const { call, contact, list } = await agency();
    const made = [await contact({ addresses: [phone(1), phone(2)] }), await contact({ addresses: [phone(3)] })];
    const news = (await call('POST', '/v1/contact-lists', { name: 'News' })).body.id as string;
    const selection = { ids: made.map(({ id }) => id) };
    const order = (changes: object) => call('POST', '/v1/contacts/bulk-edit', { selection, changes });
    expect((await order({ opt_out: {} })).body).toMatchObject({ code: 'invalid_body', errors: [{ path: 'changes/opt_out/source' }] });
    expect((await order({ add_to_lists: [news], remove_from_lists: [news] })).status).toBe(400);
    expect((await order({ remove_from_lists: [newId()] })).body).toMatchObject({
      code: 'unknown_source',
      errors: [{ path: 'changes/remove_from_lists/0' }],
    });
    const ordered = await order({ opt_out: { source: 'letter' }, add_to_lists: [news] });
    expect(ordered.body).toMatchObject({ changes: { opt_out: { source: 'letter' }, add_to_lists: [news], remove_from_lists: [] } });
    const id = ordered.body.id as string;
    const ended = (state: string) => until(async () => (await call('GET', `/v1/contact-edits/${id}`)).body.state === state);
    await ended('done');
    expect((await call('GET', `/v1/contact-edits/${id}`)).body).toMatchObject({ matched: 2, changed: 2, skipped: 0, opted_out: 2 });
    expect((await list<EditedBody>(`/v1/contact-edits/${id}/contacts`)).map(({ lists }) => lists)).toEqual(
      made.map(() => ({ added: [news], removed: [] })),
    );
    const optedOut = async () => (await list<ContactBody>('/v1/contacts?opted_out=true&consent=opt_out')).length;
    expect(await optedOut()).toBe(2);
    expect((await list<{ address: string }>('/v1/suppressions')).map(({ address }) => address)).toEqual([phone(1), phone(2), phone(3)]);
    await call('POST', `/v1/contact-edits/${id}/undo`);
    await ended('undone');
    expect((await call('GET', `/v1/contact-lists/${news}`)).body.members).toBe(0);
    expect(await optedOut()).toBe(2);
  });

  it('finds them by id, also a merged one’s, by own id and by attribute; takes no contradiction and no more tags than a contact may have', async () => {
    const { call, contact, list } = await agency();
    const [a, b, c] = [
      await contact({ addresses: [phone(1)], external_id: 'a', attributes: { n: 1 } }),
      await contact({
        addresses: [phone(2)],
        external_id: 'b',
        attributes: { n: '1' },
        tags: Array.from({ length: 50 }, (_, i) => `t${i}`),
      }),
      await contact({ addresses: [phone(3)] }),
    ];
    await call('POST', `/v1/contacts/${a.id}/merge`, { other_id: c.id });
    const edit = async (selection: object, changes: object) => {
      const asked = { selection, changes, expect: 1 };
      const { id } = (await call('POST', '/v1/contacts/bulk-edit', asked)).body as { id: string };
      await until(async () => (await call('GET', `/v1/contact-edits/${id}`)).body.state === 'done');
      return (await call('GET', `/v1/contact-edits/${id}`)).body;
    };
    const count = async (selection: object) =>
      (await call('POST', '/v1/contacts/bulk-edit', { selection, changes: { add_tags: ['x'] }, dry_run: true })).body.matched;
    expect(await count({ ids: [c.id, a.id, b.id, newId()] })).toBe(2);
    expect(await count({ filter: { tag: 't7' } })).toBe(1);
    expect(await count({ filter: { tag: 't7', external_ids: ['a'] } })).toBe(0);
    expect(await count({ filter: { tag: 't7', attribute: { name: 'n', value: '1' } } })).toBe(1);
    expect(await count({ filter: { attribute: { name: 'n', value: 1 } } })).toBe(1);
    // Exactly, with the type of the value.
    expect(await count({ filter: { attribute: { name: 'n', value: '1' } } })).toBe(1);
    expect(await count({ filter: { attribute: { name: 'n', value: '' } } })).toBe(0);
    expect(await count({ filter: { external_ids: ['a', 'b'] } })).toBe(2);
    const tagged = async (tag: string) => (await list<ContactBody>(`/v1/contacts?tag=${tag}`)).map((x) => x.id);
    expect(await edit({ ids: [c.id, a.id, newId()] }, { add_tags: ['x'] })).toMatchObject({ matched: 1, changed: 1 });
    expect(await tagged('x')).toEqual([a.id]);
    expect(await edit({ filter: { external_ids: ['b', 'none'] } }, { add_tags: ['y'], set: { seen: true } })).toMatchObject({
      matched: 1,
      changed: 0,
      skipped: 1,
    });
    expect(await edit({ filter: { external_ids: ['b'] } }, { remove_tags: ['t0'], add_tags: ['y'] })).toMatchObject({ changed: 1 });
    expect(await edit({ filter: { attribute: { name: 'n', value: 1 } } }, { add_tags: ['z'] })).toMatchObject({ matched: 1, changed: 1 });
    expect(await tagged('z')).toEqual([a.id]);
    expect(await edit({ filter: { attribute: { name: 'n', value: 1 }, tag: 'y' } }, { add_tags: ['z'] })).toMatchObject({ matched: 0 });
    for (const [selection, changes] of [
      [{ filter: {} }, { add_tags: ['x'] }],
      [{ ids: [a.id] }, {}],
      [{ ids: [a.id] }, { add_tags: ['x'], remove_tags: ['x'] }],
      [{ ids: [a.id] }, { set: { n: 1 }, unset: ['n'] }],
      [{ ids: [a.id], filter: { tag: 'x' } }, { add_tags: ['x'] }],
    ])
      expect((await call('POST', '/v1/contacts/bulk-edit', { selection, changes })).status).toBe(400);
    expect(b.tags).toHaveLength(50);
  });

  it('are those that the list shows under a filter, whichever it is, and so are those put on a list or taken off', async () => {
    const { id: tenantId, call, contact, list, pages } = await agency();
    const people = [
      await contact({ addresses: [phone(1)], name: 'Inès Castro', external_id: 'a', tags: ['trial'] }),
      await contact({ addresses: [phone(2)], name: 'Ines Lund', tags: ['trial', 'old'] }),
      await contact({ addresses: [phone(3)], name: 'Theo Marsh', tags: ['old'] }),
      await contact({ addresses: [phone(4)] }),
    ];
    const [first, second, third] = people as [ContactBody, ContactBody, ContactBody];
    const consent = { purpose: 'marketing', action: 'opt_in', source: 'form' };
    const [said] = (await call('POST', `/v1/contacts/${first.id}/consents`, consent)).body.data as { at: string }[];
    expect(await list('/v1/contacts?consent=opt_in')).toMatchObject([{ consent: 'opt_in', consent_at: said?.at, consent_source: 'form' }]);
    expect(second).toMatchObject({ consent: null, consent_at: null, consent_source: null });
    const of = { reason: 'opt_out', note: null, actor: keyActor('Test'), expiresAt: null } as const;
    await rig.get(Suppressions).add(tenantId, [phone(2)], of);
    expect(await list('/v1/contacts?opted_out=true')).toMatchObject([{ id: second.id }]);
    const made = async (path: string, body: object) => (await call('POST', path, body)).body.id as string;
    const news = await made('/v1/contact-lists', { name: 'News' });
    await call('POST', `/v1/contact-lists/${news}/members`, { ids: [first.id, third.id] });
    const rules = [{ field: 'name', operator: 'contains', value: 'Castro' }];
    const segment = await made('/v1/segments', { name: 'Castros', tree: { rules } });
    const filters: Record<string, unknown>[] = [
      {},
      { name: 'ines' },
      { tag: 'old' },
      { name: 'ines', tag: 'old' },
      { address: phone(3) },
      { external_id: 'a' },
      { consent: 'opt_in' },
      { consent: 'none', tag: 'trial' },
      { opted_out: true },
      { opted_out: false, name: 'ines' },
      { list_id: news },
      { list_id: news, tag: 'trial' },
      { segment_id: segment },
      { segment_id: segment, list_id: news, name: 'ine' },
    ];
    const ended = (id: string) => until(async () => (await call('GET', `/v1/contact-edits/${id}`)).body.state === 'done');
    for (const [i, listed] of filters.entries()) {
      const query = new URLSearchParams(Object.entries(listed).map(([name, value]): [string, string] => [name, String(value)])).toString();
      const shown = (await pages<ContactBody>(`/v1/contacts?${query}`, 2)).map(({ id }) => id).sort();
      const selection = { listed };
      const count = await call('POST', '/v1/contacts/bulk-edit', { selection, changes: { add_tags: ['x'] }, dry_run: true });
      expect([listed, count.body.matched]).toEqual([listed, shown.length]);
      const changes = { add_tags: [`edited-${i}`] };
      expect((await call('POST', '/v1/contacts/bulk-edit', { selection, changes })).status).toBe(400);
      const edit = await call('POST', '/v1/contacts/bulk-edit', { selection, changes, expect: shown.length });
      expect(edit.body.selection).toMatchObject({ listed });
      await ended(edit.body.id as string);
      expect([listed, (await list<ContactBody>(`/v1/contacts?tag=edited-${i}`)).map(({ id }) => id).sort()]).toEqual([listed, shown]);

      const copy = await made('/v1/contact-lists', { name: `Copy ${i}` });
      const members = (verb: string, body: object) => call('POST', `/v1/contact-lists/${copy}/members${verb}`, body);
      const added = await members('', { listed, expect: shown.length });
      expect([listed, added.status, added.body.members]).toEqual([listed, 200, shown.length]);
      expect((await pages<ContactBody>(`/v1/contacts?list_id=${copy}`, 2)).map(({ id }) => id).sort()).toEqual(shown);
      const other = await members('/remove', { listed, expect: shown.length + 1_000 });
      expect([other.status, other.body.code]).toEqual([409, 'count_changed']);
      const removed = await members('/remove', { listed: { ...listed, list_id: copy }, expect: shown.length });
      expect([listed, removed.body.members]).toEqual([listed, 0]);
      expect((await members('', { listed })).status).toBe(400);
    }
    // What a segment selects is fixed when the edit is requested.
    const [kept] = await list<{ selection: { listed?: object; tree?: object } }>('/v1/contact-edits');
    expect(kept?.selection.tree).toMatchObject({ rules });
    const missing = await call('POST', '/v1/contacts/bulk-edit', {
      selection: { listed: { segment_id: newId() } },
      changes: { add_tags: ['x'] },
      dry_run: true,
    });
    expect([missing.status, missing.body.errors]).toMatchObject([422, [{ path: 'selection/listed/segment_id' }]]);
    expect(second.tags).toEqual(['trial', 'old']);
  });
});

interface EditedBody {
  contact_id: string;
  lists: object | null;
  kept: string[];
}

describe('consents', () => {
  it('are kept with their proof, newest first; what says the same again is one, under a new text it is another', async () => {
    const { call, contact, list } = await agency();
    const { id } = await contact({ addresses: [phone(1), phone(2)] });
    const record = (body: object) => call('POST', `/v1/contacts/${id}/consents`, body);
    const optIn = {
      action: 'opt_in',
      source: 'signup-form',
      text_version: '2026-10',
      text: 'Yes, send me offers.',
      proof: { ip: '192.0.2.1' },
    };
    await record(optIn);
    expect((await call('GET', `/v1/contacts/${id}`)).body.consent).toBe('opt_in');
    await record(optIn);
    await record({ ...optIn, text_version: '2026-11' });
    await record({ action: 'opt_in', purpose: 'research', source: 'survey' });
    const out = await record({ action: 'opt_out', source: 'phone call', address: phone(2) });
    expect(out.status).toBe(201);
    expect(out.body.data).toMatchObject([
      {
        action: 'opt_out',
        purpose: 'marketing',
        address: phone(2),
        actor: { kind: 'key', name: 'Test' },
        source: 'phone call',
        session_id: null,
      },
      { purpose: 'research' },
      { text_version: '2026-11' },
      { text_version: '2026-10', text: 'Yes, send me offers.', proof: { ip: '192.0.2.1' }, address: phone(1) },
    ]);
    expect((await call('GET', `/v1/contacts/${id}`)).body.consent).toBe('opt_out');
    expect(await list('/v1/suppressions')).toMatchObject([{ address: phone(1), reason: 'opt_out' }, { address: phone(2) }]);
    await record({ action: 'opt_in', source: 'signup-form' });
    expect(await list('/v1/suppressions')).toEqual([]);
    expect(await record({ ...optIn, address: phone(9) })).toMatchObject({ status: 422, body: { code: 'invalid_address' } });
    expect((await call('POST', `/v1/contacts/${newId()}/consents`, optIn)).status).toBe(404);
  });

  it('said many times at once are one', async () => {
    const { call, contact, list } = await agency();
    const { id } = await contact({ addresses: [phone(1)] });
    await Promise.all(
      Array.from({ length: 12 }, () => call('POST', `/v1/contacts/${id}/consents`, { action: 'opt_out', source: 'phone call' })),
    );
    expect(await list(`/v1/contacts/${id}/consents`)).toHaveLength(1);
  });

  it('cannot be rewritten, not even in the database', async () => {
    const { call, contact } = await agency();
    const { id } = await contact({ addresses: [phone(1)] });
    await call('POST', `/v1/contacts/${id}/consents`, { action: 'opt_out', source: 'phone call' });
    for (const sql of [`UPDATE consents SET action = 'opt_in'`, 'DELETE FROM consents', 'TRUNCATE consents'])
      await expect(rig.get(Database).query(sql)).rejects.toThrow('never changed');
  });
});

describe('suppressions', () => {
  it('are added in any spelling or hashed, listed in pages, found by address, and lifted', async () => {
    const { call, list, pages } = await agency();
    const hashed = hashedAddress(phone(50));
    const add = await call('POST', '/v1/suppressions', {
      addresses: ['07700 900101', '+447700900101', hashed, '109999@lid'],
      note: 'Asked by phone',
    });
    expect(add.body).toEqual({ added: 3 });
    expect((await call('POST', '/v1/suppressions', { addresses: ['+447700900101'], note: 'Twice' })).body).toEqual({ added: 0 });
    expect(await list(`/v1/suppressions?address=07700900101`)).toMatchObject([
      { address: '+447700900101', reason: 'manual', note: 'Twice', actor: { kind: 'key', name: 'Test' } },
    ]);
    expect(await list(`/v1/suppressions?address=${encodeURIComponent(phone(50))}`)).toMatchObject([{ address: hashed }]);
    await call('POST', '/v1/suppressions', { addresses: Array.from({ length: 25 }, (_, i) => phone(i)) });
    const all = await pages<{ address: string }>('/v1/suppressions', 10);
    expect(new Set(all.map((s) => s.address)).size).toBe(28);
    expect(all).toHaveLength(28);
    expect(await list('/v1/suppressions?reason=opt_out')).toEqual([]);
    const lift = (address: string, reason?: string) => call('POST', '/v1/suppressions/lift', { address, ...(reason && { reason }) });
    expect((await lift(phone(3), 'bad_number')).status).toBe(404);
    expect((await lift(phone(3), 'manual')).status).toBe(204);
    expect((await lift(phone(3))).status).toBe(404);
    expect((await lift(phone(50))).status).toBe(204);
    expect((await lift('nobody')).status).toBe(422);
    expect((await call('POST', '/v1/suppressions', { addresses: [phone(1), 'nobody', 'sha256:ab'] })).body.errors).toMatchObject([
      { path: 'addresses/1' },
      { path: 'addresses/2' },
    ]);
    expect((await call('GET', '/v1/suppressions?cursor=nonsense')).status).toBe(400);
  });

  it('are listed by contact, whatever the spelling or the hash of its addresses', async () => {
    const { call, contact, list } = await agency();
    const { id } = await contact({ addresses: [phone(501), '5010@lid'] });
    await contact({ addresses: [phone(502)] });
    await call('POST', '/v1/suppressions', { addresses: [phone(502), '5010@lid', hashedAddress(phone(501))] });
    const found = async (query: string) =>
      (await list<{ address: string }>(`/v1/suppressions?${query}`)).map(({ address }) => address).sort();
    expect(await found(`contact_id=${id}`)).toEqual(['5010@lid', hashedAddress(phone(501))].sort());
    expect(await found(`contact_id=${id}&address=5010%40lid`)).toEqual(['5010@lid']);
    expect(await found(`contact_id=${id}&address=${encodeURIComponent(phone(502))}`)).toEqual([]);
    expect((await call('GET', `/v1/suppressions?contact_id=${newId()}`)).status).toBe(404);
  });

  it('end when their time is over', async () => {
    const { call, list } = await agency();
    const at = new Date(Date.now() + 4_000).toISOString();
    await call('POST', '/v1/suppressions', { addresses: [phone(1)], expires_at: at });
    expect(await list('/v1/suppressions')).toMatchObject([{ expires_at: at }]);
    await until(async () => (await list('/v1/suppressions')).length === 0);
  });

  it('hold for what is queued: by number, by hash, until lifted', async () => {
    const { call, session } = await line();
    await call('PATCH', `/v1/sessions/${session.id}/limits`, { window_ms: 1_000, window_limit: 20 });
    await call('POST', '/v1/suppressions', { addresses: [phone(1), hashedAddress(phone(2))] });
    const ids = await Promise.all(
      [1, 2, 3].map(
        async (n) => (await call('POST', '/v1/messages', text(phone(n), { session_id: session.id, class: 'reply' }))).body.id as string,
      ),
    );
    const of = async (id: string) => (await call('GET', `/v1/messages/${id}`)).body as { state: string; cause: string | null };
    await until(async () => (await of(ids[2] as string)).state !== 'queued' && (await of(ids[0] as string)).state === 'suppressed');
    expect([await of(ids[0] as string), await of(ids[1] as string)]).toMatchObject([
      { state: 'suppressed', cause: 'suppressed' },
      { state: 'suppressed', cause: 'suppressed' },
    ]);
    expect(rig.provider.simulator.ledger.acceptedOf(session.there.id).map((l) => l.to)).toEqual([phone(3)]);
  });
});

describe('keywords', () => {
  it('ship for many languages, are replaced for one, and come back', async () => {
    const { call, list, write, conversations } = await line();
    const words = () => list<{ language: string; opt_out: string[]; is_own: boolean }>('/v1/opt-keywords');
    const shipped = await words();
    expect(shipped.length).toBeGreaterThanOrEqual(20);
    expect(shipped.every((w) => !w.is_own)).toBe(true);
    const set = await call('PUT', '/v1/opt-keywords/en', { opt_out: ['Halt!'], opt_in: ['go'] });
    expect(set.body).toEqual({ language: 'en', opt_out: ['Halt!'], opt_in: ['go'], is_own: true });
    expect((await words()).find((w) => w.language === 'en')).toMatchObject({ opt_out: ['Halt!'], is_own: true });
    await call('PUT', '/v1/opt-keywords/tlh', { opt_out: ['mev'], opt_in: [] });
    expect(await words()).toHaveLength(shipped.length + 1);
    for (const [from, said] of [
      ['447700900001', 'stop'],
      ['447700900002', 'HALT'],
      ['447700900003', 'mev!'],
      ['447700900004', 'стоп'],
    ])
      await write({ from, text: said });
    await until(async () => (await conversations()).length === 4);
    expect(
      (await list<{ address: string }>('/v1/suppressions?reason=opt_out')).map((s) => s.address).filter((a) => a.startsWith('+')),
    ).toEqual([phone(2), phone(3), phone(4)]);
    expect((await call('DELETE', '/v1/opt-keywords/en')).status).toBe(204);
    expect((await words()).find((w) => w.language === 'en')).toEqual(shipped.find((w) => w.language === 'en'));
    expect((await call('PUT', '/v1/opt-keywords/English', { opt_out: [], opt_in: [] })).status).toBe(400);
  });
});

describe('a test of a text against the keywords', () => {
  it('tells what the text would do, by the tenant’s own words too, and stores nothing', async () => {
    const { call, list } = await agency();
    const test = async (said: string) => (await call('POST', '/v1/opt-keywords/test', { text: said })).body;
    expect(await test('Stop!!')).toEqual({
      match: { action: 'opt_out', language: 'en', keyword: expect.any(String) as string },
      near: null,
    });
    expect(await test('Please stop sending me messages')).toEqual({ match: null, near: { language: 'en', keyword: 'stop' } });
    expect(await test('START')).toMatchObject({ match: { action: 'opt_in' } });
    expect(await test('When does the bus stop here?')).toEqual({ match: null, near: null });
    await call('PUT', '/v1/opt-keywords/tlh', { opt_out: ['mev'], opt_in: [] });
    expect(await test('MEV')).toMatchObject({ match: { action: 'opt_out', language: 'tlh', keyword: 'mev' } });
    expect(await list('/v1/opt-out-reviews')).toEqual([]);
    expect((await call('POST', '/v1/opt-keywords/test', { text: '' })).status).toBe(400);
  });
});

describe('conversations', () => {
  it('say what keeps an answer from being sent', async () => {
    const { call, write, conversations, session, contact } = await line();
    await write({ from: phone(601).slice(1), text: 'Hello?' });
    const { id } = await until(async () => (await conversations())[0]);
    const asked = async () => (await call('GET', `/v1/conversations/${id}`)).body;
    const blocked = async () => (await asked()).reply_blocked_by;
    expect(await asked()).toMatchObject({ reply_blocked_by: null, session: { name: 'Line', status: 'connected', held_reason: null } });
    const consent = async (action: string) => {
      const { id: of } = await contact({ addresses: [phone(601)] });
      await call('POST', `/v1/contacts/${of}/consents`, { action, source: 'shop' });
    };
    await consent('opt_out');
    expect(await blocked()).toBe(null);
    await call('PATCH', '/v1/tenant', { settings: { opt_out: { exempt_classes: [] } } });
    await until(async () => (await blocked()) === 'opted_out');
    await consent('opt_in');
    expect(await blocked()).toBe(null);
    await call('POST', '/v1/suppressions', { addresses: [phone(601)] });
    expect(await blocked()).toBe('suppressed');
    await call('POST', '/v1/suppressions/lift', { address: phone(601) });
    await call('POST', `/v1/sessions/${session.id}/pause`);
    expect(await blocked()).toBe('session_held');
    await rig.get(Database).query(`UPDATE sessions SET status = 'logged_out' WHERE id = $1`, [session.id]);
    expect(await blocked()).toBe('session_not_connected');
    await rig.get(Database).query(`UPDATE sessions SET deleted_at = heliograph_now() WHERE id = $1`, [session.id]);
    expect(await asked()).toMatchObject({ reply_blocked_by: 'session_deleted', session: null });
  });

  it('hold what both sides wrote with what became of it; an answer goes where it came from, once per key; reading it is shown to the sender', async () => {
    const { call, session, write, conversations, entries, list } = await line();
    const offer = (await call('POST', '/v1/messages', text('+447700900101', { session_id: session.id, text: 'An offer' }))).body
      .id as string;
    await until(async () => ((await call('GET', `/v1/messages/${offer}`)).body.state as string) === 'read');
    const asked = await write({ from: '447700900101', text: 'How much?', address: 'lid-with-phone', pushName: 'Priya' });
    const [first] = await until(async () => ((await conversations())[0]?.unread === 1 ? conversations() : null));
    const id = first?.id as string;
    expect(first).toMatchObject({ last_text: 'How much?', kind: 'person', contact_name: 'Priya', session_id: session.id });
    expect(first?.address).toMatch(/@lid$/);
    expect((await call('GET', '/v1/conversations/unread')).body).toEqual({ conversations: 1, messages: 1 });

    const read = await call('POST', `/v1/conversations/${id}/read`);
    expect(read.body).toMatchObject({ unread: 0, shown_to_sender: true });
    const { id: keyId, remoteJid } = asked.json().key as { id: string; remoteJid: string };
    const reads = () => rig.provider.simulator.ledger.reads.filter((r) => r.sessionId === session.there.id);
    expect(reads()).toEqual([{ sessionId: session.there.id, keyId, remoteJid }]);
    expect((await call('POST', `/v1/conversations/${id}/read`)).body).toMatchObject({ unread: 0, shown_to_sender: false });
    expect(reads()).toHaveLength(1);

    const headers = { 'idempotency-key': `answer-${id}` };
    const reply = (said: string) => call('POST', `/v1/conversations/${id}/messages`, { type: 'text', text: said }, headers);
    const answered = await reply('Ten pounds.');
    expect([answered.status, answered.body]).toMatchObject([202, { to: first?.address, class: 'reply', session_id: session.id }]);
    // They write from their number meanwhile: the same request is still the same.
    await write({ from: '447700900101', text: 'Hello?' });
    await until(async () => (await conversations())[0]?.address === '+447700900101');
    const replayed = await reply('Ten pounds.');
    expect([replayed.body.id, replayed.headers.get('idempotency-replayed')]).toEqual([answered.body.id, 'true']);
    expect(await reply('Twelve pounds.')).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    await until(async () => ((await call('GET', `/v1/messages/${answered.body.id as string}`)).body.state as string) === 'read');
    expect(rig.provider.simulator.ledger.acceptedOf(session.there.id).map((l) => [l.to, l.content.text])).toEqual([
      ['+447700900101', 'An offer'],
      [first?.address, 'Ten pounds.'],
    ]);
    // One contact, by the number that stands behind both; one line for each thing that was written.
    expect(await list('/v1/conversations')).toHaveLength(1);
    expect((await entries(id)).map((e) => [e.direction, e.text, e.state, e.actor?.name ?? null, e.message_id])).toEqual([
      ['in', 'Hello?', null, null, null],
      ['out', 'Ten pounds.', 'read', 'Test', answered.body.id],
      ['in', 'How much?', null, null, null],
      ['out', 'An offer', 'read', null, offer],
    ]);
    expect((await entries(id))[2]?.answers_id).toBe(offer);
  });

  it('show what was typed on the phone, changed, taken back and reacted to, each once', async () => {
    const { call, session, write, conversations, entries } = await line();
    const asked = (await write({ from: '447700900101', text: 'At seven?' })).json().key as { id: string; remoteJid: string };
    await until(async () => (await conversations()).length === 1);
    const id = (await conversations())[0]?.id as string;
    const inject = (event: string, data: unknown) => rig.provider.control('POST', `/inject/${session.there.id}/event`, { event, data });
    const edit = {
      key: { ...asked, id: '3AEDIT1', fromMe: false },
      message: { protocolMessage: { key: asked, type: 14, editedMessage: { conversation: 'At eight?' } } },
    };
    for (let i = 0; i < 3; i++) await inject('messages.upsert', { messages: [edit] });
    for (const emoji of ['👍', '👍', '❤️'])
      await inject('messages.upsert', {
        messages: [{ key: { ...asked, id: '3AREACT', fromMe: false }, message: { reactionMessage: { key: asked, text: emoji } } }],
      });
    await until(async () => (await entries(id))[0]?.text === 'At eight?' && (await entries(id))[0]?.reactions.length === 1);
    const second = (await write({ from: '447700900101', text: 'Never mind' })).json().key as object;
    await until(async () => (await entries(id)).length === 2);
    await inject('messages.delete', { keys: [second] });
    await until(async () => ((await entries(id))[0] as unknown as { deleted_at: string | null }).deleted_at !== null);
    expect(await entries(id)).toHaveLength(2);
    expect((await call('GET', '/v1/conversations/unread')).body).toEqual({ conversations: 1, messages: 2 });
  });

  it('are listed in pages and by session, contact, kind and whether they are unread', async () => {
    const { call, id: tenantId, session, write, conversations, pages, list } = await line();
    const other = await rig.session(tenantId);
    for (let i = 0; i < 12; i++) await write({ from: `4477009000${String(i).padStart(2, '0')}`, text: `Hello ${i}` });
    await rig.provider.control('POST', `/inject/${other.there.id}/inbound`, { from: '447700900000', text: 'Hello there' });
    await write({ from: '120363000000000001@g.us', participant: '447700900000', text: 'Hello all, stop' });
    await until(async () => (await conversations()).length === 14);
    const all = await pages<{ id: string; last_entry_at: string }>('/v1/conversations', 5);
    expect(new Set(all.map((c) => c.id)).size).toBe(14);
    expect(all.map((c) => c.last_entry_at)).toEqual(
      all
        .map((c) => c.last_entry_at)
        .toSorted()
        .toReversed(),
    );
    const count = async (query: string) => (await list(`/v1/conversations?${query}`)).length;
    const [contact] = await list<ContactBody>(`/v1/contacts?address=${encodeURIComponent(phone(0))}`);
    expect(await count(`session_id=${session.id}`)).toBe(13);
    expect(await count(`contact_id=${contact?.id as string}`)).toBe(2);
    expect(await count('kind=group')).toBe(1);
    expect(await count('unread=true')).toBe(14);
    await call('POST', `/v1/conversations/${all[0]?.id as string}/read`);
    expect(await count('unread=true')).toBe(13);
    expect(await pages('/v1/conversations?unread=true', 4)).toHaveLength(13);
    for (const cursor of ['nonsense', '2026-99-99T10:00:00.000000Z~' + newId(), `${'9'.repeat(20)}~${'a'.repeat(36)}`])
      expect((await call('GET', `/v1/conversations?cursor=${encodeURIComponent(cursor)}`)).status).toBe(400);
    const group = (await list<{ id: string; kind: string; contact_id: null }>('/v1/conversations?kind=group'))[0];
    expect(group).toMatchObject({ contact_id: null });
  });

  it('come in pages of entries that neither repeat nor miss one, ours among theirs', async () => {
    const { call, session, write, conversations, pages } = await line();
    await call('PATCH', `/v1/sessions/${session.id}/limits`, { window_ms: 1_000, window_limit: 50 });
    for (let i = 0; i < 6; i++) {
      await write({ from: '447700900101', text: `Theirs ${i}` });
      await call('POST', '/v1/messages', text('+447700900101', { session_id: session.id, text: `Ours ${i}` }));
    }
    const id = (await until(async () => (await conversations())[0])).id;
    const lines = () => pages<EntryBody>(`/v1/conversations/${id}/entries`, 5);
    await until(async () => (await lines()).length === 12);
    const found = await lines();
    expect(new Set(found.map((e) => e.id)).size).toBe(12);
    expect(new Set(found.map((e) => e.text)).size).toBe(12);
    expect(found.filter((e) => e.direction === 'out').every((e) => e.state !== null && e.message_id === e.id)).toBe(true);
  });

  it('of contacts that turn out to be one are one, with every line; what asks by the old contact finds it', async () => {
    const { call, write, conversations, entries, list, session } = await line();
    const lid = '230000000000077@lid';
    const key = { id: '3ALID1', fromMe: false, remoteJid: lid, addressingMode: 'lid' };
    await write({ from: '447700900101', text: 'By number' });
    await rig.provider.control('POST', `/inject/${session.there.id}/event`, {
      event: 'messages.received',
      data: { messages: { key, messageBody: 'By privacy id', message: { conversation: 'By privacy id' } } },
    });
    await until(async () => (await conversations()).length === 2);
    const before = await conversations();
    const [by] = await list<ContactBody>('/v1/contacts?address=%2B447700900101');
    const other = before.find((c) => c.contact_id !== by?.id);
    const merged = await call('POST', `/v1/contacts/${by?.id as string}/merge`, { other_id: other?.contact_id });
    expect(merged.status).toBe(200);
    const [one, ...more] = await conversations();
    expect(more).toEqual([]);
    expect(one).toMatchObject({ unread: 2, contact_id: by?.id });
    expect((await entries(one?.id as string)).map((e) => e.text).sort()).toEqual(['By number', 'By privacy id']);
    expect(await list(`/v1/conversations?contact_id=${other?.contact_id as string}`)).toHaveLength(1);
    const answer = await call('POST', `/v1/conversations/${one?.id as string}/messages`, { type: 'text', text: 'Here' });
    expect(answer.body.to).toBe(one?.address);

    // And again, with one that comes from another number: every id that was given out stays good, on every route.
    await write({ from: '447700900102', text: 'By another number' });
    await until(async () => (await conversations()).length === 2);
    const third = (await conversations()).find((c) => c.id !== one?.id);
    await call('POST', `/v1/contacts/${third?.contact_id as string}/merge`, { other_id: by?.id });
    const [last, ...others] = await conversations();
    expect(others).toEqual([]);
    expect(last?.id).toBe(third?.id);
    const gone = before.map((c) => c.id);
    const idsOf = async (id: string) => (await entries(id)).map((e) => e.id);
    for (const id of gone) {
      expect((await call('GET', `/v1/conversations/${id}`)).body).toMatchObject({ id: last?.id, contact_id: third?.contact_id });
      expect(await idsOf(id)).toEqual(await idsOf(last?.id as string));
      for (const said of ['By number', 'By privacy id', 'By another number'])
        expect((await entries(id)).filter((e) => e.text === said)).toHaveLength(1);
      const reply = await call('POST', `/v1/conversations/${id}/messages`, { type: 'text', text: `To ${id}` });
      expect([reply.status, reply.body.to]).toEqual([202, last?.address]);
      expect((await entries(last?.id as string)).some((e) => e.message_id === reply.body.id && e.actor?.name === 'Test')).toBe(true);
      await write({ from: '447700900102', text: `Unread ${id}` });
      await until(async () => (await conversations())[0]?.unread === 1);
      expect((await call('POST', `/v1/conversations/${id}/read`)).body).toMatchObject({ id: last?.id, unread: 0, shown_to_sender: true });
      expect((await conversations())[0]?.unread).toBe(0);
    }
  });

  it('of nobody are not there, whatever is asked', async () => {
    const { call } = await line();
    for (const [method, what, body] of [
      ['GET', '', undefined],
      ['GET', '/entries', undefined],
      ['POST', '/read', undefined],
      ['POST', '/messages', { type: 'text', text: 'x' }],
    ] as const)
      expect((await call(method, `/v1/conversations/${newId()}${what}`, body)).status).toBe(404);
  });
});
