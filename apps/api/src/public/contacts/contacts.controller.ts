import { Body, Controller, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { canonicalAddresses, ContactEditing, Contacts } from '@heliograph/contacts';
import { ContactActivity, type ContactActivityTimes, InboxActions } from '@heliograph/inbox';
import type { Actor, EntityTags } from '@heliograph/kernel';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageView } from '../../http/page.view';
import { Tags, TakesIfMatch } from '../../http/if-match';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { changesOf, filterOf, listQuery, mergeBody, patchBody, putBody, splitBody } from './contact-body';
import {
  changeList,
  changeView,
  contactAnswer,
  contactPage,
  contactSchema,
  contactView,
  editedContact,
  invalidAttribute,
  listedView,
  noContact,
} from './contact.view';

const uuid = z.uuid();

/** Contacts. */
@ApiTags('contacts')
@Controller('v1/contacts')
export class ContactsController {
  constructor(
    private readonly contacts: Contacts,
    private readonly editing: ContactEditing,
    private readonly inbox: InboxActions,
    private readonly activity: ContactActivity,
  ) {}

  @Get()
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listContacts', summary: 'List contacts' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: contactPage })
  @ApiResponse(
    problemResponse(422, 'invalid_address', 'The address is not valid, or the list or segment does not exist (`unknown_source`).'),
  )
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof contactPage>> {
    const { rows, next } = await this.contacts.list(tenant.id, filterOf(q, tenant.defaultCountry), q);
    const times = await this.activity.of(tenant.id, rows);
    const listed = rows.map((contact, i) => ({ contact, times: times[i] as ContactActivityTimes }));
    return pageView({ rows: listed, next }, (row) => listedView(row.contact, row.times));
  }

  @Put()
  @HttpCode(200)
  @TakesIfMatch()
  @RequireScope('contacts:manage')
  @ApiOperation({ operationId: 'putContact', summary: 'Create or update the contact with these addresses or this external id' })
  @ApiResponse(contactAnswer)
  @ApiResponse({ status: 201, description: 'The contact was created.', standardSchema: contactSchema })
  @ApiResponse(problemResponse(409, 'addresses_differ', 'The addresses or the external id belong to several contacts.'))
  @ApiResponse(
    problemResponse(
      422,
      'invalid_address',
      'An address is not valid, or a value does not have the declared type of the attribute (`invalid_attribute`).',
    ),
  )
  async put(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Body({ schema: putBody }) body: z.output<typeof putBody>,
    @Tags() tags: EntityTags,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof contactSchema>> {
    const addresses = canonicalAddresses(body.addresses, tenant.defaultCountry, 'addresses');
    const { contact, created } = await this.editing.put(tenant.id, addresses, changesOf(body), tags.guard(editedContact));
    if (created) void reply.status(201);
    return contactView(tags.show(editedContact, contact));
  }

  @Get(':id')
  @RequireScope('contacts:read')
  @ApiOperation({
    operationId: 'getContact',
    summary: 'A contact',
    description: 'For a contact that was merged, the contact it was merged into.',
  })
  @ApiResponse(contactAnswer)
  @ApiResponse(noContact)
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof contactSchema>> {
    return contactView(tags.show(editedContact, await this.contacts.get(tenant.id, id)));
  }

  @Patch(':id')
  @TakesIfMatch()
  @RequireScope('contacts:manage')
  @ApiOperation({ operationId: 'updateContact', summary: 'Update a contact' })
  @ApiResponse(contactAnswer)
  @ApiResponse(noContact)
  @ApiResponse(problemResponse(409, 'external_id_taken', 'Another contact has this external id.'))
  @ApiResponse(invalidAttribute)
  async change(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: patchBody }) body: z.output<typeof patchBody>,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof contactSchema>> {
    const contact = await this.editing.update(tenant.id, id, changesOf(body), tags.guard(editedContact));
    return contactView(tags.show(editedContact, contact));
  }

  @Post(':id/merge')
  @HttpCode(200)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'mergeContacts',
    summary: 'Merge a contact into this one',
    description: 'This contact gets the addresses, conversations and consents of the other one.',
  })
  @ApiResponse(contactAnswer)
  @ApiResponse(noContact)
  @ApiResponse(problemResponse(409, 'same_contact', 'Both ids name the same contact.'))
  @ApiResponse(
    problemResponse(
      422,
      'too_many_attributes',
      'The merged contact would have too many attributes, tags (`too_many_tags`) or addresses (`too_many_addresses`).',
    ),
  )
  async merge(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: mergeBody }) body: z.output<typeof mergeBody>,
  ): Promise<z.input<typeof contactSchema>> {
    return contactView(await this.inbox.mergeContacts(tenant.id, actor, id, body.other_id));
  }

  @Post(':id/split')
  @HttpCode(201)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'splitContact',
    summary: 'Split addresses off into a new contact',
    description: 'Existing messages stay where they are.',
  })
  @ApiResponse({ status: 201, description: 'The new contact.', standardSchema: contactSchema })
  @ApiResponse(noContact)
  @ApiResponse(problemResponse(422, 'not_its_addresses', 'The addresses do not belong to this contact, or are all of its addresses.'))
  async split(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: splitBody }) body: z.output<typeof splitBody>,
  ): Promise<z.input<typeof contactSchema>> {
    const addresses = canonicalAddresses(body.addresses, tenant.defaultCountry, 'addresses');
    return contactView(await this.editing.split(tenant.id, actor, id, addresses));
  }

  @Get(':id/changes')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listContactChanges', summary: 'List merges, splits and address changes of a contact' })
  @ApiResponse({ status: 200, description: 'Newest first.', standardSchema: changeList })
  @ApiResponse(noContact)
  async changes(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof changeList>> {
    return { data: (await this.contacts.history(tenant.id, id)).map(changeView) };
  }
}
