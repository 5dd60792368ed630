import fc from 'fast-check';
import { contentHash, contentOf, lidOf, phoneOfLid } from '../src/sent-content';
import { type FaultKind, faultEffects, faultKinds } from '../src/faults';
import { Rig } from './rig';

let rig: Rig;
const start = async (options = {}) => (rig = await Rig.start(options));
afterEach(() => rig.stop());

const to = '+447700900101';
const kinds: [string, Record<string, unknown>][] = [
  ['text', { text: 'Hello' }],
  ['image', { imageUrl: 'https://cdn.example.test/a.jpg', text: 'A caption' }],
  ['image', { imageUrl: 'https://cdn.example.test/a.jpg', viewOnce: true }],
  ['video', { videoUrl: 'https://cdn.example.test/a.mp4' }],
  ['document', { documentUrl: 'https://cdn.example.test/a.pdf', fileName: 'a.pdf' }],
  ['audio', { audioUrl: 'https://cdn.example.test/a.ogg' }],
  ['sticker', { stickerUrl: 'https://cdn.example.test/a.webp' }],
  ['contact', { contact: { name: 'Priya', phone: '+447700900102' } }],
  ['location', { location: { latitude: '51.5', longitude: -0.12, name: 'Office' } }],
  ['poll', { poll: { question: 'When?', options: ['Morning', 'Evening'], multiSelect: true } }],
  ['text', { text: 'An answer', replyTo: 61_400_001 }],
  ['text', { to: '120363040000000001@g.us', text: 'Hi @447700900101', mentions: ['447700900101@s.whatsapp.net'] }],
];

describe('a send', () => {
  it.each(kinds)('of kind %s is accepted and appears in the ledger and in info', async (kind, content) => {
    await start();
    const answer = await rig.send({ to, ...content });
    expect(answer.status).toBe(200);
    const { msgId, jid, status } = (answer.json() as { data: { msgId: number; jid: string; status: string } }).data;
    expect({ jid, status }).toEqual({ jid: content.to ?? to, status: 'in_progress' });
    expect(rig.simulator.ledger.lines).toMatchObject([{ kind, msgId, decision: 'accepted', answer: 'full' }]);
    const info = await rig.api('GET', `/messages/${msgId}/info`);
    expect(info.json()).toMatchObject({ success: true, data: { msgId, key: { fromMe: true, id: rig.simulator.ledger.lines[0]?.keyId } } });
  });

  it.each<[string, Record<string, unknown>]>([
    ['to', { text: 'Hello' }],
    ['to', { to: 'Priya', text: 'Hello' }],
    ['text', { to }],
    ['imageUrl', { to, imageUrl: 'a.jpg' }],
    ['contact', { to, contact: { name: 'Priya' } }],
    ['location', { to, location: { latitude: 'north', longitude: 1 } }],
    ['poll', { to, poll: { question: 'When?', options: ['Now'] } }],
    ['poll', { to, poll: { question: 'When?', options: Array.from({ length: 13 }, String) } }],
    ['replyTo', { to, text: 'Hello', replyTo: 'x' }],
  ])('with a wrong %s is refused in the form of the docs', async (field, body) => {
    await start();
    const answer = await rig.send(body);
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({
      success: false,
      message: expect.any(String) as string,
      errors: { [field]: [expect.any(String)] },
    });
    expect(rig.simulator.ledger.summary()).toMatchObject({ accepted: 0, refused: { 422: 1 } });
  });

  it('requires the key of a connected session of a paid account', async () => {
    await start();
    expect((await rig.api('POST', '/send-message', { to, text: 'x' }, 'nobody')).status).toBe(401);
    expect((await rig.api('POST', '/send-message', { to, text: 'x' }, rig.simulator.accounts.accessToken)).status).toBe(401);
    await rig.control('PATCH', `/sessions/${rig.session().id}`, { status: 'logged_out' });
    expect((await rig.send()).text).toContain('not connected');
    await rig.control('PATCH', `/sessions/${rig.session().id}`, { status: 'connected' });
    await rig.control('PATCH', '/config', { subscription: false });
    expect((await rig.send()).status).toBe(403);
    await rig.control('PATCH', '/config', { subscription: true });
    expect((await rig.send()).status).toBe(200);
  });

  it('gets a number that rises over all sessions, with gaps', async () => {
    await start();
    const ids: number[] = [];
    for (let i = 0; i < 30; i++) {
      const answer = await rig.api('POST', '/send-message', { to, text: `No. ${i}` }, rig.session(i % 2).apiKey);
      ids.push((answer.json() as { data: { msgId: number } }).data.msgId);
    }
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect((ids.at(-1) ?? 0) - (ids[0] ?? 0)).toBeGreaterThan(29);
  });
});

