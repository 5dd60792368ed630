import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AppError } from '@heliograph/kernel';
import {
  type DeadLetter,
  type DeadLetterDetail,
  deadLetterKinds,
  DeadLetters,
  normaliseRecipient,
  reasonCatalogue,
  Redrive,
  type RedriveEdit,
  sendMessageBody,
} from '@heliograph/messaging';
import { z } from 'zod';
import { CurrentKey, type CurrentKeyInfo, CurrentTenant, type CurrentTenantInfo, RequireScope } from '../auth/api-key.guard';
import { MessageReader } from '../messages/message-reader';
import { problemResponse } from '../openapi/problem.schema';

const uuid = z.uuid();
const filter = {
  kind: z.enum(deadLetterKinds).optional(),
  cause: z.string().max(64).optional(),
  session_id: uuid.optional(),
  group_id: uuid.optional(),
};
const listQuery = z.strictObject({
  ...filter,
  state: z.enum(['open', 'redriven', 'discarded', 'resolved']).default('open'),
  cursor: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT[\d:.]+Z\|[0-9a-f-]{36}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
const redriveBody = z
  .strictObject({
    may_duplicate: z.boolean().default(false).meta({ description: 'Consent to a second copy, for a message of unknown outcome.' }),
    to: z.string().min(1).max(128).optional().meta({ description: 'Another recipient.' }),
    message: sendMessageBody
      .optional()
      .meta({ description: 'Another recipient and content, as for sending; its other members are not looked at.' }),
  })
  .refine((body) => body.to === undefined || body.message === undefined, { message: 'either to or message', path: ['to'] })
  .prefault({})
  .meta({ id: 'Redrive', example: { to: '+447700900102' } });
const redriveManyBody = z
  .strictObject({ filter: z.strictObject(filter), may_duplicate: z.boolean().default(false) })
  .meta({ id: 'RedriveMany' });
const discardBody = z.strictObject({ reason: z.string().min(1).max(500) }).meta({ id: 'Discard' });
const letterSchema = z
  .object({
    id: uuid,
    kind: z.enum(deadLetterKinds),
    subject_id: z.string(),
    session_id: uuid.nullable(),
    group_id: uuid.nullable(),
    cause: z.string(),
    detail: z.string().nullable(),
    redrive_helps: z.boolean(),
    created_at: z.iso.datetime(),
    state: z.enum(['open', 'redriven', 'discarded', 'resolved']),
    resolved_at: z.iso.datetime().nullable(),
    resolved_by: z.string().nullable(),
    resolution: z.string().nullable(),
    redriven_to: uuid.nullable(),
  })
  .meta({ id: 'DeadLetter' });
const letterDetailSchema = letterSchema
  .extend({
    what_to_do: z.string(),
    trail: z.array(
      z.object({
        at: z.iso.datetime(),
        from: z.string(),
        to: z.string(),
        attempt: z.int(),
        cause: z.string().nullable(),
        detail: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'DeadLetterDetail' });
const letterResponse = { status: 200, description: 'The letter.', standardSchema: letterSchema };

const reasonOf = (letter: DeadLetter) => reasonCatalogue.find((reason) => reason.code === letter.cause);

function detailView(letter: DeadLetterDetail): z.input<typeof letterDetailSchema> {
  return {
    ...view(letter),
    what_to_do: reasonOf(letter)?.whatToDo ?? 'Read the detail, then redrive or discard.',
    trail: letter.trail.map((step) => ({ ...step, at: step.at.toISOString() })),
  };
}

function view(letter: DeadLetter): z.input<typeof letterSchema> {
  return {
    id: letter.id,
    kind: letter.kind,
    subject_id: letter.subjectId,
    session_id: letter.sessionId,
    group_id: letter.groupId,
    cause: letter.cause,
    detail: letter.detail,
    redrive_helps: reasonOf(letter)?.redriveHelps ?? true,
    created_at: letter.createdAt.toISOString(),
    state: letter.state,
    resolved_at: letter.resolvedAt?.toISOString() ?? null,
    resolved_by: letter.resolvedBy,
    resolution: letter.resolution,
    redriven_to: letter.redrivenTo,
  };
}

/** Work that needs a person. */
@ApiTags('dead letters')
@Controller('v1')
export class DeadLettersController {
  constructor(
    private readonly letters: DeadLetters,
    private readonly redriving: Redrive,
    private readonly reader: MessageReader,
  ) {}

  @Get('dead-letters')
  @RequireScope('dead_letters:read')
  @ApiOperation({ summary: 'List dead letters, newest first' })
  @ApiResponse({
    status: 200,
    description: 'One page.',
    standardSchema: z.object({ data: z.array(letterSchema), next_cursor: z.string().nullable() }).meta({ id: 'DeadLetterPage' }),
  })
  async list(@CurrentTenant() tenant: CurrentTenantInfo, @Query({ schema: listQuery }) q: z.output<typeof listQuery>): Promise<unknown> {
    const { rows, next } = await this.letters.list(
      tenant.id,
      { kind: q.kind, cause: q.cause, sessionId: q.session_id, groupId: q.group_id, state: q.state },
      { cursor: q.cursor, limit: q.limit },
    );
    return { data: rows.map(view), next_cursor: next };
  }

  @Get('dead-letters/causes')
  @RequireScope('dead_letters:read')
  @ApiOperation({ summary: 'Open dead letters by cause' })
  @ApiResponse({
    status: 200,
    description: 'Counts.',
    standardSchema: z
      .object({
        data: z.array(
          z.object({
            kind: z.enum(deadLetterKinds),
            cause: z.string(),
            count: z.int(),
            first_at: z.iso.datetime(),
            last_at: z.iso.datetime(),
          }),
        ),
      })
      .meta({ id: 'DeadLetterCauses' }),
  })
  async causes(@CurrentTenant() tenant: CurrentTenantInfo): Promise<unknown> {
    const groups = await this.letters.groupByCause(tenant.id);
    return {
      data: groups.map((g) => ({
        kind: g.kind,
        cause: g.cause,
        count: g.count,
        first_at: g.firstAt.toISOString(),
        last_at: g.lastAt.toISOString(),
      })),
    };
  }

  @Post('dead-letters/redrive')
  @HttpCode(200)
  @RequireScope('dead_letters:manage')
  @ApiOperation({ summary: 'Send on what a filter matches, at most 10,000 at a time' })
  @ApiResponse({
    status: 200,
    description: 'How many were sent on.',
    standardSchema: z.object({ redriven: z.int() }).meta({ id: 'RedriveResult' }),
  })
  @ApiResponse(problemResponse(400, 'The body does not fit its schema.'))
  async redriveMany(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentKey() key: CurrentKeyInfo,
    @Body({ schema: redriveManyBody }) body: z.output<typeof redriveManyBody>,
  ): Promise<unknown> {
    const f = body.filter;
    const redriven = await this.redriving.many(
      tenant.id,
      { kind: f.kind, cause: f.cause, sessionId: f.session_id, groupId: f.group_id },
      { actor: key.name, mayDuplicate: body.may_duplicate },
    );
    return { redriven };
  }

  @Get('dead-letters/:id')
  @RequireScope('dead_letters:read')
  @ApiOperation({ summary: 'One dead letter with what led to it' })
  @ApiResponse({ status: 200, description: 'The letter.', standardSchema: letterDetailSchema })
  @ApiResponse(problemResponse(404, 'No such dead letter.'))
  async get(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<unknown> {
    return detailView(await this.letters.get(tenant.id, id));
  }

  @Post('dead-letters/:id/redrive')
  @HttpCode(200)
  @RequireScope('dead_letters:manage')
  @ApiOperation({
    summary: 'Send one letter on',
    description:
      'A failed message becomes a new one, with `to` or `message` put right first, and is paced and checked like any other. One of unknown outcome needs `may_duplicate`. A second press changes nothing.',
  })
  @ApiResponse(letterResponse)
  @ApiResponse(problemResponse(404, 'No such dead letter.'))
  @ApiResponse(problemResponse(409, 'It was acted on already, or may_duplicate is needed.'))
  @ApiResponse(problemResponse(422, 'What was put right cannot be sent either.'))
  async redrive(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentKey() key: CurrentKeyInfo,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: redriveBody }) body: z.output<typeof redriveBody>,
  ): Promise<unknown> {
    return view(await this.redriving.one(tenant.id, id, { actor: key.name, mayDuplicate: body.may_duplicate }, this.editOf(tenant, body)));
  }

  private editOf(tenant: CurrentTenantInfo, body: z.output<typeof redriveBody>): RedriveEdit {
    if (body.message) {
      const draft = this.reader.readOrThrow(tenant, body.message, undefined);
      return { recipient: draft.recipient, body: draft.body };
    }
    if (body.to === undefined) return {};
    const to = normaliseRecipient(body.to, tenant.defaultCountry);
    if (!to.ok) throw new AppError('unprocessable', to.code, to.message, { path: 'to' });
    return { recipient: to.recipient };
  }

  @Post('dead-letters/:id/discard')
  @HttpCode(200)
  @RequireScope('dead_letters:manage')
  @ApiOperation({ summary: 'Put one letter away, with a reason' })
  @ApiResponse(letterResponse)
  @ApiResponse(problemResponse(404, 'No such dead letter.'))
  @ApiResponse(problemResponse(409, 'It was acted on already.'))
  async discard(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentKey() key: CurrentKeyInfo,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: discardBody }) body: z.output<typeof discardBody>,
  ): Promise<unknown> {
    return view(await this.letters.discard(tenant.id, id, body.reason, key.name));
  }

  @Get('reasons')
  @RequireScope('messages:read')
  @ApiOperation({ summary: 'Every cause, in words' })
  @ApiResponse({
    status: 200,
    description: 'The catalogue.',
    standardSchema: z
      .object({ data: z.array(z.object({ code: z.string(), text: z.string(), what_to_do: z.string(), redrive_helps: z.boolean() })) })
      .meta({ id: 'Reasons' }),
  })
  reasons(): unknown {
    return { data: reasonCatalogue.map((r) => ({ code: r.code, text: r.text, what_to_do: r.whatToDo, redrive_helps: r.redriveHelps })) };
  }
}
