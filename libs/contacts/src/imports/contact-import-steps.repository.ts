import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type Actor, actorColumn, Database, type Sql, type Tx } from '@heliograph/kernel';
import { AttributeTypes } from '../attribute-types.repository';
import { lockAddresses } from '../contact-rows.repository';
import { twinOf, withTwins } from '../phone-twins';
import {
  type ContactImportState,
  type ImportColumnName,
  type ImportCounts,
  ImportFault,
  type ImportNumbers,
  type ImportSample,
  type Refusal,
  type RefusalReason,
} from './contact-import';
import { beginRun } from './contact-import-record.repository';
import type { FileRow } from './csv-rows';
import type { ImportSettings } from './import-body';
import { type ImportRef, readPart } from './import-files.repository';
import { type KnownContact, type MergeFault, mergeRow, type RowMerge } from './import-merge';
import { countNumbers, noNumbers } from './import-numbers.repository';
import { findPeople, type FoundPeople } from './import-people.repository';
import { needsReading, readFileOf } from './import-reading.repository';
import { type ImportRow, ImportRowReader, isRefusal, keysOf, refusal } from './import-row-reader';
import { beginsUndo, undoChunk } from './import-undo.repository';
import { endOfTries, isDueSql, triedSql, untriedSql } from '../step-tries.repository';
import { type TakenRow, writeTaken } from './import-write.repository';

/** Rows after which a step lets other work of the process go on. */
const rowsAtOnce = 250;
/** Samples of each outcome that a check shows. */
const samplesEach = 2;

interface Place {
  state: ContactImportState;
  columns: ImportColumnName[];
  settings: ImportSettings;
  position: number;
  parts: number | null;
  runsNext: boolean;
  samples: ImportSample[];
  reasons: Record<string, number>;
  numbers: ImportNumbers | null;
  fileName: string;
  runActor: Actor;
  now: Date;
}

/**
 * Reads, checks, runs and undoes imports. The file is read once into parts of rows. Each part is checked, and later run, in one transaction
 * that also stores the position it reached: a process that dies leaves nothing of its part, and the next process starts the part again.
 */
@Injectable()
export class ContactImportSteps {
  constructor(
    private readonly db: Database,
    private readonly types: AttributeTypes,
  ) {}

  /** Returns the oldest unfinished import of every tenant, unless it waits for another try, in any order. */
  open(): Promise<ImportRef[]> {
    return this.db.query<ImportRef>(
      `SELECT "tenantId", id FROM (
         SELECT DISTINCT ON (tenant_id) tenant_id AS "tenantId", id, due_at FROM contact_imports WHERE state IN ('checking', 'running', 'undoing') ORDER BY tenant_id, id
       ) open WHERE ${isDueSql} ORDER BY random()`,
    );
  }

  /** Runs the next part. @returns whether there may be more; false also while another process works on the import */
  async step(ref: ImportRef): Promise<boolean> {
    try {
      if (await needsReading(this.db, ref)) return await readFileOf(this.db, ref);
      // Also an import that was cancelled can be undone, whose people the statistics do not know.
      if (await beginsUndo(this.db, ref)) await this.analyze();
      let hasEnded = false;
      const isMore = await this.db.forTenant(ref.tenantId, (tx) => this.part(tx, ref, () => (hasEnded = true)));
      // What comes next is often a campaign to these people: with statistics of before, its statements read tables as if they were empty.
      if (hasEnded) await this.analyze();
      return isMore;
    } catch (error) {
      if (error instanceof ImportFault) return this.fail(ref, error);
      throw error;
    }
  }

  /** Gathers statistics. A role that does not own the tables gets a warning, and the server's own analyze follows later. */
  private async analyze(): Promise<void> {
    await this.db.query(`ANALYZE (SKIP_LOCKED) contacts, contact_addresses, consents, contact_import_rows`);
  }

  /** Notes that a step failed, and ends the import, or its undo, when a repeat would fail again. */
  async failed(ref: ImportRef, cause: unknown): Promise<void> {
    const message = await endOfTries(cause, 'import', () =>
      this.db.query(`UPDATE contact_imports SET ${triedSql} WHERE tenant_id = $1 AND id = $2 RETURNING tries`, [ref.tenantId, ref.id]),
    );
    if (message !== null) await this.fail(ref, { code: 'internal', message, line: undefined });
  }

