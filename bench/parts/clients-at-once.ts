import { setTimeout as sleep } from 'node:timers/promises';
import { draft } from '../campaign-beside';
import { Figures } from '../figures';
import { judgeLanes, type LaneMeasure } from '../judging';
import { addTenant, type Neighbour } from '../neighbour';
import { storePeople } from '../people-rows';
import { type BenchOptions, onStage, type Stage } from '../stage';

const clients = 6;
/** Sessions of each of the two campaigns of a client; the first client has more, and as many more people. */
const sessionsEach = { first: 40, other: 10 };
const pace = { window_ms: 500, window_limit: 1 };
/** Caps that hold nothing up; each claim counts in them. */
const caps = { hourly_cap: 1_000_000, daily_cap: 1_000_000 };

type Kind = 'lane of its own' | 'lane of a shared pool';
const kinds: readonly Kind[] = ['lane of its own', 'lane of a shared pool'];

/** A campaign that is ready to be launched. */
interface Draft {
  id: string;
  kind: Kind;
  driver: Neighbour['driver'];
}

/** (o) Campaigns of six clients at once, over lanes of their own and over lanes that share a pool of caps: how long lanes take, of what their pace allows. */
export async function clientsAtOnce({ quick, backends: [backend = 'postgres'] }: BenchOptions): Promise<Figures> {
  const figures = new Figures('o');
  const messages = quick ? 20 : 120;
  await onStage(backend, { sessions: 1, workers: 1 }, async (stage) => {
    const { sim } = stage.lab;
    await sim.configure({ hooksEnabled: false });
    const drafts: Draft[] = [];
    let people = 0;
    for (let n = 0; n < clients; n++) {
      const sessions = n === 0 ? sessionsEach.first : sessionsEach.other;
      const client = await addTenant(stage, sessions * kinds.length, `Client ${n + 1}`, pace);
      await client.driver.insist('PUT', '/v1/cap-pools/shared', caps);
      for (const [i, kind] of kinds.entries()) {
        const session_ids = client.sessionIds.slice(i * sessions, (i + 1) * sessions);
        if (kind === 'lane of a shared pool')
          for (const id of session_ids) await client.driver.insist('PATCH', `/v1/sessions/${id}/limits`, { cap_pool: 'shared' });
        const list = await storePeople(stage.db, client.tenantId, messages * sessions, people);
        people += messages * sessions;
        const id = await draft(client.driver, { kind: 'list', id: list }, { numbers: { session_ids, sticky: false } });
        drafts.push({ id, kind, driver: client.driver });
      }
    }
    await Promise.all(drafts.map(({ id, driver }) => driver.insist('POST', `/v1/campaigns/${id}/launch`, {})));
    const lanes = await sentLanes(
      stage,
      drafts.map(({ id }) => id),
    );
    for (const kind of kinds) {
      const ids = drafts.filter((one) => one.kind === kind).map(({ id }) => id);
      judgeLanes(figures, { kind, intervalMs: pace.window_ms, lanes: lanes.filter(({ campaignId }) => ids.includes(campaignId)) });
    }
    const { accepted, extra } = await sim.summary('4479');
    figures.goal('18', 'messages doubled, or not sent', extra + Math.abs(people - accepted), '', { max: 0 });
  });
  return figures;
}

/** Waits for the end of the campaigns. @returns the lanes of each, with the time from its launch to the last message of the lane, by the database's clock */
async function sentLanes({ db }: Stage, ids: string[]): Promise<(LaneMeasure & { campaignId: string })[]> {
  for (const endsAt = Date.now() + 600_000; ; await sleep(1_000)) {
    const { rows } = await db.query<{ state: string }>(`SELECT state FROM campaigns WHERE id = ANY ($1::uuid[])`, [ids]);
    if (rows.every(({ state }) => state === 'completed')) break;
    if (Date.now() > endsAt) throw new Error(`The campaigns are ${rows.map(({ state }) => state).join(', ')}.`);
  }
  const { rows } = await db.query<LaneMeasure & { campaignId: string }>(
    `SELECT c.id AS "campaignId", count(*)::int AS messages, extract(epoch FROM max(m.sent_at) - c.launched_at)::float8 AS seconds
     FROM campaigns c JOIN messages m ON m.tenant_id = c.tenant_id AND m.group_id = c.id WHERE c.id = ANY ($1::uuid[]) GROUP BY c.id, c.launched_at, m.session_id`,
    [ids],
  );
  return rows;
}
