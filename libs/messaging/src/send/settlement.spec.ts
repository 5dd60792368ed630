import type { SendOutcome } from '@heliograph/providers';
import fc from 'fast-check';
import { type AttemptFacts, maxTries, retryDelayMs, settle } from './settlement';

const facts: AttemptFacts = { tries: 0, expiresInMs: 3_600_000, countsTry: true, unanswered: 1, random: 0.5 };
const feedback = {};

describe('settle', () => {
  it('settles a message as sent only when the provider returned its id', () => {
    const accepted: SendOutcome = { kind: 'accepted', providerMessageId: '61400001', feedback, httpStatus: 200 };
    expect(settle(accepted, facts)).toMatchObject({ step: { to: 'sent', providerMessageId: '61400001' }, laneOpen: true });
    expect(settle({ ...accepted, providerMessageId: null }, facts)).toMatchObject({
      step: { to: 'uncertain', cause: 'answer_unreadable' },
    });
  });

  it('never repeats a call of unknown outcome', () => {
    fc.assert(
      fc.property(
        fc.record({
          tries: fc.nat(20),
          expiresInMs: fc.integer(),
          countsTry: fc.boolean(),
          unanswered: fc.nat(100),
          random: fc.double({ min: 0, max: 0.999, noNaN: true }),
        }),
        fc.option(fc.integer({ min: 100, max: 599 })),
        (f, httpStatus) => {
          expect(settle({ kind: 'unknown', detail: 'reset', httpStatus }, f).step.to).toBe('uncertain');
        },
      ),
    );
  });

  it('pauses a lane after three unanswered calls in a row, longer each time, up to 5 min', () => {
    const pauseAfter = (unanswered: number) => settle({ kind: 'unknown', detail: 'reset', httpStatus: null }, { ...facts, unanswered });
    for (const unanswered of [1, 2]) expect(pauseAfter(unanswered)).toMatchObject({ step: { to: 'uncertain' }, laneOpen: true });
    expect(pauseAfter(2).step.closeLaneMs).toBeUndefined();
    expect([3, 4, 5, 9, 10, 100].map((n) => pauseAfter(n).step.closeLaneMs)).toEqual([5_000, 10_000, 20_000, 300_000, 300_000, 300_000]);
    expect(pauseAfter(3).laneOpen).toBe(false);
  });

  it('fails a refused message with its cause and lets the lane continue', () => {
    expect(settle({ kind: 'refused', cause: 'invalid_recipient', detail: 'not on WhatsApp', httpStatus: 422 }, facts)).toMatchObject({
      step: { to: 'failed', cause: 'invalid_recipient' },
      laneOpen: true,
    });
  });

  it('closes the lane for the time that the provider asked, from 1 s to 1 h, and costs no try', () => {
    fc.assert(
      fc.property(fc.option(fc.integer({ min: -5_000, max: 48 * 3_600_000 }), { nil: undefined }), (retryAfterMs) => {
        const { step, laneOpen } = settle(
          { kind: 'throttled', feedback: retryAfterMs === undefined ? {} : { retryAfterMs }, detail: '', httpStatus: 429 },
          facts,
        );
        expect(step.to).toBe('queued');
        expect(step.countsTry ?? false).toBe(false);
        expect(laneOpen).toBe(false);
        const asked = Math.min(3_600_000, Math.max(1_000, retryAfterMs ?? 1_000));
        expect(step.closeLaneMs).toBeGreaterThanOrEqual(asked + 250);
        expect(step.closeLaneMs).toBeLessThanOrEqual(asked + 1_000);
      }),
    );
  });

  it('returns the message and reports the session when it is down or its key is refused', () => {
    expect(settle({ kind: 'session_down', detail: '', httpStatus: 400 }, facts)).toMatchObject({
      step: { to: 'queued' },
      session: 'down',
      laneOpen: false,
    });
    expect(settle({ kind: 'unauthorised', detail: '', httpStatus: 401 }, facts)).toMatchObject({
      step: { to: 'queued' },
      session: 'unauthorised',
      laneOpen: false,
    });
  });

  it('repeats a call that never left until the tries run out', () => {
    const notSent: SendOutcome = { kind: 'not_sent', detail: 'ECONNREFUSED' };
    expect(settle(notSent, { ...facts, tries: maxTries - 2 })).toMatchObject({ step: { to: 'queued', countsTry: true } });
    expect(settle(notSent, { ...facts, tries: maxTries - 1 })).toMatchObject({ step: { to: 'failed', cause: 'retries_exhausted' } });
    expect(settle(notSent, { ...facts, tries: maxTries - 1, countsTry: false })).toMatchObject({
      step: { to: 'queued', countsTry: false, dueInMs: 0 },
    });
  });

  it('never delays a message past its expiry', () => {
    expect(settle({ kind: 'not_sent', detail: '' }, { ...facts, tries: 5, expiresInMs: 300, random: 0.99 }).step.dueInMs).toBe(300);
  });
});

describe('retryDelayMs', () => {
  it('doubles its ceiling from 2 s to 15 min and spreads over the whole range', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.double({ min: 0, max: 0.9999, noNaN: true }), (tries, random) => {
        const delay = retryDelayMs(tries, random);
        expect(delay).toBeGreaterThanOrEqual(250);
        expect(delay).toBeLessThanOrEqual(Math.min(900_000, 2_000 * 2 ** tries));
      }),
    );
    expect(retryDelayMs(0, 0.9999)).toBeGreaterThan(1_900);
    expect(retryDelayMs(20, 0.9999)).toBeGreaterThan(890_000);
  });
});
