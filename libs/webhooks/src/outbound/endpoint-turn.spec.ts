import type { Egress, EgressAnswer } from '@heliograph/kernel';
import type { CallbackEndpoints, EndpointCall } from './callback-endpoints.repository';
import type { CallbackQueue, CallbackResult, DuePost } from './callback-queue.repository';
import { EndpointTurn } from './endpoint-turn';
import type { PostOutcome } from './post-outcome';

const lease = { tenantId: 't', id: 'e', turnId: 'x' };
const taken: EgressAnswer = { kind: 'answer', status: 200, headers: {}, body: '', durationMs: 1 };
const aPost = (id: string, attempts = [0], batchId: string | null = null, priority: DuePost['priority'] = 2): DuePost => ({
  id,
  batchId,
  priority,
  callbacks: attempts.map((n, i) => ({ eventId: `${id}.${i}`, attempts: n, body: '{}' })),
});

/** A turn over a queue in memory, which ends when nothing is left. */
function setup(posts: DuePost[], over: Partial<EndpointCall> = {}, answers: (n: number) => EgressAnswer = () => taken) {
  const call: EndpointCall = {
    ...{ ...lease, revision: 1, url: 'https://core.example.com/', headers: {}, secrets: ['whsec_AAAA'], ordered: false },
    ...{ batchSize: 1, ratePerS: 1_000, concurrency: 8, failures: 0, failingSince: null, clockMs: 0 },
    ...over,
  };
  const waiting = [...posts];
  const begun: number[] = [];
  /** Results in the order written, one list per POST. */
  const written: CallbackResult[][] = [];
  const reported: PostOutcome[] = [];
  const given: number[] = [];
  const faults = { settle: null as Error | null };
  const fetch = (_lease: unknown, flying: string[], room: number[] | number, ahead: string[] = []) => {
    const max = Array.isArray(room) ? (room[2] as number) : room;
    if (waiting.length + flying.length + ahead.length === 0) return Promise.resolve(null);
    return Promise.resolve({ revision: 1, posts: waiting.splice(0, call.batchSize > 1 ? Math.min(1, max) : max) });
  };
  const queue: Pick<CallbackQueue, 'due' | 'dueBatch' | 'keepTurn' | 'giveTurn' | 'settle'> = {
    due: fetch,
    dueBatch: fetch,
    keepTurn: () => Promise.resolve(true),
    giveTurn: (_lease, restS) => Promise.resolve(void given.push(restS)),
    settle: (post) => (faults.settle ? Promise.reject(faults.settle) : Promise.resolve(void written.push(post))),
  };
  const turn = new EndpointTurn(lease, {
    queue: queue as CallbackQueue,
    endpoints: { call: () => Promise.resolve(call) } as unknown as CallbackEndpoints,
    egress: { post: () => Promise.resolve(answers(begun.push(performance.now()))) } as unknown as Egress,
    schedule: [5, 300],
    settled: (_call, outcome) => Promise.resolve(void reported.push(outcome)),
  });
  return { turn, begun, written, reported, given, waiting, faults };
}

describe('a turn', () => {
  it('starts no more calls in any second than the rate, and stays busy until that second is over', async () => {
    const ratePerS = 60;
    const { turn, begun, given } = setup(
      Array.from({ length: 150 }, (_, i) => aPost(String(i))),
      { ratePerS },
    );
    await turn.run();
    expect(begun).toHaveLength(150);
    for (let i = ratePerS; i < begun.length; i++)
      expect((begun[i] as number) - (begun[i - ratePerS] as number)).toBeGreaterThanOrEqual(1_000);
    expect(given).toHaveLength(1);
    expect(given[0]).toBeGreaterThan(0);
  });

  it('starts no call after the endpoint asked for a wait, including fetched callbacks', async () => {
    const { turn, begun, reported } = setup(
      Array.from({ length: 20 }, (_, i) => aPost(String(i))),
      { concurrency: 1 },
      (n) => (n === 3 ? { ...taken, status: 429, headers: { 'retry-after': '60' } } : taken),
    );
    await turn.run();
    expect(begun).toHaveLength(3);
    expect(reported.map((outcome) => outcome.closeS)).toEqual([0, 0, 60]);
  });

  it('fails when a result cannot be stored, and ends the turn', async () => {
    const { turn, faults, given } = setup([aPost('1'), aPost('2'), aPost('3')]);
    faults.settle = new Error('The database is not available.');
    await expect(turn.run()).rejects.toThrow('The database is not available.');
    expect(given).toHaveLength(1);
  });

  it('gives all callbacks of a batch the result of the youngest, at once', async () => {
    const failed: EgressAnswer = { ...taken, status: 500 };
    const { turn, written } = setup([aPost('b', [1, 5, 3], 'b')], { batchSize: 10 }, () => failed);
    await turn.run();
    expect(written.map((post) => post.map((r) => r.attempt))).toEqual([[2, 6, 4]]);
    expect(new Set(written[0]?.map((r) => r.nextS)).size).toBe(1);
    expect(written[0]?.[0]?.nextS).toBeGreaterThan(269);
    const last = setup([aPost('b', [2, 5], 'b')], { batchSize: 10 }, () => failed);
    await last.turn.run();
    expect(last.written.flat().map((r) => r.nextS)).toEqual([null, null]);
  });
});
