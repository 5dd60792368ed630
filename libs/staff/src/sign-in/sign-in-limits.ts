import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { AppError, Metrics, SharedCounters } from '@heliograph/kernel';
import { StaffPeople } from '../people/staff-people.repository';
import { networkOf, siteOf } from './network';

const windowMs = 15 * 60_000;
/** Tries a quarter of an hour from one address, whoever is tried. */
const maxOfAddress = 30;
/** Tries a quarter of an hour for one account from one address. */
const maxOfPair = 10;
/** Tries in 15 minutes for one account, counted over all addresses that never signed in to it. Beyond them, each such address gets `maxOfPairThen`. */
const maxOfAccount = 50;
/** Tries a quarter of an hour for such an account from one address. */
const maxOfPairThen = 2;
/** Tries a quarter of an hour for such an account from one site, of which a tunnel has thousands of networks. */
const maxOfSiteThen = 10;
/** Tries a quarter of an hour for such an account from everywhere. */
const maxOfAccountThen = 500;
/** Mails a quarter of an hour that reset one password. */
const maxMails = 10;

/** A counter and the tries that it admits. */
type Limit = [key: string, max: number];

/** Counters that a try was counted in. */
export type CountedTry = readonly string[];

/**
 * Slows down guesses, and bounds their sum. An account is never locked: tries from addresses that signed in to it before are counted apart,
 * and mails that set a password are too, so that strangers who guess from many networks cannot keep its owner out. One that nobody signed in
 * from still gets a few until the bound. A try that succeeds does not count.
 */
@Injectable()
export class SignInLimits {
  private readonly log = new Logger(SignInLimits.name);
  private readonly refused;

  constructor(
    private readonly counters: SharedCounters,
    private readonly people: StaffPeople,
    metrics: Metrics,
  ) {
    this.refused = metrics.counter('sign_in_tries_refused_total', 'Tries to sign in that were refused because there were too many.', [
      'limit',
    ]);
  }

  /** Counts a try. @returns what `forgive` takes back when it succeeds @throws AppError `too_many_tries` */
  async admit(email: string, address: string): Promise<CountedTry> {
    const account = accountOf(email);
    const network = networkOf(address);
    const isKnown = await this.people.isKnownAddress(email, address);
    const ofStrangers = `sign-in:s:${account}`;
    const isCrowded = !isKnown && this.counters.look(ofStrangers, windowMs, maxOfAccount).isBlocked;
    const ofAddress: Limit = [`sign-in:a:${network}`, maxOfAddress];
    const ofPair: Limit = [`sign-in:p:${account}:${network}`, isCrowded ? maxOfPairThen : maxOfPair];
    const ofCrowd: Limit[] = isCrowded
      ? [
          [`sign-in:w:${account}:${siteOf(address)}`, maxOfSiteThen],
          [`sign-in:x:${account}`, maxOfAccountThen],
        ]
      : [];
    this.count('address', [ofAddress]);
    try {
      this.count('account', [ofPair]);
      this.count('account', ofCrowd, tooManyGuesses);
    } catch (error) {
      await this.noteGuesses(email, account);
      throw error;
    }
    if (isCrowded) await this.noteGuesses(email, account);
    else if (!isKnown) this.counters.hit(ofStrangers, windowMs, maxOfAccount);
    const counted = [ofAddress, ofPair, ...ofCrowd].map(([key]) => key);
    return isKnown || isCrowded ? counted : [...counted, ofStrangers];
  }

  /**
   * Counts a request of a mail that resets a password, apart from the tries to sign in.
   * @returns false when the account got enough mails: its owner has links that work
   * @throws AppError `too_many_tries`
   */
  admitReset(email: string, address: string): boolean {
    this.count('reset', [[`sign-in:r:${networkOf(address)}`, maxOfAddress]]);
    return !this.counters.hit(`sign-in:m:${accountOf(email)}`, windowMs, maxMails).isBlocked;
  }

  /** Counts a try of a code, a link, or the password of who is signed in. @returns as `admit` @throws AppError `too_many_tries` */
  admitCode(address: string): CountedTry {
    const key = `sign-in:c:${networkOf(address)}`;
    this.count('code', [[key, maxOfAddress]]);
    return [key];
  }

  /** Takes a try back that succeeded: people behind one address do not use up its tries. */
  forgive(tried: CountedTry): void {
    for (const key of tried) this.counters.takeBack(key, windowMs);
  }

  /** Refuses an address that made all its tries of codes and links, without counting this one. @throws AppError `too_many_tries` */
  assertMayTry(address: string): void {
    const { isBlocked, resetMs } = this.counters.look(`sign-in:c:${networkOf(address)}`, windowMs, maxOfAddress);
    if (isBlocked) throw tooManyTries(resetMs);
  }

  private count(name: string, limits: Limit[], refusal = tooManyTries): void {
    for (const [key, limit] of limits) {
      const { isBlocked, resetMs } = this.counters.hit(key, windowMs, limit);
      if (!isBlocked) continue;
      this.refused.inc({ limit: name });
      throw refusal(resetMs);
    }
  }

  /** Raises the alert, once a quarter of an hour for each account. */
  private async noteGuesses(email: string, account: string): Promise<void> {
    if (this.counters.hit(`sign-in:g:${account}`, windowMs, 1).isBlocked) return;
    const person = await this.people.noteGuesses(email);
    this.log.warn({ event: 'staff.account_guessed', person: person?.id ?? null });
  }
}

const accountOf = (email: string): string => createHash('sha256').update(email.trim().toLowerCase()).digest('base64url').slice(0, 22);

const refusing = (message: string) => (resetMs: number) =>
  new AppError('throttled', 'too_many_tries', message, { retryAfterSeconds: Math.ceil(resetMs / 1_000) });
const tooManyTries = refusing('Too many tries. Wait before you try again.');
const tooManyGuesses = refusing(
  'Somebody guesses the password of this account. Sign in from where you did before, or set a new password with a link by mail.',
);
