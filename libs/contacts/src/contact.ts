import type { Actor } from '@heliograph/kernel';
import type { Person } from './address-book';

/** Values a client keeps with a contact: texts, numbers, truths, or null, by name. */
export type ContactAttributes = Record<string, string | number | boolean | null>;

/** Limits of a contact, whoever writes it. One that has more by a merge may lose some, but gain none. */
export const contactLimits = { maxAttributes: 100, maxAttributeText: 1_024, maxTags: 50, maxAddresses: 50 } as const;

/** A person. */
export interface Contact {
  id: string;
  /** The core application's own id. */
  externalId: string | null;
  name: string | null;
  attributes: ContactAttributes;
  tags: string[];
  addresses: string[];
  /** Marketing: what they said last; null: nothing. */
  consent: 'opt_in' | 'opt_out' | null;
  createdAt: Date;
  updatedAt: Date;
}

/** What a client sets of a contact; members that are absent stay. */
export interface ContactChanges {
  externalId?: string | null;
  name?: string | null;
  /** Laid over what is there; null takes an attribute away. */
  attributes?: ContactAttributes;
  tags?: string[];
}

/** Two contacts that turned out to be one. */
export interface ContactMerge {
  tenantId: string;
  contactId: string;
  otherId: string;
}

/** Somebody who is known by addresses, and perhaps by the name they show. */
export interface SeenPerson extends Person {
  tenantId: string;
  name?: string | null;
}

/** One line of a contact's history of addresses. */
export interface ContactHistory {
  at: Date;
  kind: 'merged' | 'split' | 'moved';
  contactId: string;
  otherId: string | null;
  addresses: string[];
  actor: Actor;
}
