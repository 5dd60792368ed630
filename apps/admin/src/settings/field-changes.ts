import type { components } from '../providers/api-types';
import { type ClientForm, formOf, type StoredSettings } from './client-form';

export type AuditEntry = Pick<components['schemas']['AuditEntry'], 'at' | 'actor' | 'changes'>;

/** The last change of a field. */
export interface FieldChange {
  at: string;
  by: string;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members that a stored value replaces as a whole. */
const whole = ['routing', 'quiet_hours'];

/** Returns settings as the server reads them from a row: what the row lacks is the default. */
function settingsOf(defaults: StoredSettings, row: Record<string, unknown>): StoredSettings {
  const members = Object.entries(row).map(([name, value]): [string, unknown] => {
    const fallback = (defaults as unknown as Record<string, unknown>)[name];
    return [name, isObject(value) && isObject(fallback) && !whole.includes(name) ? { ...fallback, ...value } : value];
  });
  return { ...defaults, ...Object.fromEntries(members) };
}

/**
 * Returns the last change of each field of the form, of those that the entries tell of.
 * @param entries of the audit log about the client, the newest first
 */
export function fieldChangesOf(entries: AuditEntry[], defaults: StoredSettings): Map<keyof ClientForm, FieldChange> {
  const changes = new Map<keyof ClientForm, FieldChange>();
  const formWith = (fields: Record<string, unknown>, settings: Record<string, unknown>): ClientForm =>
    formOf({
      name: typeof fields.name === 'string' ? fields.name : '',
      default_country: typeof fields.default_country === 'string' ? fields.default_country : '',
      settings: settingsOf(defaults, settings),
    });
  for (const { at, actor, changes: rows } of entries)
    for (const { kind, before, after } of rows) {
      if (kind !== 'tenant' || !before || !after) continue;
      // Settings of a great length are not in the log as a whole.
      const [was, is] = [before.settings, after.settings];
      const areKnown = isObject(was) && isObject(is);
      const [old, now] = [formWith(before, areKnown ? was : {}), formWith(after, areKnown ? is : {})];
      for (const field of Object.keys(now) as (keyof ClientForm)[])
        if (old[field] !== now[field] && !changes.has(field)) changes.set(field, { at, by: actor.name });
    }
  return changes;
}
