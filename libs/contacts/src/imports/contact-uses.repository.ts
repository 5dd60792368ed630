import type { Tx } from '@heliograph/kernel';

/** Queries of the uses of contacts by another lib. Arguments are SQL: a tenant's id and an array of ids of contacts. */
export interface ContactUse {
  /** Query of `contact_id`: those of the contacts that something refers to. */
  contacts: (tenantId: string, contactIds: string) => string;
  /** Query of `contact_id, address`: the addresses of the contacts that something refers to. */
  addresses: (tenantId: string, contactIds: string) => string;
}

/** People of an import that is undone: contacts that are deleted, and others whose consent ends. */
export interface TakenBack {
  removed: string[];
  withoutConsent: string[];
}
/** Result of taking back. `isInHand`: something of these people is in the hands of a worker, and may have to be taken back later. */
interface Taken {
  isInHand: boolean;
}
type Follower = (tx: Tx, tenantId: string, people: TakenBack) => Promise<Taken>;

const uses = new Map<string, ContactUse>();
const followers: Follower[] = [];

/** Declares what refers to contacts, so that the undo of an import deletes nothing of it. Called by libs above this one. */
export function declareContactUse(name: string, use: ContactUse): void {
  uses.set(name, use);
}

/** Registers what the undo of an import takes back besides, in its transaction. Called by libs above this one. */
export function followUndo(follower: Follower): void {
  followers.push(follower);
}

/** Calls what follows the undo of an import. */
export async function takeBack(tx: Tx, tenantId: string, people: TakenBack): Promise<Taken> {
  let isInHand = false;
  if (people.removed.length + people.withoutConsent.length === 0) return { isInHand };
  for (const follower of followers) isInHand = (await follower(tx, tenantId, people)).isInHand || isInHand;
  return { isInHand };
}

/** Returns a query of `contact_id`: those of some contacts that anything refers to. */
export const usedSql: ContactUse['contacts'] = (...of) =>
  ['SELECT NULL::uuid WHERE false', ...[...uses.values()].map(({ contacts }) => contacts(...of))].join(' UNION ALL ');

/** Returns a query of `contact_id, address`: the addresses of some contacts that anything refers to. */
export const usedAddressesSql: ContactUse['addresses'] = (...of) =>
  ['SELECT NULL::uuid, NULL::text WHERE false', ...[...uses.values()].map(({ addresses }) => addresses(...of))].join(' UNION ALL ');
