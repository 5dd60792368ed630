import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { canonicalAddress, type Consent, Consents, Contacts } from '@heliograph/contacts';
import { type Actor, actorSchema, AppError, Database } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { address, consentSource } from './contact-body';
import { exampleContact, noContact } from './contact.view';

const uuid = z.uuid();
const consentBody = z
  .strictObject({
    action: z.enum(['opt_in', 'opt_out']),
    purpose: z.string().min(1).max(64).default('marketing').meta({ description: 'An opt-out from marketing stops messages.' }),
    address: address
      .optional()
      .meta({ description: 'Address the consent is about; default: the first address of the contact, if it has one.' }),
    source: consentSource,
    text_version: z.string().min(1).max(64).nullable().default(null),
    text: z.string().min(1).max(4_096).nullable().default(null).meta({ description: 'Exact text the contact agreed to.' }),
    proof: z.record(z.string(), z.unknown()).nullable().default(null).meta({ description: 'Proof, e.g. form id, IP address, screenshot.' }),
  })
  .meta({
    id: 'RecordConsent',
    example: { action: 'opt_in', source: 'signup-form', text_version: '2026-10', text: 'Yes, send me offers.' },
  });
const exampleConsent = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f2',
  contact_id: exampleContact.id,
  address: '+447700900101',
  purpose: 'marketing',
  channel: 'whatsapp',
  action: 'opt_in',
  voids: null,
  source: 'signup-form',
  text_version: '2026-10',
  text: 'Yes, send me offers.',
  proof: null,
  actor: { kind: 'key', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Core application' },
  session_id: null,
  at: '2026-11-24T12:00:00.000Z',
} as const;
const consentSchema = z
  .object({
    id: uuid,
    contact_id: uuid,
    address: z.string().nullable().meta({ description: 'Null: the contact had no address.' }),
    purpose: z.string(),
    channel: z.string(),
    action: z.enum(['opt_in', 'opt_out', 'void']).meta({ description: 'void: the record that `voids` names no longer counts.' }),
    voids: uuid.nullable().meta({ description: 'Record that no longer counts since an import was undone.' }),
    source: z.string(),
    text_version: z.string().nullable(),
    text: z.string().nullable(),
    proof: z.unknown(),
    actor: actorSchema,
    session_id: uuid.nullable(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'Consent', example: exampleConsent });
const consentList = z.object({ data: z.array(consentSchema) }).meta({ id: 'ConsentList', example: { data: [exampleConsent] } });

function consentView(c: Consent): z.input<typeof consentSchema> {
  return {
    id: c.id,
    contact_id: c.contactId,
    address: c.address,
    purpose: c.purpose,
    channel: c.channel,
    action: c.action,
    voids: c.voids,
    source: c.source,
    text_version: c.textVersion,
    text: c.text,
    proof: c.proof,
    actor: c.actor,
    session_id: c.sessionId,
    at: c.at.toISOString(),
  };
}

/** Consents of contacts, with proof. */
@ApiTags('contacts')
@Controller('v1/contacts')
export class ContactConsentsController {
  constructor(
    private readonly db: Database,
    private readonly contacts: Contacts,
    private readonly consents: Consents,
  ) {}

  @Get(':id/consents')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listConsents', summary: 'List consents of a contact' })
  @ApiResponse({ status: 200, description: 'Newest first.', standardSchema: consentList })
  @ApiResponse(noContact)
  async consentsOf(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof consentList>> {
    const contact = await this.contacts.get(tenant.id, id);
    return { data: (await this.consents.list(tenant.id, contact.id)).map(consentView) };
  }

  @Post(':id/consents')
  @HttpCode(201)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'recordConsent',
    summary: 'Record a consent or its withdrawal',
    description: 'Records are never changed.',
  })
  @ApiResponse({ status: 201, description: 'The recorded consent.', standardSchema: consentList })
  @ApiResponse(noContact)
  @ApiResponse(problemResponse(422, 'invalid_address', 'The address is not valid, or does not belong to the contact.'))
  async record(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: consentBody }) body: z.output<typeof consentBody>,
  ): Promise<z.input<typeof consentList>> {
    const contact = await this.contacts.get(tenant.id, id);
    const given = body.address ? canonicalAddress(body.address, tenant.defaultCountry, 'address') : (contact.addresses[0] ?? null);
    if (given !== null && !contact.addresses.includes(given)) {
      throw new AppError('unprocessable', 'invalid_address', 'The address does not belong to the contact.', { path: 'address' });
    }
    const { action, purpose, source, text_version: textVersion, text, proof } = body;
    const consent = { contactId: contact.id, address: given, purpose, channel: 'whatsapp', action, source, textVersion, text, proof };
    await this.db.forTenant(tenant.id, (tx) => this.consents.record(tx, [{ ...consent, tenantId: tenant.id, actor, sessionId: null }]));
    return { data: (await this.consents.list(tenant.id, contact.id)).map(consentView) };
  }
}
