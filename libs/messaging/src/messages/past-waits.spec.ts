import type { MessageStep } from '../history/step-actor';
import { type HoldingSpans, type PastReason, pastWaits, type WaitFacts } from './past-waits';

const start = Date.parse('2026-11-24T14:02:11.000Z');
const at = (s: number) => new Date(start + s * 1_000);
const span = (from: number, until: number) => ({ from: at(from), until: at(until) });
type Step = [at: number, from: string, to: string, cause?: string, dueAt?: number];
const step = ([time, from, to, cause, dueAt]: Step): Pick<MessageStep, 'at' | 'from' | 'to' | 'cause' | 'dueAt'> => ({
  at: at(time),
  from,
  to,
  cause: cause ?? null,
  dueAt: dueAt === undefined ? null : at(dueAt),
});

function waited(steps: Step[], held: HoldingSpans = {}, over: Partial<WaitFacts> = {}): [PastReason, number, number][] {
  const facts = { createdAt: at(0), sendAt: null, steps: steps.map(step), held, sentInLane: [], ...over };
  return pastWaits(facts).map(({ reason, from, until }) => [reason, (from.getTime() - start) / 1_000, (until.getTime() - start) / 1_000]);
}

const called = (time: number): Step[] => [
  [time, 'queued', 'calling'],
  [time + 1, 'calling', 'sent'],
];

describe('the past waits of a message', () => {
  it('are for the next slot where nothing else held it, and for others where some were sent meanwhile', () => {
    expect(waited(called(5))).toEqual([['pace', 0, 5]]);
    const facts = { createdAt: at(0), sendAt: null, steps: called(5).map(step), held: {}, sentInLane: [at(-1), at(2), at(5), at(6)] };
    expect(pastWaits(facts)).toMatchObject([{ reason: 'lane', ahead: 2 }]);
  });

  it('are cut where the most decisive reason changes', () => {
    const held = { session: [span(-10, 30)], group_paused: [span(10, 20)], provider: [span(25, 40)] };
    expect(waited(called(45), held)).toEqual([
      ['session', 0, 10],
      ['group_paused', 10, 20],
      ['session', 20, 30],
      ['provider', 30, 40],
      ['pace', 40, 45],
    ]);
  });

  it('begin with its own time, and go on while it is claimed', () => {
    const steps: Step[] = [
      [60, 'scheduled', 'queued'],
      [60, 'queued', 'claimed'],
      [61, 'claimed', 'queued'],
      [62, 'queued', 'claimed'],
      [63, 'claimed', 'calling'],
      [64, 'calling', 'sent'],
    ];
    expect(waited(steps, {}, { sendAt: at(59) })).toEqual([
      ['send_at', 0, 59],
      ['pace', 59, 63],
    ]);
  });

  it('follow each attempt: the time of the next one, its file, its source, and the search for evidence', () => {
    const steps: Step[] = [
      [1, 'queued', 'calling'],
      [2, 'calling', 'queued', 'not_sent', 10],
      [12, 'queued', 'claimed'],
      [13, 'claimed', 'queued', 'file_unavailable', 20],
      [21, 'queued', 'claimed'],
      [22, 'claimed', 'queued', 'source_unavailable'],
      [30, 'queued', 'calling'],
      [31, 'calling', 'uncertain', 'answer_lost'],
      [50, 'uncertain', 'sent', 'evidence'],
      [51, 'sent', 'delivered'],
    ];
    expect(waited(steps)).toEqual([
      ['pace', 0, 1],
      ['retry', 2, 10],
      ['pace', 10, 13],
      ['file', 13, 21],
      ['pace', 21, 22],
      ['source', 22, 30],
      ['evidence', 31, 50],
    ]);
  });

  it('end with a message that is never called, and leave out one that goes on', () => {
    expect(waited([[7, 'queued', 'cancelled', 'cancelled']], { session: [span(0, 100)] })).toEqual([['session', 0, 7]]);
    expect(waited([])).toEqual([]);
    expect(
      waited([
        [1, 'queued', 'calling'],
        [2, 'calling', 'queued', 'throttled'],
      ]),
    ).toEqual([['pace', 0, 1]]);
  });
});
