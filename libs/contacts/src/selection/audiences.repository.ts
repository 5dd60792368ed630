import { AppError, type Sql, type Tx } from '@heliograph/kernel';
import { isListedSql } from './contact-fields.repository';
import type { SelectionPlace } from './selection-fields';
import type { SelectionTree } from './selection-tree';
import { nobody, readSelection, type SelectionSql } from './selections.repository';

/** A source of people: a list, a segment, or the rows of an import. */
export interface PeopleSource {
  kind: 'list' | 'segment' | 'import';
  id: string;
}

/** People who are in one of `include` and in none of `exclude`. */
export interface Audience {
  include: readonly PeopleSource[];
  exclude: readonly PeopleSource[];
  /** Greatest number of people; null: all. */
  max_people: number | null;
  /** The greatest number is drawn at random; else the oldest contacts come first. */
  random_order: boolean;
}

/** An audience whose sources were read. */
export interface ReadAudience {
  isIn: SelectionSql;
  maxPeople: number | null;
  isRandom: boolean;
}

/**
 * Reads the sources of an audience.
 * @param rules rules that segments had at an earlier time, by id, to be read instead of those they have now
 * @throws AppError `unknown_source` with the path of each source that does not exist; `invalid_selection` for a segment whose rules no longer
 * fit their fields
 */
export async function readAudience(tx: Sql, tenantId: string, audience: Audience, rules: SegmentRules = {}): Promise<ReadAudience> {
  const { include, exclude, max_people: maxPeople, random_order: isRandom } = audience;
  const places = [
    ...include.map((source, i) => ({ source, path: `audience/include/${i}` })),
    ...exclude.map((source, i) => ({ source, path: `audience/exclude/${i}` })),
  ];
  const segments = await readSources(tx, tenantId, places, rules);
  const isIn: SelectionSql = (place) => {
    const included = anyOf(include, segments, place);
    return exclude.length === 0 ? included : `(${included} AND NOT ${anyOf(exclude, segments, place)})`;
  };
  return { isIn, maxPeople, isRandom };
}

/** Returns the condition of one source. @param path path of its id in the request. @throws AppError `unknown_source`, `invalid_selection` */
export async function readSource(tx: Sql, tenantId: string, source: PeopleSource, path: string): Promise<SelectionSql> {
  const segments = await readSources(tx, tenantId, [{ source, path }]);
  return (place) => anyOf([source], segments, place);
}

/** Returns the rules of a segment. @param path path of its id in the request. @throws AppError `unknown_source` */
export async function readSegmentTree(tx: Sql, tenantId: string, id: string, path: string): Promise<SelectionTree> {
  const trees = await knownSources(tx, tenantId, [{ source: { kind: 'segment', id }, path }]);
  return trees.get(id) as SelectionTree;
}

/** Checks that sources exist. @param places each with the path of its id in the request. @throws AppError `unknown_source` */
export async function checkSources(tx: Sql, tenantId: string, places: PlacedSource[]): Promise<void> {
  if (places.length > 0) await knownSources(tx, tenantId, places);
}

/** Rules of segments, by id. */
export type SegmentRules = Record<string, SelectionTree>;

/** Returns the rules of each segment among the sources, by id; one that does not exist has none. */
export async function segmentRules(tx: Sql, tenantId: string, sources: readonly PeopleSource[]): Promise<SegmentRules> {
  const ids = idsOf(sources, 'segment');
  const rows = await tx.query<{ id: string; tree: SelectionTree }>(
    `SELECT id, tree FROM segments WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`,
    [tenantId, ids],
  );
  return Object.fromEntries(rows.map(({ id, tree }) => [id, tree]));
}

