import {
  attributeName,
  type BulkChanges,
  type ContactEdit,
  contactEditStates,
  type ContactSelection,
  type EditedContact,
  type RequestedSelection,
  selectionTree,
  storedAttributeName,
  undoDays,
} from '@heliograph/contacts';
import { actorSchema, pageQuery, present } from '@heliograph/kernel';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';
import { attributeValue, consentSource, filterOf, listedFilter, tag } from './contact-body';
import { bulkMembers, needsExpect } from '../jobs/job.view';
import { treeSchema } from '../segments/segment.view';

const uuid = z.uuid();
const value = attributeValue;
const maxLists = 10;
const filterSchema = z
  .strictObject({
    tag: tag.optional(),
    external_ids: z.array(z.string().min(1).max(255)).min(1).max(1_000).optional(),
    attribute: z.strictObject({ name: storedAttributeName, value }).optional(),
  })
  .refine((filter) => Object.keys(filter).length > 0, 'Name at least one condition. All conditions must hold.');
const selectionSchema = z.union([
  z.strictObject({ ids: z.array(uuid).min(1).max(1_000) }),
  z.strictObject({ filter: filterSchema }),
  z.strictObject({ listed: listedFilter }),
  z.strictObject({ list_id: uuid }),
  z.strictObject({ segment_id: uuid }).meta({ description: 'The rules that the segment has when the edit is requested.' }),
  z.strictObject({ tree: selectionTree }),
]);
const changesSchema = z.strictObject({
  add_tags: z.array(tag).max(50).default([]),
  remove_tags: z.array(tag).max(50).default([]),
  set: z
    .record(attributeName, value)
    .refine((all) => Object.keys(all).length <= 100, 'At most 100 attributes can be set.')
    .default({}),
  unset: z.array(storedAttributeName).max(100).default([]).meta({ description: 'Attributes to delete.' }),
  add_to_lists: z.array(uuid).max(maxLists).default([]).meta({ description: 'Lists to put the contacts on.' }),
  remove_from_lists: z.array(uuid).max(maxLists).default([]).meta({ description: 'Lists to take the contacts off.' }),
  opt_out: z.strictObject({ source: consentSource }).nullable().default(null).meta({
    description:
      'Records an opt-out from marketing of each contact and suppresses all its addresses, also for what waits to be sent. The undo of the edit leaves it.',
  }),
});
const example = {
  selection: { filter: { tag: 'trial' } },
  changes: {
    add_tags: ['customer'],
    remove_tags: ['trial'],
    set: { plan: 'pro' },
    unset: ['trial_ends'],
    add_to_lists: [],
    remove_from_lists: [],
    opt_out: null,
  },
};

/** True when an edit would change nothing. */
const isEmpty = ({
  add_tags,
  remove_tags,
  set,
  unset,
  add_to_lists,
  remove_from_lists,
  opt_out,
}: z.output<typeof changesSchema>): boolean =>
  add_tags.length + remove_tags.length + Object.keys(set).length + unset.length + add_to_lists.length + remove_from_lists.length === 0 &&
  opt_out === null;

/** True when the request itself names the contacts, so that no more than these can match. */
const isNamed = (selection: z.output<typeof selectionSchema>): boolean =>
  'ids' in selection || ('filter' in selection && selection.filter.external_ids !== undefined);

/** Request for an edit. */
export const bulkEditBody = z
  .strictObject({
    selection: selectionSchema,
    changes: changesSchema
      .refine((c) => !isEmpty(c), 'Name at least one change.')
      .refine((c) => !c.add_tags.some((t) => c.remove_tags.includes(t)), 'A tag cannot be both added and removed.')
      .refine((c) => !c.unset.some((name) => Object.hasOwn(c.set, name)), 'An attribute cannot be both set and deleted.')
      .refine((c) => !c.add_to_lists.some((id) => c.remove_from_lists.includes(id)), 'A list cannot be named for both.'),
    expect: bulkMembers.expect.meta({
      description: `${bulkMembers.expect.meta()?.description ?? ''} Not required for contacts that are named one by one, by \`ids\` or \`external_ids\`.`,
    }),
    dry_run: z.boolean().default(false).meta({ description: 'True: only counts the selected contacts and changes nothing.' }),
  })
  .refine(({ selection, expect, dry_run }) => dry_run || expect !== undefined || isNamed(selection), needsExpect.fault)
  .meta({ id: 'BulkEditContacts', example: { ...example, expect: 1_204 } });
