import { randomBytes } from 'node:crypto';
import { type Actor, Database } from '@heliograph/kernel';
import {
  aCampaignBody,
  aTenantWith,
  campaignParts,
  endCampaign,
  endedEarlier,
  retryRounds,
  someContacts,
  writtenMessages,
} from '../libs/campaigns/testing';
import { ApiRig } from './api/api-rig';
import { type Gate, WorkerProcesses } from './worker-processes';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const gapMin = 30;
const keyring = `k1:${randomBytes(32).toString('base64')}`;
let rig: ApiRig;
const workers = new WorkerProcesses(() => rig, keyring, 'campaigns');
beforeAll(async () => (rig = await ApiRig.start({ KEYRING: keyring })));
afterAll(async () => {
  workers.killAll();
  await rig.stop();
});

/** Statements of the transaction that makes a round, and of the one that launches it, in their order. */
const making: Gate[] = [
  { table: 'contact_lists', event: 'INSERT' },
  { table: 'contact_list_members', event: 'INSERT' },
  { table: 'campaigns', event: 'INSERT' },
  { table: 'campaigns', event: 'UPDATE', when: 'NEW.launches_itself AND NOT OLD.launches_itself' },
  { table: 'campaigns', event: 'UPDATE', when: 'NEW.retry_state IS DISTINCT FROM OLD.retry_state' },
  { table: 'campaign_log', event: 'INSERT', when: `NEW.kind = 'retried'` },
];
const launching: Gate[] = [
  { table: 'message_groups', event: 'INSERT' },
  { table: 'campaign_runs', event: 'INSERT' },
  { table: 'campaigns', event: 'UPDATE', when: `NEW.state = 'scheduled' AND OLD.state <> 'scheduled'` },
  { table: 'campaign_log', event: 'INSERT', when: `NEW.kind = 'launched'` },
];

it('a round of a campaign is made once or not at all wherever its worker is killed, and by the next worker', async () => {
  const db = rig.get(Database);
  const { campaigns, expansion, launches } = campaignParts(db);
  const { tenantId } = await aTenantWith(db);
  const [a, b] = (await someContacts(db, tenantId, 4)) as [string, string];
  const retry = { reasons: ['provider_error'], times: 1, gap_min: gapMin, other_session: false };
  const { id } = await campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { retry }));
  await launches.launch(tenantId, ann, id);
  const written = await writtenMessages(db, expansion, tenantId, id);
  await endCampaign(db, expansion, { tenantId, id }, written, { [a]: 'provider_error', [b]: 'provider_error' });
  await endedEarlier(db, tenantId, id, gapMin + 1);

  const found = async () => {
    const [counts] = await db.query(
      `SELECT (SELECT count(*)::int FROM contact_lists WHERE tenant_id = $1) AS lists,
         (SELECT count(*)::int FROM campaign_log WHERE tenant_id = $1 AND kind = 'retried') AS made,
         (SELECT count(*)::int FROM campaign_runs WHERE tenant_id = $1) AS runs,
         (SELECT count(*)::int FROM message_groups WHERE tenant_id = $1) AS groups,
         (SELECT count(*)::int FROM campaign_log WHERE tenant_id = $1 AND kind = 'launched') AS launched`,
      [tenantId],
    );
    return { ...counts, rounds: (await retryRounds(db, tenantId)).length, state: (await campaigns.get(tenantId, id)).retries.state };
  };
  const before = { lists: 1, made: 0, runs: 1, groups: 1, launched: 1, rounds: 0, state: null };
  expect(await found()).toEqual(before);
  for (const gate of making) {
    await workers.killAt(workers.start(), gate);
    expect(await found()).toEqual(before);
  }
  const made = { ...before, lists: 2, made: 1, rounds: 1, state: 'made' };
  for (const gate of launching) {
    await workers.killAt(workers.start(), gate);
    expect(await found()).toEqual(made);
  }
  workers.start();
  const [round] = await retryRounds(db, tenantId);
  await workers.until(async () => (await campaigns.get(tenantId, round?.id as string)).run?.expandedAt, 60_000);
  const sent = await db.query<{ contactId: string }>(
    `SELECT origin->>'contactId' AS "contactId" FROM messages WHERE tenant_id = $1 AND group_id = $2`,
    [tenantId, round?.id],
  );
  expect(sent.map(({ contactId }) => contactId).toSorted()).toEqual([a, b].toSorted());
  expect(await found()).toEqual({ ...made, runs: 2, groups: 2, launched: 2 });
}, 300_000);
