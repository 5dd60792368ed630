import { randomUUID } from 'node:crypto';
import type { AppError } from '@heliograph/kernel';
import { createTestDatabase, moveClock } from '@heliograph/kernel/testing';
import { aRingKey } from '@heliograph/tenants/testing';
import { guessedAccounts } from '../src';
import { passwordWork } from '../src/sign-in/password-work';
import { resealTwoFactors } from '../src/sign-in/reseal-two-factors.repository';
import { type StaffProcess, startStaffProcess, totpCode, wrongTotpCode } from '../testing';

const reason = (error: AppError) => error.reason;
const password = 'correct horse battery';
const home = { address: '203.0.113.7', userAgent: 'Firefox' };
const [oldKey, newKey] = [aRingKey('old'), aRingKey('new')];
const cookieOf = (cookies: string[]) => cookies.map((cookie) => cookie.split(';')[0]).join('; ');
const tokenOf = (url: string) => url.split('#')[1] ?? '';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let staff: StaffProcess;
const more: StaffProcess[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  staff = await startStaffProcess({ url: database.url, keyring: oldKey });
});
afterAll(async () => {
  for (const one of [staff, ...more]) await one.stop();
  await database.drop();
});

const invite = (email = `${randomUUID()}@agency.example`) =>
  staff.invitations.invite({ name: 'Ines', email, grants: [{ role: 'owner', tenantId: null }] });
const join = async (from = home) => {
  const { person, url } = await invite();
  const { cookies } = await staff.auth.setPassword(from, tokenOf(url), password);
  return { ...person, cookie: cookieOf(cookies) };
};
const signIn = (process: StaffProcess, email: string, given = password, from = home) =>
  process.auth.call('POST', '/sign-in/email', from, { email, password: given });
/** Sets the ends of what was made for signing in back by so many minutes: the library reads the clock of the process. */
const age = (table: 'staff_verifications' | 'staff_sign_ins', minutes: number) =>
  staff.db.query(`UPDATE ${table} SET expires_at = expires_at - make_interval(mins => $1)`, [minutes]);