export type BulkEditBody = z.output<typeof bulkEditBody>;

export const editQuery = z.strictObject(pageQuery);
export const editedQuery = editQuery.extend({
  kept: z
    .enum(['true', 'false'])
    .transform((v) => v === 'true')
    .default(false)
    .meta({ description: 'True: only contacts that the undo did not fully restore.' }),
});

export const countSchema = z.object({ matched: z.int() }).meta({ id: 'BulkEditCount', example: { matched: 1_204 } });
const exampleEdit = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073b00',
  state: 'done',
  error: null,
  ...example,
  actor: { kind: 'key', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Core application' },
  created_at: '2026-11-24T12:00:00.000Z',
  finished_at: '2026-11-24T12:00:01.000Z',
  undo_until: '2026-12-24T12:00:01.000Z',
  total: 1_204,
  matched: 1_204,
  changed: 1_200,
  skipped: 0,
  opted_out: 0,
  undo: null,
} as const;
export const editSchema = z
  .object({
    id: uuid,
    state: z.enum(contactEditStates),
    error: z.string().nullable().meta({ description: 'Why the edit, or its undo, was given up. What it did until then can be undone.' }),
    selection: z.union([
      z.object({ ids: z.array(uuid) }),
      z.object({
        filter: z.object({
          tag: z.string().optional(),
          external_ids: z.array(z.string()).optional(),
          attribute: z.object({ name: z.string(), value }).optional(),
        }),
      }),
      z.object({
        listed: z.object({
          address: z.string().optional(),
          external_id: z.string().optional(),
          tag: z.string().optional(),
          name: z.string().optional(),
          consent: z.enum(['opt_in', 'opt_out', 'none']).optional(),
          opted_out: z.boolean().optional(),
          list_id: uuid.optional(),
          segment_id: uuid.optional(),
        }),
        tree: treeSchema.optional().meta({ description: 'Rules that its segment had when the edit was requested.' }),
      }),
      z.object({ list_id: uuid }),
      z.object({ segment_id: uuid, tree: treeSchema }),
      z.object({ tree: treeSchema }),
    ]),
    changes: z.object({
      add_tags: z.array(z.string()),
      remove_tags: z.array(z.string()),
      set: z.record(z.string(), value),
      unset: z.array(z.string()),
      add_to_lists: z.array(uuid),
      remove_from_lists: z.array(uuid),
      opt_out: z.object({ source: z.string() }).nullable(),
    }),
    actor: actorSchema,
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
    undo_until: z.iso
      .datetime()
      .nullable()
      .meta({ description: `${undoDays} days after the edit ended.` }),
    total: z.int().nullable().meta({ description: 'Contacts that matched when the edit was requested; null for edits of older versions.' }),
    matched: z.int().meta({
      description: 'Contacts selected so far. When the edit is done, it may differ from `total` by contacts that changed meanwhile.',
    }),
    changed: z.int().meta({ description: 'Selected contacts whose tags, attributes or lists the edit changed.' }),
    skipped: z.int().meta({
      description: 'Selected contacts that would have exceeded 50 tags or 100 attributes. Of these, the edit records opt-outs alone.',
    }),
    opted_out: z.int().meta({ description: 'Selected contacts that had not opted out before. The undo leaves their opt-outs.' }),
    undo: z
      .object({
        actor: actorSchema,
        at: z.iso.datetime(),
        finished_at: z.iso.datetime().nullable(),
        restored: z.int().meta({ description: 'Contacts that were restored, as far as the edit had changed them.' }),
        kept: z.int().meta({ description: 'Contacts with later changes, which stay.' }),
      })
      .nullable(),
  })
  .meta({ id: 'ContactEdit', example: exampleEdit });
