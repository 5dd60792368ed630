import { request } from 'undici';
import { command } from '../../chaos/lab/lab';
import { storeClients } from '../client-rows';
import { Figures } from '../figures';
import { judgeListPage, type PageTimes } from '../judging';
import { clientPages, type ListPage, listPages } from '../list-pages';
import { fillLists } from '../list-rows';
import { pageTimes } from '../page-times';
import { authorised, type BenchOptions, json, onStage, type Stage } from '../stage';

/** Rows of each list, and clients, of the baseline: more than a page examines. */
const few = { rows: 30_000, clients: 30 };
const many = { rows: 1_000_000, clients: 1_000 };
/** Times that each page is opened before it is timed. */
const warmUps = 1;

/** (q) Pages of the lists of a tenant with a million rows each, by every filter of the panel, and the overview of a thousand clients. */
export async function lists({ quick, backends: [backend = 'postgres'] }: BenchOptions): Promise<Figures> {
  const figures = new Figures('q');
  const most = quick ? { rows: many.rows / 10, clients: many.clients / 10 } : many;
  // No worker: nothing else reads or purges the rows.
  await onStage(
    backend,
    { sessions: 10, workers: 0, ownRows: true, postgresFlags: ['max_wal_size=16GB', 'checkpoint_timeout=1h'] },
    async (stage) => {
      const cookie = await signIn(stage);
      const open = async (of: typeof few) => openAll(stage, cookie, await pagesWith(stage, of), 20);
      const before = await open(few);
      const after = await open(most);
      for (const [page, times] of after) {
        const base = before.get(page);
        if (base) judgeListPage(figures, { page, few: base, many: times });
      }
    },
  );
  return figures;
}

/** Fills the lists, and the clients. @returns their pages */
async function pagesWith(stage: Stage, { rows, clients }: typeof few): Promise<ListPage[]> {
  const { db, lab } = stage;
  const { tenantId, sessions } = lab.seed;
  const filled = await fillLists(stage, rows);
  await storeClients(stage, clients);
  const { rows: ids } = await db.query<{ id: string }>(`SELECT id FROM tenants WHERE name LIKE 'Client %' LIMIT 99`);
  return [...listPages(filled, tenantId, sessions[5] as string), ...clientPages(filled, tenantId, [tenantId, ...ids.map(({ id }) => id)])];
}

/** Opens every page many times. @throws when one is not answered, or is not as full as it should be */
async function openAll(stage: Stage, cookie: string, pages: ListPage[], times: number): Promise<Map<string, PageTimes>> {
  const all = new Map<string, PageTimes>();
  for (const { name, path, isOfStaff, isEmpty } of pages) {
    const headers = isOfStaff ? { cookie } : authorised(stage);
    const answer = await request(`${stage.lab.apiUrls[0]}${path(0)}`, { headers });
    const text = await answer.body.text();
    const { data } = JSON.parse(text) as { data?: unknown[] };
    if (answer.statusCode !== 200) throw new Error(`${name}: ${answer.statusCode} ${text}`);
    if (data && (data.length === 0) !== (isEmpty ?? false)) throw new Error(`${name}: ${data.length} rows, ${path(0)}`);
    await pageTimes(stage, warmUps, path, headers);
    const { failures, ...taken } = await pageTimes(stage, times, path, headers);
    if (failures > 0) throw new Error(`${failures} pages of ${name} were not answered.`);
    all.set(name, taken);
  }
  return all;
}

/** Signs the owner of the installation in. @returns the cookie */
async function signIn({ lab }: Stage): Promise<string> {
  const invited = await command(lab.env, ['staff:invite', '--email', 'bench@agency.example', '--name', 'Bench']);
  const { url } = JSON.parse(invited) as { url: string };
  const answer = await request(`${lab.apiUrls[0]}/admin/v1/password`, {
    method: 'POST',
    headers: { ...json, 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ token: url.split('#')[1], password: 'correct horse battery' }),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`The owner was not signed in: ${answer.statusCode} ${text}`);
  return [answer.headers['set-cookie'] ?? []]
    .flat()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}
