import { twinOf } from './phone-twins';

/** A person as far as one message shows: a phone, a privacy id, or both. Canonical. */
export interface Person {
  phone: string | null;
  lid: string | null;
}

/** A change of contacts. */
export type ContactChange =
  /** `other` was merged into `contact`. */
  | { kind: 'merged'; contact: string; other: string }
  /** A number moved from `other` to `contact`. */
  | { kind: 'moved'; contact: string; other: string; address: string };

const isLid = (address: string) => address.endsWith('@lid');

/**
 * Maps addresses to contacts and applies what messages show about them. A privacy id identifies a person: a contact never gets a second
 * one. A number belongs to the person who used it last, so a number that appears with another privacy id moves to that person instead of
 * merging two people. Pure: takes the stored state and returns the changes to store.
 */
export class AddressBook {
  private readonly contactOf: Map<string, string>;
  private readonly addressesOf = new Map<string, Set<string>>();
  /** New contacts. */
  readonly created: string[] = [];
  readonly changes: ContactChange[] = [];
  private readonly dirty = new Set<string>();

  /**
   * @param known address -> contact
   * @param newId returns the id of a new contact; earlier ids sort first
   */
  constructor(
    known: Iterable<[string, string]>,
    private readonly newId: () => string,
  ) {
    this.contactOf = new Map(known);
    for (const [address, contact] of this.contactOf) this.of(contact).add(address);
  }

  /** Addresses that moved to another contact since they were loaded. */
  get changed(): { address: string; contact: string }[] {
    return [...this.dirty].map((address) => ({ address, contact: this.contactOf.get(address) as string }));
  }

  contact(address: string): string | null {
    return this.contactOf.get(address) ?? null;
  }

  /** Assigns a number and its other spelling to one contact when either is known. Two people with different privacy ids stay separate. */
  private join(phone: string): void {
    const twin = twinOf(phone);
    const [own, other] = [this.contactOf.get(phone), twin === null ? undefined : this.contactOf.get(twin)];
    if (!other || own === other) return;
    if (!own) this.put(phone, other);
    else if (![own, other].every((contact) => [...this.of(contact)].some(isLid))) this.merge(own, other);
  }

  /**
   * Returns the contact of a person who shows only a privacy id whose number is known from earlier. Earlier knowledge leads to a contact
   * but moves no number: it may belong to another person by now.
   */
  recognise(lid: string, phone: string): string {
    const byLid = this.contactOf.get(lid);
    if (byLid) return byLid;
    this.join(phone);
    const byPhone = this.contactOf.get(phone);
    if (!byPhone) return this.create([lid, phone]);
    return [...this.of(byPhone)].some(isLid) ? this.create([lid]) : this.put(lid, byPhone);
  }

  /** Returns the person's contact, a new one if neither address is known. @throws when there is no address */
  resolve({ phone, lid }: Person): string {
    if (phone) this.join(phone);
    if (lid && phone) return this.pair(lid, phone);
    const address = lid ?? phone;
    if (!address) throw new Error('a person has an address');
    return this.contactOf.get(address) ?? this.create([address]);
  }

  /** Records that both addresses belong to one person. */
  private pair(lid: string, phone: string): string {
    const byLid = this.contactOf.get(lid);
    const byPhone = this.contactOf.get(phone);
    if (!byLid && !byPhone) return this.create([lid, phone]);
    if (byLid && byLid === byPhone) return byLid;
    if (byLid && !byPhone) return this.put(phone, byLid);
    const other = byPhone as string;
    const otherHasLid = [...this.of(other)].some(isLid);
    if (!otherHasLid) return byLid ? this.merge(byLid, other) : this.put(lid, other);
    const person = byLid ?? this.create([lid]);
    for (const address of [phone, twinOf(phone)]) {
      if (address === null || this.contactOf.get(address) !== other) continue;
      this.changes.push({ kind: 'moved', contact: person, other, address });
      this.put(address, person);
    }
    return person;
  }

  private create(addresses: string[]): string {
    const contact = this.newId();
    this.created.push(contact);
    for (const address of addresses) this.put(address, contact);
    return contact;
  }

  private put(address: string, contact: string): string {
    const before = this.contactOf.get(address);
    if (before) this.of(before).delete(address);
    this.contactOf.set(address, contact);
    this.of(contact).add(address);
    this.dirty.add(address);
    return contact;
  }

  /** Merges two contacts; the older one stays. */
  private merge(a: string, b: string): string {
    const [contact, other] = a < b ? [a, b] : [b, a];
    this.changes.push({ kind: 'merged', contact, other });
    for (const address of [...this.of(other)]) this.put(address, contact);
    return contact;
  }

  private of(contact: string): Set<string> {
    let addresses = this.addressesOf.get(contact);
    if (!addresses) this.addressesOf.set(contact, (addresses = new Set()));
    return addresses;
  }
}
