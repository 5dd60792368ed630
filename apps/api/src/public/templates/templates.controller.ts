import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  type Template,
  templateBody,
  type TemplateBody,
  templateContent,
  templatePatch,
  type TemplatePatch,
  Templates,
  TemplateTrial,
} from '@heliograph/campaigns';
import { EventRules } from '@heliograph/ingestion';
import { type Actor, type EntityTags, pageQuery, searchText } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope, Sends } from '../../http/api-key.guard';
import { tagged, Tags, TakesIfMatch } from '../../http/if-match';
import { pageView } from '../../http/page.view';
import { type ApiCaller, CurrentActor, CurrentCaller, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { acceptedMessageSchema, acceptedView } from '../messages/message.view';
import { mayReadContacts } from './contact-values';
import {
  previewBody,
  type PreviewBody,
  previewSchema,
  previewView,
  templateUses,
  testTemplateBody,
  type TestTemplateBody,
} from './template-trial.view';
import { templatePage, templateSchema, templateVersions, templateView, type TemplateView } from './template.view';

const uuid = z.uuid();
const types = templateContent.options.map((option) => option.shape.type.value);
const listQuery = z.strictObject({
  name: searchText(200).optional().meta({ description: 'Part of the name.' }),
  type: z.enum(types).optional().meta({ description: 'Type of the content.' }),
  archived: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .meta({ description: 'true: archived templates alone. Default: those that are not archived.' }),
  ...pageQuery,
});
const versionQuery = z.strictObject({
  version: z.coerce.number().int().min(1).max(2_147_483_647).optional().meta({ description: 'Default: the newest version.' }),
});
/** Every change of what a template says is a new version. */
const editedTemplate = ({ templateId, newest, archivedAt }: Template) => [templateId, newest, archivedAt];
const answer = tagged({ status: 200, description: 'The template.', standardSchema: templateSchema });
const noTemplate = problemResponse(404, 'not_found', 'No such template, or no such version of it.');
const invalid = problemResponse(422, 'invalid_template', 'A content cannot be stored as it is; `errors` has the path of each fault.');

/** Templates of messages. */
@ApiTags('campaigns')
@Controller('v1/templates')
export class TemplatesController {
  constructor(
    private readonly templates: Templates,
    private readonly trial: TemplateTrial,
    private readonly rules: EventRules,
  ) {}

  @Post()
  @RequireScope('campaigns:manage')
  @ApiOperation({
    operationId: 'createTemplate',
    summary: 'Create a template',
    description:
      'Texts are Liquid. `{{ contact.name }}`, `contact.first_name`, `contact.phone`, `contact.external_id` and `contact.<attribute>` are of the contact; other names are columns of an import or values of the campaign.',
  })
  @ApiResponse(tagged({ status: 201, description: 'The template.', standardSchema: templateSchema }))
  @ApiResponse(invalid)
  async create(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: templateBody }) body: TemplateBody,
    @Tags() tags: EntityTags,
  ): Promise<TemplateView> {
    return templateView(tags.show(editedTemplate, await this.templates.create(tenant, actor, body)));
  }

  @Get()
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'listTemplates', summary: 'List templates, newest first' })
  @ApiResponse({ status: 200, description: 'A page of templates.', standardSchema: templatePage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) { name, type, archived, ...page }: z.output<typeof listQuery>,
  ): Promise<z.input<typeof templatePage>> {
    return pageView(await this.templates.list(tenant.id, { name, type, isArchived: archived }, page), templateView);
  }

  @Get(':id')
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'getTemplate', summary: 'A template', description: 'Also an archived one: campaigns go on using it.' })
  @ApiResponse(answer)
  @ApiResponse(noTemplate)
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: versionQuery }) { version }: z.output<typeof versionQuery>,
    @Tags() tags: EntityTags,
  ): Promise<TemplateView> {
    return templateView(tags.show(editedTemplate, await this.templates.get(tenant.id, id, version ?? null)));
  }

  @Get(':id/versions')
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'listTemplateVersions', summary: 'List versions of a template, newest first', description: 'At most 500.' })
  @ApiResponse({ status: 200, description: 'The versions.', standardSchema: templateVersions })
  @ApiResponse(noTemplate)
  async versions(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof templateVersions>> {
    return { data: (await this.templates.versions(tenant.id, id)).map(templateView) };
  }

  @Patch(':id')
  @TakesIfMatch()
  @RequireScope('campaigns:manage')
  @ApiOperation({
    operationId: 'updateTemplate',
    summary: 'Update or archive a template',
    description: 'Members of the request replace the stored members, in a new version. Campaigns that name a version keep it.',
  })
  @ApiResponse(answer)
  @ApiResponse(noTemplate)
  @ApiResponse(invalid)
  async update(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: templatePatch }) body: TemplatePatch,
    @Tags() tags: EntityTags,
  ): Promise<TemplateView> {
    return templateView(tags.show(editedTemplate, await this.templates.update(tenant, id, actor, body, tags.guard(editedTemplate))));
  }

  @Get(':id/uses')
  @RequireScope('campaigns:read')
  @ApiOperation({
    operationId: 'listTemplateUses',
    summary: 'List what sends a template',
    description: 'Campaigns, newest first, at most 100, then rules.',
  })
  @ApiResponse({ status: 200, description: 'What sends it.', standardSchema: templateUses })
  @ApiResponse(noTemplate)
  async uses(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<z.input<typeof templateUses>> {
    const campaigns = await this.templates.uses(tenant.id, id);
    const rules = await this.rules.sending(tenant.id, id);
    return {
      data: [
        ...campaigns.map((use) => ({ kind: 'campaign' as const, ...use })),
        ...rules.map(({ id: rule, name, isActive }) => ({
          kind: 'event_rule' as const,
          id: rule,
          name,
          state: isActive ? 'on' : 'off',
          version: null,
        })),
      ],
    };
  }

  @Post('preview')
  @HttpCode(200)
  @RequireScope('campaigns:read')
  @ApiOperation({
    operationId: 'tryTemplate',
    summary: 'Show contents as a recipient would get them',
    description: 'Checks the contents and fills them in. Stores and sends nothing.',
  })
  @ApiResponse({ status: 200, description: 'The message, and what is wrong with the contents.', standardSchema: previewSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such contact, or no such campaign.'))
  async preview(
    @CurrentCaller() caller: ApiCaller,
    @Body({ schema: previewBody }) { template, contact_id, campaign_id, variables, language, wording }: PreviewBody,
  ): Promise<z.input<typeof previewSchema>> {
    if (contact_id !== undefined) mayReadContacts(caller, 'contact_id');
    const recipient = { contactId: contact_id, campaignId: campaign_id, values: variables, language, wording };
    return previewView(await this.trial.preview(caller.tenant, template, recipient));
  }

  @Post(':id/test')
  @HttpCode(202)
  @Sends()
  @RequireScope('campaigns:launch')
  @ApiOperation({
    operationId: 'testTemplate',
    summary: 'Send a template to one recipient',
    description: 'The message goes out with the class transactional. It is no part of a campaign.',
  })
  @ApiResponse({ status: 202, description: 'Stored.', standardSchema: acceptedMessageSchema })
  @ApiResponse(noTemplate)
  @ApiResponse(
    problemResponse(
      422,
      'template_failed',
      'The message cannot be made, or variables have no value (`missing_variable`), or it cannot be sent (`invalid_message`, `no_session`).',
    ),
  )
  async test(
    @CurrentCaller() caller: ApiCaller,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: testTemplateBody })
    { to, session_id, version, contact_id, campaign_id, variables, language, wording }: TestTemplateBody,
  ): Promise<z.input<typeof acceptedMessageSchema>> {
    if (contact_id !== undefined) mayReadContacts(caller, 'contact_id');
    const template = await this.templates.get(caller.tenant.id, id, version ?? null);
    const recipient = { contactId: contact_id, campaignId: campaign_id, values: variables, language, wording };
    return acceptedView(await this.trial.send(caller.tenant, template, { to, sessionId: session_id }, recipient));
  }
}
