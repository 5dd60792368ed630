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
