import { type ContactAttributes, contactLimits } from '../contact';
import type { RefusalReason } from './contact-import';
import type { ImportSettings } from './import-body';
import type { ImportRow } from './import-row-reader';

type Value = string | number | boolean;

/** A value before and after; absent: no value. */
export interface Turn<T> {
  before?: T;
  after?: T;
}

/** Members of a contact that an import changed. */
export interface ContactTurns {
  name?: Turn<string>;
  externalId?: Turn<string>;
  tags?: Required<Turn<string[]>>;
  attributes?: Record<string, Turn<Value>>;
}

/** A contact that a row is about. */
export interface KnownContact {
  id: string;
  externalId: string | null;
  name: string | null;
  tags: string[];
  attributes: ContactAttributes;
  addresses: number;
  consent: 'opt_in' | 'opt_out' | null;
  optedOut: boolean;
  /** True when the consent is of an import that can be undone. */
  isConsentUndoable: boolean;
}

/** Effect of a row on a person. */
export interface RowMerge {
  outcome: 'new' | 'changed' | 'unchanged';
  turns: ContactTurns;
  /** Number of members that change. */
  fields: number;
  addsAddress: boolean;
  /** Time of the consent to record; `run`: that of the run; null: none. */
  consent: Date | 'run' | null;
  isOptedOut: boolean;
}

/** Reason why a row cannot be merged into its contact. */
export interface MergeFault {
  reason: RefusalReason;
  limit?: number;
}

/**
 * Returns what a row makes of its contact. Tags are added, never removed. An opt-out stays: no consent is recorded for such a person. Nor is
 * one for a person who consented already, unless by an import that can be undone: that consent would end with it.
 * @param known null: the row makes a new contact
 * @param place what is known about the row's address: whether the contact has it, and whether it is listed as opted out
 */
export function mergeRow(
  row: ImportRow,
  known: KnownContact | null,
  place: { hasAddress: boolean; isOptedOut: boolean },
  settings: ImportSettings,
): RowMerge | MergeFault {
  const isOptedOut = place.isOptedOut || known?.optedOut === true || known?.consent === 'opt_out';
  if (known && settings.known === 'keep')
    return { outcome: 'unchanged', turns: {}, fields: 0, addsAddress: false, consent: null, isOptedOut };
  if (known?.externalId != null && row.externalId !== null && known.externalId !== row.externalId) return { reason: 'other_external_id' };
  const turns = turnsOf(row, known, settings.known === 'fill');
  const attributes = Object.values(turns.attributes ?? {});
  const stored = Object.keys(known?.attributes ?? {}).length;
  const grown = stored + attributes.filter((t) => t.before === undefined).length - attributes.filter((t) => t.after === undefined).length;
  if (grown > Math.max(contactLimits.maxAttributes, stored)) return { reason: 'too_many_attributes', limit: contactLimits.maxAttributes };
  if (turns.tags && turns.tags.after.length > Math.max(contactLimits.maxTags, turns.tags.before.length))
    return { reason: 'too_many_tags', limit: contactLimits.maxTags };
  const addsAddress = row.address !== null && !place.hasAddress;
  if (known && addsAddress && known.addresses >= contactLimits.maxAddresses)
    return { reason: 'too_many_addresses', limit: contactLimits.maxAddresses };
  const hasConsent = known?.consent === 'opt_in';
  const consent = row.consentAt === null || isOptedOut || (hasConsent && !known.isConsentUndoable) ? null : (row.consentAt ?? 'run');
  const fields =
    [turns.name, turns.externalId, turns.tags].filter(Boolean).length +
    attributes.length +
    (known && addsAddress ? 1 : 0) +
    (known && consent !== null && !hasConsent ? 1 : 0);
  return { outcome: known === null ? 'new' : fields > 0 ? 'changed' : 'unchanged', turns, fields, addsAddress, consent, isOptedOut };
}

function turnsOf(row: ImportRow, known: KnownContact | null, onlyMissing: boolean): ContactTurns {
  const turns: ContactTurns = {};
  const name = turnOf(known?.name ?? undefined, row.name, onlyMissing);
  if (name) turns.name = name;
  const externalId = turnOf(known?.externalId ?? undefined, row.externalId ?? undefined, true);
  if (externalId) turns.externalId = externalId;
  const before = known?.tags ?? [];
  const added = row.tags.filter((tag) => !before.includes(tag));
  if (added.length > 0) turns.tags = { before, after: [...before, ...added] };
  const attributes = Object.entries(row.attributes).flatMap(([key, value]) => {
    const stored = known && Object.hasOwn(known.attributes, key) ? (known.attributes[key] ?? undefined) : undefined;
    const turn = turnOf(stored, value, onlyMissing);
    return turn ? [[key, turn] as const] : [];
  });
  if (attributes.length > 0) turns.attributes = Object.fromEntries(attributes);
  return turns;
}

/** Returns the change of a value; null: none. @param given absent: stays; null: is cleared */
function turnOf<T extends Value>(before: T | undefined, given: T | null | undefined, onlyMissing: boolean): Turn<T> | null {
  // A file has texts alone: a number or a boolean that reads the same is no change.
  const isSame = given === before || (typeof given === 'string' && before !== undefined && String(before) === given);
  if (given === undefined || isSame || (onlyMissing && before !== undefined)) return null;
  if (given === null) return before === undefined ? null : { before };
  return { ...(before !== undefined && { before }), after: given };
}