export const editPage = pageSchema(editSchema, { id: 'ContactEditPage', example: { data: [exampleEdit], next_cursor: null } });
const editedSchema = z
  .object({
    contact_id: uuid,
    tags: z.object({ before: z.array(z.string()), after: z.array(z.string()) }).nullable(),
    attributes: z.record(z.string(), z.object({ before: value.optional(), after: value.optional() })),
    lists: z.object({ added: z.array(uuid), removed: z.array(uuid) }).nullable(),
    kept: z.array(z.string()).meta({ description: 'Members that the undo did not restore: `tags`, `attributes.<name>`, or `merged`.' }),
  })
  .meta({ id: 'EditedContact' });
export const editedPage = pageSchema(editedSchema, {
  id: 'EditedContactPage',
  example: {
    data: [
      {
        contact_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f0',
        tags: { before: ['trial'], after: ['customer'] },
        attributes: { plan: { before: 'free', after: 'pro' } },
        lists: null,
        kept: [],
      },
    ],
    next_cursor: null,
  },
});

/** Returns the changes of a body. */
export function changesOf({ changes }: BulkEditBody): BulkChanges {
  const { add_tags: addTags, remove_tags: removeTags, set, unset } = changes;
  const { add_to_lists: addToLists, remove_from_lists: removeFromLists, opt_out: optOut } = changes;
  return { addTags, removeTags, set, unset, addToLists, removeFromLists, optOut };
}

/** Returns the selection of a body. @throws AppError invalid_address */
export function selectionOf({ selection }: BulkEditBody, defaultCountry: string): RequestedSelection {
  if ('listed' in selection) return { listed: filterOf(selection.listed, defaultCountry, 'selection/listed/address') };
  if ('ids' in selection || 'tree' in selection) return selection;
  if ('list_id' in selection) return { list: selection.list_id };
  if ('segment_id' in selection) return { segment: selection.segment_id };
  const { tag: oneTag, external_ids: externalIds, attribute } = selection.filter;
  return { filter: { tag: oneTag, externalIds, attribute } };
}

function selectionView(selection: ContactSelection): z.input<typeof editSchema>['selection'] {
  if ('ids' in selection) return selection;
  if ('list' in selection) return { list_id: selection.list };
  if ('listed' in selection) {
    const { address, externalId, tag: ofTag, name, consent, optedOut, listId, segmentId } = selection.listed;
    const shown = present({
      address,
      external_id: externalId,
      tag: ofTag,
      name,
      consent,
      opted_out: optedOut,
      list_id: listId,
      segment_id: segmentId,
    });
    return { listed: shown, ...(selection.rules && { tree: selection.rules }) };
  }
  if ('segment' in selection) return { segment_id: selection.segment, tree: selection.tree };
  if ('tree' in selection) return selection;
  const { tag: oneTag, externalIds, attribute } = selection.filter;
  return {
    filter: {
      ...(oneTag !== undefined && { tag: oneTag }),
      ...(externalIds && { external_ids: externalIds }),
      ...(attribute && { attribute }),
    },
  };
}

/** Returns an edit as clients see it. */
export function editView(e: ContactEdit): z.input<typeof editSchema> {
  const { addTags, removeTags, set, unset, addToLists = [], removeFromLists = [], optOut = null } = e.changes;
  return {
    id: e.id,
    state: e.state,
    error: e.error,
    selection: selectionView(e.selection),
    changes: {
      add_tags: addTags,
      remove_tags: removeTags,
      set,
      unset,
      add_to_lists: addToLists,
      remove_from_lists: removeFromLists,
      opt_out: optOut,
    },
    actor: e.actor,
    created_at: e.createdAt.toISOString(),
    finished_at: e.finishedAt?.toISOString() ?? null,
    undo_until: e.undoUntil?.toISOString() ?? null,
    total: e.total,
    matched: e.matched,
    changed: e.changed,
    skipped: e.skipped,
    opted_out: e.optedOut,
    undo: e.undo && {
      actor: e.undo.actor,
      at: e.undo.at.toISOString(),
      finished_at: e.undo.finishedAt?.toISOString() ?? null,
      restored: e.undo.restored,
      kept: e.undo.kept,
    },
  };
}

/** Returns the changes that an edit made to a contact. */
export function editedView({ contactId, tags, attributes, lists, kept }: EditedContact): z.input<typeof editedSchema> {
  return { contact_id: contactId, tags, attributes, lists, kept };
}
