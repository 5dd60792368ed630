import { Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  type ChangeGuard,
  Database,
  List,
  listKeys,
  newId,
  notFound,
  type Page,
  type PageRequest,
  present,
  readPage,
  type Sql,
  sqlConditions,
  storedActor,
} from '@heliograph/kernel';
import type { SelectionTree } from '../selection/selection-tree';
import { readSelection } from '../selection/selections.repository';
import { assertUnused } from './contact-lists.repository';
import { type PeopleUse, usesOf } from './people-uses';

/** People who match rules, whenever somebody looks. */
export interface Segment {
  id: string;
  /** Number of changes, from 1 on. */
  version: number;
  name: string;
  description: string | null;
  tree: SelectionTree;
  createdAt: Date;
  createdBy: Actor;
  updatedAt: Date;
  updatedBy: Actor;
}
export type SegmentBody = Pick<Segment, 'name' | 'description' | 'tree'>;

const segmentList = new List('segments', listKeys.id);
const columns = `s.id, s.version, s.name, s.description, s.tree, s.created_at AS "createdAt", ${actorColumn('s.created_by')} AS "createdBy",
  s.updated_at AS "updatedAt", ${actorColumn('s.updated_by')} AS "updatedBy"`;

/** Segments: selections with a name. */
@Injectable()
export class Segments {
  constructor(private readonly db: Database) {}

  /** Returns segments, newest first. @param name part of the name, without regard to case */
  list(tenantId: string, filter: { name?: string | undefined }, page: PageRequest): Promise<Page<Segment>> {
    const [before] = segmentList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId);
    return this.db.forTenant(tenantId, (tx) =>
      readPage<Segment>(tx, segmentList, page, {
        columns,
        from: 'segments s',
        range: ['s.tenant_id = $1', ...given(before, (p) => `s.id < ${p}::uuid`)],
        checked: given(filter.name, (p) => `position(lower(${p}) IN lower(s.name)) > 0`),
        order: 's.id DESC',
        key: ['s.id'],
        values,
      }),
    );
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<Segment> {
    return this.db.forTenant(tenantId, (tx) => readSegment(tx, tenantId, id));
  }

  /** @throws AppError invalid_selection */
  create(tenantId: string, actor: Actor, { name, description, tree }: SegmentBody): Promise<Segment> {
    const id = newId();
    return this.db.forTenant(tenantId, async (tx) => {
      await readSelection(tx, tenantId, tree);
      await tx.query(
        `INSERT INTO segments (tenant_id, id, name, description, tree, created_by, created_by_ref, updated_by, updated_by_ref) VALUES ($1, $2, $3, $4, $5, $6, $7, $6, $7)`,
        [tenantId, id, name, description, JSON.stringify(tree), ...storedActor(actor)],
      );
      return readSegment(tx, tenantId, id);
    });
  }

  /** Replaces the given members. @throws AppError not_found, invalid_selection */
  update(tenantId: string, id: string, actor: Actor, patch: Partial<SegmentBody>, guard?: ChangeGuard<Segment>): Promise<Segment> {
    return this.db.forTenant(tenantId, async (tx) => {
      const before = await holdSegment(tx, tenantId, id);
      guard?.(before);
      const { name, description, tree } = { ...before, ...present(patch) };
      if (patch.tree) await readSelection(tx, tenantId, patch.tree);
      await tx.query(
        `UPDATE segments SET name = $3, description = $4, tree = $5, version = version + 1, updated_at = heliograph_now(), updated_by = $6, updated_by_ref = $7
         WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id, name, description, JSON.stringify(tree), ...storedActor(actor)],
      );
      return readSegment(tx, tenantId, id);
    });
  }

  /** @throws AppError not_found, in_use */
  delete(tenantId: string, id: string, guard?: ChangeGuard<Segment>): Promise<void> {
    return this.db.forTenant(tenantId, async (tx) => {
      const held = await holdSegment(tx, tenantId, id);
      guard?.(held);
      assertUnused('segment', await usesOf(tx, tenantId, { kind: 'segment', id }));
      await tx.query(`DELETE FROM segments WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    });
  }

  /** Returns what uses a segment. @throws AppError not_found */
  uses(tenantId: string, id: string): Promise<PeopleUse[]> {
    return this.db.forTenant(tenantId, async (tx) => {
      await readSegment(tx, tenantId, id);
      return usesOf(tx, tenantId, { kind: 'segment', id });
    });
  }
}

/** @throws AppError not_found */
async function readSegment(sql: Sql, tenantId: string, id: string): Promise<Segment> {
  const [row] = await sql.query<Segment>(`SELECT ${columns} FROM segments s WHERE s.tenant_id = $1 AND s.id = $2`, [tenantId, id]);
  if (!row) throw notFound('segment');
  return row;
}

async function holdSegment(sql: Sql, tenantId: string, id: string): Promise<Segment> {
  await sql.query(`SELECT 1 FROM segments WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [tenantId, id]);
  return readSegment(sql, tenantId, id);
}
