import type { Actor, Database } from '@heliograph/kernel';
import { openTestDatabase, processLoops, type TestDatabase } from '@heliograph/kernel/testing';
import { CampaignRetries, FollowUps } from '../src';
import type { OpenRun } from '../src/launch/expansion.repository';
import { RetryWatch } from '../src/results/retry-watch';
import {
  aCampaignBody,
  aTenantWith,
  campaignParts,
  consentOfAll,
  endCampaign,
  endedEarlier,
  retryRounds,
  someContacts,
  type WrittenMessage,
  writtenMessages,
} from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const bob: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d2', name: 'Bob' };
const plan = { reasons: ['provider_error'], times: 2, gap_min: 30, other_session: false };

describe('a campaign that is sent again by itself', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());

  type Parts = ReturnType<typeof campaignParts>;
  const turn = ({ retries }: { retries: CampaignRetries }) => new RetryWatch(retries, processLoops().loops).retryAll();

  /** A campaign to some people, with a plan. */
  async function aDraft(parts: Parts, { retry = {}, people = 4, sessions = 1, endsInMin = null as number | null } = {}) {
    const { tenantId, sessionIds } = await aTenantWith(db, sessions);
    const contacts = await someContacts(db, tenantId, people);
    const body = await aCampaignBody(db, tenantId, { retry: { ...plan, ...retry } });
    const ends_at = endsInMin === null ? null : new Date(Date.now() + endsInMin * 60_000).toISOString();
    const { id } = await parts.campaigns.create(tenantId, ann, { ...body, schedule: { ...body.schedule, ends_at } });
    return { tenantId, id, contacts, sessionIds };
  }

  const written = ({ expansion }: Parts, tenantId: string, id: string) => writtenMessages(db, expansion, tenantId, id);
  const ended = ({ expansion }: Parts, tenantId: string, id: string, sent: WrittenMessage[], failed: Record<string, string>) =>
    endCampaign(db, expansion, { tenantId, id }, sent, failed);
  const passes = (tenantId: string, id: string, minutes: number) => endedEarlier(db, tenantId, id, minutes);
  const rounds = (tenantId: string) => retryRounds(db, tenantId);
  const peopleOf = (sent: WrittenMessage[]) => sent.map(({ contactId }) => contactId).toSorted();

  it('goes to those who failed for its reasons, after the gap, and so many times at most', async () => {
    const parts = campaignParts(db);
    const { tenantId, id, contacts } = await aDraft(parts);
    const [a, b, c] = contacts as [string, string, string];
    await parts.launches.launch(tenantId, ann, id);
    await ended(parts, tenantId, id, await written(parts, tenantId, id), { [a]: 'provider_error', [b]: 'provider_error', [c]: 'refused' });
    const { retries, endedAt } = await parts.campaigns.get(tenantId, id);
    expect(new Date(retries.dueAt ?? '').getTime()).toBe((endedAt?.getTime() ?? 0) + 30 * 60_000);
    await passes(tenantId, id, 29);
    await turn(parts);
    expect(await rounds(tenantId)).toEqual([]);
    await passes(tenantId, id, 1);
    await turn(parts);
    const [first] = await rounds(tenantId);
    expect(first).toMatchObject({ name: 'Summer sale (2)', state: 'scheduled', round: 1 });
    expect((await parts.campaigns.get(tenantId, id)).retries).toMatchObject({ state: 'made', nextId: first?.id, dueAt: null });

    const again = await written(parts, tenantId, first?.id as string);
    expect(peopleOf(again)).toEqual([a, b].toSorted());
    await ended(parts, tenantId, first?.id as string, again, { [a]: 'provider_error' });
    await passes(tenantId, first?.id as string, 31);
    await turn(parts);
    const second = (await rounds(tenantId))[1];
    expect(second).toMatchObject({ name: 'Summer sale (3)', round: 2 });
    const last = await written(parts, tenantId, second?.id as string);
    expect(peopleOf(last)).toEqual([a]);
    await ended(parts, tenantId, second?.id as string, last, { [a]: 'provider_error' });
    await passes(tenantId, second?.id as string, 31);
    await turn(parts);
    expect(await rounds(tenantId)).toHaveLength(2);
    expect((await parts.campaigns.get(tenantId, second?.id as string)).retries).toMatchObject({ round: 2, state: null, dueAt: null });
  });

  it('has one round however many processes make it, and none of one that died over it', async () => {
    const parts = campaignParts(db);
    const { tenantId, id, contacts } = await aDraft(parts);
    await parts.launches.launch(tenantId, ann, id);
    await ended(parts, tenantId, id, await written(parts, tenantId, id), { [contacts[0] as string]: 'provider_error' });
    await passes(tenantId, id, 31);
    class Dying extends FollowUps {
      override async createIn(...given: Parameters<FollowUps['createIn']>): ReturnType<FollowUps['createIn']> {
        await super.createIn(...given);
        throw new Error('killed');
      }
    }
    const dying = new CampaignRetries(db, new Dying(db, parts.campaigns), parts.readiness, parts.launches);
    await expect(dying.make({ tenantId, id })).rejects.toThrow('killed');
    const lists = () => db.query(`SELECT 1 FROM contact_lists WHERE tenant_id = $1`, [tenantId]);
    expect([(await rounds(tenantId)).length, (await lists()).length]).toEqual([0, 1]);
    await Promise.all(Array.from({ length: 5 }, () => campaignParts(db).retries.make({ tenantId, id })));
    expect([(await rounds(tenantId)).length, (await lists()).length]).toEqual([1, 2]);
    // Whoever made it is gone: others launch it, once.
    await Promise.all(Array.from({ length: 5 }, () => turn(campaignParts(db))));
    expect(await rounds(tenantId)).toMatchObject([{ state: 'scheduled', round: 1 }]);
    expect(await db.query(`SELECT 1 FROM campaign_log WHERE tenant_id = $1 AND kind IN ('retried', 'launched')`, [tenantId])).toHaveLength(
      3,
    );
  });

  it('leaves out who opted out meanwhile, and ends when nobody is left', async () => {
    const parts = campaignParts(db);
    const { tenantId, id, contacts } = await aDraft(parts);
    const [a, b] = contacts as [string, string];
    await parts.launches.launch(tenantId, ann, id);
    await ended(parts, tenantId, id, await written(parts, tenantId, id), { [a]: 'provider_error', [b]: 'provider_error' });
    await consentOfAll(db, tenantId, [a], 'opt_out');
    await passes(tenantId, id, 31);
    await turn(parts);
    const [round] = await rounds(tenantId);
    const again = await written(parts, tenantId, round?.id as string);
    expect(peopleOf(again)).toEqual([b]);
    await ended(parts, tenantId, round?.id as string, again, {});
    await passes(tenantId, round?.id as string, 31);
    await turn(parts);
    expect((await parts.campaigns.get(tenantId, round?.id as string)).retries).toMatchObject({ state: 'nobody', dueAt: null });
    expect(await rounds(tenantId)).toHaveLength(1);
  });

  it('stops when a person turns it off, or the campaign was cancelled', async () => {
    const parts = campaignParts(db);
    const [off, cancelled] = [await aDraft(parts), await aDraft(parts)];
    await expect(parts.retries.stop(off.tenantId, bob, off.id)).rejects.toMatchObject({ reason: 'no_retry' });
    for (const { tenantId, id } of [off, cancelled]) await parts.launches.launch(tenantId, ann, id);
    await written(parts, cancelled.tenantId, cancelled.id);
    await parts.launches.cancel(cancelled.tenantId, bob, cancelled.id);
    await ended(parts, off.tenantId, off.id, await written(parts, off.tenantId, off.id), { [off.contacts[0] as string]: 'provider_error' });
    for (let i = 0; i < 2; i++) expect((await parts.retries.stop(off.tenantId, bob, off.id)).retries).toMatchObject({ state: 'stopped' });
    for (const { tenantId, id } of [off, cancelled]) await passes(tenantId, id, 31);
    await turn(parts);
    for (const { tenantId } of [off, cancelled]) expect(await rounds(tenantId)).toEqual([]);
    const log = await parts.campaigns.log(off.tenantId, off.id, { limit: 5 });
    expect(log.rows.filter(({ kind }) => kind === 'retry_stopped')).toMatchObject([{ actor: bob }]);
  });

  it('keeps the end of the campaign, and does not begin after it', async () => {
    const parts = campaignParts(db);
    const [early, late] = [await aDraft(parts, { endsInMin: 60 }), await aDraft(parts, { endsInMin: 60 })];
    for (const { tenantId, id, contacts } of [early, late]) {
      await parts.launches.launch(tenantId, ann, id);
      await ended(parts, tenantId, id, await written(parts, tenantId, id), { [contacts[0] as string]: 'provider_error' });
      await passes(tenantId, id, 31);
    }
    // A pause has moved the end of the one; the other ended while its round was awaited.
    const endsAt = new Date(Date.now() + 90 * 60_000);
    const endsIn = (tenantId: string, at: Date) =>
      db.query(`UPDATE campaign_runs SET expires_at = $2 WHERE tenant_id = $1`, [tenantId, at]);
    await endsIn(early.tenantId, endsAt);
    await endsIn(late.tenantId, new Date(Date.now() - 60_000));
    await turn(parts);
    const [round] = await rounds(early.tenantId);
    expect(round).toMatchObject({ state: 'scheduled' });
    expect((await parts.campaigns.get(early.tenantId, round?.id as string)).schedule.ends_at).toBe(endsAt.toISOString());
    expect(await rounds(late.tenantId)).toEqual([]);
    expect((await parts.campaigns.get(late.tenantId, late.id)).retries).toMatchObject({ state: 'refused', dueAt: null });
    const log = await parts.campaigns.log(late.tenantId, late.id, { limit: 5 });
    expect(log.rows.filter(({ kind }) => kind === 'retry_refused')).toMatchObject([{ detail: { reason: 'campaign_over' } }]);
  });

  it('is over at once when the campaign ends before its round is due, and names no time of it', async () => {
    const parts = campaignParts(db);
    const { tenantId, id, contacts } = await aDraft(parts, { endsInMin: 20 });
    await parts.launches.launch(tenantId, ann, id);
    await ended(parts, tenantId, id, await written(parts, tenantId, id), { [contacts[0] as string]: 'provider_error' });
    expect((await parts.campaigns.get(tenantId, id)).retries).toMatchObject({ state: null, dueAt: null });
    await turn(parts);
    expect((await parts.campaigns.get(tenantId, id)).retries).toMatchObject({ state: 'refused', dueAt: null });
    expect(await rounds(tenantId)).toEqual([]);
  });

  it('is over when a person sends to the same people before its round, and only then', async () => {
    const parts = campaignParts(db);
    const asked = [
      { request: { cell: 'failed' }, state: 'stopped' },
      { request: { cell: 'failed', reasons: ['provider_error'] }, state: 'stopped' },
      { request: { cell: 'failed', reasons: ['refused'] }, state: null },
      { request: { cell: 'delivered' }, state: null },
    ] as const;
    for (const { request, state } of asked) {
      const { tenantId, id, contacts } = await aDraft(parts);
      const [a, b] = contacts as [string, string];
      await parts.launches.launch(tenantId, ann, id);
      await ended(parts, tenantId, id, await written(parts, tenantId, id), { [a]: 'provider_error', [b]: 'refused' });
      const reasons = 'reasons' in request ? [...request.reasons] : undefined;
      const draft = await parts.followUps.create(tenantId, bob, id, { cell: request.cell, reasons });
      expect(draft).toMatchObject({ retry: null, retries: { round: 0 } });
      expect((await parts.campaigns.get(tenantId, id)).retries).toMatchObject({ state });
      await passes(tenantId, id, 31);
      await turn(parts);
      expect(await rounds(tenantId)).toHaveLength(state === null ? 1 : 0);
    }
  });

  it('goes over another session than the one that failed, where there is one', async () => {
    const parts = campaignParts(db);
    for (const sessions of [3, 1]) {
      const { tenantId, id, contacts } = await aDraft(parts, { retry: { other_session: true }, people: 30, sessions });
      await parts.launches.launch(tenantId, ann, id);
      const sent = await written(parts, tenantId, id);
      await ended(parts, tenantId, id, sent, Object.fromEntries(contacts.map((contact) => [contact, 'provider_error'])));
      await passes(tenantId, id, 31);
      await turn(parts);
      const [round] = await rounds(tenantId);
      const again = await written(parts, tenantId, round?.id as string);
      const before = new Map(sent.map(({ contactId, sessionId }) => [contactId, sessionId]));
      expect(again).toHaveLength(30);
      expect(again.filter(({ contactId, sessionId }) => before.get(contactId) === sessionId)).toHaveLength(sessions === 1 ? 30 : 0);
    }
  });

  it('is a part of what is approved, and waits for a person when its round is not', async () => {
    const parts = campaignParts(db, { campaign_approval: 'person' });
    const { tenantId, id, contacts } = await aDraft(parts);
    const failing = { [contacts[0] as string]: 'provider_error' };
    const { content } = await parts.readiness.check(tenantId, ann, id);
    await parts.launches.approve(tenantId, bob, id, { hash: content.hash });
    await parts.launches.launch(tenantId, ann, id);
    await ended(parts, tenantId, id, await written(parts, tenantId, id), failing);
    await passes(tenantId, id, 31);
    await turn(parts);
    expect(await rounds(tenantId)).toMatchObject([{ state: 'scheduled' }]);

    // An approval of what was changed before the launch, which asked for none, is none of the round.
    const free = campaignParts(db);
    const stale = await aDraft(parts);
    await parts.launches.approve(stale.tenantId, bob, stale.id, {
      hash: (await parts.readiness.check(stale.tenantId, ann, stale.id)).content.hash,
    });
    await db.query(`UPDATE campaigns SET requires_consent = NOT requires_consent WHERE id = $1`, [stale.id]);
    await free.launches.launch(stale.tenantId, ann, stale.id);
    await ended(free, stale.tenantId, stale.id, await written(free, stale.tenantId, stale.id), {
      [stale.contacts[0] as string]: 'provider_error',
    });
    await passes(stale.tenantId, stale.id, 31);
    await turn(parts);
    expect((await parts.campaigns.get(stale.tenantId, (await rounds(stale.tenantId))[0]?.id as string)).approvedAt).toBeNull();

    const other = await aDraft(free);
    expect((await free.readiness.check(other.tenantId, ann, other.id)).content.hash).not.toBe(
      await free.campaigns
        .update(other.tenantId, other.id, ann, { retry: null })
        .then(async () => (await free.readiness.check(other.tenantId, ann, other.id)).content.hash),
    );
    await free.campaigns.update(other.tenantId, other.id, ann, { retry: plan });
    await free.launches.launch(other.tenantId, ann, other.id);
    await ended(free, other.tenantId, other.id, await written(free, other.tenantId, other.id), {
      [other.contacts[0] as string]: 'provider_error',
    });
    await passes(other.tenantId, other.id, 31);
    await turn(parts);
    const [held] = await rounds(other.tenantId);
    expect(held?.state).toMatch(/draft|checked/);
    await turn(parts);
    const log = await parts.campaigns.log(other.tenantId, held?.id as string, { limit: 5 });
    expect(log.rows.filter(({ kind }) => kind === 'retry_refused')).toMatchObject([{ detail: { reason: 'approval_required' } }]);
  });

  describe('watched by several processes', () => {
    /** A completed campaign whose round is due. */
    async function aDueCampaign(parts: Parts) {
      const draft = await aDraft(parts);
      const { tenantId, id, contacts } = draft;
      await parts.launches.launch(tenantId, ann, id);
      await ended(parts, tenantId, id, await written(parts, tenantId, id), { [contacts[0] as string]: 'provider_error' });
      await passes(tenantId, id, 31);
      return draft;
    }
    const withDrafts = (createIn: FollowUps['createIn']) => {
      const parts = campaignParts(db);
      const followUps = Object.assign(new FollowUps(db, parts.campaigns), { createIn });
      return { ...parts, retries: new CampaignRetries(db, followUps, parts.readiness, parts.launches) };
    };

    it('makes and launches each round once when they work at the same time', async () => {
      const due = [await aDueCampaign(campaignParts(db)), await aDueCampaign(campaignParts(db))];
      const processes = Array.from({ length: 3 }, () => campaignParts(db));
      await Promise.all(processes.map(turn));
      await Promise.all(processes.map(turn));
      for (const { tenantId } of due) {
        expect(await rounds(tenantId)).toMatchObject([{ state: 'scheduled', round: 1 }]);
        const kinds = `SELECT kind FROM campaign_log WHERE tenant_id = $1 AND kind IN ('retried', 'retry_refused', 'launched') ORDER BY id`;
        expect(await db.query(kinds, [tenantId])).toEqual([{ kind: 'launched' }, { kind: 'retried' }, { kind: 'launched' }]);
      }
    });

    it('leaves the round of a process that lost its connection to another one', async () => {
      const { tenantId, id } = await aDueCampaign(campaignParts(db));
      const { followUps } = campaignParts(db);
      let cuts = 0;
      const cut = withDrafts(async (tx, ...given) => {
        const draft = await followUps.createIn(tx, ...given);
        cuts++;
        const [backend] = await tx.query<{ pid: number }>(`SELECT pg_backend_pid() AS pid`);
        await db.query(`SELECT pg_terminate_backend($1)`, [backend?.pid]);
        return draft;
      });
      await expect(turn(cut)).rejects.toThrow();
      expect(cuts).toBe(1);
      expect(await rounds(tenantId)).toEqual([]);
      expect((await cut.campaigns.get(tenantId, id)).retries).toMatchObject({ state: null, nextId: null });
      await turn(campaignParts(db));
      expect(await rounds(tenantId)).toMatchObject([{ state: 'scheduled' }]);
    });

    it('makes no round of a campaign that changed since it was found', async () => {
      const parts = campaignParts(db);
      const [off, gone, first] = [await aDueCampaign(parts), await aDueCampaign(parts), await aDueCampaign(parts)];
      class Late extends CampaignRetries {
        override async due(): Promise<OpenRun[]> {
          const found = await super.due();
          await parts.retries.stop(off.tenantId, bob, off.id);
          await db.query(`UPDATE campaigns SET state = 'cancelled' WHERE id = $1`, [gone.id]);
          return found;
        }
        override async ready(): Promise<OpenRun[]> {
          const found = await super.ready();
          // A person takes the round into their hands.
          await db.query(`UPDATE campaigns SET launches_itself = false WHERE tenant_id = $1`, [first.tenantId]);
          return found;
        }
      }
      await turn({ retries: new Late(db, parts.followUps, parts.readiness, parts.launches) });
      for (const { tenantId } of [off, gone]) expect(await rounds(tenantId)).toEqual([]);
      expect(await rounds(first.tenantId)).toMatchObject([{ state: 'draft' }]);
    });

    it('goes on behind a campaign that fails, and tries that one again', async () => {
      const parts = campaignParts(db);
      const due = [await aDueCampaign(parts), await aDueCampaign(parts), await aDueCampaign(parts)];
      const broken = due[1]?.tenantId;
      const failing = withDrafts((tx, tenantId, ...given) => {
        if (tenantId === broken) throw new Error('broken');
        return parts.followUps.createIn(tx, tenantId, ...given);
      });
      await turn(failing);
      const made = () => Promise.all(due.map(async ({ tenantId }) => (await rounds(tenantId)).length));
      expect(await made()).toEqual([1, 0, 1]);
      await turn(parts);
      expect(await made()).toEqual([1, 1, 1]);
    });
  });
});
