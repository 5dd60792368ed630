import fc from 'fast-check';
import type { WireResult } from '../src/wasender/answer';
import { sendOutcome } from '../src/wasender/send-outcome';
import { fixture } from '../testing/fixtures';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): WireResult => ({
  kind: 'answer',
  status,
  headers,
  text: typeof body === 'string' ? body : JSON.stringify(body),
});
const recorded = (number: string): WireResult => {
  const { response } = fixture(number);
  const headers = Object.fromEntries(Object.entries(response?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return answer(response?.status ?? 0, response?.bodyText ?? response?.body ?? '', headers);
};
const priya = '+447700900101';
const ok = { success: true, data: { msgId: 77, jid: '+447700900101', status: 'in_progress' } };

/** The outcome table of the provider's contract, one row per line. */
const rows: [row: string, wire: WireResult, outcome: Record<string, unknown>][] = [
  ['200, success, with an id', recorded('001'), { kind: 'accepted', providerMessageId: expect.stringMatching(/^\d+$/) as string }],
  ['201, success, with an id', answer(201, ok), { kind: 'accepted', providerMessageId: '77' }],
  ['2xx, success, no id', answer(200, { success: true, data: { status: 'in_progress' } }), { kind: 'accepted', providerMessageId: null }],
  [
    '2xx, success false',
    answer(200, { success: false, message: 'This message could not be queued' }),
    { kind: 'refused', cause: 'refused' },
  ],
  [
    '2xx, success false, not connected',
    answer(200, { success: false, message: 'Your session is not connected' }),
    { kind: 'session_down' },
  ],
  ['2xx, success false, limit', answer(200, { success: false, message: 'Rate limit reached' }), { kind: 'throttled' }],
  [
    '429 by account protection',
    recorded('024'),
    { kind: 'throttled', feedback: { retryAfterMs: 5_000, limit: 1, remaining: 0, resetMs: 5_000 } },
  ],
  ['429 by the daily limit of a trial', recorded('025'), { kind: 'throttled', feedback: { retryAfterMs: 30_120_000 } }],
  ['429 with a reset as a time', recorded('026'), { kind: 'throttled', feedback: { limit: 256, remaining: 0 } }],
  ['429 with Retry-After alone', answer(429, {}, { 'retry-after': '37' }), { kind: 'throttled', feedback: { retryAfterMs: 37_000 } }],
  ['429 with an unreadable body', answer(429, '<html>'), { kind: 'throttled', feedback: { retryAfterMs: 60_000 } }],
  ['400', answer(400, { success: false, message: 'Bad request' }), { kind: 'refused', cause: 'refused' }],
  ['401', recorded('021'), { kind: 'unauthorised' }],
  ['403', recorded('022'), { kind: 'unauthorised' }],
  ['404', answer(404, { success: false, message: 'No such message' }), { kind: 'refused', cause: 'not_found' }],
  ['413', answer(413, { success: false, message: 'Too large' }), { kind: 'refused', cause: 'invalid_content' }],
  ['422', recorded('020'), { kind: 'refused', cause: 'invalid_content' }],
  [
    '422 for the recipient alone',
    answer(422, { success: false, message: 'x', errors: { to: ['is bad'] } }),
    { kind: 'refused', cause: 'invalid_recipient' },
  ],
  ['not connected, as 400', recorded('023'), { kind: 'session_down' }],
  ['not connected, as 401, in `error`', answer(401, { success: false, error: 'Session is not connected' }), { kind: 'session_down' }],
  ['408', recorded('028'), { kind: 'unknown', httpStatus: 408 }],
  ['500', answer(500, { success: false, message: 'Server error' }), { kind: 'unknown', httpStatus: 500 }],
  ['502 with HTML', recorded('027'), { kind: 'unknown', httpStatus: 502 }],
  ['504 with nothing', answer(504, ''), { kind: 'unknown', httpStatus: 504 }],
  ['200 with HTML', answer(200, '<html></html>'), { kind: 'unknown', httpStatus: 200 }],
  ['200 with nothing', answer(200, ''), { kind: 'unknown', httpStatus: 200 }],
  ['200 cut short', answer(200, JSON.stringify(ok).slice(0, -5)), { kind: 'unknown', httpStatus: 200 }],
  ['200 with a list', answer(200, [ok]), { kind: 'unknown', httpStatus: 200 }],
  ['200 with success of a wrong type', answer(200, { success: 'true', data: { msgId: 1 } }), { kind: 'unknown', httpStatus: 200 }],
  ['a redirect', answer(302, ''), { kind: 'unknown', httpStatus: 302 }],
  [
    'no connection: nothing was written',
    { kind: 'broken', written: false, detail: 'ECONNREFUSED' },
    { kind: 'not_sent', detail: 'ECONNREFUSED' },
  ],
  [
    'time out or reset after the request was written',
    { kind: 'broken', written: true, detail: 'reset' },
    { kind: 'unknown', httpStatus: null },
  ],
];

describe('the outcome of a send', () => {
  it.each(rows)('is correct for %s', (_row, wire, outcome) => {
    expect(sendOutcome(priya, wire)).toMatchObject(outcome);
  });

  it('keeps the start of an answer that does not accept the message, without the key, and none of one that does', () => {
    const key = '4f1c9d0e77ab';
    const refusal = JSON.stringify({ success: false, message: `Key ${key} was refused. ${'x'.repeat(600)}` });
    const kept = sendOutcome(priya, answer(422, refusal), [key]).answer ?? '';
    expect([kept.length, kept.includes(key), kept.startsWith('{"success":false,"message":"Key [redacted] was')]).toEqual([
      500,
      false,
      true,
    ]);
    expect(sendOutcome(priya, answer(200, { success: true }), [key])).toMatchObject({ kind: 'accepted', answer: '{"success":true}' });
    expect(sendOutcome(priya, answer(200, ok), [key])).not.toHaveProperty('answer');
    expect(sendOutcome(priya, answer(504, ''), [key])).not.toHaveProperty('answer');
  });

  it('ignores a byte order mark before the answer', () => {
    expect(sendOutcome(priya, answer(200, '\ufeff{"success":true,"data":{"msgId":77}}'))).toMatchObject({
      kind: 'accepted',
      providerMessageId: '77',
    });
  });

  it('keeps every digit of an id beyond 2^53', () => {
    const text = '{"success":true,"data":{"msgId":9007199254740993123,"status":"in_progress"}}';
    expect(sendOutcome(priya, answer(200, text))).toMatchObject({ kind: 'accepted', providerMessageId: '9007199254740993123' });
  });

  it('never throws, and accepts only a complete 2xx answer with success', () => {
    const body = fc.record({
      success: fc.oneof(fc.boolean(), fc.string(), fc.constant(undefined)),
      message: fc.string(),
      data: fc.anything({ maxDepth: 2 }),
    });
    const text = fc.oneof(
      fc.string().map((raw) => ({ raw, success: undefined })),
      body.map((b) => ({
        raw: JSON.stringify(b, (_k, v: unknown) => (typeof v === 'bigint' ? String(v) : v)),
        success: b.success,
      })),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), text, (status, { raw, success }) => {
        const { kind } = sendOutcome(priya, answer(status, raw));
        expect(kind === 'accepted').toBe(status >= 200 && status < 300 && success === true);
        if (status >= 500 || status === 408) expect(kind).toBe('unknown');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an answer that names a recipient', () => {
  const named = (to: string, jid: unknown) => sendOutcome(to, answer(200, { success: true, data: { msgId: 77, jid } })).kind;

  it.each([
    [priya, '447700900101@s.whatsapp.net'],
    [priya, '447700900101:12@s.whatsapp.net'],
    [priya, '230000000000007@lid'],
    [priya, undefined],
    [priya, { odd: true }],
    ['@priya', '447700900101@s.whatsapp.net'],
    ['+5511987654321', '551187654321@s.whatsapp.net'],
    ['12036304@g.us', '12036304@g.us'],
    ['+2290197123456', '22997123456@s.whatsapp.net'],
    ['+22507123456', '2250707123456@s.whatsapp.net'],
  ])('is accepted when %s may be %p', (to, jid) => expect(named(to, jid)).toBe('accepted'));

  it.each([
    [priya, '447700900102@s.whatsapp.net'],
    [priya, '12036304@g.us'],
    ['12036304@g.us', '12036305@g.us'],
    ['230000000000007@lid', '230000000000008@lid'],
    ['12036304@newsletter', '447700900101@s.whatsapp.net'],
  ])('is unknown when %s cannot be %p', (to, jid) => expect(named(to, jid)).toBe('unknown'));
});

describe('texts of answers', () => {
  it('contain only what can be stored, whatever string is in whatever member', () => {
    const odd = fc
      .string({ unit: 'binary', maxLength: 400 })
      .chain((text) => fc.constantFrom(text, `${text}\u0000`, `\uD800${text}`, `${text}\uDC00`));
    const body = fc.record({
      success: fc.constantFrom(true, false, 'odd'),
      message: odd,
      error: odd,
      errors: fc.dictionary(odd, odd, { maxKeys: 3 }),
      data: fc.dictionary(odd, odd, { maxKeys: 3 }),
    });
    fc.assert(
      fc.property(fc.constantFrom(200, 400, 401, 422, 429, 500), body, (status, value) => {
        const outcome = sendOutcome(priya, answer(status, value));
        const detail = 'detail' in outcome ? outcome.detail : '';
        expect([detail.isWellFormed(), detail.includes('\u0000')]).toEqual([true, false]);
      }),
    );
  });
});
