import type { Actor } from '@heliograph/kernel';
import { type ContactAttributes, contactLimits } from '../contact';
import type { ContactFilter } from '../contact-filter';
import type { SelectionTree } from '../selection/selection-tree';

type Value = string | number | boolean;

/** Contacts that an edit applies to, as it is requested. All conditions of a filter must hold. */
export type RequestedSelection =
  | { ids: string[] }
  | { filter: { tag?: string | undefined; externalIds?: string[] | undefined; attribute?: { name: string; value: Value } | undefined } }
  | { listed: ContactFilter }
  | { list: string }
  | { segment: string }
  | { tree: SelectionTree };

/** Rules of a selection that a worker of the version before does not know: it selects nobody then, and not everybody. */
export const nobody: SelectionTree = { combinator: 'and', not: true, rules: [] };

/** Contacts that an edit applies to, with the rules that the segment had when the edit was requested. */
export type ContactSelection =
  | Exclude<RequestedSelection, { segment: string } | { listed: ContactFilter }>
  | { segment: string; tree: SelectionTree }
  /** `rules`: those that the segment of the filter had. */
  | { listed: ContactFilter; rules: SelectionTree | null; tree: SelectionTree };

/** Changes that an edit makes to each contact. */
export interface BulkChanges {
  addTags: string[];
  removeTags: string[];
  set: Record<string, Value>;
  unset: string[];
  /** Ids of lists; absent in edits of older versions. */
  addToLists?: string[];
  removeFromLists?: string[];
  /** Opts each contact out of marketing. Never undone: the edit may not take back what the person said. */
  optOut?: { source: string } | null;
}

/** A selection as it is stored, with `refused` where a worker of the version before would leave out some of the changes. */
export type StoredSelection = ContactSelection | { wrapped: ContactSelection; tree: SelectionTree };

/** Rules that no version knows: a worker that takes them for those of the edit ends it as failed, and not as done without its opt-outs. */
const refused: SelectionTree = { combinator: 'and', not: false, rules: [{ field: 'newer', operator: 'is_empty', value: null }] };

export function storedSelection(selection: ContactSelection, changes: BulkChanges): StoredSelection {
  const { addToLists = [], removeFromLists = [], optOut = null } = changes;
  return addToLists.length + removeFromLists.length > 0 || optOut ? { wrapped: selection, tree: refused } : selection;
}

export const plainSelection = (stored: StoredSelection): ContactSelection => ('wrapped' in stored ? stored.wrapped : stored);

export const contactEditStates = ['running', 'done', 'cancelled', 'undoing', 'undone', 'failed'] as const;
export type ContactEditState = (typeof contactEditStates)[number];

/** An edit of many contacts. */
export interface ContactEdit {
  id: string;
  state: ContactEditState;
  /** Why the edit, or its undo, was given up; null: it was not. */
  error: string | null;
  selection: ContactSelection;
  changes: BulkChanges;
  actor: Actor;
  createdAt: Date;
  finishedAt: Date | null;
  /** Time until which the edit can be undone; null while it runs. */
  undoUntil: Date | null;
  /** Contacts that the selection matched when the edit was requested; null: it was requested in an older version. */
  total: number | null;
  /** Those that the edit has gone through. */
  matched: number;
  changed: number;
  /** Contacts that would have too many tags or attributes. */
  skipped: number;
  /** Contacts that had not opted out before. */
  optedOut: number;
  undo: { actor: Actor; at: Date; finishedAt: Date | null; restored: number; kept: number } | null;
}

/** A value before and after; absent: no value. */
interface Turn<T> {
  before?: T;
  after?: T;
}

/** Changes that an edit made to a contact. */
export interface EditedContact {
  contactId: string;
  tags: Required<Turn<string[]>> | null;
  attributes: Record<string, Turn<Value>>;
  lists: ListTurns | null;
  /** Members that the undo did not restore because they changed later: `tags`, `attributes.<name>`, or `merged`. */
  kept: string[];
}

