import { Body, Controller, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Consent, Consents, type Contact, type ContactChanges, Contacts, type ContactHistory } from '@heliograph/contacts';
import { AppError, Database } from '@heliograph/kernel';
import { InboxActions } from '@heliograph/inbox';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CurrentKey, type CurrentKeyInfo, CurrentTenant, type CurrentTenantInfo, RequireScope } from '../auth/api-key.guard';
import { problemResponse } from '../openapi/problem.schema';
import { canonicalAddresses } from './addresses';

const uuid = z.uuid();
const address = z.string().min(1).max(128);
const attributes = z
  .record(
    z.string().regex(/^[A-Za-z_][\w.-]{0,63}$/, 'A name is a letter, then letters, digits, dot, dash, underscore; at most 64.'),
    z.union([z.string().max(1_024), z.number(), z.boolean(), z.null()]),
  )
  .refine((all) => Object.keys(all).length <= 100, 'At most 100 attributes.');
const changeable = {
  external_id: z.string().min(1).max(255).nullable().optional().meta({ description: 'Your own id of this person.' }),
  name: z.string().min(1).max(255).nullable().optional(),
  attributes: attributes.optional().meta({ description: 'Laid over what is there; null takes one away.' }),
  tags: z.array(z.string().min(1).max(64)).max(50).optional().meta({ description: 'In place of those there are.' }),
};
const putBody = z.strictObject({ addresses: z.array(address).min(1).max(20), ...changeable }).meta({
  id: 'PutContact',
  example: { addresses: ['+447700900101'], external_id: 'user-4711', name: 'Priya', attributes: { plan: 'pro' } },
});
const patchBody = z.strictObject(changeable).meta({ id: 'ChangeContact', example: { tags: ['vip'] } });
const mergeBody = z
  .strictObject({ other_id: uuid })
  .meta({ id: 'MergeContacts', example: { other_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f1' } });
const splitBody = z
  .strictObject({ addresses: z.array(address).min(1).max(20) })
  .meta({ id: 'SplitContact', example: { addresses: ['+447700900102'] } });
const consentBody = z
  .strictObject({
    action: z.enum(['opt_in', 'opt_out']),
    purpose: z.string().min(1).max(64).default('marketing').meta({ description: 'An opt-out of marketing stops messages.' }),
    address: address.optional().meta({ description: 'The address it is about; default: the first.' }),
    source: z.string().min(1).max(64).meta({ description: 'Where it was given: signup-form, checkout, phone call.' }),
    text_version: z.string().min(1).max(64).nullable().default(null),
    text: z.string().min(1).max(4_096).nullable().default(null).meta({ description: 'What was agreed to, word for word.' }),
    proof: z.record(z.string(), z.unknown()).nullable().default(null).meta({ description: 'What shows it: form id, IP, screenshot.' }),
  })
  .meta({
    id: 'RecordConsent',
    example: { action: 'opt_in', source: 'signup-form', text_version: '2026-10', text: 'Yes, send me offers.' },
  });
const listQuery = z.strictObject({
  address: address.optional(),
  external_id: z.string().max(255).optional(),
  tag: z.string().max(64).optional(),
  cursor: uuid.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

const exampleContact = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f0',
  external_id: 'user-4711',
  name: 'Priya',
  addresses: ['+447700900101', '109999@lid'],
  attributes: { plan: 'pro' },
  tags: ['vip'],
  consent: 'opt_in',
  created_at: '2026-11-24T12:00:00.000Z',
  updated_at: '2026-11-24T12:00:00.000Z',
} as const;
const contactSchema = z
  .object({
    id: uuid,
    external_id: z.string().nullable(),
    name: z.string().nullable(),
    addresses: z.array(z.string()),
    attributes: z.record(z.string(), z.unknown()),
    tags: z.array(z.string()),
    consent: z.enum(['opt_in', 'opt_out']).nullable().meta({ description: 'Marketing: what they said last.' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Contact', example: exampleContact });
const exampleConsent = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f2',
  contact_id: exampleContact.id,
  address: '+447700900101',
  purpose: 'marketing',
  channel: 'whatsapp',
  action: 'opt_in',
  source: 'signup-form',
  text_version: '2026-10',
  text: 'Yes, send me offers.',
  proof: null,
  actor: 'Core application',
  session_id: null,
  at: '2026-11-24T12:00:00.000Z',
} as const;
const consentSchema = z
  .object({
    id: uuid,
    contact_id: uuid,
    address: z.string(),
    purpose: z.string(),
    channel: z.string(),
    action: z.enum(['opt_in', 'opt_out']),
    source: z.string(),
    text_version: z.string().nullable(),
    text: z.string().nullable(),
    proof: z.unknown(),
    actor: z.string(),
    session_id: uuid.nullable(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'Consent', example: exampleConsent });
const changeSchema = z
  .object({
    at: z.iso.datetime(),
    kind: z.enum(['merged', 'split', 'moved']),
    contact_id: uuid,
    other_id: uuid.nullable(),
    addresses: z.array(z.string()),
    actor: z.string(),
  })
  .meta({ id: 'ContactChange' });
const contactPage = z
  .object({ data: z.array(contactSchema), next_cursor: uuid.nullable() })
  .meta({ id: 'ContactPage', example: { data: [exampleContact], next_cursor: null } });
const consentList = z.object({ data: z.array(consentSchema) }).meta({ id: 'ConsentList', example: { data: [exampleConsent] } });
const changeList = z.object({ data: z.array(changeSchema) }).meta({
  id: 'ContactChangeList',
  example: {
    data: [
      {
        at: '2026-11-24T12:00:00.000Z',
        kind: 'merged',
        contact_id: exampleContact.id,
        other_id: uuidExample(),
        addresses: ['109999@lid'],
        actor: 'system',
      },
    ],
  },
});
function uuidExample(): string {
  return '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f1';
}

const noContact = problemResponse(404, 'not_found', 'No such contact.');
const contactAnswer = { status: 200, description: 'The contact.', standardSchema: contactSchema };

function view(c: Contact): z.input<typeof contactSchema> {
  return {
    id: c.id,
    external_id: c.externalId,
    name: c.name,
    addresses: c.addresses,
    attributes: c.attributes,
    tags: c.tags,
    consent: c.consent,
    created_at: c.createdAt.toISOString(),
    updated_at: c.updatedAt.toISOString(),
  };
}

function consentView(c: Consent): z.input<typeof consentSchema> {
  return {
    id: c.id,
    contact_id: c.contactId,
    address: c.address,
    purpose: c.purpose,
    channel: c.channel,
    action: c.action,
    source: c.source,
    text_version: c.textVersion,
    text: c.text,
    proof: c.proof,
    actor: c.actor,
    session_id: c.sessionId,
    at: c.at.toISOString(),
  };
}

function changeView(c: ContactHistory): z.input<typeof changeSchema> {
  return { at: c.at.toISOString(), kind: c.kind, contact_id: c.contactId, other_id: c.otherId, addresses: c.addresses, actor: c.actor };
}

/** What a body changes; absent members stay as they are. */
function changesOf({ external_id, name, attributes, tags }: z.output<typeof patchBody>): ContactChanges {
  return {
    ...(external_id !== undefined && { externalId: external_id }),
    ...(name !== undefined && { name }),
    ...(attributes && { attributes }),
    ...(tags && { tags }),
  };
}

/** People. */
@ApiTags('contacts')
@Controller('v1/contacts')
export class ContactsController {
  constructor(
    private readonly db: Database,
    private readonly contacts: Contacts,
    private readonly consents: Consents,
    private readonly inbox: InboxActions,
  ) {}

  @Get()
  @RequireScope('contacts:read')
  @ApiOperation({ summary: 'Contacts, newest first' })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: contactPage })
  @ApiResponse(problemResponse(422, 'invalid_address', 'The address cannot be read.'))
  async list(@CurrentTenant() tenant: CurrentTenantInfo, @Query({ schema: listQuery }) q: z.output<typeof listQuery>): Promise<unknown> {
    const [known] = q.address ? canonicalAddresses([q.address], tenant.defaultCountry, 'address') : [];
    const { rows, next } = await this.contacts.list(
      tenant.id,
      { address: known, externalId: q.external_id, tag: q.tag },
      { cursor: q.cursor, limit: q.limit },
    );
    return { data: rows.map(view), next_cursor: next };
  }

  @Put()
  @HttpCode(200)
  @RequireScope('contacts:manage')
  @ApiOperation({ summary: 'Make or change the contact of these addresses or this external id' })
  @ApiResponse(contactAnswer)
  @ApiResponse({ status: 201, description: 'A new contact.', standardSchema: contactSchema })
  @ApiResponse(problemResponse(409, 'addresses_differ', 'The addresses or the external id belong to several contacts.'))
  @ApiResponse(problemResponse(422, 'invalid_address', 'An address cannot be read.'))
  async put(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Body({ schema: putBody }) body: z.output<typeof putBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const addresses = canonicalAddresses(body.addresses, tenant.defaultCountry, 'addresses');
    const { contact, created } = await this.contacts.put(tenant.id, addresses, changesOf(body));
    if (created) void reply.status(201);
    return view(contact);
  }

  @Get(':id')
  @RequireScope('contacts:read')
  @ApiOperation({ summary: 'A contact', description: 'Of one that was merged, the contact it became.' })
  @ApiResponse(contactAnswer)
  @ApiResponse(noContact)
  async get(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<unknown> {
    return view(await this.contacts.get(tenant.id, id));
  }

  @Patch(':id')
  @RequireScope('contacts:manage')
  @ApiOperation({ summary: 'Change a contact' })
  @ApiResponse(contactAnswer)
  @ApiResponse(noContact)
  @ApiResponse(problemResponse(409, 'external_id_taken', 'Another contact has this external id.'))
  async change(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: patchBody }) body: z.output<typeof patchBody>,
  ): Promise<unknown> {
    return view(await this.contacts.update(tenant.id, id, changesOf(body)));
  }

  @Post(':id/merge')
  @HttpCode(200)
  @RequireScope('contacts:manage')
  @ApiOperation({ summary: 'Make one of two contacts', description: 'Addresses, conversations and consents of the other are this one’s.' })
  @ApiResponse(contactAnswer)
  @ApiResponse(noContact)
  @ApiResponse(problemResponse(409, 'same_contact', 'They are one already.'))
  async merge(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentKey() key: CurrentKeyInfo,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: mergeBody }) body: z.output<typeof mergeBody>,
  ): Promise<unknown> {
    return view(await this.inbox.mergeContacts(tenant.id, id, body.other_id, key.name));
  }

  @Post(':id/split')
  @HttpCode(201)
  @RequireScope('contacts:manage')
  @ApiOperation({ summary: 'Make a contact of its own of some addresses', description: 'What was written before stays where it is.' })
  @ApiResponse({ status: 201, description: 'The new contact.', standardSchema: contactSchema })
  @ApiResponse(noContact)
  @ApiResponse(problemResponse(422, 'not_its_addresses', 'Not addresses of this contact, or all of them.'))
  async split(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentKey() key: CurrentKeyInfo,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: splitBody }) body: z.output<typeof splitBody>,
  ): Promise<unknown> {
    const addresses = canonicalAddresses(body.addresses, tenant.defaultCountry, 'addresses');
    return view(await this.contacts.split(tenant.id, id, addresses, key.name));
  }

  @Get(':id/changes')
  @RequireScope('contacts:read')
  @ApiOperation({ summary: 'Merges, splits, and numbers that passed on' })
  @ApiResponse({ status: 200, description: 'Newest first.', standardSchema: changeList })
  @ApiResponse(noContact)
  async changes(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<unknown> {
    return { data: (await this.contacts.history(tenant.id, id)).map(changeView) };
  }

  @Get(':id/consents')
  @RequireScope('contacts:read')
  @ApiOperation({ summary: 'What a contact agreed to, or no longer' })
  @ApiResponse({ status: 200, description: 'Newest first.', standardSchema: consentList })
  @ApiResponse(noContact)
  async consentsOf(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<unknown> {
    const contact = await this.contacts.get(tenant.id, id);
    return { data: (await this.consents.list(tenant.id, contact.id)).map(consentView) };
  }

  @Post(':id/consents')
  @HttpCode(201)
  @RequireScope('contacts:manage')
  @ApiOperation({ summary: 'Record a consent or its withdrawal', description: 'Records are added to, never changed.' })
  @ApiResponse({ status: 201, description: 'What the contact has said.', standardSchema: consentList })
  @ApiResponse(noContact)
  @ApiResponse(problemResponse(422, 'invalid_address', 'The address cannot be read, or is not the contact’s.'))
  async record(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentKey() key: CurrentKeyInfo,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: consentBody }) body: z.output<typeof consentBody>,
  ): Promise<unknown> {
    const contact = await this.contacts.get(tenant.id, id);
    const [given] = body.address ? canonicalAddresses([body.address], tenant.defaultCountry, 'address') : contact.addresses;
    if (!given || !contact.addresses.includes(given)) {
      throw new AppError('unprocessable', 'invalid_address', 'This is no address of the contact.', { path: 'address' });
    }
    const { action, purpose, source, text_version: textVersion, text, proof } = body;
    const told = { contactId: contact.id, address: given, purpose, channel: 'whatsapp', action, source, textVersion, text, proof };
    await this.db.forTenant(tenant.id, (tx) =>
      this.consents.record(tx, [{ ...told, tenantId: tenant.id, actor: key.name, sessionId: null }]),
    );
    return { data: (await this.consents.list(tenant.id, contact.id)).map(consentView) };
  }
}
