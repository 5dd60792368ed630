import fc from 'fast-check';
import { InboundMessages } from '@heliograph/inbox';
import { Database, newId } from '@heliograph/kernel';
import { type ApiKeyScope, apiKeyScopes } from '@heliograph/tenants';
import { ApiRig, type Reply, text } from './api-rig';
import { answerOf, openapi, operations, wrongWith } from './document';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

const guarded = operations.filter(({ path }) => path.startsWith('/v1/'));
const named = guarded.map(({ method, path }) => [`${method.toUpperCase()} ${path}`, method, path] as const);
const withBody = guarded.filter(({ operation }) => operation.requestBody);
/** A language and a pool's name are nobody's ids: everybody has them. */
const fill = (path: string, id: string) =>
  path
    .replace('{language}', 'en')
    .replace('{name}', 'uk')
    .replace(/\{\w+\}/g, id);

/** Forms that no component describes: files, tables, pictures, and streams whose events the description lists. */
const withoutExample = new Set(['multipart/form-data', 'text/csv', 'text/event-stream', 'image/png', 'image/svg+xml']);

describe('the document', () => {
  it('shows the form of every answer, an example of every body, and examples that fit their schemas', () => {
    const wrong: string[] = [];
    for (const { method, path, operation } of operations) {
      const at = ['paths', path, method];
      const bodies = Object.entries(operation.requestBody?.content ?? {}).map(([type, body]) => ({
        where: [...at, 'requestBody', 'content', type],
        body,
      }));
      const answers = Object.entries(operation.responses).flatMap(([status, answer]) => {
        const { content } = answerOf(answer) ?? {};
        if (!content && !['204', '302'].includes(status)) wrong.push(`${at.join(' ')} ${status} has no form`);
        return Object.entries(content ?? {}).map(([type, body]) => ({ where: [...at, 'responses', status, 'content', type], body }));
      });
      for (const { where, body } of [...bodies, ...answers]) {
        if (withoutExample.has(where.at(-1) ?? '')) continue;
        const name = body.schema?.$ref?.split('/').at(-1);
        const example = body.example ?? (name && openapi.components.schemas[name]?.examples?.[0]);
        if (example === undefined) wrong.push(`${where.join(' ')} has no example`);
        else {
          const fault = name ? wrongWith(['components', 'schemas', name], example) : `${JSON.stringify(body.schema)} is no component`;
          if (fault) wrong.push(`${where.join(' ')}: ${fault}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('nobody gets in', () => {
  it.each(named)('%s without a key', async (_name, method, path) => {
    const id = newId();
    expect(await rig.call(method, fill(path, id), { of: path })).toMatchObject({ status: 401, body: { code: 'invalid_api_key' } });
    const forged = await rig.call(method, fill(path, id), { of: path, key: `hg_live_${'0'.repeat(64)}` });
    expect(forged.body).toMatchObject({ code: 'invalid_api_key' });
  });

  it.each(named)('%s with every scope but its own', async (_name, method, path) => {
    const { id } = await rig.tenant();
    const needs = /scope `([\w:]+)`/.exec(JSON.stringify(openapi.paths[path]?.[method]?.responses[403]))?.[1] as ApiKeyScope;
    expect(apiKeyScopes).toContain(needs);
    const key = await rig.key(
      id,
      apiKeyScopes.filter((scope) => scope !== needs),
    );
    expect(await rig.call(method, fill(path, newId()), { of: path, key })).toMatchObject({ status: 403, body: { code: 'missing_scope' } });
  });
});

/** Values that no answer to another tenant may show. */
const marker = {
  phone: '+447700900171',
  lid: '230000000000171@lid',
  otherPhone: '+447700900172',
  suppressed: '+447700900173',
  text: 'Marked as theirs',
};

async function contactsOf(key: string, addresses: string[]): Promise<string> {
  return (await rig.call('PUT', '/v1/contacts', { key, body: { addresses, name: marker.text }, of: '/v1/contacts' })).body.id as string;
}

/** Makes a call with the rights of one tenant, about what belongs to another. */
type Call = (method: string, path: string, options: { body?: unknown; of?: string }) => Promise<Reply>;
const callers: [string, (tenant: { id: string; key: string }) => Promise<Call>][] = [
  ['a key', ({ key }) => Promise.resolve((method, path, options) => rig.call(method, path, { ...options, key }))],
  [
    'an owner of one tenant alone',
    async ({ id }) => {
      const { call } = await rig.person([{ role: 'owner', tenantId: id }]);
      return (method, path, options) => call(method, path, { ...options, tenant: id });
    },
  ],
];

describe('the wall between tenants', () => {
  it.each(callers)(
    'hides everything of one from %s of the other, on every route',
    async (_who, callerOf) => {
      const [mine, theirs] = [await rig.tenant(), await rig.tenant()];
      const call = await callerOf(mine);
      const session = await rig.session(theirs.id);
      const sent = await rig.call('POST', '/v1/messages', {
        key: theirs.key,
        body: text('+447700900101', { session_id: session.id }),
        of: '/v1/messages',
      });
      const bulk = await rig.call('POST', '/v1/messages/bulk', {
        key: theirs.key,
        body: { messages: [text('+447700900102')] },
        of: '/v1/messages/bulk',
      });
      const keys = await rig.call('GET', '/v1/api-keys', { key: theirs.key, of: '/v1/api-keys' });
      const account = await rig.call('POST', '/v1/provider-accounts', {
        key: theirs.key,
        body: { name: 'Main', access_token: rig.provider.simulator.accounts.accessToken },
        of: '/v1/provider-accounts',
      });
      const person = await contactsOf(theirs.key, [marker.phone, marker.lid]);
      const other = await contactsOf(theirs.key, [marker.otherPhone]);
      const consents = await rig.call('POST', `/v1/contacts/${person}/consents`, {
        key: theirs.key,
        body: { action: 'opt_in', source: 'signup-form', text: marker.text },
        of: '/v1/contacts/{id}/consents',
      });
      const suppressed = await rig.call('POST', '/v1/suppressions', {
        key: theirs.key,
        body: { addresses: [marker.suppressed], note: marker.text },
        of: '/v1/suppressions',
      });
      await rig.call('PUT', '/v1/opt-keywords/en', {
        key: theirs.key,
        body: { opt_out: [marker.text], opt_in: [] },
        of: '/v1/opt-keywords/{language}',
      });
      const endpoint = await rig.call('POST', '/v1/callback-endpoints', {
        key: theirs.key,
        body: { name: marker.text, url: 'https://core.example.com/callbacks' },
        of: '/v1/callback-endpoints',
      });
      const edit = await rig.call('POST', '/v1/contacts/bulk-edit', {
        key: theirs.key,
        body: { selection: { ids: [person] }, changes: { add_tags: [marker.text] } },
        of: '/v1/contacts/bulk-edit',
      });
      expect([sent, bulk, account, consents, suppressed, endpoint, edit].map(({ status }) => status)).toEqual([
        202, 202, 201, 201, 200, 201, 202,
      ]);
      const write = (keyId: string, said: string, sender: { phone: string; lid: string | null; chat: string }) =>
        rig.get(InboundMessages).store([
          {
            tenantId: theirs.id,
            sessionId: session.id,
            fact: {
              type: 'inbound',
              keyId,
              sender,
              author: null,
              pushName: marker.text,
              text: said,
              kind: 'text',
              choiceId: null,
              choice: null,
              rawChat: sender.chat,
              media: null,
              quotedKeyId: null,
              at: new Date(),
            },
          },
        ]);
      // Near to their keyword, then the keyword.
      await write('3ANEAR', `${marker.text} please`, { phone: marker.otherPhone, lid: null, chat: marker.otherPhone });
      await write('3AMARKER', marker.text, { phone: marker.phone, lid: marker.lid, chat: marker.lid });
      const list = async (path: string, of = path) =>
        (await rig.call('GET', path, { key: theirs.key, of })).body.data as { id: string; contact_id: string }[];
      const [conversation] = await list('/v1/conversations');
      expect(conversation?.contact_id).toBe(person);
      const [entry] = await list(`/v1/conversations/${conversation?.id as string}/entries`, '/v1/conversations/{id}/entries');
      const [review] = await list('/v1/opt-out-reviews');
      expect(review?.contact_id).toBe(other);
      const keyId = (keys.body.data as { id: string }[])[0]?.id as string;
      const consentId = (consents.body.data as { id: string }[])[0]?.id;
      const ids = [
        session.id,
        sent.body.id,
        bulk.body.group_id,
        keyId,
        account.body.id,
        endpoint.body.id,
        edit.body.id,
        person,
        other,
        consentId,
        conversation?.id,
        entry?.id,
        review?.id,
      ] as string[];
      expect(ids.every((id) => typeof id === 'string')).toBe(true);
      const secrets = [...ids, ...Object.values(marker)];
      /** Everything of theirs, as the database has it. */
      const theirRows = () =>
        rig.get(Database).query(
          `SELECT (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.id) FROM contacts x WHERE tenant_id = $1) AS contacts, (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.address) FROM contact_addresses x WHERE tenant_id = $1) AS addresses,
           (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.id) FROM consents x WHERE tenant_id = $1) AS consents, (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.address, x.reason) FROM suppressions x WHERE tenant_id = $1) AS suppressions,
           (SELECT jsonb_agg(to_jsonb(x)) FROM opt_keywords x WHERE tenant_id = $1) AS keywords, (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.id) FROM conversations x WHERE tenant_id = $1) AS conversations,
           (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.id) FROM entries x WHERE tenant_id = $1) AS entries, (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.id) FROM messages x WHERE tenant_id = $1) AS messages,
           (SELECT jsonb_agg(to_jsonb(x)) FROM opt_out_reviews x WHERE tenant_id = $1) AS reviews,
           (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.id) FROM callback_endpoints x WHERE tenant_id = $1) AS endpoints`,
          [theirs.id],
        );
      const before = await theirRows();

      const leaks: string[] = [];
      const tryOne = async ({ method, path, operation }: (typeof guarded)[number]): Promise<void> => {
        const body = operation.requestBody && Object.values(operation.requestBody.content)[0]?.example;
        const targets = /\{(id|eventId)\}/.test(path) ? ids : [''];
        for (const id of targets) {
          const reply = await call(method, fill(path, id), { ...(body !== undefined && { body }), of: path });
          if (id && reply.status < 400) leaks.push(`${method} ${path} answered ${reply.status}`);
          for (const secret of secrets) if (secret !== id && reply.text.includes(secret)) leaks.push(`${method} ${path} told of ${secret}`);
        }
        // Ids in queries, by every name that takes one, and what is theirs in every filter.
        for (const { name } of (operation.parameters ?? []).filter((p) => p.in === 'query')) {
          for (const value of secrets) {
            const reply = await call(method, `${fill(path, newId())}?${name}=${encodeURIComponent(value)}`, {
              ...(body !== undefined && { body }),
              of: path,
            });
            for (const secret of secrets)
              if (secret !== value && reply.text.includes(secret)) leaks.push(`${method} ${path}?${name} told of ${secret}`);
          }
        }
      };
      // A few routes at a time: most of a call is spent waiting.
      const rest = guarded.values();
      await Promise.all(
        Array.from({ length: 4 }, async () => {
          for (const operation of rest) await tryOne(operation);
        }),
      );
      // Ids in bodies.
      const own = await contactsOf(mine.key, ['+447700900177']);
      for (const id of ids) {
        const merged = await call('POST', `/v1/contacts/${own}/merge`, {
          body: { other_id: id },
          of: '/v1/contacts/{id}/merge',
        });
        if (merged.status !== 404) leaks.push(`merge with ${id} answered ${merged.status}`);
      }
      for (const address of [marker.phone, marker.lid, marker.otherPhone, marker.suppressed]) {
        const lifted = await call('POST', '/v1/suppressions/lift', { body: { address }, of: '/v1/suppressions/lift' });
        if (lifted.status !== 404) leaks.push(`lifting ${address} answered ${lifted.status}`);
        const put = await call('PUT', '/v1/contacts', { body: { addresses: [address] }, of: '/v1/contacts' });
        if (put.status !== 201 || secrets.includes(put.body.id as string)) leaks.push(`${address} was taken for theirs`);
      }
      expect(leaks).toEqual([]);
      expect(await theirRows()).toEqual(before);
      const foreign = await call('POST', '/v1/messages', {
        body: text('+447700900101', { session_id: session.id }),
        of: '/v1/messages',
      });
      expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found']);
      expect(
        (await rig.call('GET', `/v1/messages/${sent.body.id as string}`, { key: theirs.key, of: '/v1/messages/{id}' })).body,
      ).toMatchObject({ state: 'queued' });
    },
    180_000,
  );
});

describe('whatever is sent', () => {
  const junk = fc.oneof(
    fc.jsonValue(),
    fc.string(),
    fc.constantFrom('', '{', '[1,', '{"__proto__":{"a":1}}', '"\\ud800"', '\u0000', '1e999', `${'['.repeat(5_000)}${']'.repeat(5_000)}`),
  );

  it.each(withBody.map(({ method, path }) => [`${method.toUpperCase()} ${path}`, method, path] as const))(
    'is answered by %s with a clear problem, never with 5xx',
    async (_name, method, path) => {
      const { key } = await rig.tenant();
      await fc.assert(
        fc.asyncProperty(junk, async (body) => {
          const reply = await rig.call(method, fill(path, newId()), { key, body: body === null ? 'null' : body });
          expect(reply.status).toBeLessThan(500);
          if (reply.status < 400) return;
          expect(reply.headers.get('content-type')).toContain('application/problem+json');
          expect(wrongWith(['components', 'schemas', 'Problem'], reply.body)).toBeNull();
        }),
        { numRuns: 25 },
      );
    },
  );

  it('is refused with its path when one member is wrong, and nothing is stored', async () => {
    const { id: tenantId, key } = await rig.tenant();
    await rig.session(tenantId);
    const wrong: [object, string][] = [
      [{ to: 5 }, 'to'],
      [{ to: 'Priya' }, 'to'],
      [{ text: '' }, 'text'],
      [{ type: 'telegram' }, 'type'],
      [{ colour: 'red' }, 'colour'],
      [{ send_at: 'tomorrow' }, 'send_at'],
      [{ send_at: '2000-01-01T00:00:00Z', expires_at: '2000-01-01T00:00:00Z' }, 'expires_at'],
      [{ tags: Array.from({ length: 11 }, String) }, 'tags'],
      [{ mentions: ['+447700900105'] }, 'mentions'],
      [{ session_id: 'mine' }, 'session_id'],
    ];
    for (const [over, path] of wrong) {
      const reply = await rig.call('POST', '/v1/messages', { key, body: text('+447700900101', over), of: '/v1/messages' });
      expect([400, 422]).toContain(reply.status);
      expect((reply.body.errors as { path: string }[]).map((error) => error.path)).toContain(path);
    }
    const list = await rig.call('GET', '/v1/messages', { key, of: '/v1/messages' });
    expect(list.body.data).toEqual([]);
  });

  it('is too long, of another type, or for no route', async () => {
    const { key } = await rig.tenant();
    const long = await rig.call('POST', '/v1/messages', { key, body: text('+447700900101', { text: 'x'.repeat(1_100_000) }) });
    expect([long.status, long.body.code]).toEqual([413, 'too_large']);
    const typed = await rig.call('POST', '/v1/messages', {
      key,
      body: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(typed.status).toBe(415);
    expect((await rig.call('GET', '/v1/nowhere', { key })).status).toBe(404);
    expect((await rig.call('GET', '/v1/messages/not-an-id', { key })).status).toBe(400);
  });
});