describe('limits', () => {
  it.each([
    ['paid', 256],
    ['protected', 1],
    ['trial', 1],
  ] as const)('let a %s session send %i in a window, then answer 429 with the wait in the body', async (limits, max) => {
    await start({ limits });
    const answers = await Promise.all(Array.from({ length: max + 1 }, () => rig.send()));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.json()).toEqual({ message: expect.any(String) as string, retry_after: expect.any(Number) as number });
    expect(rig.simulator.ledger.summary()).toMatchObject({ accepted: max, refused: { 429: 1 } });
  });

  it.each([
    ['delta', (reset: number) => reset > 0 && reset <= 60],
    ['epoch', (reset: number) => Math.abs(reset - Date.now() / 1_000) < 120],
    ['absent', (reset: number) => reset === 0],
  ] as const)('report a reset as %s', async (resetStyle, isRight) => {
    await start({ limits: 'trial', settings: { resetStyle } });
    const { headers } = await rig.send();
    expect(isRight(Number(headers.get('x-ratelimit-reset') ?? 0))).toBe(true);
    expect(headers.get('x-ratelimit-daily-limit')).toBe('50');
  });

  it('can send the wait in a header, or not at all', async () => {
    await start({ limits: 'trial', settings: { retryAfterInBody: false, retryAfterHeader: true, limitHeaders: false } });
    await rig.send();
    const answer = await rig.send();
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-ratelimit-limit')]).toEqual([429, '60', null]);
    expect(answer.json()).not.toHaveProperty('retry_after');
    await rig.control('PATCH', '/config', { retryAfterHeader: false });
    expect((await rig.send()).headers.get('retry-after')).toBeNull();
  });

  it('apply to lookups separately, per endpoint', async () => {
    await start({ limits: 'paid' });
    const lookups = await Promise.all(Array.from({ length: 61 }, () => rig.api('GET', '/on-whatsapp/%2B447700900101')));
    expect(lookups.filter(({ status }) => status === 429)).toHaveLength(1);
    const groups = await Promise.all(Array.from({ length: 11 }, () => rig.api('GET', '/groups/120363040000000001@g.us/metadata')));
    expect(groups.filter(({ status }) => status === 429)).toHaveLength(1);
    expect((await rig.send()).status).toBe(200);
  });

  it('limit the simultaneous calls of one session', async () => {
    await start({ settings: { concurrency: 2, latencyMs: [100, 100] } });
    const answers = await Promise.all([rig.send(), rig.send(), rig.send()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
    expect((await rig.send()).status).toBe(200);
  });
});

describe('a fault', () => {
  const withoutPeers = faultKinds.filter((kind) => kind !== 'kill-peer');

  it.each(withoutPeers)('%s applies as often as configured, and the ledger shows what WhatsApp got', async (kind: FaultKind) => {
    await start();
    const { accepts } = faultEffects[kind];
    await rig.control('POST', '/faults', { kind, times: 1, delayMs: 1 });
    const struck = await Promise.race([
      rig.send().then(
        ({ status, text }) => ({ status, text }),
        (error: Error) => ({ status: 0, text: error.name }),
      ),
      new Promise<{ status: number; text: string }>((resolve) => setTimeout(resolve, 300, { status: 0, text: 'hangs' })),
    ]);
    expect(rig.simulator.ledger.summary()).toMatchObject({ accepted: accepts ? 1 : 0 });
    const [, forced] = /-(\d{3})/.exec(kind) ?? [];
    if (forced) expect(struck.status).toBe(Number(forced));
    if (/hang|cut|reset/.test(kind)) expect(struck.status).toBe(0);
    expect((await rig.send()).status).toBe(200);
  });

  it('can target a session, a recipient, every nth send or a share of them', async () => {
    await start();
    await rig.control('POST', '/faults', { kind: 'refuse-422', sessionId: rig.session(1).id });
    await rig.control('POST', '/faults', { kind: 'refuse-500', recipient: '447700900109' });
    await rig.control('POST', '/faults', { kind: 'refuse-429', every: 3, retryAfterS: 7 });
    expect((await rig.api('POST', '/send-message', { to, text: 'x' }, rig.session(1).apiKey)).status).toBe(422);
    expect((await rig.send({ to: '+44 7700 900109', text: 'x' })).status).toBe(500);
    const answers = [await rig.send(), await rig.send(), await rig.send()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[2]?.json()).toMatchObject({ retry_after: 7 });
    await rig.control('DELETE', '/faults');
    await rig.control('POST', '/faults', { kind: 'refuse-500', rate: 0.5 });
    const statuses = await Promise.all(Array.from({ length: 200 }, async () => (await rig.send()).status));
    const hit = statuses.filter((status) => status === 500).length;
    expect(hit).toBeGreaterThan(60);
    expect(hit).toBeLessThan(140);
  });

  it('with an unknown kind is refused', async () => {
    await start();
    expect((await rig.control('POST', '/faults', { kind: 'explode' })).status).toBe(422);
    expect((await rig.control('POST', '/faults', { kind: 'kill-peer' })).status).toBe(422);
  });
});

describe('the ledger', () => {
  it('reports duplicates, gaps and pace, and every line as NDJSON', async () => {
    await start();
    await rig.send({ to, text: 'Twice' });
    await rig.send({ to: '447700900101@s.whatsapp.net', text: 'Twice' });
    await rig.send({ to: '+447700900102', text: 'Once' });
    expect((await rig.control('GET', '/ledger/duplicates')).json()).toMatchObject([{ recipient: '447700900101', count: 2 }]);
    expect((await rig.control('POST', '/ledger/gaps', { expected: [to, '+44 7700 900103'] })).json()).toEqual(['+44 7700 900103']);
    expect((await rig.control('GET', '/ledger/pace?windowMs=60000&limit=2')).json()).toMatchObject([
      { sent: 3, maxInWindow: 3, violations: 1 },
    ]);
    expect((await rig.control('GET', '/ledger/summary')).json()).toMatchObject({ accepted: 3, duplicates: 1, extra: 1 });
    expect((await rig.control('GET', '/ledger/summary?to=99')).json()).toMatchObject({ accepted: 0, duplicates: 0, extra: 0 });
    expect((await rig.control('GET', '/ledger/summary?to=4477')).json()).toMatchObject({ accepted: 3, duplicates: 1, extra: 1 });
    const lines = (await rig.control('GET', '/ledger?content=true')).text.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { content: unknown }).content)).toEqual([
      { text: 'Twice' },
      { text: 'Twice' },
      { text: 'Once' },
    ]);
    await rig.control('POST', '/reset');
    expect((await rig.control('GET', '/ledger')).text).toBe('');
  });

  it('hashes the content of a message regardless of member order', async () => {
    await start();
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, name) => {
        const one = contentHash(contentOf({ to: 'a', text, contact: { name, phone: '1' } }));
        expect(contentHash(contentOf({ contact: { phone: '1', name }, text, messageType: 'x', to: 'b' }))).toBe(one);
        expect(contentHash(contentOf({ text: `${text}!`, contact: { name, phone: '1' } }))).not.toBe(one);
      }),
    );
  });

  it('maps phone and LID of a person, one to one', async () => {
    await start();
    fc.assert(
      fc.property(fc.bigInt(1_000_000n, 99_999_999_999_999n), (digits) => {
        expect(phoneOfLid(lidOf(digits.toString()))).toBe(digits.toString());
      }),
    );
    await rig.send({ to, text: 'Same person' });
    await rig.send({ to: lidOf('447700900101'), text: 'Same person' });
    expect(rig.simulator.ledger.duplicates()).toHaveLength(1);
  });
});
