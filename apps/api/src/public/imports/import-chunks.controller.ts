import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  chunkHours,
  ChunkReader,
  type ImportChunk,
  ImportChunks,
  type ImportRecipient,
  importRecipient,
  maxChunk,
  recipientImportBody,
  recipientsPerChunk,
  variablesPerChunk,
} from '@heliograph/contacts';
import { type Actor, AppError, invalidBody, mapInSlices, parseJson, TakesRows } from '@heliograph/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { linesOf } from '../../http/bulk/lines-of';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { importSchema, importView, type ImportView } from './import.view';

const uuid = z.uuid();
const chunkNumber = z.coerce.number().int().min(1).max(maxChunk);
const noImport = problemResponse(404, 'not_found', 'No such import.');

/** Body of the JSON form of a chunk. */
const chunkBody = z.strictObject({ recipients: z.array(importRecipient).min(1).max(recipientsPerChunk) }).meta({
  id: 'ImportRecipients',
  example: { recipients: [{ phone: '+447700900101', name: 'Priya Nair', variables: { city: 'Leeds' } }] },
});
/** The same, with rows that are read one by one. */
const rowsBody = z.strictObject({ recipients: z.array(z.unknown()).min(1).max(recipientsPerChunk) });
const finishBody = z
  .strictObject({
    chunks: z
      .int()
      .min(1)
      .max(maxChunk)
      .optional()
      .meta({ description: 'Number of chunks that were sent. Another number refuses the end.' }),
    run: z.boolean().default(true).meta({ description: 'False: only ends the chunks, so that the import can be checked before its run.' }),
  })
  .meta({ id: 'FinishImport', example: { chunks: 5 } });
const chunkSchema = z
  .object({
    chunk: z.int(),
    rows: z.int().meta({ description: 'Recipients of the chunk.' }),
    rows_total: z.int().meta({ description: 'Recipients of all chunks so far.' }),
    repeated: z.boolean().meta({ description: 'True: the chunk was stored before, and nothing changed.' }),
  })
  .meta({ id: 'ImportChunk', example: { chunk: 1, rows: 10_000, rows_total: 10_000, repeated: false } });

/** Characters of a chunk as lines. */
const maxChunkText = 32 * 1024 * 1024;

/** Values of a line: those of a recipient with all its variables, and a few more. */
const lineValues = 300;

/** Imports whose people the core application gives in chunks. */
@ApiTags('imports')
@Controller('v1/imports')
export class ImportChunksController {
  constructor(private readonly chunks: ImportChunks) {}

  @Post('api')
  @HttpCode(201)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'createRecipientImport',
    summary: 'Open an import whose people come by API',
    description: `Send the people in chunks, then finish it. From there on it is an import like that of a file: checked, run, undone, and an audience of campaigns. An import that gets no chunk for ${chunkHours} hours is dropped.`,
  })
  @ApiResponse({ status: 201, description: 'The import.', standardSchema: importSchema })
  @ApiResponse(problemResponse(422, 'unknown_list', 'No such list.'))
  async open(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: recipientImportBody }) body: z.output<typeof recipientImportBody>,
  ): Promise<ImportView> {
    return importView(await this.chunks.open(tenant.id, actor, tenant.defaultCountry, body));
  }

  @Put(':id/chunks/:chunk')
  @TakesRows({ lines: true })
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'putImportChunk',
    summary: 'Send a chunk of recipients',
    description: `Up to ${recipientsPerChunk.toLocaleString('en')} recipients, as JSON or as application/x-ndjson with one recipient per line, with up to ${variablesPerChunk.toLocaleString('en')} variables in all. A chunk is stored as a whole or not at all. The same recipients under the same number change nothing, so that a chunk without an answer can be sent again; other ones are refused.`,
  })
  @ApiBody({ standardSchema: chunkBody } as never)
  @ApiResponse({ status: 200, description: 'The chunk is stored.', standardSchema: chunkSchema })
  @ApiResponse(noImport)
  @ApiResponse(
    problemResponse(
      409,
      'chunk_differs',
      'The number was used for other recipients, the chunks were ended (`import_started`), the import is of a file (`not_by_api`) or was dropped (`import_forgotten`).',
    ),
  )
  @ApiResponse(
    problemResponse(422, 'too_many_rows', 'The import would have too many recipients, or too many variables (`too_many_columns`).'),
  )
  async put(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Param('chunk', { schema: chunkNumber }) chunk: number,
    @Req() request: FastifyRequest,
  ): Promise<z.input<typeof chunkSchema>> {
    const recipients = isStream(request.body) ? await recipientsOf(request.body) : await recipientsIn(request.body);
    return chunkView(await this.chunks.put(tenant.id, id, chunk, recipients));
  }

  @Post(':id/finish')
  @HttpCode(202)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'finishImport',
    summary: 'End the chunks of an import and run it',
    description: 'The check and the run follow in the background. A second call changes nothing.',
  })
  @ApiResponse({ status: 202, description: 'The import.', standardSchema: importSchema })
  @ApiResponse(noImport)
  @ApiResponse(
    problemResponse(
      409,
      'chunks_missing',
      'Another number of chunks is stored, the import is of a file (`not_by_api`) or was dropped (`import_forgotten`).',
    ),
  )
  @ApiResponse(problemResponse(422, 'no_recipients', 'The import has no recipients.'))
  async finish(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: finishBody.default({ run: true }) }) body: z.output<typeof finishBody>,
  ): Promise<ImportView> {
    return importView(await this.chunks.finish(tenant.id, actor, id, body));
  }
}

const isStream = (body: unknown): body is Readable => typeof (body as { pipe?: unknown } | null | undefined)?.pipe === 'function';

/** Reads the recipients of a stream of lines. @throws AppError `too_large`, and as `ChunkReader`; `invalid_json`, `invalid_encoding` with the line */
async function recipientsOf(body: Readable): Promise<ImportRecipient[]> {
  const reader = new ChunkReader();
  let rows = 0;
  let length = 0;
  for await (const lines of linesOf(body))
    for (const line of lines) {
      if (line?.trim() === '') continue;
      length += line?.length ?? 0;
      if (length > maxChunkText) throw new AppError('too_large', 'too_large', `A chunk has at most ${maxChunkText} characters.`);
      reader.add(readLine(line, rows++));
    }
  return reader.end();
}

/** Reads the recipients of a JSON body. */
async function recipientsIn(body: unknown): Promise<ImportRecipient[]> {
  const parsed = rowsBody.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error.issues);
  const reader = new ChunkReader();
  await mapInSlices(parsed.data.recipients, (row) => reader.add(row));
  return reader.end();
}

function readLine(line: string | null, index: number): unknown {
  const path = `recipients/${index}`;
  if (line === null) throw new AppError('invalid', 'invalid_encoding', 'The line is not UTF-8.', { path });
  try {
    return parseJson(line, { maxValues: lineValues });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError('invalid', error.reason, error.message, { path });
  }
}

const chunkView = ({ rowsTotal, ...chunk }: ImportChunk): z.input<typeof chunkSchema> => ({ ...chunk, rows_total: rowsTotal });
