import { type ContactList, type ListChange, type ListedPeople, selectionTree } from '@heliograph/contacts';
import { actorSchema, pageQuery, searchText } from '@heliograph/kernel';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';
import { address, filterOf, listedFilter } from '../contacts/contact-body';
import { bulkMembers } from '../jobs/job.view';
import { exampleActor, peopleDescription, peopleName } from '../segments/segment.view';

const uuid = z.uuid();
const members = { name: peopleName, description: peopleDescription };
export const listBody = z
  .strictObject({ ...members, description: members.description.default(null) })
  .meta({ id: 'CreateContactList', example: { name: 'Newsletter', description: 'Signed up on the website.' } });
export const listPatch = z
  .strictObject(members)
  .partial()
  .meta({ id: 'UpdateContactList', example: { name: 'Newsletter, English' } });
export const listsQuery = z.strictObject({
  name: searchText(200).optional().meta({ description: 'Part of the name.' }),
  contact_id: uuid.optional().meta({ description: 'Only lists that this contact is on.' }),
  ...pageQuery,
});
/** People to add or to remove. */
export const peopleBody = z
  .union([
    z.strictObject({ ids: z.array(uuid).min(1).max(1_000) }),
    z.strictObject({ addresses: z.array(address).min(1).max(1_000).meta({ description: 'Addresses in any spelling.' }) }),
    z.strictObject({ list_id: uuid }),
    z.strictObject({ segment_id: uuid }),
    z.strictObject({ tree: selectionTree }),
    z.strictObject({ listed: listedFilter, expect: bulkMembers.expect.unwrap().meta({ description: 'Number of contacts that you saw.' }) }),
  ])
  .meta({
    id: 'ListedPeople',
    description:
      'Contacts by their ids or addresses, or all contacts of a list, of a segment, of a tree of rules or of a filter, as they are now.',
    example: { addresses: ['+447700900101'] },
  });
export type PeopleBody = z.output<typeof peopleBody>;

const exampleList = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e0',
  name: 'Newsletter',
  description: 'Signed up on the website.',
  members: 4_211,
  created_at: '2026-11-24T12:00:00.000Z',
  created_by: exampleActor,
};
/** A list of contacts. */
export const listSchema = z
  .object({
    id: uuid,
    name: z.string(),
    description: z.string().nullable(),
    members: z.int().meta({ description: 'Number of contacts on the list.' }),
    created_at: z.iso.datetime(),
    created_by: actorSchema,
  })
  .meta({ id: 'ContactList', example: exampleList });
export const listPage = pageSchema(listSchema, { id: 'ContactListPage', example: { data: [exampleList], next_cursor: null } });
export const changeSchema = z
  .object({
    matched: z.int().meta({ description: 'Contacts that were found.' }),
    changed: z.int().meta({ description: 'Contacts that were added or removed.' }),
    unknown: z.array(z.string()).meta({ description: 'Given ids or addresses that belong to no contact.' }),
    members: z.int().meta({ description: 'Number of contacts on the list now.' }),
  })
  .meta({ id: 'ContactListChange', example: { matched: 1, changed: 1, unknown: [], members: 4_212 } });

/** Editable members. */
export const editedList = ({ id, name, description }: ContactList) => [id, name, description];

export const listView = ({ createdAt, createdBy, ...list }: ContactList): z.input<typeof listSchema> => ({
  ...list,
  created_at: createdAt.toISOString(),
  created_by: createdBy,
});

export const changeView = (change: ListChange): z.input<typeof changeSchema> => change;

/** Returns the people of a body, whose addresses are canonical already. @throws AppError invalid_address */
export function peopleOf(body: Exclude<PeopleBody, { addresses: string[] }>, defaultCountry: string): ListedPeople {
  if ('listed' in body) return { listed: filterOf(body.listed, defaultCountry, 'listed/address'), expect: body.expect };
  if ('list_id' in body) return { source: { kind: 'list', id: body.list_id } };
  if ('segment_id' in body) return { source: { kind: 'segment', id: body.segment_id } };
  return body;
}
