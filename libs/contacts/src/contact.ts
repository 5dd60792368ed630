import type { Actor } from '@heliograph/kernel';
import type { Person } from './address-book';

/** Values that a client stores with a contact, by name: text, number, boolean, or null. */
export type ContactAttributes = Record<string, string | number | boolean | null>;

/** Limits of a contact, for every writer. A contact that exceeds one after a merge may lose entries but not gain any. */
export const contactLimits = { maxAttributes: 100, maxAttributeText: 1_024, maxTags: 50, maxAddresses: 50 } as const;

/** A person. */
export interface Contact {
  id: string;
  /** Id of the person in the core application. */
  externalId: string | null;
  name: string | null;
  attributes: ContactAttributes;
  tags: string[];
  addresses: string[];
  /** Last marketing consent; null: none. */
  consent: 'opt_in' | 'opt_out' | null;
  consentAt: Date | null;
  consentSource: string | null;
  /** True when an opt-out suppresses an address. */
  optedOut: boolean;
  createdAt: Date;
  updatedAt: Date;
}

/** Changes that a client makes to a contact; absent members stay. */
export interface ContactChanges {
  externalId?: string | null;
  name?: string | null;
  /** Merged into the stored attributes; null deletes an attribute. */
  attributes?: ContactAttributes;
  tags?: string[];
}

/** A merge of two contacts. */
export interface ContactMerge {
  tenantId: string;
  contactId: string;
  otherId: string;
}

/** A person with addresses, and possibly the name they show. */
export interface SeenPerson extends Person {
  tenantId: string;
  name?: string | null;
}

/** One entry of a contact's address history. */
export interface ContactHistory {
  at: Date;
  kind: 'merged' | 'split' | 'moved';
  contactId: string;
  otherId: string | null;
  addresses: string[];
  actor: Actor;
}