  /** Ends an import, or its undo, whose data makes every try fail. What is written stays and can be undone. */
  async fail({ tenantId, id }: ImportRef, { code, message, line }: Pick<ImportFault, 'code' | 'message' | 'line'>): Promise<false> {
    await this.db.forTenant(tenantId, (tx) =>
      tx.query(
        `UPDATE contact_imports SET state = 'failed', runs_next = false, error = $3, changed_at = heliograph_now(),
           finished_at = CASE WHEN state = 'undoing' THEN finished_at WHEN run_at IS NOT NULL THEN heliograph_now() END
         WHERE tenant_id = $1 AND id = $2 AND state IN ('checking', 'running', 'undoing')`,
        [tenantId, id, JSON.stringify({ code, detail: message, ...(line !== undefined && { line }) })],
      ),
    );
    return false;
  }

  private async part(tx: Tx, ref: ImportRef, ended: () => void): Promise<boolean> {
    const { tenantId, id } = ref;
    const [place] = await tx.query<Place>(
      `SELECT i.state, i.columns, i.settings, i.position, i.parts, i.runs_next AS "runsNext", i.samples, i.reasons, i.numbers, i.file_name AS "fileName",
         CASE WHEN i.run_actor IS NOT NULL THEN ${actorColumn('i.run_actor')} ELSE ${actorColumn('i.actor')} END AS "runActor", heliograph_now() AS now
       FROM contact_imports i WHERE i.tenant_id = $1 AND i.id = $2 AND i.state IN ('checking', 'running', 'undoing') FOR UPDATE SKIP LOCKED`,
      [tenantId, id],
    );
    if (!place) return false;
    await tx.query(`UPDATE contact_imports SET ${untriedSql} WHERE tenant_id = $1 AND id = $2 AND tries > 0`, [tenantId, id]);
    if (place.state === 'undoing') return undoChunk(tx, ref);
    if (place.position === 0 && place.state === 'checking') await this.forgetCheck(tx, ref);
    if (place.position >= (place.parts ?? 0)) return this.end(tx, ref, place, ended);
    const rows = await readPart(tx, ref, place.position);
    const types = (await this.types.of(tx, [tenantId])).get(tenantId) ?? new Map();
    const country = place.settings.default_country ?? '';
    const reader = new ImportRowReader(place.columns, place.settings, types, { defaultCountry: country, now: place.now });
    const people: { row: ImportRow; cells: string[] }[] = [];
    const refused: { fault: Refusal; cells: string[] }[] = [];
    for (const [i, { line, cells }] of rows.entries()) {
      const read = reader.read(line, cells);
      if (isRefusal(read)) refused.push({ fault: read, cells });
      else people.push({ row: read, cells });
      if (i % rowsAtOnce === rowsAtOnce - 1) await setImmediate();
    }
    const refuse = (row: ImportRow, cells: string[], reason: RefusalReason, detail: Refusal['detail']): void => {
      const { column, value } = reader.personCell(row, cells);
      refused.push({ fault: refusal(row.line, column, value, reason, detail), cells });
    };
    const first = await this.firstLines(tx, ref, people);
    const unique = people.filter(({ row, cells }) => {
      const line = first(row);
      if (line !== row.line) refuse(row, cells, 'duplicate', { line });
      return line === row.line;
    });
    if (place.state === 'running') await lockSpellings(tx, tenantId, unique);
    const found = await findPeople(
      tx,
      tenantId,
      unique.map(({ row }) => row),
      place.state === 'running',
    );
    const merged: TakenRow[] = [];
    for (const { row, cells } of unique) {
      const one = mergeWith(row, found, place.settings);
      if ('reason' in one) refuse(row, cells, one.reason, limitOf(one));
      else merged.push({ row, cells, ...one });
    }
    const lineOf = await contactLines(tx, ref, place.state, merged);
    const taken = merged.filter((one) => {
      const line = lineOf(one);
      if (line !== one.row.line) refuse(one.row, one.cells, 'duplicate', { line });
      return line === one.row.line;
    });
    if (place.state === 'running') await writeTaken(tx, ref, place, taken, reader);
    await this.refuse(tx, ref, rows, refused);
    await this.count(tx, ref, place, { rows: rows.length, taken, refused: refused.map(({ fault }) => fault) });
    return true;
  }

  /** Deletes what an earlier check found. */
  private async forgetCheck(tx: Tx, { tenantId, id }: ImportRef): Promise<void> {
    await tx.query(`DELETE FROM contact_import_keys WHERE tenant_id = $1 AND import_id = $2`, [tenantId, id]);
    await tx.query(`DELETE FROM contact_import_refusals WHERE tenant_id = $1 AND import_id = $2`, [tenantId, id]);
  }

