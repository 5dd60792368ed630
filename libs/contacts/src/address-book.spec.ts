import fc from 'fast-check';
import { AddressBook, type Person } from './address-book';

const book = (known: [string, string][] = []) => {
  let n = 0;
  return new AddressBook(known, () => `c${String(++n).padStart(6, '0')}`);
};

describe('the address book', () => {
  it('knows a person again by either address', () => {
    const b = book();
    const priya = b.resolve({ phone: '+447700900101', lid: '1@lid' });
    expect([b.resolve({ phone: '+447700900101', lid: null }), b.resolve({ phone: null, lid: '1@lid' })]).toEqual([priya, priya]);
    expect(b.created).toEqual([priya]);
  });

  it('makes one of two contacts when a message shows that they are one, and keeps the older', () => {
    const b = book();
    const byPhone = b.resolve({ phone: '+447700900101', lid: null });
    const byLid = b.resolve({ phone: null, lid: '1@lid' });
    expect(byLid).not.toBe(byPhone);
    expect(b.resolve({ phone: '+447700900101', lid: '1@lid' })).toBe(byPhone);
    expect(b.changes).toEqual([{ kind: 'merged', contact: byPhone, other: byLid }]);
  });

  it('gives a number that passed on to its new owner, and leaves the old one alone', () => {
    const b = book();
    const priya = b.resolve({ phone: '+447700900101', lid: '1@lid' });
    const tom = b.resolve({ phone: '+447700900101', lid: '2@lid' });
    expect(tom).not.toBe(priya);
    expect(b.contact('1@lid')).toBe(priya);
    expect(b.contact('+447700900101')).toBe(tom);
    expect(b.changes).toEqual([{ kind: 'moved', contact: tom, other: priya, address: '+447700900101' }]);
  });

  it('whatever it is told: every address has one contact, no contact two privacy ids, and the last thing said of a number holds', () => {
    const person = fc.record({ phone: fc.option(fc.integer({ min: 0, max: 5 })), lid: fc.option(fc.integer({ min: 0, max: 5 })) });
    fc.assert(
      fc.property(fc.array(person, { maxLength: 60 }), (told) => {
        const b = book();
        const last = new Map<string, string>();
        for (const { phone, lid } of told) {
          if (phone === null && lid === null) continue;
          const one: Person = { phone: phone === null ? null : `+44770090010${phone}`, lid: lid === null ? null : `${lid}@lid` };
          const contact = b.resolve(one);
          for (const address of [one.phone, one.lid]) if (address) expect(b.contact(address)).toBe(contact);
          if (one.phone && one.lid) last.set(one.phone, one.lid);
        }
        for (const [phone, lid] of last) expect(b.contact(phone)).toBe(b.contact(lid));
        const lids = [0, 1, 2, 3, 4, 5].flatMap((n) => b.contact(`${n}@lid`) ?? []);
        expect(new Set(lids).size).toBe(lids.length);
      }),
      { numRuns: 1_000 },
    );
  });
});
