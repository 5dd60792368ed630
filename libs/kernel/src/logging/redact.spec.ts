import fc from 'fast-check';
import { declareLogFields } from './log-fields';
import { redact, redactText } from './redact';

declareLogFields({ hidden: ['parcel'], ids: ['label'], secrets: [[/\bkey-\w+/g, 'key-[redacted]']] });

describe('redact', () => {
  it('hides secret members at any depth and inside arrays, and keeps all others', () => {
    const line = {
      event: 'x',
      sessionId: 's1',
      list: [{ password: 'k', inner: { token: 't', headers: { authorization: 'a' }, n: 1 } }],
      body: 'hi',
      parcel: 'a book',
      label: '447700900001@here',
      at: null,
    };
    expect(redact(line)).toEqual({
      event: 'x',
      sessionId: 's1',
      list: [{ password: '[redacted]', inner: { token: '[redacted]', headers: { authorization: '[redacted]' }, n: 1 } }],
      body: '[redacted]',
      parcel: '[redacted]',
      label: '447700900001@here',
      at: null,
    });
  });

  it.each([
    ['The provider refuses: +447700900001 is not on WhatsApp', 'The provider refuses: +4477******01 is not on WhatsApp'],
    ['447700900001@s.whatsapp.net', '44770*****01@s.whatsapp.net'],
    ['447700900001:12@s.whatsapp.net', '44770*****01:12@s.whatsapp.net'],
    ['number 447700900001 is not registered', 'number 44770*****01 is not registered'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer [redacted]'],
    ['connect postgres://app:hunter2@db:5432/x failed', 'connect postgres://[redacted]@db:5432/x failed'],
    ['the key key-a1b2 is refused', 'the key key-[redacted] is refused'],
    ['f'.repeat(64), '[redacted]'],
  ])('masks %j', (text, shown) => {
    expect(redactText(text)).toBe(shown);
  });

  it.each([
    '018f6d2e-7c1a-7000-8000-0123456789ab',
    'message.sent',
    '100200300400',
    'took 1234 ms',
    '3EB0CFBD411FB41C924C34',
    '2026-03-02T10:00:00.000Z',
    '10.0.0.1',
  ])('does not change %j', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('shows only the type of an error and the first line of its message', () => {
    const error = Object.assign(new TypeError('cannot reach +447700900001\nDETAIL: Key (phone)=(x)'), {
      detail: 'Key (phone)=(+447700900001)',
    });
    expect(redact({ err: error })).toEqual({ err: { type: 'TypeError', message: 'cannot reach +4477******01' } });
  });

  it('masks every E.164 number in any text, and does not change its own output', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 10_000_000, max: 999_999_999_999_999 }), fc.string(), (before, digits, after) => {
        const once = redactText(`${before}+${digits}${after.replace(/^\d+/, '')}`);
        expect(once).not.toContain(`+${digits}`);
        expect(redactText(once)).toBe(once);
      }),
    );
  });

  it('terminates for a value that contains itself', () => {
    const self: Record<string, unknown> = { n: 1 };
    self.self = self;
    expect(JSON.stringify(redact(self))).toContain('[redacted]');
  });
});
