import { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  AttributeTypes,
  ContactImports,
  importLimits,
  importSettings,
  ImportUploads,
  refusedHead,
  refusedLines,
  sampleFile,
} from '@heliograph/contacts';
import { type Actor, fileOf, TakesFile } from '@heliograph/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import {
  importPage,
  importQuery,
  importSchema,
  importView,
  type ImportView,
  previewQuery,
  previewSchema,
  previewView,
  refusedPage,
  refusedQuery,
  refusedView,
} from './import.view';

const uuid = z.uuid();
const noImport = problemResponse(404, 'not_found', 'No such import.');
const answer = { status: 200, description: 'The import.', standardSchema: importSchema };
const ordered = { status: 202, description: 'Ordered.', standardSchema: importSchema };
const isStarted = problemResponse(
  409,
  'import_started',
  'The import is at work or has ended, its columns have no meaning yet (`not_mapped`), or its rows are not stored any more (`import_forgotten`).',
);
const isInvalid = problemResponse(
  422,
  'invalid_file',
  'The file cannot be read: `errors` has the cause. Or it is empty (`empty_file`) or of another kind (`not_a_table`).',
);
/** Refused rows that are read at once. */
const refusedAtOnce = 500;

/** Imports of contacts. */
@ApiTags('imports')
@Controller('v1/imports')
export class ImportsController {
  constructor(
    private readonly imports: ContactImports,
    private readonly uploads: ImportUploads,
    private readonly types: AttributeTypes,
  ) {}

