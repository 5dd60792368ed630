import { judgeCallbacks, type Post, type PostedEvent, type CallbackEvidence } from './callbacks';
import { type Accept, type Intent, judge, textHash } from './oracle';

const intent = (id: number, over: Partial<Intent> = {}): Intent => ({
  id,
  session: 1,
  to: `+44 7700 90${String(id).padStart(4, '0')}`,
  text: `Message ${id}`,
  messageId: `m${id}`,
  ...over,
});
const accept = (of: Intent, over: Partial<Accept> = {}): Accept => ({
  seq: of.id,
  wallMs: of.id * 1_000,
  sessionId: of.session,
  recipient: of.to.replace(/\D/g, ''),
  hash: textHash(of.text),
  ...over,
});
const states = (...all: [number, string][]) => new Map(all.map(([id, state]) => [`m${id}`, state]));
const kinds = (evidence: Parameters<typeof judge>[0]) => judge(evidence).violations.map((violation) => violation.kind);

const [one, two] = [intent(1), intent(2)];

describe('the oracle', () => {
  it('finds nothing wrong where nothing is', () => {
    expect(kinds({ intents: [one, two], accepts: [accept(one), accept(two)], states: states([1, 'sent'], [2, 'read']) })).toEqual([]);
    expect(kinds({ intents: [one, two], accepts: [accept(one)], states: states([1, 'uncertain'], [2, 'failed']) })).toEqual([]);
    expect(kinds({ intents: [one], accepts: [], states: states([1, 'uncertain']) })).toEqual([]);
  });

  it('finds a second copy', () => {
    expect(kinds({ intents: [one], accepts: [accept(one), accept(one, { seq: 9 })], states: states([1, 'sent']) })).toEqual(['duplicate']);
  });

  it('finds a second copy of a message whose outcome is unknown', () => {
    expect(kinds({ intents: [one], accepts: [accept(one), accept(one, { seq: 9 })], states: states([1, 'uncertain']) })).toEqual([
      'duplicate',
    ]);
  });

  it('finds a message that was acknowledged and is gone, and one that never got anywhere', () => {
    expect(kinds({ intents: [one, two], accepts: [], states: states([2, 'queued']) })).toEqual(['missing', 'unsettled']);
  });

  it('finds what is said to be sent and was not, and what is said to have failed and was sent', () => {
    expect(kinds({ intents: [one, two], accepts: [accept(two)], states: states([1, 'delivered'], [2, 'expired']) })).toEqual([
      'false-sent',
      'false-failed',
    ]);
  });

  it('finds what nobody asked for: another person, another text, another session', () => {
    const wrong = [accept(one, { recipient: '447700909999' }), accept(one, { hash: textHash('Other') }), accept(one, { sessionId: 2 })];
    expect(kinds({ intents: [one], accepts: [accept(one), ...wrong], states: states([1, 'sent']) })).toEqual([
      'phantom',
      'phantom',
      'phantom',
    ]);
  });

  it('compares messages that look the same as a multiset', () => {
    const same = [1, 2, 3].map((id) => intent(id, { to: '+447700900001', text: 'Sale' }));
    const [a] = same as [Intent];
    expect(
      kinds({ intents: same, accepts: [accept(a), accept(a, { seq: 2 })], states: states([1, 'sent'], [2, 'sent'], [3, 'failed']) }),
    ).toEqual([]);
    expect(
      kinds({ intents: same, accepts: [accept(a), accept(a), accept(a)], states: states([1, 'sent'], [2, 'sent'], [3, 'failed']) }),
    ).toEqual(['false-failed']);
    expect(kinds({ intents: same, accepts: [accept(a)], states: states([1, 'sent'], [2, 'sent'], [3, 'uncertain']) })).toEqual([
      'false-sent',
    ]);
  });

  it('lets a message that was never acknowledged be sent once or not at all', () => {
    const silent = intent(1, { messageId: null });
    expect(kinds({ intents: [silent], accepts: [], states: new Map() })).toEqual([]);
    expect(kinds({ intents: [silent], accepts: [accept(silent)], states: new Map() })).toEqual([]);
    expect(kinds({ intents: [silent], accepts: [accept(silent), accept(silent)], states: new Map() })).toEqual(['duplicate']);
  });

  it('finds a state that fell', () => {
    const samples = ['sent', 'read', 'delivered'].map((state, i) => ({ atMs: i, states: states([1, state]) }));
    expect(kinds({ intents: [one], accepts: [accept(one)], states: states([1, 'delivered']), samples })).toEqual(['regression']);
  });

  it('finds one send too early', () => {
    const three = [1, 2, 3].map((id) => intent(id));
    const accepts = three.map((of, i) => accept(of, { wallMs: [0, 1_000, 1_990][i] as number }));
    const final = states([1, 'sent'], [2, 'sent'], [3, 'sent']);
    expect(kinds({ intents: three, accepts, states: final, pace: { windowMs: 1_000, limit: 1 } })).toEqual(['pace']);
    expect(kinds({ intents: three, accepts, states: final, pace: { windowMs: 1_991, limit: 2 } })).toEqual(['pace']);
    expect(kinds({ intents: three, accepts, states: final, pace: { windowMs: 990, limit: 1 } })).toEqual([]);
  });
});