describe('a password link', () => {
  it('works once, also when it is used twice at once', async () => {
    const { url, isMailed } = await invite();
    expect(isMailed).toBe(false);
    expect(url).toMatch(/^https:\/\/hooks\.example\.com\/admin\/set-password#[\w-]{43}$/);
    const set = () => staff.auth.setPassword(home, tokenOf(url), password).then(() => 'set', reason);
    expect((await Promise.all([set(), set()])).sort()).toEqual(['link_used', 'set']);
    await expect(set()).resolves.toBe('link_used');
  });

  it.each([
    ['an invitation', 7 * 24 * 60, false],
    ['a reset', 60, true],
  ])('of %s ends after %i minutes', async (_what, minutes, isReady) => {
    const person = isReady ? await join() : (await invite()).person;
    const { url } = await staff.invitations.link(person.id);
    await age('staff_verifications', minutes - 1);
    const late = await staff.invitations.link(person.id);
    await age('staff_verifications', minutes);
    await expect(staff.auth.setPassword(home, tokenOf(url), password).catch(reason)).resolves.toBe('link_used');
    await expect(staff.auth.setPassword(home, tokenOf(late.url), password).catch(reason)).resolves.toBe('link_used');
    const last = await staff.invitations.link(person.id);
    await age('staff_verifications', minutes - 1);
    await staff.auth.setPassword(home, tokenOf(last.url), password);
  });

  it('is not used up by a password that is too short, and ends the other links and sign-ins of the person', async () => {
    const person = await join();
    const [one, two] = [await staff.invitations.link(person.id), await staff.invitations.link(person.id)];
    await expect(staff.auth.setPassword(home, tokenOf(one.url), 'too short').catch(reason)).resolves.toBe('password_too_short');
    const signInLink = (await staff.auth.signInLink(person.email)) ?? '';
    const other = await join();
    const otherLink = (await staff.auth.signInLink(other.email)) ?? '';
    await staff.auth.setPassword(home, tokenOf(one.url), 'another long one');
    await expect(staff.auth.enterByLink(home, tokenOf(signInLink)).catch(reason)).resolves.toBe('link_used');
    await staff.auth.enterByLink(home, tokenOf(otherLink));
    staff.signIns.forget();
    expect(await staff.signIns.find(person.cookie)).toBeNull();
    await expect(staff.auth.setPassword(home, tokenOf(two.url), 'a third long one').catch(reason)).resolves.toBe('link_used');
    await expect(signIn(staff, person.email).catch(reason)).resolves.toBe('wrong_credentials');
    await signIn(staff, person.email, 'another long one');
  });

  it('stands nowhere in the database, and neither does a password', async () => {
    const { url } = await invite();
    const rows = await staff.db.query<{ row: string }>(
      `SELECT to_jsonb(v)::text AS row FROM staff_verifications v UNION ALL SELECT to_jsonb(a)::text FROM staff_accounts a`,
    );
    const all = JSON.stringify(rows);
    expect(all).not.toContain(tokenOf(url));
    expect(all).not.toContain(password);
    expect(all).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
  });
});

describe('a sign-in', () => {
  it('is refused in the same words for an unknown email and a wrong password, after the same work', async () => {
    const { email } = await join();
    const took = async (given: string) => {
      const before = process.cpuUsage();
      const refused = await signIn(staff, given, 'a wrong password').catch((error: AppError) => error);
      const { user } = process.cpuUsage(before);
      expect(refused).toMatchObject({ code: 'unauthenticated', reason: 'wrong_credentials' });
      return { message: (refused as AppError).message, user };
    };
    await took(email);
    const [wrong, unknown] = [await took(email), await took('nobody@agency.example')];
    expect(unknown.message).toBe(wrong.message);
    // Argon2id is all of the work: without it there is a fiftieth left.
    expect(unknown.user).toBeGreaterThan(wrong.user / 5);
  });

  it('ends when its hours are over', async () => {
    const { cookie, id } = await join();
    expect(await staff.signIns.find(cookie)).not.toBeNull();
    await age('staff_sign_ins', 12 * 60);
    staff.signIns.forget();
    expect(await staff.signIns.find(cookie)).toBeNull();
    expect(await staff.people.signInsOf(id)).toEqual([]);
  });

  it('is found by its cookie alone, unchanged', async () => {
    const { cookie } = await join();
    expect(await staff.signIns.find(`a=b; ${cookie}; c=d`)).not.toBeNull();
    const [name, value = ''] = cookie.split(/=(.*)/s);
    for (const other of [undefined, '', `${name}=`, `${name}=${value.slice(0, -2)}`, `x${cookie}`, `${name}=${value.split('.')[0]}`])
      expect(await staff.signIns.find(other)).toBeNull();
  });

  it('by a link works once and leaves the password as it was', async () => {
    const { email, id } = await join();
    const link = (await staff.auth.signInLink(email.toUpperCase())) ?? '';
    const { cookies } = await staff.auth.enterByLink(home, tokenOf(link));
    expect(await staff.signIns.find(cookieOf(cookies))).toMatchObject({ person: { id } });
    await expect(staff.auth.enterByLink(home, tokenOf(link)).catch(reason)).resolves.toBe('link_used');
    await signIn(staff, email);
    expect(await staff.auth.signInLink('nobody@agency.example')).toBeNull();
  });
});

describe('tries', () => {
  const stranger = (i: number) => `198.51.${i >> 8}.${i & 255}`;
  const tried = (email: string, address: string) => staff.limits.admit(email, address).then(() => 'admitted', reason);
  let attacks = 0;
  /** Strangers, others each time, try until the account gives few tries to each of them. */
  const attack = async (email: string) => {
    const first = 10 * attacks++;
    for (let i = 0; i < 10; i++) for (let n = 0; n < 5; n++) await tried(email, stranger(first + n));
  };
  const guessed = async (id: string) => (await guessedAccounts(staff.db)).some((one) => one.id === id);

  it('of one account from strangers are slowed down, and its owner gets in from any address', async () => {
    const { email, id, cookie } = await join();
    await attack(email);
    expect(await guessed(id)).toBe(false);
    // As the owner on a journey would.
    const abroad = '192.0.2.1';
    await expect(tried(email, abroad)).resolves.toBe('admitted');
    await signIn(staff, email, password, { ...home, address: abroad });
    await expect(tried(email, abroad)).resolves.toBe('admitted');
    for (let i = 0; i < 2; i++) await expect(tried(email, '192.0.2.2')).resolves.toBe('admitted');
    await expect(tried(email, '192.0.2.2')).resolves.toBe('too_many_tries');
    expect(await guessed(id)).toBe(true);

    for (let i = 0; i < 3; i++) await expect(tried(email, home.address)).resolves.toBe('admitted');
    await staff.auth.call('POST', '/sign-out', { ...home, cookie }, {});
    await moveClock(staff.db, 89 * 86_400_000);
    await expect(tried(email, home.address)).resolves.toBe('admitted');
    await moveClock(staff.db, 91 * 86_400_000);
    await expect(tried(email, home.address)).resolves.toBe('too_many_tries');
    await moveClock(staff.db, 0);
  });

  it('of one account from many networks have a bound, which known networks and mails do not share', async () => {
    const { email } = await join();
    await attack(email);
    // One tunnel with a /48.
    const ofTunnel = await Promise.all(Array.from({ length: 12 }, (_, i) => tried(email, `2001:db8:7:${i}::1`)));
    expect(ofTunnel.filter((answer) => answer === 'admitted')).toHaveLength(10);
    // Many machines.
    const admitted = [];
    for (let i = 0; i < 500; i++) admitted.push(await tried(email, `10.${i >> 8}.${i & 255}.1`));
    expect(admitted.filter((answer) => answer === 'admitted')).toHaveLength(490);
    await expect(staff.limits.admit(email, '192.0.2.88')).rejects.toThrow('by mail');
    await expect(tried(email, home.address)).resolves.toBe('admitted');
    expect(staff.limits.admitReset(email, '192.0.2.88')).toBe(true);
  });

  it('that succeed give their place in the bound back', async () => {
    const { email } = await join();
    await attack(email);
    for (let i = 0; i < 12; i++) staff.limits.forgive(await staff.limits.admit(email, `2001:db8:8:${i}::1`));
    await expect(tried(email, '2001:db8:8:99::1')).resolves.toBe('admitted');
  });

  it('wait for a place to compare a password, and are refused when too many wait', async () => {
    const { email } = await join();
    const signIn = () => staff.auth.signIn(home, { email, password }).then(({ status }) => status, reason);
    const ends: (() => void)[] = [];
    const hold = () => new Promise<void>((resolve) => ends.push(resolve));
    const held = [passwordWork.hash(hold), passwordWork.hash(hold)];
    const first = signIn();
    const tries = Array.from({ length: 63 }, () => passwordWork.attempt(hold));
    await expect(signIn()).resolves.toBe('busy');
    for (const end of ends) end();
    await expect(first).resolves.toBe(200);
    await Promise.all([...held, ...tries]);
  });

  it('count an IPv6 client by its /64, known or not', async () => {
    const { email } = await join({ address: '2001:db8:1:2::7', userAgent: 'Firefox' });
    await attack(email);
    for (let i = 0; i < 3; i++) await expect(tried(email, '2001:db8:1:2:a:b:c:d')).resolves.toBe('admitted');
    for (let i = 0; i < 2; i++) await expect(tried(email, `2001:db8:1:3::${i}`)).resolves.toBe('admitted');
    await expect(tried(email, '2001:db8:1:3::7')).resolves.toBe('too_many_tries');
    const other = `${randomUUID()}@agency.example`;
    for (let i = 0; i < 10; i++) await expect(tried(other, `2001:db8:9:9::${i}`)).resolves.toBe('admitted');
    await expect(tried(other, '2001:db8:9:9:ffff::1')).resolves.toBe('too_many_tries');
  });

  it('that succeed do not count, so that an office behind one address signs in', async () => {
    const office = '192.0.2.40';
    for (let i = 0; i < 60; i++) {
      staff.limits.forgive(await staff.limits.admit(`person-${i}@agency.example`, office));
      staff.limits.forgive(staff.limits.admitCode(office));
    }
    const email = 'always@agency.example';
    for (let i = 0; i < 15; i++) staff.limits.forgive(await staff.limits.admit(email, office));
    for (let i = 0; i < 10; i++) await expect(tried(email, office)).resolves.toBe('admitted');
    await expect(tried(email, office)).resolves.toBe('too_many_tries');
  });

  it('do not keep mails back that reset a password, of which an account gets ten', async () => {
    const email = `${randomUUID()}@agency.example`;
    await attack(email);
    const mails = Array.from({ length: 12 }, (_, i) => staff.limits.admitReset(email, stranger(i)));
    expect(mails.filter(Boolean)).toHaveLength(10);
    for (let i = 0; i < 30; i++) staff.limits.admitReset(`${i}@agency.example`, '192.0.2.50');
    expect(() => staff.limits.admitReset(email, '192.0.2.50')).toThrow('Too many tries');
  });

  it('from one address are few for one account, however its email is written, and for all accounts', async () => {
    const address = '192.0.2.77';
    for (let i = 0; i < 10; i++) await expect(tried('  Ines@Agency.example ', address)).resolves.toBe('admitted');
    await expect(tried('ines@agency.example', address)).resolves.toBe('too_many_tries');
    let more = 0;
    while ((await tried(`${randomUUID()}@agency.example`, address)) === 'admitted') more++;
    expect(more).toBe(19);
  });
});

describe('an authenticator app', () => {
  const setUp = async () => {
    const person = await join();
    const me = { ...home, cookie: person.cookie };
    const { body } = await staff.auth.call('POST', '/two-factor/enable', me, { password });
    await staff.auth.call('POST', '/two-factor/verify-totp', me, { code: totpCode(String(body.totpURI)) });
    return { ...person, uri: String(body.totpURI), recovery: body.backupCodes as string[] };
  };
  /** Signs in by password and a code. */
  const enter = async (process: StaffProcess, email: string, path: 'verify-totp' | 'verify-backup-code', code: string) => {
    const first = await signIn(process, email);
    expect(first.body.twoFactorRedirect).toBe(true);
    expect(await process.signIns.find(cookieOf(first.cookies))).toBeNull();
    return process.auth.call('POST', `/two-factor/${path}`, { ...home, cookie: cookieOf(first.cookies) }, { code });
  };

  it('is asked for a code at each sign-in once a code was confirmed, and takes no wrong one', async () => {
    const { email, id, uri } = await setUp();
    await expect(enter(staff, email, 'verify-totp', wrongTotpCode(uri)).catch(reason)).resolves.toBe('wrong_code');
    const { cookies } = await enter(staff, email, 'verify-totp', totpCode(uri));
    expect(await staff.signIns.find(cookieOf(cookies))).toMatchObject({ person: { id, hasTotp: true } });
  });

  it('is replaced by a recovery code once', async () => {
    const { email, recovery } = await setUp();
    await enter(staff, email, 'verify-backup-code', recovery[0] ?? '');
    await expect(enter(staff, email, 'verify-backup-code', recovery[0] ?? '').catch(reason)).resolves.toBe('wrong_code');
    await enter(staff, email, 'verify-backup-code', recovery[1] ?? '');
  });

  it('is not set up anew while there is one', async () => {
    const { cookie } = await join();
    const me = { ...home, cookie };
    const start = () => staff.auth.call('POST', '/two-factor/enable', me, { password });
    await start();
    const { body } = await start();
    const { cookies } = await staff.auth.call('POST', '/two-factor/verify-totp', me, { code: totpCode(String(body.totpURI)) });
    const now = { ...home, cookie: cookieOf(cookies) };
    await expect(staff.auth.call('POST', '/two-factor/enable', now, { password }).catch(reason)).resolves.toBe('totp_enabled');
  });

  it('outlives a new key of the ring, and after the reseal the end of the old one', async () => {
    const { email, uri, recovery } = await setUp();
    const start = async (...keys: string[]) => {
      const process = await startStaffProcess({ url: database.url, keyring: keys.join(',') });
      more.push(process);
      return process;
    };
    const before = await signIn(staff, email);
    const known = await join();
    const both = await start(newKey, oldKey);
    // Sign-ins, and those that wait for a code, go on under the new key.
    expect(await both.signIns.find(known.cookie)).toMatchObject({ person: { id: known.id } });
    await both.auth.call('POST', '/two-factor/verify-totp', { ...home, cookie: cookieOf(before.cookies) }, { code: totpCode(uri) });
    await enter(both, email, 'verify-totp', totpCode(uri));
    await enter(both, email, 'verify-backup-code', recovery[0] ?? '');
    const keyring = `${newKey},${oldKey}`;
    const done = await resealTwoFactors(database.url, keyring);
    expect(done['staff_two_factors.secret']).toBeGreaterThan(0);
    expect(Object.values(await resealTwoFactors(database.url, keyring))).toEqual([0, 0]);
    const alone = await start(newKey);
    expect(await alone.signIns.find(known.cookie)).toBeNull();
    await enter(alone, email, 'verify-totp', totpCode(uri));
    await enter(alone, email, 'verify-backup-code', recovery[1] ?? '');
    await expect(enter(alone, email, 'verify-backup-code', recovery[0] ?? '').catch(reason)).resolves.toBe('wrong_code');
  });
});
