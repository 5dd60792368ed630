import { useQuery } from '@tanstack/react-query';
import { useEveryMs } from '../live/live-store';
import { type Tagged, tagged, useAct, useMay } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useLivePages } from '../providers/cursor-pages';
import { useTenant } from '../providers/tenant';

export type Contact = components['schemas']['Contact'];
export type ListedContact = components['schemas']['ListedContact'];
export type TimelineLine = components['schemas']['ContactTimelinePage']['data'][number];
export type ContactEdit = components['schemas']['ContactEdit'];
export type AttributeType = components['schemas']['ContactAttribute'];
/** Types of the values of an attribute. */
export type AttributeValue = string | number | boolean;

/** Key of the queries that read a contact. */
export const contactKey = (tenant: string | null, id: string, ...part: string[]) => ['contact', tenant, id, ...part];

/** A text that is searched for as an address: a phone in any spelling, or another id of WhatsApp's. */
export const addressForm = /^\+?[\d\s().\-/]{6,24}$|@(?:lid|s\.whatsapp\.net|c\.us)$/;

/** A contact with its tag for If-Match. */
export function useContact(id: string) {
  const tenant = useTenant();
  return useQuery<Tagged<Contact>, ApiError>({
    queryKey: contactKey(tenant, id, 'contact'),
    queryFn: ({ signal }) => tagged(api.GET('/v1/contacts/{id}', { params: { path: { id } }, signal })),
    enabled: tenant !== null,
  });
}

/** Timeline of a contact, newest first, page after page; the newest page is read anew every few seconds. */
export function useContactTimeline(id: string) {
  const tenant = useTenant();
  const read = (cursor: string, signal: AbortSignal) =>
    ok(
      api.GET('/v1/contacts/{id}/timeline', {
        params: { path: { id }, query: { limit: 50, ...(cursor && { cursor }) } },
        signal,
      }),
    );
  return useLivePages({
    read,
    pagesKey: contactKey(tenant, id, 'timeline'),
    newestKey: contactKey(tenant, id, 'timeline-newest'),
    everyMs: useEveryMs(5_000),
  });
}

/** Declared types of attributes by name. */
export function useAttributeTypes() {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['contact-attributes', tenant],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/contact-attributes', { signal }))).data,
    enabled: tenant !== null,
    staleTime: 60_000,
  });
}

/** Changes a contact, then reads it again, also after a refusal. */
export function useContactAct(id: string) {
  const tenant = useTenant();
  return useAct(contactKey(tenant, id), ['contacts'], ['reviews'], ['suppressions'], ['conversations']);
}

/** True when the person may change contacts, consents and suppressions of the client that is chosen. */
export const useMayManageContacts = (): boolean | undefined => useMay('contacts:manage');

/** Writes a value of an attribute as text. */
export function attributeText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * Reads what was typed as a value of this type; undeclared attributes keep the type of the value before.
 * @returns undefined when it is no value of the type
 */
export function readAttribute(text: string, type: AttributeType['type'] | undefined, before?: unknown): AttributeValue | undefined {
  const kind = type ?? (typeof before === 'number' ? 'number' : typeof before === 'boolean' ? 'boolean' : 'text');
  const trimmed = text.trim();
  if (kind === 'number') {
    const value = Number(trimmed);
    return trimmed !== '' && Number.isFinite(value) ? value : undefined;
  }
  if (kind === 'boolean') return trimmed === 'true' ? true : trimmed === 'false' ? false : undefined;
  if (kind === 'date') return isDate(trimmed) ? trimmed : undefined;
  return text;
}

function isDate(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** Entries of a field that takes several, one a line or with commas. */
export const entriesOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,]/)
      .map((entry) => entry.trim())
      .filter(Boolean),
  ),
];
