import { randomUUID } from 'node:crypto';
import type { AppError } from '@heliograph/kernel';
import { createTestDatabase } from '@heliograph/kernel/testing';
import { aRingKey } from '@heliograph/tenants/testing';
import { type StaffProcess, startStaffProcess } from '../testing';
import type { Grant } from '../src/roles';

const everywhere = (role: Grant['role']): Grant => ({ role, tenantId: null });
const reason = (error: AppError) => error.reason;
const from = { address: '203.0.113.7', userAgent: 'Firefox' };
const password = 'correct horse battery';

describe('people', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let staff: StaffProcess;
  beforeEach(async () => {
    database = await createTestDatabase();
    staff = await startStaffProcess({ url: database.url, keyring: aRingKey() });
  });
  afterEach(async () => {
    await staff.stop();
    await database.drop();
  });

  const add = (grants: Grant[], email = `${randomUUID()}@agency.example`) => staff.people.add({ name: 'Ines', email, grants });
  const tokenOf = (url: string) => url.split('#')[1] ?? '';
  /** A person with a password. */
  const join = async (grants: Grant[], email = `${randomUUID()}@agency.example`) => {
    const { person, url } = await staff.invitations.invite({ name: 'Ines', email, grants });
    const { cookies } = await staff.auth.setPassword(from, tokenOf(url), password);
    return { id: person.id, email, cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') };
  };

  it('begin with an owner: nobody else is first, and nothing stays of who was refused', async () => {
    await expect(add([everywhere('viewer')], 'first@agency.example').catch(reason)).resolves.toBe('last_owner');
    await expect(add([{ role: 'owner', tenantId: randomUUID() }]).catch(reason)).resolves.toBe('last_owner');
    expect(await staff.people.isEmpty()).toBe(true);
    await add([everywhere('owner')], 'first@agency.example');
    await add([everywhere('viewer')]);
  });

  it('are one for each email, however it is written and however many ask at once', async () => {
    await add([everywhere('owner')]);
    const asked = ['Theo@agency.example', 'theo@agency.example', 'THEO@AGENCY.EXAMPLE', 'theo@Agency.example'];
    const answers = await Promise.all(asked.map((email) => add([everywhere('agent')], email).then(() => 'added', reason)));
    expect(answers.sort()).toEqual(['added', 'email_taken', 'email_taken', 'email_taken']);
  });

  it('keep one owner, of two who take the role from each other at once too', async () => {
    const [one, two] = [await join([everywhere('owner')]), await join([everywhere('owner')])];
    const answers = await Promise.all(
      [one, two].map(({ id }) => staff.people.change(id, { grants: [everywhere('admin')] }).then(() => 'done', reason)),
    );
    expect(answers.sort()).toEqual(['done', 'last_owner']);
    const owner = (await staff.people.list({ limit: 10 })).rows.find(({ grants }) => grants.some(({ role }) => role === 'owner'))?.id ?? '';
    for (const change of [{ isDisabled: true }, { grants: [] }, { grants: [{ role: 'owner' as const, tenantId: randomUUID() }] }])
      await expect(staff.people.change(owner, change).catch(reason)).resolves.toBe('last_owner');
    expect((await staff.people.find(owner))?.grants).toEqual([everywhere('owner')]);
    expect((await staff.people.find(owner))?.disabledAt).toBeNull();
  });

  it('do not leave an installation to an owner who never accepted the invitation', async () => {
    const owner = await join([everywhere('owner')]);
    await add([everywhere('owner')]);
    await expect(staff.people.change(owner.id, { isDisabled: true }).catch(reason)).resolves.toBe('last_owner');
    await join([everywhere('owner')]);
    await staff.people.change(owner.id, { isDisabled: true });
  });

  it('are changed as a whole or not at all', async () => {
    const owner = await join([everywhere('owner')]);
    await staff.people.change(owner.id, { name: 'Renamed', isDisabled: true }).catch(reason);
    expect((await staff.people.find(owner.id))?.name).toBe('Ines');
    await expect(staff.people.change(randomUUID(), { name: 'x' }).catch(reason)).resolves.toBe('not_found');
  });

  it('have the roles they were given last, each once', async () => {
    await add([everywhere('owner')]);
    const tenantId = randomUUID();
    const id = await add([everywhere('viewer'), { role: 'agent', tenantId }, { role: 'agent', tenantId }]);
    expect((await staff.people.find(id))?.grants).toEqual([{ role: 'agent', tenantId }, everywhere('viewer')]);
    await staff.people.change(id, { grants: [everywhere('analyst')] });
    expect((await staff.people.find(id))?.grants).toEqual([everywhere('analyst')]);
  });

  it('who are disabled are out at once, and stay out with their password, a link or a reset', async () => {
    await join([everywhere('owner')]);
    const person = await join([everywhere('agent')]);
    const link = await staff.invitations.link(person.id);
    expect(await staff.signIns.find(person.cookie)).toMatchObject({ person: { id: person.id } });
    await staff.people.change(person.id, { isDisabled: true });
    staff.signIns.forget();
    expect(await staff.signIns.find(person.cookie)).toBeNull();
    expect(await staff.people.signInsOf(person.id)).toEqual([]);
    const again = { email: person.email, password };
    await expect(staff.auth.call('POST', '/sign-in/email', from, again).catch(reason)).resolves.toBe('person_disabled');
    await expect(staff.auth.setPassword(from, tokenOf(link.url), 'another long one').catch(reason)).resolves.toBe('link_used');
    const late = await staff.invitations.link(person.id);
    await expect(staff.auth.setPassword(from, tokenOf(late.url), 'another long one').catch(reason)).resolves.toBe('person_disabled');
    const signIn = (await staff.auth.signInLink(person.email)) ?? '';
    await expect(staff.auth.enterByLink(from, tokenOf(signIn)).catch(reason)).resolves.toBe('person_disabled');
    // Nothing that was tried meanwhile is open once the person may come back.
    await staff.people.change(person.id, { isDisabled: false });
    expect(await staff.people.signInsOf(person.id)).toEqual([]);
    await staff.auth.call('POST', '/sign-in/email', from, { email: person.email, password: 'another long one' });
    expect(await staff.people.signInsOf(person.id)).toHaveLength(1);
  });

  it('end sign-ins of their own, and of nobody else', async () => {
    const [mine, theirs] = [await join([everywhere('owner')]), await join([everywhere('agent')])];
    const [open] = await staff.people.signInsOf(theirs.id);
    expect(await staff.people.endSignIns(mine.id, { id: open?.id ?? '' })).toBe(0);
    expect(await staff.people.endSignIns(theirs.id, { keep: open?.id ?? '' })).toBe(0);
    expect(await staff.people.endSignIns(theirs.id, {})).toBe(1);
    staff.signIns.forget();
    expect(await staff.signIns.find(theirs.cookie)).toBeNull();
  });

  it('pass page by page, newest first', async () => {
    const ids = [await add([everywhere('owner')])];
    for (let i = 0; i < 4; i++) ids.unshift(await add([everywhere('agent')]));
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await staff.people.list({ limit: 2, ...(cursor && { cursor }) });
      seen.push(...page.rows.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    expect(seen).toEqual(ids);
  });
});
