import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { canonicalAddresses, ContactLists, type ListedPeople } from '@heliograph/contacts';
import type { Actor, EntityTags } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { countChanged } from '../jobs/job.view';
import { useList, useView } from '../segments/segment.view';
import {
  changeSchema,
  changeView,
  editedList,
  listBody,
  listPage,
  listPatch,
  listSchema,
  listsQuery,
  listView,
  peopleBody,
  type PeopleBody,
  peopleOf,
} from './contact-list.view';

const uuid = z.uuid();
const answer = tagged({ status: 200, description: 'The list.', standardSchema: listSchema });
const noList = problemResponse(404, 'not_found', 'No such list.');
const invalidPeople = problemResponse(
  422,
  'invalid_address',
  'An address is not valid, a list or segment does not exist (`unknown_source`), or a rule does not fit its field (`invalid_selection`).',
);

/** Lists of contacts. */
@ApiTags('contacts')
@Controller('v1/contact-lists')
export class ContactListsController {
  constructor(private readonly lists: ContactLists) {}

  @Post()
  @RequireScope('contacts:manage')
  @ApiOperation({ operationId: 'createContactList', summary: 'Create a list of contacts' })
  @ApiResponse(tagged({ status: 201, description: 'The list.', standardSchema: listSchema }))
  async create(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: listBody }) body: z.output<typeof listBody>,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof listSchema>> {
    return listView(tags.show(editedList, await this.lists.create(tenant.id, actor, body)));
  }

  @Get()
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listContactLists', summary: 'List the lists of contacts, newest first' })
  @ApiResponse({ status: 200, description: 'A page of lists.', standardSchema: listPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listsQuery }) { name, contact_id: contactId, ...page }: z.output<typeof listsQuery>,
  ): Promise<z.input<typeof listPage>> {
    return pageView(await this.lists.list(tenant.id, { name, contactId }, page), listView);
  }

  @Get(':id')
  @RequireScope('contacts:read')
  @ApiOperation({
    operationId: 'getContactList',
    summary: 'A list of contacts',
    description: 'Its members are `GET /v1/contacts?list_id=`.',
  })
  @ApiResponse(answer)
  @ApiResponse(noList)
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof listSchema>> {
    return listView(tags.show(editedList, await this.lists.get(tenant.id, id)));
  }

  @Patch(':id')
  @TakesIfMatch()
  @RequireScope('contacts:manage')
  @ApiOperation({ operationId: 'updateContactList', summary: 'Update a list of contacts' })
  @ApiResponse(answer)
  @ApiResponse(noList)
  async update(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: listPatch }) body: z.output<typeof listPatch>,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof listSchema>> {
    return listView(tags.show(editedList, await this.lists.update(tenant.id, id, body, tags.guard(editedList))));
  }

  @Delete(':id')
  @TakesIfMatch()
  @HttpCode(204)
  @RequireScope('contacts:manage')
  @ApiOperation({ operationId: 'deleteContactList', summary: 'Delete a list; its contacts stay' })
  @ApiResponse({ status: 204, description: 'Gone.' })
  @ApiResponse(noList)
  @ApiResponse(problemResponse(409, 'in_use', 'A segment, or a campaign that is not over, uses the list.'))
  async delete(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<void> {
    await this.lists.delete(tenant.id, id, tags.guard(editedList));
  }

  @Post(':id/members')
  @HttpCode(200)
  @RequireScope('contacts:manage')
  @ApiOperation({ operationId: 'addContactListMembers', summary: 'Add contacts to a list', description: 'Contacts on the list stay.' })
  @ApiResponse({ status: 200, description: 'What changed.', standardSchema: changeSchema })
  @ApiResponse(noList)
  @ApiResponse(countChanged)
  @ApiResponse(invalidPeople)
  async add(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: peopleBody }) body: PeopleBody,
  ): Promise<z.input<typeof changeSchema>> {
    return changeView(await this.lists.add(tenant.id, id, peopleIn(body, tenant)));
  }

  @Post(':id/members/remove')
  @HttpCode(200)
  @RequireScope('contacts:manage')
  @ApiOperation({ operationId: 'removeContactListMembers', summary: 'Remove contacts from a list' })
  @ApiResponse({ status: 200, description: 'What changed.', standardSchema: changeSchema })
  @ApiResponse(noList)
  @ApiResponse(countChanged)
  @ApiResponse(invalidPeople)
  async remove(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: peopleBody }) body: PeopleBody,
  ): Promise<z.input<typeof changeSchema>> {
    return changeView(await this.lists.remove(tenant.id, id, peopleIn(body, tenant)));
  }

  @Get(':id/uses')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listContactListUses', summary: 'List what uses a list' })
  @ApiResponse({ status: 200, description: 'Segments and campaigns.', standardSchema: useList })
  @ApiResponse(noList)
  async uses(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<z.input<typeof useList>> {
    return { data: (await this.lists.uses(tenant.id, id)).map(useView) };
  }
}

/** @throws AppError invalid_address */
function peopleIn(body: PeopleBody, { defaultCountry }: CurrentTenantInfo): ListedPeople {
  return 'addresses' in body
    ? { addresses: canonicalAddresses(body.addresses, defaultCountry, 'addresses') }
    : peopleOf(body, defaultCountry);
}
