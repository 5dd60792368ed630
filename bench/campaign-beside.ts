import { setTimeout as sleep } from 'node:timers/promises';
import { addTenant } from './neighbour';
import { storePeople } from './people-rows';
import type { Stage } from './stage';

/** Sessions and messages a second of a campaign that runs beside a part, about those of as many numbers on a paid plan of the provider. */
const sessions = 50;
const perSecond = 200;

/**
 * Has a campaign of another tenant run beside the work: its audience is written before, and it sends as long as the part has workers, at a pace of
 * its own. Without people, there is none.
 * @throws when the campaign was over before the work
 */
export const beside =
  (people: number | undefined, work: (stage: Stage) => Promise<void>) =>
  async (stage: Stage): Promise<void> => {
    if (!people) return work(stage);
    const { lab, db } = stage;
    // Its receipts would be counted as those of the part.
    await lab.sim.configure({ hooksEnabled: false });
    const { tenantId, driver } = await addTenant(stage, sessions, 'Beside');
    const listId = await storePeople(db, tenantId, people);
    const id = await launch(driver, listId, { window_ms: 1_000, window_limit: perSecond });
    // A worker of its own writes the audience; the part has its own workers.
    const writer = await lab.addWorker({ WORKER_ROLES: 'campaigns' });
    for (const endsAt = Date.now() + 180_000; ; await sleep(200)) {
      const { run } = await driver.get<{ run: { expanded_at: string | null } | null }>(`/v1/campaigns/${id}`);
      if (run?.expanded_at) break;
      if (Date.now() > endsAt) throw new Error('The audience of the campaign beside was not written.');
    }
    await writer.stop();
    lab.workers.splice(lab.workers.indexOf(writer), 1);
    await work(stage);
    const { state, counts } = await driver.get<{ state: string; counts: { waiting: number } }>(`/v1/campaigns/${id}/results`);
    if (state !== 'processing' || counts.waiting === 0) throw new Error(`The campaign beside is ${state}: it needs more people.`);
  };

/** Launches a campaign to a list. @returns its id */
export async function launch(driver: Pick<Stage['driver'], 'insist'>, listId: string, pace: object = {}): Promise<string> {
  const id = await draft(driver, { kind: 'list', id: listId }, { pace });
  await driver.insist('POST', `/v1/campaigns/${id}/launch`, {});
  return id;
}

/** Makes a campaign with a text in which every person is named. @param over what differs @returns its id */
export async function draft(
  driver: Pick<Stage['driver'], 'insist'>,
  audience: { kind: 'list' | 'import'; id: string },
  over: { pace?: object; numbers?: object } = {},
): Promise<string> {
  const content = { type: 'text', text: 'Hello {{ contact.name }}, 20 % off until Sunday.' };
  const template = await driver.insist<{ id: string }>('POST', '/v1/templates', { name: 'Bench', content });
  const campaign = await driver.insist<{ id: string }>('POST', '/v1/campaigns', {
    name: 'Bench',
    audience: { include: [audience] },
    message: { template_id: template.id },
    numbers: { sticky: false },
    requires_consent: false,
    stop_rules: [],
    ...over,
  });
  return campaign.id;
}