const event = (id: string, type: string, over: Partial<PostedEvent> = {}): PostedEvent => ({
  id,
  type: `message.${type}`,
  hash: `hash of ${id}`,
  messageId: 'm1',
  attempt: 1,
  conversationId: null,
  entryId: null,
  keyId: null,
  ...over,
});
const heard = (n: number) => event(`i${n}`, 'received', { messageId: null, conversationId: 'c1', entryId: `n${n}`, keyId: `k${n}` });
const post = (events: PostedEvent[], over: Partial<Post> = {}): Post => ({
  seq: 0,
  atMs: 0,
  path: '/each',
  webhookId: events.length === 1 ? (events[0] as PostedEvent).id : 'batch',
  hash: `hash of ${events.map(({ id }) => id).join()}`,
  verified: true,
  answered: 200,
  events,
  ...over,
});

/** A message that was read, one that is unknown, and two things somebody wrote; `over` puts something else in place of what belongs to it. */
function violationsOf(posts: Post[], over: Partial<CallbackEvidence> = {}): string[] {
  const numbered = posts.map((one, seq) => ({ ...one, seq }));
  const ids = new Set(numbered.flatMap((one) => one.events.map(({ id }) => id)));
  const claims = new Map([...ids].map((id) => [id, 'delivered']));
  const evidence = {
    posts: numbered,
    endpoints: [{ path: '/each', claims }],
    states: new Map([
      ['m1', 'read'],
      ['m2', 'uncertain'],
    ]),
    parked: new Set(['m2']),
    inbound: [
      { keyId: 'k1', acked: true },
      { keyId: 'k2', acked: true },
      { keyId: 'k3', acked: false },
    ],
    conversations: [['n1', 'n2']],
    ...over,
  };
  return judgeCallbacks(evidence).violations.map(({ kind }) => kind);
}
const [sent, delivered, read] = ['sent', 'delivered', 'read'].map((type) => event(`e-${type}`, type)) as [
  PostedEvent,
  PostedEvent,
  PostedEvent,
];
const unknown = ['uncertain', 'dead'].map((type) => event(`u-${type}`, type, { messageId: 'm2' }));
const clean = [sent, delivered, read, ...unknown, heard(1), heard(2)].map((one) => post([one]));
/** The clean log with other posts in place of the one of this event. */
const instead = (id: string, ...posts: Post[]) => clean.flatMap((one) => (one.webhookId === id ? posts : [one]));

