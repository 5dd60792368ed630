import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { api, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';
import { type ClientForm, formOf, linesOf, type StoredClient, type StoredSettings } from './client-form';
import { type AuditEntry, fieldChangesOf } from './field-changes';

type Field = keyof ClientForm;
const maxEntries = 200;
const none: AuditEntry[] = [];

/** Fields whose lines are names, with what they name. */
const named: Partial<Record<Field, 'class' | 'reason'>> = {
  exempt: 'class',
  quiet_classes: 'class',
  reasons: 'reason',
  group_reasons: 'reason',
};

/** Key of the query of changes, which a change makes anew. */
export const originsKey = (tenant: string) => ['settings', 'origins', tenant];

/**
 * Tells of fields that differ from their default, which one that is, and who set them last.
 * @returns a function of fields that belong together, the one whose default is shown first; null: all have their default
 */
export function useOrigins(tenant: string, stored: StoredClient, defaults: StoredSettings): (...fields: Field[]) => ReactNode {
  const translate = useTranslate();
  const format = useFormat();
  const me = useMe();
  const { data: entries = none } = useQuery({
    queryKey: originsKey(tenant),
    queryFn: async ({ signal }) => {
      const query = { tenant_id: tenant, subject_kind: 'tenant', subject_id: tenant, limit: maxEntries };
      return (await ok(api.GET('/admin/v1/audit', { params: { query }, signal }))).data;
    },
    enabled: mayDo(me, 'audit:read', tenant),
  });
  const changes = fieldChangesOf(entries, defaults);
  const is = formOf(stored);
  const fallback = formOf({ ...stored, settings: defaults });
  const wordsOf = (field: Field): string => {
    const value = fallback[field];
    const words = named[field];
    if (value === '') return translate('settings.origin.empty');
    if (field === 'approval') return translate(`settings.client.approvals.${value}`);
    if (field === 'rule') return translate(`settings.client.rules.${value}`);
    if (words)
      return linesOf(value)
        .map((one) => translate(words === 'class' ? `class.${one}` : `settings.client.reason.${one}`))
        .join(', ');
    return value;
  };
  return (...fields) => {
    // Name and country have no default: what they were made with is no change.
    const set = fields.filter((field) => is[field] !== fallback[field] || field === 'name' || field === 'country');
    const [shown] = fields;
    if (!shown || set.length === 0) return null;
    const [last] = set.flatMap((field) => changes.get(field) ?? []).sort((a, b) => b.at.localeCompare(a.at));
    const parts = [
      is[shown] !== fallback[shown] && translate('settings.origin.default', { value: wordsOf(shown) }),
      last && translate('settings.origin.by', { name: last.by, time: format.when(new Date(last.at)) }),
    ].filter(Boolean);
    return parts.length > 0 ? <span className="small mute">{parts.join(' ')}</span> : null;
  };
}