  @Post()
  @HttpCode(201)
  @TakesFile(importLimits.maxBytes)
  @RequireScope('contacts:manage')
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    required: true,
    schema: {
      type: 'object',
      required: ['file'],
      properties: { file: { type: 'string', format: 'binary', description: 'A CSV or XLSX file.' } },
    },
  })
  @ApiOperation({
    operationId: 'createImport',
    summary: 'Upload a file of contacts',
    description:
      'Stores the file. Then name what its columns mean (`mapping`), have it checked, and run it. Nothing is written to contacts before the run. The file is deleted 24 hours after the run, or after 7 days without one.',
  })
  @ApiResponse({ status: 201, description: 'The import.', standardSchema: importSchema })
  @ApiResponse(problemResponse(409, 'imports_full', 'The stored files of the tenant have no room for it.'))
  @ApiResponse(problemResponse(413, 'file_too_large', `A file has at most ${importLimits.maxBytes / 1024 / 1024} MB.`))
  @ApiResponse(isInvalid)
  async create(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
  ): Promise<ImportView> {
    const { name, bytes } = await fileOf(request);
    return importView(await this.uploads.upload(tenant.id, actor, { name, country: tenant.defaultCountry }, bytes));
  }

  @Get()
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listImports', summary: 'List imports' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: importPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: importQuery }) { state, name, ...page }: z.output<typeof importQuery>,
  ): Promise<z.input<typeof importPage>> {
    return pageView(await this.imports.list(tenant.id, { states: state, name }, page), importView);
  }

  @Get(':id')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'getImport', summary: 'Retrieve an import and its progress' })
  @ApiResponse(answer)
  @ApiResponse(noImport)
  async get(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<ImportView> {
    return importView(await this.imports.get(tenant.id, id));
  }

  @Get(':id/preview')
  @RequireScope('contacts:read')
  @ApiOperation({
    operationId: 'getImportPreview',
    summary: 'Read the first rows of a file',
    description: 'Charset, separator and header are guessed where they are not named. Stores nothing.',
  })
  @ApiResponse({ status: 200, description: 'The first rows and a suggested mapping.', standardSchema: previewSchema })
  @ApiResponse(noImport)
  @ApiResponse(
    problemResponse(
      409,
      'import_forgotten',
      'The file is not stored any more, or the import has none (`no_file`): its people came by API.',
    ),
  )
  @ApiResponse(isInvalid)
  async preview(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: previewQuery }) { charset, separator, header }: z.output<typeof previewQuery>,
  ): Promise<z.input<typeof previewSchema>> {
    const asked = { ...(charset && { charset }), ...(separator && { separator }), ...(header !== undefined && { header }) };
    return previewView(await this.imports.preview(tenant.id, id, tenant.defaultCountry, asked));
  }

  @Put(':id/mapping')
  @RequireScope('contacts:manage')
  @ApiOperation({ operationId: 'putImportMapping', summary: 'Say what the columns of a file mean', description: 'Possible until the run.' })
  @ApiResponse(answer)
  @ApiResponse(noImport)
  @ApiResponse(isStarted)
  @ApiResponse(
    problemResponse(
      422,
      'unknown_column',
      'The file has no such column, the list does not exist (`unknown_list`), or the file cannot be read in this way (`invalid_file`).',
    ),
  )
  async map(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: importSettings }) body: z.output<typeof importSettings>,
  ): Promise<ImportView> {
    return importView(await this.imports.map(tenant.id, id, tenant.defaultCountry, body));
  }

  @Post(':id/check')
  @HttpCode(202)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'startImportCheck',
    summary: 'Check all rows of a file',
    description: 'Goes through the whole file in the background and writes nothing to contacts.',
  })
  @ApiResponse(ordered)
  @ApiResponse(noImport)
  @ApiResponse(isStarted)
  async check(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<ImportView> {
    return importView(await this.imports.check(tenant.id, id));
  }

  @Post(':id/run')
  @HttpCode(202)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'startImport',
    summary: 'Run an import',
    description: 'Writes the contacts in the background. An import that was not checked is checked first.',
  })
  @ApiResponse(ordered)
  @ApiResponse(noImport)
  @ApiResponse(isStarted)
  async run(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<ImportView> {
    return importView(await this.imports.run(tenant.id, actor, id));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'cancelImport',
    summary: 'Stop a check or a run',
    description: 'What is written stays, and can be undone.',
  })
  @ApiResponse(answer)
  @ApiResponse(noImport)
  @ApiResponse(problemResponse(409, 'import_ended', 'The import is not at work.'))
  async cancel(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<ImportView> {
    return importView(await this.imports.cancel(tenant.id, id));
  }

  @Post(':id/undo')
  @HttpCode(202)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'undoImport',
    summary: 'Undo an import',
    description:
      'Deletes the contacts that it made, puts back the values that it changed, and voids the consents that it recorded. What changed later stays, and so does every opt-out.',
  })
  @ApiResponse(ordered)
  @ApiResponse(noImport)
  @ApiResponse(
    problemResponse(
      409,
      'already_undone',
      'The import was undone already, was not run (`nothing_to_undo`), is not done yet (`import_running`), is too old (`undo_expired`), or a campaign that is not over uses it (`in_use`).',
    ),
  )
  async undo(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<ImportView> {
    return importView(await this.imports.undo(tenant.id, actor, id));
  }

  @Get('sample.csv')
  @RequireScope('contacts:read')
  @ApiProduces('text/csv')
  @ApiOperation({
    operationId: 'getImportSample',
    summary: 'Download a file to begin with',
    description: 'Has a phone of the country of the tenant, and a column for each declared attribute.',
  })
  @ApiResponse({ status: 200, description: 'CSV in UTF-8.', content: { 'text/csv': { schema: { type: 'string' } } } })
  async sample(@CurrentTenant() tenant: CurrentTenantInfo, @Res({ passthrough: true }) reply: FastifyReply): Promise<Readable> {
    void reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="contacts-sample.csv"');
    return Readable.from([sampleFile(tenant.defaultCountry, await this.types.list(tenant.id))]);
  }

  @Get(':id/refused')
  @RequireScope('contacts:read')
  @ApiOperation({
    operationId: 'listRefusedRows',
    summary: 'List refused rows of an import',
    description: 'Each with its line, its column, the value and the reason.',
  })
  @ApiResponse({ status: 200, description: 'One page, by line.', standardSchema: refusedPage })
  @ApiResponse(noImport)
  async refused(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: refusedQuery }) { reason, ...page }: z.output<typeof refusedQuery>,
  ): Promise<z.input<typeof refusedPage>> {
    return pageView(await this.imports.refused(tenant.id, id, reason, page), refusedView);
  }

  @Get(':id/refused.csv')
  @RequireScope('contacts:read')
  @ApiProduces('text/csv')
  @ApiOperation({
    operationId: 'exportRefusedRows',
    summary: 'Download refused rows as a file',
    description:
      'Has the columns of the file and the reason of each row. Cells beyond the columns stand in columns of their own, `heliograph_surplus`; a row that has one is refused again. Fix the rows and upload the file.',
  })
  @ApiResponse({ status: 200, description: 'CSV in UTF-8.', content: { 'text/csv': { schema: { type: 'string' } } } })
  @ApiResponse(noImport)
  async download(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    const { columns, fileName } = await this.imports.get(tenant.id, id);
    const surplus = await this.imports.surplusOf(tenant.id, id);
    const name = fileName.replace(/\.\w+$/, '').replaceAll(/[^\w.-]+/g, '-');
    void reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${name}-refused.csv"`);
    const { imports } = this;
    return Readable.from(
      (async function* () {
        yield refusedHead(columns, surplus);
        for (let cursor: string | undefined, isMore = true; isMore;) {
          const { rows, next } = await imports.refused(tenant.id, id, undefined, { limit: refusedAtOnce, cursor });
          yield refusedLines(columns, rows, surplus);
          isMore = next !== null;
          cursor = next ?? undefined;
        }
      })(),
    );
  }
}