  private async end(tx: Tx, ref: ImportRef, { state, runsNext }: Place, ended: () => void): Promise<boolean> {
    if (state === 'checking' && runsNext) {
      await beginRun(tx, ref);
      return true;
    }
    await tx.query(
      `UPDATE contact_imports SET state = CASE state WHEN 'checking' THEN 'checked' ELSE 'done' END, changed_at = heliograph_now(), finished_at = CASE state WHEN 'running' THEN heliograph_now() END
       WHERE tenant_id = $1 AND id = $2`,
      [ref.tenantId, ref.id],
    );
    if (state === 'running') tx.afterCommit(ended);
    return false;
  }

  /**
   * Stores which line names each person first. The run finds the lines of the check, and adds those of rows that the check refused.
   * @returns that line for a row
   */
  private async firstLines(tx: Tx, ref: ImportRef, people: { row: ImportRow }[]): Promise<(row: ImportRow) => number> {
    const known = await storedLines(tx, ref, keysOfAll(people));
    const fresh = new Map<string, number>();
    const lines = new Map<number, number>();
    for (const { row } of people) {
      const keys = keysOf(row);
      const others = keys.flatMap((key) => known.get(key) ?? []).filter((line) => line !== row.line);
      lines.set(row.line, others.length > 0 ? Math.min(...others) : row.line);
      if (others.length > 0) continue;
      for (const key of keys.filter((one) => !known.has(one))) {
        known.set(key, row.line);
        fresh.set(key, row.line);
      }
    }
    await storeLines(tx, ref, fresh);
    return (row) => lines.get(row.line) ?? row.line;
  }

  /** Stores the refused rows of a part in place of those of the check. */
  private async refuse(
    tx: Tx,
    { tenantId, id }: ImportRef,
    rows: FileRow[],
    refused: { fault: Refusal; cells: string[] }[],
  ): Promise<void> {
    await tx.query(`DELETE FROM contact_import_refusals WHERE tenant_id = $1 AND import_id = $2 AND line BETWEEN $3 AND $4`, [
      tenantId,
      id,
      rows[0]?.line ?? 0,
      rows.at(-1)?.line ?? 0,
    ]);
    if (refused.length === 0) return;
    await tx.query(
      `INSERT INTO contact_import_refusals (tenant_id, import_id, line, "column", value, reason, detail, cells)
       SELECT $1, $2, * FROM unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[])`,
      [
        tenantId,
        id,
        refused.map(({ fault }) => fault.line),
        refused.map(({ fault }) => fault.column),
        refused.map(({ fault }) => fault.value),
        refused.map(({ fault }) => fault.reason),
        refused.map(({ fault }) => fault.detail && JSON.stringify(fault.detail)),
        refused.map(({ cells }) => jsonText(cells)),
      ],
    );
  }

  private async count(
    tx: Tx,
    { tenantId, id }: ImportRef,
    { state, samples, reasons, numbers }: Place,
    part: { rows: number; taken: TakenRow[]; refused: Refusal[] },
  ): Promise<void> {
    const outcome = (is: RowMerge['outcome']) => part.taken.filter(({ merge }) => merge.outcome === is).length;
    const counts: ImportCounts = {
      created: outcome('new'),
      changed: outcome('changed'),
      unchanged: outcome('unchanged'),
      refused: part.refused.length,
      optedOut: part.taken.filter(({ merge }) => merge.isOptedOut).length,
      consents: part.taken.filter(({ merge }) => merge.consent !== null).length,
    };
    const total = { ...reasons };
    for (const { reason } of part.refused) total[reason] = (total[reason] ?? 0) + 1;
    const counted = state === 'checking' ? await countNumbers(tx, tenantId, numbers ?? noNumbers, part.taken) : numbers;
    await tx.query(
      `UPDATE contact_imports SET position = position + 1, done_rows = done_rows + $3, created = created + $4, changed = changed + $5, unchanged = unchanged + $6, refused = refused + $7,
         opted_out = opted_out + $8, consents = consents + $9, reasons = $10, samples = $11, numbers = $12, changed_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`,
      [
        tenantId,
        id,
        part.rows,
        counts.created,
        counts.changed,
        counts.unchanged,
        counts.refused,
        counts.optedOut,
        counts.consents,
        JSON.stringify(total),
        JSON.stringify(samplesOf(samples, part.taken)),
        counted && JSON.stringify(counted),
      ],
    );
  }
}

/**
 * Stores which line leads to each known contact first: two addresses or ids of one person may stand in two rows. A contact that the import
 * wrote before it got its second address has line 0. @returns that line for a row
 */
