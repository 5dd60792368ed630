import { setTimeout as sleep } from 'node:timers/promises';
import { importIs, peopleFile, uploadPeople } from '../../chaos/people-file';
import { bareMessages, barePeople } from '../bare-rows';
import { draft } from '../campaign-beside';
import { Figures } from '../figures';
import { judgeExpansion, judgeImport, judgePage, judgePlan } from '../judging';
import { MemoryWatch } from '../memory-watch';
import { pageTimes, timedCall } from '../page-times';
import { type BenchOptions, onStage, type Stage } from '../stage';

const phoneOf = (i: number): string => `+44790${String(i).padStart(6, '0')}7`;

/** (l) A campaign from the file to the live page: import, check, flight plan, the written audience, and its pages beside many messages. */
export async function campaigns({ quick, rows, backends: [backend = 'postgres'] }: BenchOptions): Promise<Figures> {
  const figures = new Figures('l');
  const count = rows ?? (quick ? 5_000 : 50_000);
  await onStage(backend, { sessions: 50, workers: 1, ownRows: true }, async (stage) => {
    await stage.lab.sim.configure({ hooksEnabled: false });
    const barePerSecond = await barePeople(stage, count, phoneOf);
    const file = await importFile(stage, figures, count, barePerSecond);
    // A campaign to more people is measured by part m.
    if (rows !== undefined) return;
    const id = await draft(stage.driver, { kind: 'import', id: file });
    const check = await timedCall(stage, 'POST', `/v1/campaigns/${id}/check`);
    const plan = await timedCall<{ people: number }>(stage, 'GET', `/v1/campaigns/${id}/plan`);
    judgePlan(figures, { people: count, planSeconds: plan.seconds, checkSeconds: check.seconds });
    if (plan.answer.people !== count) throw new Error(`The plan has ${plan.answer.people} people.`);

    const bare = await bareMessages(stage, count);
    const launch = await timedCall(stage, 'POST', `/v1/campaigns/${id}/launch`, {});
    figures.goal('26', 'answer to the launch', launch.seconds, 's', { max: 3 });
    judgeExpansion(figures, { people: count, seconds: await writtenSeconds(stage, id), barePerSecond: bare });
    await pages(stage, figures, id, quick ? 100_000 : 5_000_000, quick ? 20 : 100);
  });
  return figures;
}

/** Checks and runs an import. @returns its id */
async function importFile(stage: Stage, figures: Figures, rows: number, barePerSecond: number): Promise<string> {
  const { driver, lab } = stage;
  const file = peopleFile(rows, phoneOf);
  const memory = new MemoryWatch({ api: lab.apis[0], worker: lab.workers[0] });
  const id = await uploadPeople(lab, driver, file);
  const step = async (what: 'check' | 'run', state: 'checked' | 'done'): Promise<number> => {
    const startedAt = performance.now();
    await driver.insist('POST', `/v1/imports/${id}/${what}`);
    await importIs(driver, id, state, 600_000);
    return (performance.now() - startedAt) / 1_000;
  };
  const checkSeconds = await step('check', 'checked');
  const runSeconds = await step('run', 'done');
  judgeImport(figures, { rows, checkSeconds, runSeconds, memory: memory.stop(), barePerSecond });
  return id;
}

/** Waits until the audience is written. @returns the seconds that it took by the database's clock */
export async function writtenSeconds({ db }: Stage, id: string, patienceMs = 300_000): Promise<number> {
  for (const endsAt = Date.now() + patienceMs; Date.now() < endsAt; await sleep(100)) {
    const { rows } = await db.query<{ s: number | null }>(
      `SELECT extract(epoch FROM expanded_at - started_at)::float8 AS s FROM campaign_runs WHERE campaign_id = $1`,
      [id],
    );
    if (rows[0]?.s != null) return rows[0].s;
  }
  throw new Error('The audience was not written in time.');
}

/** Opens the pages of the campaign with its own messages in the ledger, and with many more. */
async function pages(stage: Stage, figures: Figures, id: string, messages: number, opened: number): Promise<void> {
  const paths = {
    results: `/v1/campaigns/${id}/results`,
    series: `/v1/campaigns/${id}/series`,
    failures: `/v1/campaigns/${id}/failures`,
    people: `/v1/campaigns/${id}/people?limit=50`,
  };
  const open = async () => {
    const times = new Map<string, { p50: number; p95: number }>();
    for (const [page, path] of Object.entries(paths)) {
      await pageTimes(stage, 5, () => path);
      const { failures, ...taken } = await pageTimes(stage, opened, () => path);
      if (failures > 0) throw new Error(`${failures} pages of ${page} were not answered.`);
      times.set(page, taken);
    }
    return times;
  };
  await stage.db.query('VACUUM ANALYZE messages');
  const few = await open();
  await addSent(stage, messages);
  const many = await open();
  for (const page of Object.keys(paths)) {
    const [before, after] = [few.get(page), many.get(page)];
    if (before && after) judgePage(figures, { page, messages, few: before, many: after });
  }
}

/** Stores messages that were read, straight into the table. */
async function addSent({ db, lab }: Stage, count: number): Promise<void> {
  const client = await db.connect();
  try {
    await client.query(`SET session_replication_role = replica`);
    for (let from = 0; from < count; from += 100_000)
      await client.query(
        `INSERT INTO messages (tenant_id, id, session_id, created_at, sent_at, expires_at, class, state, recipient, kind, body)
         SELECT $1, uuidv7(), ($2::uuid[])[1 + n % cardinality($2::uuid[])], now(), now(), now() + interval '1 day', 3, 'read', '+4475' || (10000000 + n), 'text',
           '{"content":{"kind":"text","text":"Hello, your order is ready to be collected."}}' FROM generate_series($3::int, $4::int) n`,
        [lab.seed.tenantId, lab.seed.sessions, from, Math.min(count, from + 100_000) - 1],
      );
    await client.query(`SET session_replication_role = origin`);
    await client.query('VACUUM ANALYZE messages');
  } finally {
    client.release();
  }
}
