import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { maxMediaBytes, type MediaFile, MediaFiles, mediaKinds, MediaLinks } from '@heliograph/campaigns';
import { type Actor, actorSchema, fileOf, pageQuery, TakesFile } from '@heliograph/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageSchema, pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';

const uuid = z.uuid();
const exampleFile = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e4',
  name: 'summer.jpg',
  type: 'image/jpeg',
  kind: 'image',
  bytes: 184_320,
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  url: 'https://hooks.example.com/media/k1.AZLwwS9ufMOYxNwMDAc54A.4bQx',
  created_at: '2026-11-24T12:00:00.000Z',
  created_by: { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Maya Lindt' },
} as const;
const mediaSchema = z
  .object({
    id: uuid,
    name: z.string(),
    type: z.string().meta({ description: 'Media type, read from the content.' }),
    kind: z.enum(mediaKinds).meta({ description: 'Type of message that sends the file; `document` sends every file.' }),
    bytes: z.int(),
    sha256: z.string(),
    url: z.url().meta({ description: 'Link to the content. Needs no sign-in and expires.' }),
    created_at: z.iso.datetime(),
    created_by: actorSchema,
  })
  .meta({ id: 'Media', example: exampleFile });
type MediaView = z.input<typeof mediaSchema>;
const mediaPage = pageSchema(mediaSchema, { id: 'MediaPage', example: { data: [exampleFile], next_cursor: null } });
const listQuery = z.strictObject({ kind: z.enum(mediaKinds).optional(), ...pageQuery });
const noFile = problemResponse(404, 'not_found', 'No such file.');

/** Files that templates send. */
@ApiTags('campaigns')
@Controller('v1/media')
export class MediaController {
  constructor(
    private readonly files: MediaFiles,
    private readonly links: MediaLinks,
  ) {}

  @Post()
  @HttpCode(201)
  @TakesFile(maxMediaBytes)
  @RequireScope('campaigns:manage')
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    required: true,
    schema: { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary', description: 'The file.' } } },
  })
  @ApiOperation({
    operationId: 'addMedia',
    summary: 'Upload a file for templates',
    description: 'The type is read from the content. A file that is stored already is returned as it is.',
  })
  @ApiResponse({ status: 201, description: 'The file.', standardSchema: mediaSchema })
  @ApiResponse(problemResponse(409, 'media_full', 'The files of the tenant would have more than `MEDIA_MAX_MB_PER_TENANT`.'))
  @ApiResponse(problemResponse(413, 'file_too_large', `A file has at most ${maxMediaBytes / 1024 / 1024} MB.`))
  @ApiResponse(problemResponse(415, 'unsupported_media', 'Files of this type cannot be sent.'))
  @ApiResponse(
    problemResponse(422, 'empty_file', 'The file is empty, or the scanner of the installation refuses it: `media_refused_by_scan`.'),
  )
  async add(@CurrentTenant() tenant: CurrentTenantInfo, @CurrentActor() actor: Actor, @Req() request: FastifyRequest): Promise<MediaView> {
    return this.view(tenant.id, await this.files.add(tenant.id, actor, await fileOf(request)));
  }

  @Get()
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'listMedia', summary: 'List files, newest first' })
  @ApiResponse({ status: 200, description: 'A page of files.', standardSchema: mediaPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) { kind, ...page }: z.output<typeof listQuery>,
  ): Promise<z.input<typeof mediaPage>> {
    return pageView(await this.files.list(tenant.id, { kind }, page), (file) => this.view(tenant.id, file));
  }

  @Get(':id')
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'getMedia', summary: 'A file' })
  @ApiResponse({ status: 200, description: 'The file.', standardSchema: mediaSchema })
  @ApiResponse(noFile)
  async get(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<MediaView> {
    return this.view(tenant.id, await this.files.get(tenant.id, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('campaigns:manage')
  @ApiOperation({ operationId: 'deleteMedia', summary: 'Delete a file that no template sends' })
  @ApiResponse({ status: 204, description: 'Gone.' })
  @ApiResponse(noFile)
  @ApiResponse(problemResponse(409, 'media_in_use', 'A version of a template sends this file.'))
  async delete(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<void> {
    await this.files.delete(tenant.id, id);
  }

  private view(tenantId: string, { createdAt, createdBy, ...file }: MediaFile): MediaView {
    const url = this.links.address({ tenantId, mediaId: file.id });
    return { ...file, url, created_at: createdAt.toISOString(), created_by: createdBy };
  }
}
