import type { Sql } from '@heliograph/kernel';
import type { PeopleSource } from '../selection/audiences.repository';

/** Something that uses a list or a segment. */
export interface PeopleUse {
  kind: string;
  id: string;
  name: string;
  /** State of it, such as that of a campaign; null: it has none. */
  state: string | null;
  /** True when the list or segment cannot be deleted because of it. */
  isHolding: boolean;
}

/** Finds uses of a list or segment of a tenant. */
export type PeopleUseFinder = (tx: Sql, tenantId: string, source: PeopleSource) => Promise<PeopleUse[]>;

const finders: PeopleUseFinder[] = [];

/** Registers a finder of uses; libs above contacts call it when they are loaded. */
export function registerPeopleUses(finder: PeopleUseFinder): void {
  finders.push(finder);
}

/** Returns all uses of a list or segment. */
export async function usesOf(tx: Sql, tenantId: string, source: PeopleSource): Promise<PeopleUse[]> {
  const found: PeopleUse[] = [];
  for (const finder of finders) found.push(...(await finder(tx, tenantId, source)));
  return found;
}
