import { setTimeout as sleep } from 'node:timers/promises';
import { List, listKeys } from '@heliograph/kernel';
import { Figures } from '../figures';
import { judgeSegmentCount } from '../judging';
import { pageTimes, timedCall } from '../page-times';
import { type BenchOptions, onStage, type Stage } from '../stage';

/** (p) Pages of the list of a million contacts, and an edit of a tenth of them. */
export async function people({ quick, backends: [backend = 'postgres'] }: BenchOptions): Promise<Figures> {
  const figures = new Figures('p');
  const count = quick ? 100_000 : 1_000_000;
  const pages = quick ? 50 : 200;
  await onStage(backend, { sessions: 1, workers: 1 }, async (stage) => {
    await store(stage, count);
    const listId = await listOfTenth(stage);
    const segmentId = await segmentOfTenth(stage);
    const some = Array.from({ length: pages }, (_, i) => 1 + Math.floor(((i + 0.5) / pages) * (count - 1)));
    const list = new List('contacts', listKeys.id);
    const cursors = (await idsOf(stage, some)).map((id) => list.cursorAfter([id]));
    const kinds: [string, (i: number) => string][] = [
      ['first page', () => ''],
      ['first page of 500', () => 'limit=500'],
      ['by a cursor, everywhere', (i) => `cursor=${cursors[i] ?? ''}`],
      ['by a tag that all have, first page', () => 'tag=all'],
      ['by a tag that all have, by a cursor', (i) => `tag=all&cursor=${cursors[i] ?? ''}`],
      ['by a tag that ten have', () => 'tag=rare'],
      ['by a tag that nobody has', () => 'tag=none'],
      ['by address', (i) => `address=${encodeURIComponent(addressOf(some[i] ?? 0))}`],
      ['by external id', (i) => `external_id=user-${some[i] ?? 0}`],
      ['by a word that all names have', () => 'name=contact'],
      ['by the beginning of a word', () => 'name=77'],
      ['by the whole name', (i) => `name=contact%20${some[i] ?? 0}`],
      ['who agreed, a tenth', () => 'consent=opt_in'],
      ['without a consent', () => 'consent=none'],
      ['who opted out, a hundredth', () => 'opted_out=true'],
      ['who did not opt out', () => 'opted_out=false'],
      ['of a list of a tenth', () => `list_id=${listId}`],
      ['of that list, by a tag', () => `list_id=${listId}&tag=rare`],
      ['of a segment of a tenth', () => `segment_id=${segmentId}`],
    ];
    const name = count.toLocaleString('en');
    for (const [kind, query] of kinds) {
      const { p50, p95, failures } = await pageTimes(stage, pages, (i) => `/v1/contacts?${query(i)}`);
      if (failures > 0) throw new Error(`${failures} pages ${kind} were not answered.`);
      figures.add(`${name} contacts, ${kind}: p50`, p50, 'ms');
      figures.goal('H1', `${name} contacts, ${kind}: p95`, p95, 'ms', { max: 300 });
    }
    for (const [rules, tree] of Object.entries(countedTrees)) {
      const seconds: number[] = [];
      for (let i = 0; i < 5; i++) seconds.push((await timedCall(stage, 'POST', '/v1/segments/count', { tree })).seconds);
      judgeSegmentCount(figures, { rules, contacts: count, seconds });
    }
    const edited = count / 10;
    const { id, perSecond } = await edit(stage, edited);
    figures.add(`edit of ${edited.toLocaleString('en')} of them`, perSecond, 'contacts/s');
    figures.add('the same undone', edited / (await ended(stage, id, 'undo')), 'contacts/s');
  });
  return figures;
}

/** Rules that a segment builder counts while somebody edits them: each kind of field, and a mix. */
const countedTrees = {
  everybody: { rules: [] },
  'by an attribute': { rules: [{ field: 'attributes.plan', operator: 'equals', value: 'pro' }] },
  'by a part of a name': { rules: [{ field: 'name', operator: 'contains', value: '77' }] },
  'without a tag': { rules: [{ field: 'tags', operator: 'is_none_of', value: ['tenth'] }] },
  'by consent': { rules: [{ field: 'consent', operator: 'is_one_of', value: ['opt_in'] }] },
  'by an event': { rules: [{ field: 'event_last.ordered', operator: 'in_last_days', value: 30 }] },
  'by a count of events': { rules: [{ field: 'event_count.ordered.30', operator: 'at_most', value: 1 }] },
  'never written to': { rules: [{ field: 'last_sent', operator: 'is_empty' }] },
  'a mix': {
    combinator: 'and',
    rules: [
      { field: 'country', operator: 'is_one_of', value: ['GB'] },
      { field: 'opted_out', operator: 'equals', value: false },
      {
        combinator: 'or',
        rules: [
          { field: 'attributes.seats', operator: 'at_least', value: 5 },
          { field: 'last_reply', operator: 'in_last_days', value: 30 },
          { field: 'tags', operator: 'is_one_of', value: ['tenth'] },
        ],
      },
    ],
  },
};

const addressOf = (n: number) => `+4478${String(10_000_000 + n)}`;