describe('the oracle of callbacks', () => {
  it('finds nothing wrong where nothing is', () => {
    expect(violationsOf(clean)).toEqual([]);
    expect(violationsOf([post(clean.flatMap(({ events }) => events))])).toEqual([]);
    expect(
      violationsOf(instead('e-sent', post([sent], { answered: null }), post([sent], { answered: 500 }), post([sent]), post([sent]))),
    ).toEqual([]);
    expect(violationsOf([...clean, post([sent])])).toEqual([]);
    const twice = [1, 2].map((attempt) => post([event(`again-${attempt}`, 'uncertain', { messageId: 'm3', attempt })]));
    const states = new Map([
      ['m1', 'read'],
      ['m2', 'uncertain'],
      ['m3', 'sent'],
    ]);
    expect(violationsOf([...clean, ...twice, post([event('s3', 'sent', { messageId: 'm3' })])], { states })).toEqual([]);
  });

  it('finds one that is missing', () => {
    expect(violationsOf(instead('e-delivered'))).toEqual(['missing']);
    expect(violationsOf(instead('u-dead'))).toEqual(['missing']);
    expect(violationsOf([...clean, post([heard(3)])], { conversations: [['n1', 'n2', 'n3', 'n4']] })).toEqual(['inbound missing']);
    expect(violationsOf(instead('i2'), { conversations: [['n1']] })).toEqual(['inbound missing']);
  });

  it('finds one reported twice under two ids', () => {
    expect(violationsOf([...clean, post([event('other', 'sent')])])).toEqual(['doubled', 'out of order']);
    expect(violationsOf([...clean, post([{ ...heard(2), id: 'other' }])])).toEqual(['doubled']);
  });

  it('finds a repeat that is not the same', () => {
    expect(violationsOf([...clean, post([sent], { hash: 'another' })])).toEqual(['changed']);
    expect(violationsOf([...clean, post([sent], { webhookId: 'another' })])).toEqual(['changed']);
    expect(violationsOf([...clean, post([{ ...sent, hash: 'another' }])])).toEqual(['changed']);
  });

  it('finds what is out of order: reported earlier, or before the one before was taken', () => {
    const swapped = clean.toSpliced(0, 2, post([delivered]), post([sent]));
    expect(violationsOf(swapped)).toEqual(['out of order']);
    expect(violationsOf(instead('e-sent', post([sent], { answered: 500 })).toSpliced(2, 0, post([sent])))).toEqual(['out of order']);
    expect(violationsOf(clean, { conversations: [['n2', 'n1']] })).toEqual(['out of order']);
    expect(violationsOf([post([delivered, sent]), ...clean.slice(2)])).toEqual(['out of order']);
  });

  it('finds what is not so: reports of a state that was not reached, of a message that is not there, of what nobody wrote', () => {
    const states = new Map([
      ['m1', 'delivered'],
      ['m2', 'uncertain'],
    ]);
    expect(violationsOf(clean, { states })).toEqual(['false']);
    expect(violationsOf([...clean, post([event('ghost', 'sent', { messageId: 'm9' })])])).toEqual(['false']);
    expect(violationsOf([...clean, post([heard(4)])])).toEqual(['inbound phantom', 'inbound phantom']);
  });

  it('finds a signature that does not verify, and a body that is no event', () => {
    expect(violationsOf([...clean, post([sent], { verified: false })])).toEqual(['forged']);
    expect(violationsOf([...clean, post([], { webhookId: 'x' })])).toEqual(['unreadable']);
  });

  it('finds callbacks that are said to be delivered and were not, and those that never were', () => {
    const claims = new Map([...clean.map((one) => [one.webhookId, 'delivered'] as const), ['lost', 'delivered'] as const]);
    expect(violationsOf(clean, { endpoints: [{ path: '/each', claims }] })).toEqual(['claimed']);
    expect(violationsOf(clean, { endpoints: [{ path: '/each', claims: new Map([...claims, ['lost', 'dead']]) }] })).toEqual([
      'undelivered',
    ]);
    expect(violationsOf(instead('i1', post([heard(1)], { answered: 500 })))).toEqual(['out of order', 'claimed']);
  });
});
