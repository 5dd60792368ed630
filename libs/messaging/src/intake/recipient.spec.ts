import fc from 'fast-check';
import { normaliseRecipient } from './recipient';

const canonical = (raw: string, country = 'GB') => {
  const result = normaliseRecipient(raw, country);
  return result.ok ? `${result.kind} ${result.recipient}` : result.code;
};

describe('normaliseRecipient', () => {
  it.each([
    ['+447700900101', 'GB'],
    ['07700 900101', 'GB'],
    ['+44 (0)7700 900-101', 'US'],
    ['0044 7700 900101', 'US'],
    ['011 44 7700 900101', 'US'],
    ['447700900101', 'GB'],
    ['447700900101', 'US'],
    ['\u2066+44\u00a07700\u2011900101\u2069', 'US'],
    ['＋４４７７００９００１０１', 'US'],
    ['٠٧٧٠٠٩٠٠١٠١', 'GB'],
    ['447700900101@s.whatsapp.net', 'US'],
    ['447700900101:42@s.whatsapp.net', 'US'],
    [' 447700900101@C.US ', 'US'],
  ])('reads %j from %s as one and the same phone', (raw, country) => {
    expect(canonical(raw, country)).toBe('phone +447700900101');
  });

  it.each([
    ['06 1234 5678', 'IT', 'phone +390612345678'], // the zero belongs to the number there
    ['8 (912) 345-67-89', 'RU', 'phone +79123456789'],
    ['+6834000', 'NU', 'phone +6834000'],
    ['120363040000000001@g.us', 'GB', 'group 120363040000000001@g.us'],
    ['123456789-987654321@G.us', 'GB', 'group 123456789-987654321@g.us'],
    ['120363990000000001@newsletter', 'GB', 'channel 120363990000000001@newsletter'],
    ['230000000000007:12@lid', 'GB', 'lid 230000000000007@lid'],
    ['@Jane_Doe', 'GB', 'handle @jane_doe'],
  ])('reads %j from %s as %s', (raw, country, expected) => {
    expect(canonical(raw, country)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '+',
    '+1',
    '12',
    '+99999999999',
    '+447700900101 ext 3',
    'status@broadcast',
    '447700900101@example.com',
    '@',
    '@12345',
    'x@lid',
    '+44@lid',
    '1@g.us',
    '07700 900101@s.whatsapp.net',
  ])('refuses %j', (raw) => expect(canonical(raw)).toBe('invalid_recipient'));

  it('never reads a phone off the digits of a privacy id', () => {
    fc.assert(fc.property(fc.stringMatching(/^[0-9]{1,20}(:[0-9]{1,3})?@lid$/), (lid) => expect(canonical(lid)).toMatch(/^lid \d+@lid$/)));
  });

  const country = fc.constantFrom('GB', 'US', 'DE', 'IT', 'BR', 'MX', 'AR', 'RU', 'IN', 'NU', 'ZZ', '');
  const digits = fc.stringMatching(/^[1-9][0-9]{3,16}$/);
  const address = fc.oneof(
    digits.map((d) => `+${d}`),
    digits,
    digits.map((d) => `0${d}`),
    digits.map((d) => `${d}@s.whatsapp.net`),
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.stringMatching(/^[+@:.0-9a-z -]{0,30}$/),
  );

  it('leaves its own answers as they are', () => {
    fc.assert(
      fc.property(address, country, country, (raw, from, elsewhere) => {
        const first = normaliseRecipient(raw, from);
        if (first.ok) expect(normaliseRecipient(first.recipient, elsewhere)).toEqual(first);
      }),
      { numRuns: 3_000 },
    );
  });

  it('does not care how a number is written', () => {
    const noise = fc.constantFrom('', ' ', '-', '(', ')', '.', '/', '\u00a0', '\u200e', '\u2066', '\ufeff', '\u2011');
    fc.assert(
      fc.property(
        fc.constantFrom('+', '00', '0', ''),
        digits,
        fc.array(noise, { minLength: 20, maxLength: 20 }),
        country,
        (prefix, number, between, from) => {
          const plain = prefix + number;
          const written = [...plain].map((c, i) => between[i % 20] + c).join('') + between[0];
          const fullWidth = written.replace(/[0-9]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
          expect(canonical(written, from)).toBe(canonical(plain, from));
          expect(canonical(fullWidth, from)).toBe(canonical(plain, from));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('has an answer to any text, however long', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('+', '0', '1', '@', '-', ':', ' ', '(', '@lid', '@g.us', '٠', '\ud800'),
    );
    fc.assert(
      fc.property(piece, fc.integer({ min: 1, max: 50_000 }), country, (part, times, from) => {
        const raw = part.repeat(Math.ceil(times / Math.max(1, part.length))).slice(0, 50_000);
        expect(typeof normaliseRecipient(raw, from).ok).toBe('boolean');
      }),
    );
  });
});
