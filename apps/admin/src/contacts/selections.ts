import { useQuery } from '@tanstack/react-query';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';

/** Filter of the list of contacts, as a body has it. */
export type ListedContacts = components['schemas']['ListedContacts'];

/** Contacts that a bulk act is for: some that were ticked, all with a tag, on a list or in a segment, or all that a filter shows. */
export type EditSelection =
  | { ids: string[] }
  | { tag: string }
  | { list_id: string; name: string }
  | { segment_id: string; name: string }
  | { listed: ListedContacts };

/** Returns the filter of a list of contacts, whose values are texts, as a body has it. */
export function listedBy({ opted_out, ...filter }: Record<string, string>): ListedContacts {
  return { ...filter, ...(opted_out !== undefined && { opted_out: opted_out === 'true' }) };
}

/** Returns the selection as the API takes it. */
export function bodyOf(selection: EditSelection): object {
  if ('tag' in selection) return { filter: { tag: selection.tag } };
  if ('list_id' in selection) return { list_id: selection.list_id };
  return 'segment_id' in selection ? { segment_id: selection.segment_id } : selection;
}

/** Number of contacts of a selection; null: nothing is asked. */
export function useSelectionCount(selection: EditSelection | null) {
  const tenant = useTenant();
  const asked = selection && bodyOf(selection);
  return useQuery<number, ApiError>({
    queryKey: ['contact_edits', 'count', tenant, asked],
    queryFn: async ({ signal }) => {
      const body = { selection: asked, changes: { remove_tags: ['-'] }, dry_run: true } as never;
      return (await ok<{ matched: number }>(api.POST('/v1/contacts/bulk-edit', { body, signal }))).matched;
    },
    enabled: selection !== null,
    gcTime: 0,
  });
}
