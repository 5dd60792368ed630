import fc from 'fast-check';
import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/examples.mobile.json';
import { inCountry, normaliseRecipient } from './recipient';

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
  ])('reads %j from %s as the same phone number', (raw, country) => {
    expect(canonical(raw, country)).toBe('phone +447700900101');
  });

  it.each([
    ['06 1234 5678', 'IT', 'phone +390612345678'], // the zero is part of the number there
    ['8 (912) 345-67-89', 'RU', 'phone +79123456789'],
    ['+6834000', 'NU', 'phone +6834000'],
    ['4915112345678', 'DE', 'phone +4915112345678'],
    ['4915112345678', 'JP', 'phone +4915112345678'],
    ['447700900123', 'DE', 'phone +447700900123'],
    ['447700900123', 'IN', 'phone +447700900123'],
    ['07700900123', 'GB', 'phone +447700900123'],
    ['015112345678', 'DE', 'phone +4915112345678'],
    ['+7 8 916 123 45 67', 'RU', 'phone +79161234567'],
    ['+1 1 415 555 0123', 'US', 'phone +14155550123'],
    ['+54 11 15 1234 5678', 'AR', 'phone +5491112345678'],
    ['011 15 1234-5678', 'AR', 'phone +5491112345678'],
    ['+91 91 98765 43210', 'IN', 'phone +919876543210'],
    ['447700900123.0', 'GB', 'phone +447700900123'],
    ['+5215512345678', 'MX', 'phone +5215512345678'], // as WhatsApp shows it
    ['+551187654321', 'BR', 'phone +551187654321'],
    ['+22997123456', 'BJ', 'phone +22997123456'],
    ['62 0812 3456 789', 'ID', 'phone +628123456789'],
    ['+36 06 20 123 4567', 'HU', 'phone +36201234567'],
    ['06201234567', 'HU', 'phone +36201234567'],
    ['+375 8 029 123 4567', 'BY', 'phone +375291234567'],
    ['+7 8 777 123 4567', 'KZ', 'phone +77771234567'],
    ['015 11 98765 4321', 'BR', 'phone +5511987654321'], // through an operator
    ['+86 0 138 0013 8000', 'CN', 'phone +8613800138000'],
    ['+972 050-123-4567', 'IL', 'phone +972501234567'],
    ['+234 0803 123 4567', 'NG', 'phone +2348031234567'],
    ['+92 0300 1234567', 'PK', 'phone +923001234567'],
    ['+370 8 612 34567', 'LT', 'phone +37061234567'],
    ['861234567', 'LT', 'phone +37061234567'],
    ['+57 03 300 1234567', 'CO', 'phone +573001234567'],
    ['+225 07 08 12 34 56', 'CI', 'phone +2250708123456'], // the zero is part of the number there
    ['491511234567.00', 'DE', 'phone +491511234567'],
    ['120363040000000001@g.us', 'GB', 'group 120363040000000001@g.us'],
    ['123456789-987654321@G.us', 'GB', 'group 123456789-987654321@g.us'],
    ['120363990000000001@newsletter', 'GB', 'channel 120363990000000001@newsletter'],
    ['230000000000007:12@lid', 'GB', 'lid 230000000000007@lid'],
    ['+31 31 6 12345678', 'US', 'phone +31612345678'],
    ['+43 43 664 1234567', 'US', 'phone +436641234567'],
    ['+62 62 812 3456 789', 'US', 'phone +628123456789'],
    ['(11) 96123-4567.0', 'BR', 'phone +5511961234567'],
    ['(506) 234-5678.0', 'CA', 'phone +15062345678'],
    ['+49 151 1234567.0', 'US', 'phone +491511234567'],
    ['06.12.34.56.78.0', 'FR', 'phone +33612345678'],
    ['06.12.34.56.00', 'FR', 'phone +33612345600'],
    ['+33 6 12 34 56 78．0', 'US', 'phone +33612345678'],
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
    '+4915112',
    '+1415555012',
    '+1 1 415 555 012',
    '+7 8 916 123 45 6',
    '+49 49 1511 2345678',
    '4.47700900123E+11',
    '447700900123,0',
    'tel:+447700900123',
    '++447700900123',
    '+4477009001234567',
    '+49 30 123456.00',
    '+225 01234567895',
    '+229 01234567890',
    '+241 0123456789',
    '+242 0123456789',
    '+62 62 812043297',
  ])('refuses %j', (raw) => expect(canonical(raw)).toBe('invalid_recipient'));

  it.each([
    ['13012345678', 'CN'], // Beijing, or Maryland
    ['33612345678', 'DE'], // Fürstenwalde, or a mobile of France
    ['7700900123', 'GB'], // not valid there or anywhere
    ['0490201000000', 'DE'], // a long number of Leer, or one of Essen with its country code
  ])('asks for + or 00 where %j from %s can be two numbers, or none', (raw, from) => {
    expect(normaliseRecipient(raw, from)).toMatchObject({ ok: false, message: expect.stringContaining('write it with + or 00') as string });
  });

  it('reads the mobiles of every country in every form or refuses them, and never returns another number', () => {
    for (const home of getCountries()) {
      const example = getExampleNumber(home, examples);
      if (!example) continue;
      const international = example.number.slice(1);
      for (const from of [home, 'GB', 'US', 'DE', 'BR', 'IN', 'JP', 'RU', 'IT', '']) {
        const expected = `phone ${example.number}`;
        expect(canonical(example.formatInternational(), from)).toBe(expected);
        expect(canonical(`00${international}`, from)).toBe(expected);
        expect(canonical(`+${international}`, from)).toBe(expected);
        expect([expected, 'invalid_recipient']).toContain(canonical(international, from));
      }
      expect([expected(example.number), 'invalid_recipient']).toContain(canonical(example.formatNational(), home));
      if (example.formatNational().startsWith('0')) expect(canonical(example.formatNational(), home)).toBe(expected(example.number));
    }
  });
  const expected = (number: string) => `phone ${number}`;

  it('never reads the digits of a privacy id as a phone number', () => {
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

  it('leaves canonical addresses unchanged', () => {
    fc.assert(
      fc.property(address, country, country, (raw, from, elsewhere) => {
        const first = normaliseRecipient(raw, from);
        if (first.ok) expect(normaliseRecipient(first.recipient, elsewhere)).toEqual(first);
      }),
      { numRuns: 3_000 },
    );
  });

  it('accepts any spelling of a number', () => {
    const noise = fc.constantFrom('', ' ', '-', '(', ')', '.', '/', '\u00a0', '\u200e', '\u2066', '\ufeff', '\u2011');
    fc.assert(
      fc.property(
        fc.constantFrom('+', '00', '0', ''),
        digits,
        fc.array(noise, { minLength: 20, maxLength: 20 }),
        country,
        (prefix, number, between, from) => {
          const plain = prefix + number;
          // Spreadsheets write a decimal point and a zero.
          fc.pre(!plain.endsWith('0'));
          const written = [...plain].map((c, i) => between[i % 20] + c).join('') + between[0];
          const fullWidth = written.replace(/[0-9]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
          expect(canonical(written, from)).toBe(canonical(plain, from));
          expect(canonical(fullWidth, from)).toBe(canonical(plain, from));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('reads the decimal point and zero of a spreadsheet after any spelling of a number as nothing', () => {
    const number = fc.constantFrom(...getCountries().flatMap((home) => getExampleNumber(home, examples) ?? []));
    const between = fc.constantFrom('', ' ', '-', '.', '/', '\u00a0');
    fc.assert(
      fc.property(number, fc.boolean(), fc.array(between, { minLength: 20, maxLength: 20 }), country, (of, isNational, marks, from) => {
        const plain = isNational ? of.formatNational() : of.number;
        const spaced = [...plain].map((c, i) => c + (marks[i % 20] as string)).join('');
        const written = spaced.replace(/[^0-9]+$/, '');
        fc.pre(plain.replace(/[^0-9]/g, '').length >= 7);
        expect(canonical(`${written}.0`, from)).toBe(canonical(plain, from));
      }),
      { numRuns: 2_000 },
    );
  });

  it('returns a result for any text of any length', () => {
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

describe('a phone whose country was wrong', () => {
  it.each<[string, string, string | null]>([
    ['+442079460958', 'US', '+12079460958'],
    ['+12079460958', 'GB', '+442079460958'],
    // It stays what it is.
    ['+447911123456', 'GB', null],
    // With its code and without, it would be a number there.
    ['+447911123456', 'DE', null],
    ['+4915112345678', 'US', null],
    ['+442079460958', 'QQ', null],
    ['120363042000000000@g.us', 'US', null],
    ['@handle', 'US', null],
  ])('%s read in %s is %s', (recipient, country, phone) => {
    expect(inCountry(recipient, country)).toBe(phone);
  });

  it('is in canonical form', () => {
    for (const country of getCountries()) {
      const example = getExampleNumber(country, examples);
      const phone = example && inCountry(`+1${example.nationalNumber}`, country);
      if (phone) expect(canonical(phone)).toBe(`phone ${phone}`);
    }
  });
});