async function contactLines(tx: Tx, ref: ImportRef, state: ContactImportState, taken: TakenRow[]): Promise<(one: TakenRow) => number> {
  const keyOf = ({ known }: TakenRow): string | null => (known !== null && isFoundTwoWays(known) ? `${state}:${known.id}` : null);
  const keys = taken.flatMap((one) => keyOf(one) ?? []);
  if (keys.length === 0) return ({ row }) => row.line;
  const lines = await storedLines(tx, ref, keys);
  if (state === 'running')
    for (const id of await writtenContacts(tx, ref, taken)) if (!lines.has(`${state}:${id}`)) lines.set(`${state}:${id}`, 0);
  const fresh = new Map<string, number>();
  for (const one of taken) {
    const key = keyOf(one);
    if (key !== null && !lines.has(key)) {
      lines.set(key, one.row.line);
      fresh.set(key, one.row.line);
    }
  }
  await storeLines(tx, ref, fresh);
  return (one) => lines.get(keyOf(one) ?? '') ?? one.row.line;
}

/** Returns those of the known contacts that a former part of the import wrote. */
async function writtenContacts(tx: Sql, { tenantId, id }: ImportRef, taken: TakenRow[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT contact_id AS id FROM contact_import_changes WHERE tenant_id = $1 AND import_id = $2 AND contact_id = ANY ($3::uuid[])
     UNION SELECT contact_id FROM contact_import_rows WHERE tenant_id = $1 AND import_id = $2 AND contact_id = ANY ($3::uuid[])`,
    [tenantId, id, taken.flatMap(({ known }) => known?.id ?? [])],
  );
  return rows.map((row) => row.id);
}

const isFoundTwoWays = ({ addresses, externalId }: KnownContact): boolean => addresses + (externalId === null ? 0 : 1) > 1;

async function storeLines(tx: Tx, { tenantId, id }: ImportRef, lines: ReadonlyMap<string, number>): Promise<void> {
  if (lines.size === 0) return;
  await tx.query(`INSERT INTO contact_import_keys (tenant_id, import_id, key, line) SELECT $1, $2, * FROM unnest($3::text[], $4::int[])`, [
    tenantId,
    id,
    [...lines.keys()],
    [...lines.values()],
  ]);
}

const keysOfAll = (people: { row: ImportRow }[]): string[] => people.flatMap(({ row }) => keysOf(row));

/** Returns the lines that are stored for keys. */
async function storedLines(tx: Sql, { tenantId, id }: ImportRef, keys: string[]): Promise<Map<string, number>> {
  const rows = await tx.query<{ key: string; line: number }>(
    `SELECT key, line FROM contact_import_keys WHERE tenant_id = $1 AND import_id = $2 AND key = ANY ($3::text[])`,
    [tenantId, id, keys],
  );
  return new Map(rows.map(({ key, line }) => [key, line]));
}

/** Serialises writers of numbers with two spellings; the others meet at the primary key of addresses. */
async function lockSpellings(tx: Sql, tenantId: string, people: { row: ImportRow }[]): Promise<void> {
  const doubled = people.flatMap(({ row: { address } }) =>
    address !== null && twinOf(address) !== null ? [withTwins([address]).sort()[0] as string] : [],
  );
  if (doubled.length > 0) await lockAddresses(tx, tenantId, doubled);
}

const limitOf = ({ limit }: MergeFault) => (limit === undefined ? null : { limit });

function mergeWith(
  row: ImportRow,
  { byId, byAddress, byExternalId, optedOut }: FoundPeople,
  settings: ImportSettings,
): { known: KnownContact | null; merge: RowMerge } | MergeFault {
  const owner = row.address === null ? undefined : byAddress.get(row.address);
  const named = row.externalId === null ? undefined : byExternalId.get(row.externalId);
  if (owner !== undefined && named !== undefined && owner !== named) return { reason: 'two_contacts' };
  const known = byId.get(owner ?? named ?? '') ?? null;
  const isOptedOut = row.address !== null && optedOut.has(row.address);
  const merge = mergeRow(row, known, { hasAddress: owner !== undefined, isOptedOut }, settings);
  return 'reason' in merge ? merge : { known, merge };
}

/** Returns JSON of cells without characters that PostgreSQL cannot store. */
const jsonText = (cells: string[]): string => JSON.stringify(cells.map((cell) => cell.replaceAll('\0', '').toWellFormed()));

function samplesOf(samples: ImportSample[], taken: TakenRow[]): ImportSample[] {
  const all = [...samples];
  const isWanted = (one: ImportSample): boolean =>
    all.filter(({ outcome, opted_out }) => outcome === one.outcome && opted_out === one.opted_out).length < samplesEach;
  for (const { row, known, merge } of taken) {
    const sample: ImportSample = {
      line: row.line,
      name: row.name ?? known?.name ?? null,
      address: row.address,
      outcome: merge.outcome,
      fields: merge.fields,
      opted_out: merge.isOptedOut,
    };
    if (isWanted(sample)) all.push(sample);
  }
  return all;
}