/** Holds the sources until the transaction ends: nobody deletes or empties one meanwhile, or changes the rules of a segment. */
export async function holdSources(tx: Tx, tenantId: string, sources: readonly PeopleSource[]): Promise<void> {
  const hold = (table: string, kind: PeopleSource['kind'], lock: string) =>
    tx.query(`SELECT 1 FROM ${table} WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR ${lock}`, [
      tenantId,
      idsOf(sources, kind),
    ]);
  await hold('contact_lists', 'list', 'KEY SHARE');
  // A list that their rules name is in use by them, until the caller has stored the rules.
  await hold('segments', 'segment', 'SHARE');
  await hold('contact_imports', 'import', 'KEY SHARE');
}

/** SQL condition: an import ended, and has the rows of all its people. */
const hasRowsSql = `state = 'done' AND (settings->>'keep_rows')::boolean AND people = 'kept'`;

/** Returns those of the imports that have no rows, or no longer all of them, with the names of their files; null: there is no such import. */
export async function importsWithoutRows(
  tx: Sql,
  tenantId: string,
  ids: readonly string[],
): Promise<{ id: string; file: string | null }[]> {
  if (ids.length === 0) return [];
  const rows = await tx.query<{ id: string; file: string; hasRows: boolean }>(
    `SELECT id, file_name AS file, (${hasRowsSql}) IS TRUE AS "hasRows" FROM contact_imports WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`,
    [tenantId, ids],
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => (known.get(id)?.hasRows ? [] : [{ id, file: known.get(id)?.file ?? null }]));
}

type PlacedSource = { source: PeopleSource; path: string };

async function readSources(
  tx: Sql,
  tenantId: string,
  places: PlacedSource[],
  rules: SegmentRules = {},
): Promise<Map<string, SelectionSql>> {
  const segments = new Map<string, SelectionSql>();
  for (const [id, tree] of await knownSources(tx, tenantId, places)) segments.set(id, await readSelection(tx, tenantId, rules[id] ?? tree));
  return segments;
}

/** Checks that the sources exist. @returns the trees of the segments */
async function knownSources(tx: Sql, tenantId: string, places: PlacedSource[]): Promise<Map<string, SelectionTree>> {
  const all = places.map(({ source }) => source);
  const rows = await tx.query<{ kind: PeopleSource['kind']; id: string; tree: SelectionTree | null }>(
    `SELECT 'segment' AS kind, id, tree FROM segments WHERE tenant_id = $1 AND id = ANY ($2::uuid[])
     UNION ALL SELECT 'list', id, NULL FROM contact_lists WHERE tenant_id = $1 AND id = ANY ($3::uuid[])
     -- Of an import that has not ended, or that keeps no rows or no longer has them, people would be missing, also among those to leave out.
     UNION ALL SELECT 'import', id, NULL FROM contact_imports WHERE tenant_id = $1 AND id = ANY ($4::uuid[]) AND ${hasRowsSql}`,
    [tenantId, idsOf(all, 'segment'), idsOf(all, 'list'), idsOf(all, 'import')],
  );
  const known = new Set(rows.map(({ kind, id }) => `${kind}/${id}`));
  const errors = places.flatMap(({ source: { kind, id }, path }) => {
    if (known.has(`${kind}/${id}`)) return [];
    const message =
      kind === 'import' ? 'No such import, or one that has not ended or keeps no rows, or no longer has them.' : `No such ${kind}.`;
    return [{ path, code: 'unknown_source', message }];
  });
  if (errors.length > 0) throw new AppError('unprocessable', 'unknown_source', errors.map(({ message }) => message).join(' '), { errors });
  return new Map(rows.flatMap(({ id, tree }) => (tree === null ? [] : [[id, tree] as const])));
}

const idsOf = (sources: readonly PeopleSource[], kind: PeopleSource['kind']) =>
  sources.filter((source) => source.kind === kind).map(({ id }) => id);

function anyOf(sources: readonly PeopleSource[], selections: ReadonlyMap<string, SelectionSql>, place: SelectionPlace): string {
  const [lists, imports] = [idsOf(sources, 'list'), idsOf(sources, 'import')];
  const parts = [
    ...(lists.length > 0 ? [isListedSql(place, place.add(lists))] : []),
    ...(imports.length > 0 ? [isImportedSql(place, place.add(imports))] : []),
    ...idsOf(sources, 'segment').map((id) => (selections.get(id) ?? nobody)(place)),
  ];
  return parts.length === 0 ? 'false' : `(${parts.join(' OR ')})`;
}