/** Ids of the lists that an edit put a contact on, and of those it took the contact off. */
export interface ListTurns {
  added: string[];
  removed: string[];
}

/** Part of a contact that edits change. */
export interface Editable {
  id: string;
  tags: string[];
  attributes: ContactAttributes;
}

/** Changes to write to a contact. */
export interface ContactWrite {
  id: string;
  /** Replaces the stored tags; null: they stay. */
  tags: string[] | null;
  set: Record<string, Value>;
  unset: string[];
}

/** Returns the changes of an edit to a contact; null: none; `too_many`: the contact would have too many tags or attributes. */
export function editOf(
  contact: Editable,
  changes: BulkChanges,
): { write: ContactWrite; edited: Omit<EditedContact, 'kept' | 'lists'> } | 'too_many' | null {
  const left = contact.tags.filter((tag) => !changes.removeTags.includes(tag));
  const tags = [...left, ...new Set(changes.addTags.filter((tag) => !left.includes(tag)))];
  const attributes: Record<string, Turn<Value>> = {};
  for (const [name, after] of Object.entries(changes.set)) {
    const before = valueOf(contact, name);
    if (before !== after) attributes[name] = { ...(before !== undefined && { before }), after };
  }
  for (const name of changes.unset) {
    const before = valueOf(contact, name);
    if (before !== undefined) attributes[name] = { before };
  }
  const isRetagged = !isSame(tags, contact.tags);
  if (!isRetagged && Object.keys(attributes).length === 0) return null;
  const turns = Object.values(attributes);
  const count = Object.keys(contact.attributes).length;
  const grown = count + turns.filter((t) => t.before === undefined).length - turns.filter((t) => t.after === undefined).length;
  if (tags.length > Math.max(contactLimits.maxTags, contact.tags.length) || grown > Math.max(contactLimits.maxAttributes, count))
    return 'too_many';
  const turned = isRetagged ? { before: contact.tags, after: tags } : null;
  return {
    write: writeOf(contact.id, turned?.after ?? null, attributes, 'after'),
    edited: { contactId: contact.id, tags: turned, attributes },
  };
}

/** Returns the changes that undo an edit of a contact. Members that changed since the edit stay and are named in `kept`. */
export function undoOf(contact: Editable, edited: Omit<EditedContact, 'lists'>): { write: ContactWrite; kept: string[] } {
  const back: Record<string, Turn<Value>> = {};
  const kept: string[] = [];
  for (const [name, turn] of Object.entries(edited.attributes)) {
    const now = valueOf(contact, name);
    if (now === turn.after) back[name] = turn;
    else if (now !== turn.before) kept.push(`attributes.${name}`);
  }
  return { write: writeOf(contact.id, edited.tags && tagsBefore(contact.tags, edited.tags), back, 'before'), kept };
}

/** Returns the tags before the edit when they are unchanged since; else the current tags without the added and with the removed ones. */
function tagsBefore(now: string[], { before, after }: Required<Turn<string[]>>): string[] {
  if (isSame(now, after)) return before;
  const added = after.filter((tag) => !before.includes(tag));
  const removed = before.filter((tag) => !after.includes(tag));
  return [...new Set([...now.filter((tag) => !added.includes(tag)), ...removed])];
}

function writeOf(id: string, tags: string[] | null, turns: Record<string, Turn<Value>>, side: keyof Turn<Value>): ContactWrite {
  const given = Object.entries(turns).map(([name, turn]) => [name, turn[side]] as const);
  return {
    id,
    tags,
    set: Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    unset: given.flatMap(([name, value]) => (value === undefined ? [name] : [])),
  };
}

/** Reads an own property only: a name may equal one that every object inherits. */
const valueOf = ({ attributes }: Editable, name: string): Value | undefined =>
  Object.hasOwn(attributes, name) ? (attributes[name] ?? undefined) : undefined;
const isSame = (a: string[], b: string[]) => a.length === b.length && a.every((tag, i) => tag === b[i]);
