import type { Sql } from '@heliograph/kernel';
import { consentOf, optedOutOf } from './contact-rows.repository';
import { withTwins } from './phone-twins';
import { readSource } from './selection/audiences.repository';
import { isListedSql } from './selection/contact-fields.repository';
import type { SelectionSql } from './selection/selections.repository';

/** Filter of a list. */
export interface ContactFilter {
  address?: string | undefined;
  externalId?: string | undefined;
  tag?: string | undefined;
  /** Beginnings of words of the name, all of which must match. */
  name?: string | undefined;
  /** Last marketing consent; `none`: there is none. */
  consent?: 'opt_in' | 'opt_out' | 'none' | undefined;
  /** True when an opt-out suppresses an address of the contact. */
  optedOut?: boolean | undefined;
  /** List that the contact is on. */
  listId?: string | undefined;
  /** Segment whose rules the contact matches. */
  segmentId?: string | undefined;
}

/**
 * Checks that the list and the segment exist. @param path path of the filter in the request, with a slash
 * @returns the condition of the segment; null: none is given. @throws AppError `unknown_source`, `invalid_selection`
 */
export async function readPeople(tx: Sql, tenantId: string, { listId, segmentId }: ContactFilter, path = ''): Promise<SelectionSql | null> {
  if (listId !== undefined) await readSource(tx, tenantId, { kind: 'list', id: listId }, `${path}list_id`);
  return segmentId === undefined ? null : readSource(tx, tenantId, { kind: 'segment', id: segmentId }, `${path}segment_id`);
}

/**
 * Returns the conditions on `contacts c` under which a contact is in the list of this filter. `$1` is the tenant.
 * @param segment condition of the filter's segment, when it names one
 */
export function listedConditions(filter: ContactFilter, segment: string | undefined, add: (value: unknown) => string): string[] {
  const { address, externalId, listId, tag, name, consent, optedOut } = filter;
  return [
    ...(address === undefined ? [] : [`c.id IN (${idsOfAddress(add(withTwins([address])))})`]),
    ...(externalId === undefined ? [] : [`c.external_id = ${add(externalId)}`]),
    ...(listId === undefined ? [] : [isListedSql({ tenant: '$1::uuid' }, add([listId]))]),
    ...(tag === undefined ? [] : [`${add(tag)} = ANY (c.tags)`]),
    ...(name === undefined ? [] : [isNamed(add(name))]),
    ...statesOf(consent, optedOut, segment, add),
  ];
}

/** SQL of the contacts with one of these addresses. */
export const idsOfAddress = (addresses: string) =>
  `SELECT a.contact_id FROM contact_addresses a WHERE a.tenant_id = $1 AND a.address = ANY (${addresses}::text[])`;

/** Returns the conditions on `contacts c` that no index serves. */
export function statesOf(
  consent: ContactFilter['consent'],
  optedOut: boolean | undefined,
  segment: string | undefined,
  add: (value: unknown) => string,
): string[] {
  return [
    ...(segment === undefined ? [] : [segment]),
    ...(consent === undefined || consent === 'none' ? [] : [`(${consentOf('c')}) = ${add(consent)}`]),
    ...(consent === 'none' ? [`(${consentOf('c')}) IS NULL`] : []),
    ...(optedOut === undefined ? [] : [`${optedOut ? '' : 'NOT '}${optedOutOf('c')}`]),
  ];
}

/** SQL that is true when a word of the name begins with each given word. */
export const isNamed = (words: string) =>
  `NOT EXISTS (SELECT 1 FROM contact_name_words(${words}) q WHERE NOT EXISTS (SELECT 1 FROM contact_name_words(c.name) w WHERE starts_with(w, q)))`;
