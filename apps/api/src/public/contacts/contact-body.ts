import {
  attributeName,
  canonicalAddress,
  type ContactChanges,
  type ContactFilter,
  contactLimits,
  storedAttributeName,
} from '@heliograph/contacts';
import { pageQuery, searchText } from '@heliograph/kernel';
import { z } from 'zod';

const uuid = z.uuid();
export const address = z.string().min(1).max(128);
export const tag = z.string().min(1).max(64);
export const consentSource = z
  .string()
  .min(1)
  .max(64)
  .meta({ description: 'Where the consent was given, e.g. signup-form, checkout, phone call.' });
export const attributeValue = z.union([z.string().max(contactLimits.maxAttributeText), z.number(), z.boolean()]);
const attributes = z
  // Names that only older versions took can still be deleted.
  .record(storedAttributeName, attributeValue.nullable())
  .superRefine((all, context) => {
    for (const [name, value] of Object.entries(all)) {
      if (value === null) continue;
      for (const { message } of attributeName.safeParse(name).error?.issues ?? [])
        context.addIssue({ code: 'custom', path: [name], message });
    }
  })
  .refine((all) => Object.keys(all).length <= contactLimits.maxAttributes, `At most ${contactLimits.maxAttributes} attributes.`);
const changeable = {
  external_id: z.string().min(1).max(255).nullable().optional().meta({ description: 'Your own id of this person.' }),
  name: z.string().min(1).max(255).nullable().optional(),
  attributes: attributes.optional().meta({ description: 'Merged into the stored attributes; null deletes an attribute.' }),
  tags: z.array(tag).max(contactLimits.maxTags).optional().meta({ description: 'Replaces the stored tags.' }),
};
export const putBody = z
  .strictObject({
    addresses: z
      .array(address)
      .max(20)
      .default([])
      .meta({ description: 'Addresses in any spelling; stored addresses stay. Optional beside an `external_id`.' }),
    ...changeable,
  })
  .refine(({ addresses, external_id }) => addresses.length > 0 || external_id, {
    message: 'Name addresses or an external id.',
    path: ['addresses'],
  })
  .meta({
    id: 'PutContact',
    example: { addresses: ['+447700900101'], external_id: 'user-4711', name: 'Priya', attributes: { plan: 'pro' } },
  });
export const patchBody = z.strictObject(changeable).meta({ id: 'ChangeContact', example: { tags: ['vip'] } });
export const mergeBody = z
  .strictObject({ other_id: uuid })
  .meta({ id: 'MergeContacts', example: { other_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f1' } });
export const splitBody = z
  .strictObject({ addresses: z.array(address).min(1).max(20) })
  .meta({ id: 'SplitContact', example: { addresses: ['+447700900102'] } });
const filter = {
  address: address.optional(),
  external_id: searchText(255).optional(),
  tag: searchText(64).optional(),
  name: searchText(100)
    .min(1)
    .optional()
    .meta({ description: 'Beginnings of words of the name, whatever their case and accents; all must match.' }),
  consent: z.enum(['opt_in', 'opt_out', 'none']).optional().meta({ description: 'Last consent to marketing.' }),
  opted_out: z
    .enum(['true', 'false'])
    .transform((v) => v === 'true')
    .optional()
    .meta({ description: 'Whether an opt-out suppresses an address of the contact.' }),
  list_id: uuid.optional().meta({ description: 'List that the contact is on.' }),
  segment_id: uuid.optional().meta({ description: 'Segment whose rules the contact matches.' }),
};
/** Filter of the list of contacts in a body. */
export const listedFilter = z
  .strictObject({
    ...filter,
    opted_out: z.boolean().optional().meta({ description: 'Whether an opt-out suppresses an address of the contact.' }),
  })
  .meta({
    id: 'ListedContacts',
    description: 'All contacts that `GET /v1/contacts` lists with these parameters; without any, all contacts.',
    example: { name: 'ines', consent: 'opt_in' },
  });
export const listQuery = z.strictObject({ ...filter, ...pageQuery });
export const exportQuery = z.strictObject(filter);

/** Returns the filter of a query. @param path path of the address in the request @throws AppError invalid_address */
export function filterOf(q: z.output<typeof exportQuery>, defaultCountry: string, path = 'address'): ContactFilter {
  return {
    address: q.address && canonicalAddress(q.address, defaultCountry, path),
    externalId: q.external_id,
    tag: q.tag,
    name: q.name,
    consent: q.consent,
    optedOut: q.opted_out,
    listId: q.list_id,
    segmentId: q.segment_id,
  };
}

/** Returns the changes in a body; absent members stay as they are. */
export function changesOf({ external_id, name, attributes, tags }: z.output<typeof patchBody>): ContactChanges {
  return {
    ...(external_id !== undefined && { externalId: external_id }),
    ...(name !== undefined && { name }),
    ...(attributes && { attributes }),
    ...(tags && { tags }),
  };
}
