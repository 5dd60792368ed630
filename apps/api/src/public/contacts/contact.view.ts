import { actorSchema } from '@heliograph/kernel';
import type { Contact, ContactHistory } from '@heliograph/contacts';
import type { ContactActivityTimes } from '@heliograph/inbox';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';
import { tagged } from '../../http/if-match';
import { problemResponse } from '../../http/problem.schema';

const uuid = z.uuid();
export const exampleContact = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f0',
  external_id: 'user-4711',
  name: 'Priya',
  addresses: ['+447700900101', '109999@lid'],
  attributes: { plan: 'pro' },
  tags: ['vip'],
  consent: 'opt_in',
  consent_at: '2026-11-24T12:00:00.000Z',
  consent_source: 'signup-form',
  opted_out: false,
  created_at: '2026-11-24T12:00:00.000Z',
  updated_at: '2026-11-24T12:00:00.000Z',
} as const;
export const contactSchema = z
  .object({
    id: uuid,
    external_id: z.string().nullable(),
    name: z.string().nullable(),
    addresses: z.array(z.string()),
    attributes: z.record(z.string(), z.unknown()),
    tags: z.array(z.string()),
    consent: z.enum(['opt_in', 'opt_out']).nullable().meta({ description: 'Last consent to marketing.' }),
    consent_at: z.iso.datetime().nullable().meta({ description: 'Time of this consent.' }),
    consent_source: z.string().nullable().meta({ description: 'Where it was given, e.g. signup-form, or `keyword`.' }),
    opted_out: z.boolean().meta({ description: 'True when an opt-out suppresses an address of the contact.' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Contact', example: exampleContact });
const changeSchema = z
  .object({
    at: z.iso.datetime(),
    kind: z.enum(['merged', 'split', 'moved']),
    contact_id: uuid,
    other_id: uuid.nullable(),
    addresses: z.array(z.string()),
    actor: actorSchema,
  })
  .meta({ id: 'ContactChange' });
const exampleListed = { ...exampleContact, last_sent_at: '2026-11-24T12:00:00.000Z', last_reply_at: null };
const listedSchema = contactSchema
  .extend({
    last_sent_at: z.iso.datetime().nullable().meta({ description: 'Time of the last message that was sent to one of the addresses.' }),
    last_reply_at: z.iso.datetime().nullable().meta({ description: 'Time of the last message that the contact wrote.' }),
  })
  .meta({ id: 'ListedContact', example: exampleListed });
export const contactPage = pageSchema(listedSchema, { id: 'ContactPage', example: { data: [exampleListed], next_cursor: null } });
export const changeList = z.object({ data: z.array(changeSchema) }).meta({
  id: 'ContactChangeList',
  example: {
    data: [
      {
        at: '2026-11-24T12:00:00.000Z',
        kind: 'merged',
        contact_id: exampleContact.id,
        other_id: uuidExample(),
        addresses: ['109999@lid'],
        actor: { kind: 'system', id: 'address_matching', name: 'address matching' },
      },
    ],
  },
});
function uuidExample(): string {
  return '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f1';
}

/** Response of every route of one contact. */
export const noContact = problemResponse(404, 'not_found', 'No such contact.');
/** Response of routes that set attributes. */
export const invalidAttribute = problemResponse(422, 'invalid_attribute', 'The value does not have the declared type of the attribute.');
export const contactAnswer = tagged({ status: 200, description: 'The contact.', standardSchema: contactSchema });

/** Editable members. */
export const editedContact = ({ id, externalId, name, attributes, tags, addresses }: Contact) => [
  id,
  externalId,
  name,
  attributes,
  tags,
  addresses,
];

export function contactView(c: Contact): z.input<typeof contactSchema> {
  return {
    id: c.id,
    external_id: c.externalId,
    name: c.name,
    addresses: c.addresses,
    attributes: c.attributes,
    tags: c.tags,
    consent: c.consent,
    consent_at: c.consentAt?.toISOString() ?? null,
    consent_source: c.consentSource,
    opted_out: c.optedOut,
    created_at: c.createdAt.toISOString(),
    updated_at: c.updatedAt.toISOString(),
  };
}

export function listedView(c: Contact, times: ContactActivityTimes): z.input<typeof listedSchema> {
  return {
    ...contactView(c),
    last_sent_at: times.lastSentAt?.toISOString() ?? null,
    last_reply_at: times.lastReplyAt?.toISOString() ?? null,
  };
}

export function changeView(c: ContactHistory): z.input<typeof changeSchema> {
  return { at: c.at.toISOString(), kind: c.kind, contact_id: c.contactId, other_id: c.otherId, addresses: c.addresses, actor: c.actor };
}