const isImportedSql = ({ tenant }: SelectionPlace, imports: string) =>
  `EXISTS (SELECT 1 FROM contact_import_rows ir WHERE ir.tenant_id = ${tenant} AND ir.import_id = ANY (${imports}::uuid[]) AND ir.contact_id = c.id)`;

/**
 * SQL of the place of a contact in the random order of a campaign, a bigint: the same for the same campaign and contact, evenly spread.
 * @param campaign SQL of the campaign's id
 * @param contact SQL of the contact's id
 */
export const randomPlaceSql = (campaign: string, contact: string): string =>
  `hashtextextended(${contact}::text, uuid_hash_extended(${campaign}, 0))`;

/** Column and order by which a greatest number of people cuts an audience. */
const cutOf = ({ isRandom }: ReadAudience, campaignId: string, { add }: SelectionPlace) =>
  isRandom ? randomPlaceSql(`${add(campaignId)}::uuid`, 'c.id') : 'c.id';

const matching = (audience: ReadAudience, { tenant, add }: SelectionPlace) =>
  `FROM contacts c WHERE c.tenant_id = ${tenant} AND c.merged_into IS NULL AND ${audience.isIn({ tenant, add })}`;

/**
 * Returns a query of the people of an audience, as `contact_id`. With a greatest number it takes those before a cutoff, so that chunks by
 * contact id go through all of them: `SELECT … FROM (query) a WHERE a.contact_id > $n ORDER BY a.contact_id LIMIT 10000`.
 * @param campaignId decides about the random order
 * @param place SQL of the tenant's id, and the function that adds parameters of the statement
 * @param cutoff cutoff of an earlier `readCutoff`, so that later chunks agree with the first; undefined: it is found by this query
 */
export function audienceSql(audience: ReadAudience, campaignId: string, place: SelectionPlace, cutoff?: string | null): string {
  const all = `SELECT c.id AS contact_id ${matching(audience, place)}`;
  if (audience.maxPeople === null || cutoff === null) return all;
  const cut = cutOf(audience, campaignId, place);
  if (cutoff !== undefined) return `${all} AND ${cut} < ${place.add(cutoff)}::${typeOfCut(audience)}`;
  const first = `SELECT ${cut} AS cut ${matching(audience, place)} ORDER BY 1 OFFSET ${place.add(audience.maxPeople)} LIMIT 1`;
  return `${all} AND coalesce(${cut} < (${first}), true)`;
}

const typeOfCut = ({ isRandom }: ReadAudience) => (isRandom ? 'bigint' : 'uuid');

/** Returns the place of the first person beyond the greatest number, for `audienceSql`; null: nobody is beyond it. */
export async function readCutoff(
  tx: Pick<Sql, 'query'>,
  tenantId: string,
  audience: ReadAudience,
  campaignId: string,
): Promise<string | null> {
  if (audience.maxPeople === null) return null;
  const values: unknown[] = [tenantId];
  const place: SelectionPlace = { tenant: '$1', add: (value) => `$${values.push(value)}` };
  const cut = cutOf(audience, campaignId, place);
  const [row] = await tx.query<{ cut: string }>(
    `SELECT (${cut})::text AS cut ${matching(audience, place)} ORDER BY ${cut} OFFSET ${place.add(audience.maxPeople)} LIMIT 1`,
    values,
  );
  return row?.cut ?? null;
}

/**
 * SQL of a query of `contact_id`: contacts into which others were merged since a time. A merge is stored with the time of its begin: the caller
 * asks from a while before.
 */
export const mergedSinceSql = (tenant: string, since: string): string =>
  `SELECT DISTINCT f.merged_into AS contact_id FROM contacts f WHERE f.tenant_id = ${tenant} AND f.merged_into IS NOT NULL AND f.updated_at >= ${since}`;
