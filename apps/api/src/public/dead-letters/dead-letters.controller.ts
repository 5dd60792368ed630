import type { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Logger, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { normaliseRecipient } from '@heliograph/contacts';
import { DeadLetters, LetterDecisions, type LetterRepair, letterVerbs, storedLetterFilter } from '@heliograph/dead-letters';
import { type Actor, actorRef, AppError, BulkJobs, noteAudit, pageQuery } from '@heliograph/kernel';
import { MessageEdit, MessageReader, sendMessageBody } from '@heliograph/messaging';
import { countryCode, Sessions } from '@heliograph/tenants';
import { type FastifyReply } from 'fastify';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageSchema, pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { bulkMembers, countChanged, jobAnswer, jobSchema, jobView, matchingSchema, needsExpect } from '../jobs/job.view';
import {
  detailView,
  exampleLetter,
  filterOf,
  letterDetailSchema,
  letterFile,
  letterFilters,
  letterFormat,
  letterSchema,
  letterState,
  view,
} from './dead-letter.view';

const uuid = z.uuid();
const manyFilter = z.strictObject({
  ...letterFilters,
  ids: z.array(uuid).min(1).max(1_000).optional().meta({ description: 'Only these letters, as far as the other members match them.' }),
});
const listQuery = z.strictObject({ ...letterFilters, state: letterState, ...pageQuery });
const redriveBody = z
  .strictObject({
    may_duplicate: z
      .boolean()
      .default(false)
      .meta({ description: 'True: accept that the recipient may get a second copy, for a message of unknown outcome.' }),
    to: z.string().min(1).max(128).optional().meta({ description: 'Another recipient.' }),
    message: sendMessageBody
      .optional()
      .meta({ description: 'Another recipient and content, as for sending; its other members are ignored.' }),
  })
  .refine((body) => body.to === undefined || body.message === undefined, { message: 'Give either to or message, not both.', path: ['to'] })
  .prefault({})
  .meta({ id: 'RedriveDeadLetter', example: { to: '+447700900102' } });
const redriveManyBody = z
  .strictObject({
    filter: manyFilter,
    may_duplicate: z.boolean().default(false),
    dry_run: z.boolean().default(false).meta({ description: 'True: only counts the letters that would be redriven.' }),
  })
  .meta({ id: 'RedriveDeadLetters', example: { filter: { cause: 'retries_exhausted' }, dry_run: true } });
const bulkRedriveBody = z
  .strictObject({
    filter: manyFilter,
    may_duplicate: z
      .boolean()
      .default(false)
      .meta({ description: 'True: accept second copies of messages of unknown outcome. Without it such letters stay open.' }),
    per_minute: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .meta({ description: 'Letters per minute; left out: as fast as it goes. Lanes keep their own pace.' }),
    order: z
      .enum(['oldest_first', 'newest_first'])
      .default('oldest_first')
      .meta({ description: 'Order in which the letters are sent on. Of those that wait for the same lane, the first ones leave first.' }),
    edit: z
      .strictObject({
        session_id: uuid.optional().meta({ description: 'Session that sends the messages instead. Messages of campaigns stay open.' }),
        country: countryCode.optional().meta({
          description:
            'Country whose national numbers the recipients are: their digits, or those after their calling code, are read as such. A message whose number has no other reading there, or two, stays open.',
        }),
      })
      .refine((edit) => Object.keys(edit).length > 0, 'Give a session, a country, or both.')
      .optional()
      .meta({ description: 'Change of all failed messages that is made with the redrive. Letters that cannot be changed stay open.' }),
    ...bulkMembers,
  })
  .refine(needsExpect.check, needsExpect.fault)
  .meta({ id: 'BulkRedriveDeadLetters', example: { filter: { cause: 'retries_exhausted' }, expect: 4_812 } });
const bulkDiscardBody = z
  .strictObject({
    filter: manyFilter,
    reason: z.string().min(1).max(500).meta({ description: 'Reason, which stays with each letter.' }),
    expect: bulkMembers.expect,
    dry_run: bulkMembers.dry_run,
  })
  .refine(needsExpect.check, needsExpect.fault)
  .meta({
    id: 'BulkDiscardDeadLetters',
    example: { filter: { cause: 'invalid_recipient' }, reason: 'The numbers were test data.', expect: 188 },
  });
const forecastSchema = z
  .object({
    matching: z.int(),
    lines: z
      .array(
        z.object({
          fate: z.enum(['go', 'wait', 'refused', 'needs_consent', 'not_examined']).meta({
            description:
              '`go`: sent on. `wait`: sent on, and waits for the session. `refused`: stays open, for the reason. `needs_consent`: sent on only with `may_duplicate`. `not_examined`: there are more letters than a dry run examines.',
          }),
          count: z.int(),
          reason: z.string().nullable(),
          session_id: uuid.nullable(),
        }),
      )
      .meta({ description: 'The counts add up to `matching`.' }),
  })
  .meta({
    id: 'RedriveForecast',
    example: {
      matching: 37,
      lines: [
        { fate: 'go', count: 33, reason: null, session_id: null },
        { fate: 'wait', count: 2, reason: null, session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f' },
        { fate: 'refused', count: 2, reason: 'opted_out', session_id: null },
      ],
    },
  });
const exportQuery = z.strictObject({
  ...letterFilters,
  state: letterState,
  format: letterFormat,
});
const purgeBody = z
  .strictObject({ older_than_days: z.int().min(1).max(3_650) })
  .meta({ id: 'PurgeDeadLetters', example: { older_than_days: 90 } });
const discardBody = z
  .strictObject({ reason: z.string().min(1).max(500) })
  .meta({ id: 'DiscardDeadLetter', example: { reason: 'The customer was called instead.' } });
const letterResponse = { status: 200, description: 'The letter.', standardSchema: letterSchema };

const deadLetterPage = pageSchema(letterSchema, { id: 'DeadLetterPage', example: { data: [exampleLetter], next_cursor: null } });
const redriveResultSchema = z
  .object({ redriven: z.int(), matching: z.int().optional().meta({ description: 'Present with dry_run.' }) })
  .meta({ id: 'RedriveResult', example: { redriven: 31, matching: 31 } });
const purgeResultSchema = z.object({ purged: z.int() }).meta({ id: 'PurgeResult', example: { purged: 31 } });

/** Work that needs a person. */
@ApiTags('dead letters')
@Controller('v1')
export class DeadLettersController {
  private readonly log = new Logger(DeadLettersController.name);

  constructor(
    private readonly letters: DeadLetters,
    private readonly decisions: LetterDecisions,
    private readonly reader: MessageReader,
    private readonly jobs: BulkJobs,
    private readonly sessions: Sessions,
  ) {}

  @Get('dead-letters')
  @RequireScope('dead_letters:read')
  @ApiOperation({ operationId: 'listDeadLetters', summary: 'List dead letters' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: deadLetterPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof deadLetterPage>> {
    return pageView(await this.letters.list(tenant.id, { ...filterOf(q), state: q.state }, q), view);
  }

  @Post('dead-letters/redrive')
  @HttpCode(200)
  @RequireScope('dead_letters:manage')
  @ApiOperation({ operationId: 'redriveDeadLetters', summary: 'Redrive dead letters that match a filter, at most 10,000 per request' })
  @ApiResponse({ status: 200, description: 'Number of letters that were redriven.', standardSchema: redriveResultSchema })
  async redriveMany(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: redriveManyBody }) body: z.output<typeof redriveManyBody>,
  ): Promise<z.input<typeof redriveResultSchema>> {
    const filter = filterOf(body.filter);
    if (body.dry_run) return { redriven: 0, matching: await this.decisions.count(tenant.id, filter, body.may_duplicate) };
    return { redriven: await this.decisions.redriveMany(tenant.id, filter, { actor, mayDuplicate: body.may_duplicate }) };
  }

  @Post('dead-letters/bulk-redrive')
  @HttpCode(202)
  @RequireScope('dead_letters:manage')
  @ApiOperation({
    operationId: 'startDeadLetterRedrive',
    summary: 'Redrive all dead letters that match a filter',
    description:
      'Starts a job. Letters whose recipient may not be written to any more, or whose group is cancelled, stay open, as do those that need consent and have none.',
  })
  @ApiResponse({ status: 200, description: 'What would happen, for a dry run.', standardSchema: forecastSchema })
  @ApiResponse(jobAnswer)
  @ApiResponse(problemResponse(404, 'not_found', 'No such session.'))
  @ApiResponse(countChanged)
  async startRedrive(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: bulkRedriveBody }) body: z.output<typeof bulkRedriveBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof jobSchema> | z.input<typeof forecastSchema>> {
    const filter = filterOf(body.filter);
    const repair = await this.repairOf(tenant.id, body.edit);
    if (body.dry_run) {
      void reply.status(200);
      const { matching, lines } = await this.decisions.foresee(tenant.id, filter, repair);
      return { matching, lines: lines.map(({ sessionId, ...line }) => ({ ...line, session_id: sessionId })) };
    }
    return jobView(
      await this.jobs.start(tenant.id, actor, {
        kind: letterVerbs.redrive,
        filter: storedLetterFilter(filter),
        options: {
          mayDuplicate: body.may_duplicate,
          ...(body.order === 'newest_first' && { order: body.order }),
          ...(repair && { repair }),
        },
        expect: body.expect ?? 0,
        note: body.note,
        perMinute: body.per_minute,
      }),
    );
  }

  @Post('dead-letters/bulk-discard')
  @HttpCode(202)
  @RequireScope('dead_letters:manage')
  @ApiOperation({
    operationId: 'startDeadLetterDiscard',
    summary: 'Discard all dead letters that match a filter, with a reason',
    description: 'Starts a job, oldest letter first.',
  })
  @ApiResponse({ status: 200, description: 'Number of letters, for a dry run.', standardSchema: matchingSchema })
  @ApiResponse(jobAnswer)
  @ApiResponse(countChanged)
  async startDiscard(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: bulkDiscardBody }) body: z.output<typeof bulkDiscardBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof jobSchema> | z.input<typeof matchingSchema>> {
    const filter = storedLetterFilter(filterOf(body.filter));
    if (body.dry_run) {
      void reply.status(200);
      return { matching: await this.jobs.count(tenant.id, letterVerbs.discard, filter) };
    }
    return jobView(
      await this.jobs.start(tenant.id, actor, {
        kind: letterVerbs.discard,
        filter,
        options: { reason: body.reason },
        expect: body.expect ?? 0,
        note: body.reason,
      }),
    );
  }

  @Get('dead-letters/export')
  @RequireScope('dead_letters:read')
  @ApiOperation({
    operationId: 'exportDeadLetters',
    summary: 'Export dead letters that match a filter, as CSV or as one JSON object per line',
  })
  @ApiResponse({
    status: 200,
    description: 'The letters, newest first.',
    content: {
      'text/csv': { schema: { type: 'string' } },
      'application/x-ndjson': { schema: { $ref: '#/components/schemas/DeadLetter' } },
    },
  })
  async export(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: exportQuery }) q: z.output<typeof exportQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    return letterFile(reply, q.format, this.letters.export(tenant.id, { ...filterOf(q), state: q.state }));
  }

  @Post('dead-letters/purge')
  @HttpCode(200)
  @RequireScope('dead_letters:manage')
  @ApiOperation({
    operationId: 'purgeDeadLetters',
    summary: 'Delete dead letters that were settled long ago',
    description: 'Open letters are never deleted.',
  })
  @ApiResponse({ status: 200, description: 'Number of letters that were deleted.', standardSchema: purgeResultSchema })
  async purge(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Body({ schema: purgeBody }) body: z.output<typeof purgeBody>,
  ): Promise<z.input<typeof purgeResultSchema>> {
    noteAudit({ details: { older_than_days: body.older_than_days } });
    const purged = await this.letters.purge(tenant.id, body.older_than_days);
    this.log.log({
      event: 'dead_letters.purged',
      tenant: tenant.id,
      actor: actorRef(actor),
      count: purged,
      older_than_days: body.older_than_days,
    });
    return { purged };
  }

  @Get('dead-letters/:id')
  @RequireScope('dead_letters:read')
  @ApiOperation({ operationId: 'getDeadLetter', summary: 'Retrieve a dead letter and its history' })
  @ApiResponse({ status: 200, description: 'The letter.', standardSchema: letterDetailSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such dead letter.'))
  async get(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof letterDetailSchema>> {
    return detailView(await this.decisions.get(tenant.id, id));
  }

  @Post('dead-letters/:id/redrive')
  @HttpCode(200)
  @RequireScope('dead_letters:manage')
  @ApiOperation({
    operationId: 'redriveDeadLetter',
    summary: 'Redrive a dead letter',
    description:
      'A failed message becomes a new one, with the corrections in `to` or `message`, and is paced and checked like any other. A message of unknown outcome needs `may_duplicate`. A repeated request changes nothing. One whose campaign is over (`campaign_over`), whose group was cancelled (`group_cancelled`), whose person the undo of an import took back (`import_undone`) or has no consent any more (`no_consent`), or that was deleted (`message_deleted`) is refused.',
  })
  @ApiResponse(letterResponse)
  @ApiResponse(problemResponse(404, 'not_found', 'No such dead letter.'))
  @ApiResponse(
    problemResponse(
      409,
      'already_redriven',
      'The letter was redriven or discarded already, may_duplicate is needed, or the message would never be sent.',
    ),
  )
  @ApiResponse(problemResponse(422, 'invalid_message', 'The corrected message cannot be sent either.'))
  async redrive(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: redriveBody }) body: z.output<typeof redriveBody>,
  ): Promise<z.input<typeof letterSchema>> {
    const edit = this.editOf(tenant, body);
    return view(await this.decisions.redrive(tenant.id, id, { actor, mayDuplicate: body.may_duplicate, edit }));
  }

  /** @throws AppError not_found */
  private async repairOf(tenantId: string, edit: z.output<typeof bulkRedriveBody>['edit']): Promise<LetterRepair | undefined> {
    if (edit?.session_id) await this.sessions.get(tenantId, edit.session_id);
    return edit && { ...(edit.session_id && { sessionId: edit.session_id }), ...(edit.country && { country: edit.country }) };
  }

  private editOf(tenant: CurrentTenantInfo, body: z.output<typeof redriveBody>): MessageEdit | undefined {
    if (body.message) {
      const draft = this.reader.readOrThrow(tenant, body.message, undefined);
      return new MessageEdit(draft.recipient, draft.body);
    }
    if (body.to === undefined) return undefined;
    const to = normaliseRecipient(body.to, tenant.defaultCountry);
    if (!to.ok) throw new AppError('unprocessable', to.code, to.message, { path: 'to' });
    return new MessageEdit(to.recipient);
  }

  @Post('dead-letters/:id/discard')
  @HttpCode(200)
  @RequireScope('dead_letters:manage')
  @ApiOperation({ operationId: 'discardDeadLetter', summary: 'Discard a dead letter with a reason' })
  @ApiResponse(letterResponse)
  @ApiResponse(problemResponse(404, 'not_found', 'No such dead letter.'))
  @ApiResponse(problemResponse(409, 'already_redriven', 'The letter was redriven or discarded already.'))
  async discard(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: discardBody }) body: z.output<typeof discardBody>,
  ): Promise<z.input<typeof letterSchema>> {
    return view(await this.decisions.discard(tenant.id, id, body.reason, actor));
  }
}
