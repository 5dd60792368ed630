import { Injectable } from '@nestjs/common';
import { CachedLookup, ChangeFeed } from '@heliograph/kernel';
import { type StaffMember, StaffPeople } from '../people/staff-people.repository';
import { StaffAuth } from './staff-auth';

/** A person with an open sign-in. */
export interface SignedIn {
  person: StaffMember;
  signInId: string;
}

const maxAgeMs = 5_000;

/** Knows people by the cookie of their sign-in. Kept in memory for seconds; a change of the person, a role or a sign-in is heard at once. */
@Injectable()
export class SignIns {
  private readonly known: CachedLookup<SignedIn | null>;

  constructor(
    private readonly auth: StaffAuth,
    private readonly people: StaffPeople,
    private readonly feed: ChangeFeed,
  ) {
    this.known = new CachedLookup(feed, { load: (cookie) => this.load(cookie), maxAgeMs, maxEntries: 5_000 });
    for (const table of ['staff_users', 'staff_grants', 'staff_sign_ins']) feed.onChange(table, () => this.known.clear());
  }

  /** The person a request's Cookie header stands for; null when it holds no sign-in that is open, or the person is disabled. */
  async find(header: string | undefined): Promise<SignedIn | null> {
    const cookie = cookieNamed(header, this.auth.cookieName);
    return cookie ? this.known.get(`${this.auth.cookieName}=${cookie}`) : null;
  }

  /** Forgets what this process knows: call it after a change of its own. */
  forget(): void {
    this.feed.notifyHere('staff_sign_ins', '');
  }

  private async load(cookie: string): Promise<SignedIn | null> {
    const found = await this.auth.signInOf(cookie);
    const person = found && (await this.people.find(found.userId));
    return person && !person.disabledAt ? { person, signInId: found.signInId } : null;
  }
}

function cookieNamed(header = '', name: string): string | null {
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