/** Contacts with an address, attributes, tags, and consents and an event of some. Tags by tag are written at once instead of by the trigger. */
async function store({ db, lab }: Stage, count: number): Promise<void> {
  const client = await db.connect();
  try {
    await client.query(`SET session_replication_role = replica`);
    for (let from = 1; from <= count; from += 100_000) {
      await client.query(
        `INSERT INTO contacts (tenant_id, id, external_id, name, attributes, tags)
         SELECT $1, uuidv7(), 'user-' || n, 'Contact ' || n, jsonb_build_object('plan', CASE WHEN n % 3 = 0 THEN 'pro' ELSE 'free' END, 'seats', n % 10),
           ARRAY['all'] || CASE WHEN n % 10 = 0 THEN '{tenth}'::text[] ELSE '{}' END || CASE WHEN n % $4 = 0 THEN '{rare}'::text[] ELSE '{}' END
         FROM generate_series($2::int, $3::int) n ORDER BY n`,
        [lab.seed.tenantId, from, from + 99_999, count / 10],
      );
    }
    for (const sql of [
      `INSERT INTO contact_addresses (tenant_id, address, contact_id) SELECT tenant_id, '+4478' || (10000000 + substr(external_id, 6)::int), id FROM contacts WHERE external_id LIKE 'user-%'`,
      `INSERT INTO contact_tags (tenant_id, tag, contact_id) SELECT c.tenant_id, t, c.id FROM contacts c CROSS JOIN unnest(c.tags) t ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING`,
      `INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, source, actor)
       SELECT tenant_id, gen_random_uuid(), contact_id, address, 'marketing', 'opt_in', 'import', 'bench' FROM contact_addresses WHERE address LIKE '+4478%5'`,
      `INSERT INTO suppressions (tenant_id, address, reason, actor) SELECT tenant_id, address, 'opt_out', 'bench' FROM contact_addresses WHERE address LIKE '+4478%77'`,
      `INSERT INTO contact_names (tenant_id, word, contact_id) SELECT c.tenant_id, w, c.id FROM contacts c CROSS JOIN unnest(ARRAY['contact', substr(c.external_id, 6)]) w
       WHERE c.external_id LIKE 'user-%' ORDER BY 1, 2, 3`,
      `INSERT INTO events (tenant_id, id, key, request_hash, name, subject, payload, occurred_at, source, state, contact_id)
       SELECT tenant_id, uuidv7(), 'bench-' || id, '\\x00', 'ordered', '{}', '{}', heliograph_now() - interval '1 day', 'bench', 'done', id FROM contacts
       WHERE external_id LIKE 'user-%0'`,
      `SET session_replication_role = origin`,
      `VACUUM ANALYZE events, contacts, contact_addresses, contact_tags, contact_names, consents, suppressions`,
    ])
      await client.query(sql);
  } finally {
    client.release();
  }
}

/** Makes a list of a tenth of the contacts. @returns its id */
async function listOfTenth({ db, lab }: Stage): Promise<string> {
  const { tenantId } = lab.seed;
  const { rows } = await db.query<{ id: string }>(
    `INSERT INTO contact_lists (tenant_id, id, name, created_by) VALUES ($1, gen_random_uuid(), 'A tenth', 'bench') RETURNING id`,
    [tenantId],
  );
  const id = rows[0]?.id as string;
  await db.query(
    `INSERT INTO contact_list_members (tenant_id, list_id, contact_id) SELECT tenant_id, $2, contact_id FROM contact_tags WHERE tenant_id = $1 AND tag = 'tenth'`,
    [tenantId, id],
  );
  await db.query('VACUUM ANALYZE contact_list_members');
  return id;
}

/** Makes a segment of a tenth of the contacts. @returns its id */
async function segmentOfTenth({ driver }: Stage): Promise<string> {
  const tree = { combinator: 'and', not: false, rules: [{ field: 'tags', operator: 'is_one_of', value: ['tenth'] }] };
  return (await driver.insist<{ id: string }>('POST', '/v1/segments', { name: 'A tenth', tree }, 'bench-segment')).id;
}

async function idsOf({ db }: Stage, numbers: number[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT c.id FROM unnest($1::text[]) WITH ORDINALITY AS w(external_id, place) JOIN contacts c USING (external_id) ORDER BY w.place`,
    [numbers.map((n) => `user-${n}`)],
  );
  return rows.map((row) => row.id);
}

async function edit(stage: Stage, count: number): Promise<{ id: string; perSecond: number }> {
  const body = { selection: { filter: { tag: 'tenth' } }, changes: { add_tags: ['edited'], set: { plan: 'team' } }, expect: count };
  const { id } = await stage.driver.insist<{ id: string }>('POST', '/v1/contacts/bulk-edit', body, 'bench-edit');
  return { id, perSecond: count / (await ended(stage, id, 'edit')) };
}

/** Undoes where asked, waits for the end, and says how long it took in s by the database's clock. */
async function ended(stage: Stage, id: string, which: 'edit' | 'undo'): Promise<number> {
  if (which === 'undo') await stage.driver.insist('POST', `/v1/contact-edits/${id}/undo`, {}, 'bench-undo');
  for (;;) {
    const { created_at, finished_at, undo } = await stage.driver.get<{
      created_at: string;
      finished_at: string | null;
      undo: { at: string; finished_at: string | null } | null;
    }>(`/v1/contact-edits/${id}`);
    const [from, to] = which === 'edit' ? [created_at, finished_at] : [undo?.at, undo?.finished_at];
    if (from && to) return (Date.parse(to) - Date.parse(from)) / 1_000;
    await sleep(200);
  }
}
