import fc from 'fast-check';
import { AddressBook, type Person } from './address-book';

const book = (known: [string, string][] = []) => {
  let n = 0;
  return new AddressBook(known, () => `c${String(++n).padStart(6, '0')}`);
};

describe('the address book', () => {
  it('recognises a person by either address', () => {
    const b = book();
    const priya = b.resolve({ phone: '+447700900101', lid: '1@lid' });
    expect([b.resolve({ phone: '+447700900101', lid: null }), b.resolve({ phone: null, lid: '1@lid' })]).toEqual([priya, priya]);
    expect(b.created).toEqual([priya]);
  });

  it('merges two contacts when a message shows that they are one person, and keeps the older', () => {
    const b = book();
    const byPhone = b.resolve({ phone: '+447700900101', lid: null });
    const byLid = b.resolve({ phone: null, lid: '1@lid' });
    expect(byLid).not.toBe(byPhone);
    expect(b.resolve({ phone: '+447700900101', lid: '1@lid' })).toBe(byPhone);
    expect(b.changes).toEqual([{ kind: 'merged', contact: byPhone, other: byLid }]);
  });

  it('moves a number to its new owner, and leaves the previous one unchanged', () => {
    const b = book();
    const priya = b.resolve({ phone: '+447700900101', lid: '1@lid' });
    const tom = b.resolve({ phone: '+447700900101', lid: '2@lid' });
    expect(tom).not.toBe(priya);
    expect(b.contact('1@lid')).toBe(priya);
    expect(b.contact('+447700900101')).toBe(tom);
    expect(b.changes).toEqual([{ kind: 'moved', contact: tom, other: priya, address: '+447700900101' }]);
  });

  it('keeps one contact per address, one privacy id per contact, and the last owner of a number', () => {
    const person = fc.record({ phone: fc.option(fc.integer({ min: 0, max: 5 })), lid: fc.option(fc.integer({ min: 0, max: 5 })) });
    fc.assert(
      fc.property(fc.array(person, { maxLength: 60 }), (seen) => {
        const b = book();
        const last = new Map<string, string>();
        for (const { phone, lid } of seen) {
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

  it('moves no number because of earlier knowledge', () => {
    const b = book();
    const priya = b.resolve({ phone: '+447700900101', lid: '1@lid' });
    const tom = b.resolve({ phone: '+447700900101', lid: '2@lid' });
    expect(b.recognise('1@lid', '+447700900101')).toBe(priya);
    expect(b.contact('+447700900101')).toBe(tom);
    expect(b.recognise('3@lid', '+447700900101')).not.toBe(tom);
    expect(b.contact('+447700900101')).toBe(tom);
    const byPhone = b.resolve({ phone: '+447700900102', lid: null });
    expect(b.recognise('4@lid', '+447700900102')).toBe(byPhone);
    const unseen = b.recognise('5@lid', '+447700900103');
    expect(b.resolve({ phone: '+447700900103', lid: null })).toBe(unseen);
  });

  it('agrees with a model of sets, in one batch or in batches of any size that load only their own people', () => {
    const seen = fc.record({ phone: fc.option(fc.integer({ min: 0, max: 6 })), lid: fc.option(fc.integer({ min: 0, max: 6 })) });
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 80 }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (all, sizes) => {
        const people = all
          .map(({ phone, lid }): Person => ({
            phone: phone === null ? null : `+44770090010${phone}`,
            lid: lid === null ? null : `${lid}@lid`,
          }))
          .filter(({ phone, lid }) => phone ?? lid);
        const model = new Model();
        const stored = new Map<string, string>();
        const whole = book();
        let n = 0;
        for (let at = 0, batch = 0; at < people.length; batch++) {
          const some = people.slice(at, (at += sizes[batch % sizes.length] as number));
          const theirs = new Set(some.flatMap(({ phone, lid }) => [phone, lid].flatMap((a) => (a && stored.get(a)) ?? [])));
          const b = new AddressBook(
            [...stored].filter(([, contact]) => theirs.has(contact)),
            () => `c${String(++n).padStart(6, '0')}`,
          );
          for (const person of some) {
            model.add(person);
            whole.resolve(person);
            const contact = b.resolve(person);
            expect(model.together(contact, b, person)).toBe(true);
          }
          for (const { address, contact } of b.changed) stored.set(address, contact);
        }
        const addresses = [...stored.keys()].sort();
        const groups = (of: (address: string) => string | null | undefined) =>
          [...Map.groupBy(addresses, of).values()].map((group) => group.join(' ')).sort();
        expect(groups((a) => stored.get(a))).toEqual(model.groups());
        expect(groups((a) => whole.contact(a))).toEqual(model.groups());
      }),
      { numRuns: 1_000 },
    );
  });
});

/** The same rules, implemented with sets of addresses. */
class Model {
  private people: Set<string>[] = [];

  add({ phone, lid }: Person): void {
    const [byPhone, byLid] = [this.of(phone), this.of(lid)];
    if (!phone || !lid) {
      if (!byPhone && !byLid) this.people.push(new Set([phone ?? lid ?? '']));
      return;
    }
    const isOthers = byPhone !== byLid && [...(byPhone ?? [])].some((a) => a.endsWith('@lid'));
    const joined = new Set([...(byLid ?? []), ...(byPhone && !isOthers ? byPhone : []), phone, lid]);
    if (isOthers) byPhone?.delete(phone);
    this.people = [...this.people.filter((p) => p !== byLid && (p !== byPhone || isOthers)), joined];
  }

  /** True when the contact has exactly the addresses of the person. */
  together(contact: string, b: AddressBook, { phone, lid }: Person): boolean {
    return [...(this.of(lid ?? phone) ?? [])].every((address) => b.contact(address) === contact);
  }

  groups(): string[] {
    return this.people.map((p) => [...p].sort().join(' ')).sort();
  }

  private of(address: string | null): Set<string> | undefined {
    return address ? this.people.find((p) => p.has(address)) : undefined;
  }
}
