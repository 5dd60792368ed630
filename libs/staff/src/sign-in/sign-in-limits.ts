import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError, SharedCounters } from '@heliograph/kernel';
import { StaffPeople } from '../people/staff-people.repository';
import { networkOf } from './network';

const windowMs = 15 * 60_000;
/** Tries a quarter of an hour from one address, whoever is tried. */
const maxOfAddress = 30;
/** Tries a quarter of an hour for one account from one address. */
const maxOfPair = 10;
/** Tries a quarter of an hour for one account from all addresses that did not sign in as it before. */
const maxOfAccount = 50;

/**
 * Slows down guesses. An account is never locked: tries from addresses that signed in to it before are counted apart, so that a
 * stranger who guesses cannot keep its owner out.
 */
@Injectable()
export class SignInLimits {
  constructor(
    private readonly counters: SharedCounters,
    private readonly people: StaffPeople,
  ) {}

  /** Counts a try. @throws AppError `too_many_tries` */
  async admit(email: string, address: string): Promise<void> {
    const account = createHash('sha256').update(email.trim().toLowerCase()).digest('base64url').slice(0, 22);
    const network = networkOf(address);
    const isKnown = await this.people.isKnownAddress(email, address);
    const limits: [string, number][] = [
      [`sign-in:a:${network}`, maxOfAddress],
      [`sign-in:p:${account}:${network}`, maxOfPair],
      ...(isKnown ? [] : ([[`sign-in:s:${account}`, maxOfAccount]] as [string, number][])),
    ];
    this.count(limits);
  }

  /** Counts a try of a code, a link, or the password of who is signed in. @throws AppError `too_many_tries` */
  admitCode(address: string): void {
    this.count([[`sign-in:c:${networkOf(address)}`, maxOfAddress]]);
  }

  /** Refuses an address that made all its tries of codes and links, without counting this one. @throws AppError `too_many_tries` */
  assertMayTry(address: string): void {
    const { isBlocked, resetMs } = this.counters.look(`sign-in:c:${networkOf(address)}`, windowMs, maxOfAddress);
    if (isBlocked) throw tooManyTries(resetMs);
  }

  private count(limits: [string, number][]): void {
    for (const [key, limit] of limits) {
      const { isBlocked, resetMs } = this.counters.hit(key, windowMs, limit);
      if (isBlocked) throw tooManyTries(resetMs);
    }
  }
}

const tooManyTries = (resetMs: number) =>
  new AppError('throttled', 'too_many_tries', 'Too many tries. Wait before you try again.', {
    retryAfterSeconds: Math.ceil(resetMs / 1_000),
  });
