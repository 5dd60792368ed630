import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Actor } from '@heliograph/kernel';
import { ContactEdits } from '@heliograph/contacts';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { countChanged } from '../jobs/job.view';
import { invalidAttribute } from './contact.view';
import {
  bulkEditBody,
  type BulkEditBody,
  changesOf,
  countSchema,
  editedPage,
  editedQuery,
  editedView,
  editPage,
  editQuery,
  editSchema,
  editView,
  selectionOf,
} from './contact-edit.view';

const uuid = z.uuid();
const noEdit = problemResponse(404, 'not_found', 'No such edit.');

/** Edits of many contacts. */
@ApiTags('contacts')
@Controller('v1')
export class ContactEditsController {
  constructor(private readonly edits: ContactEdits) {}

  @Post('contacts/bulk-edit')
  @HttpCode(202)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'startContactEdit',
    summary: 'Edit many contacts',
    description:
      'Edits the contacts that exist now, in the background, in chunks, one edit after another. An edit can be undone, but for its opt-outs.',
  })
  @ApiResponse({ status: 200, description: 'Number of selected contacts, for a dry run.', standardSchema: countSchema })
  @ApiResponse({ status: 202, description: 'Ordered.', standardSchema: editSchema })
  @ApiResponse(countChanged)
  @ApiResponse(invalidAttribute)
  async start(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: bulkEditBody }) body: BulkEditBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof countSchema> | z.input<typeof editSchema>> {
    const selection = selectionOf(body, tenant.defaultCountry);
    const changes = changesOf(body);
    if (!body.dry_run) return editView(await this.edits.start(tenant.id, actor, selection, changes, body.expect));
    void reply.status(200);
    return { matched: await this.edits.count(tenant.id, selection, changes) };
  }

  @Get('contact-edits')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listContactEdits', summary: 'List edits of many contacts' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: editPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: editQuery }) q: z.output<typeof editQuery>,
  ): Promise<z.input<typeof editPage>> {
    return pageView(await this.edits.list(tenant.id, q), editView);
  }

  @Get('contact-edits/:id')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'getContactEdit', summary: 'Retrieve an edit and its progress' })
  @ApiResponse({ status: 200, description: 'The edit.', standardSchema: editSchema })
  @ApiResponse(noEdit)
  async get(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<z.input<typeof editSchema>> {
    return editView(await this.edits.get(tenant.id, id));
  }

  @Get('contact-edits/:id/contacts')
  @RequireScope('contacts:read')
  @ApiOperation({
    operationId: 'listEditedContacts',
    summary: 'List the changes of an edit by contact',
    description: 'Available for as long as the edit can be undone.',
  })
  @ApiResponse({ status: 200, description: 'One page, by contact id.', standardSchema: editedPage })
  @ApiResponse(noEdit)
  async contacts(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: editedQuery }) q: z.output<typeof editedQuery>,
  ): Promise<z.input<typeof editedPage>> {
    return pageView(await this.edits.contacts(tenant.id, id, q.kept, q), editedView);
  }

  @Post('contact-edits/:id/cancel')
  @HttpCode(200)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'cancelContactEdit',
    summary: 'Stop an edit',
    description: 'What it did until then stays, and can be undone.',
  })
  @ApiResponse({ status: 200, description: 'The edit.', standardSchema: editSchema })
  @ApiResponse(noEdit)
  @ApiResponse(problemResponse(409, 'edit_ended', 'The edit is not running.'))
  async cancel(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<z.input<typeof editSchema>> {
    return editView(await this.edits.cancel(tenant.id, id));
  }

  @Post('contact-edits/:id/undo')
  @HttpCode(202)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'undoContactEdit',
    summary: 'Undo an edit',
    description: 'Restores what the edit changed. Values with later changes stay, and so does every opt-out.',
  })
  @ApiResponse({ status: 202, description: 'Ordered.', standardSchema: editSchema })
  @ApiResponse(noEdit)
  @ApiResponse(
    problemResponse(
      409,
      'already_undone',
      'The edit was undone already, is not done yet (`edit_running`), or is too old (`undo_expired`).',
    ),
  )
  async undo(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof editSchema>> {
    return editView(await this.edits.undo(tenant.id, actor, id));
  }
}
