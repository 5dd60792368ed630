/** Returns SQL that is true when something refers to a contact; `tenantId` and `contactId` are SQL. */
export type ContactUse = (tenantId: string, contactId: string) => string;

const uses = new Map<string, ContactUse>();

/** Declares what refers to contacts, so that the undo of an import deletes no contact that is in use. Called by libs above this one. */
export function declareContactUse(name: string, use: ContactUse): void {
  uses.set(name, use);
}

/** Returns SQL that is true when anything refers to a contact. */
export const isUsedSql: ContactUse = (tenantId, contactId) =>
  uses.size === 0 ? 'false' : `(${[...uses.values()].map((use) => use(tenantId, contactId)).join(' OR ')})`;
