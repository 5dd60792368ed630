import type { Tx } from '@heliograph/kernel';

/** Uses of contacts by other libs. Arguments and results are SQL; the results are true when something does. */
export interface ContactUse {
  contact: (tenantId: string, contactId: string) => string;
  /** One address of a contact. */
  address: (tenantId: string, contactId: string, address: string) => string;
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

const anyOf = (found: string[]): string => (found.length === 0 ? 'false' : `(${found.join(' OR ')})`);

/** Returns SQL that is true when anything refers to a contact. */
export const isUsedSql: ContactUse['contact'] = (...of) => anyOf([...uses.values()].map(({ contact }) => contact(...of)));

/** Returns SQL that is true when anything refers to an address of a contact. */
export const isAddressUsedSql: ContactUse['address'] = (...of) => anyOf([...uses.values()].map(({ address }) => address(...of)));
