import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  allReasons,
  DeadLetters,
  type LetterAlert,
  LetterAlerts,
  type LetterCare,
  LetterCares,
  letterKindName,
  letterParts,
} from '@heliograph/dead-letters';
import { type Actor, actorSchema } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { filterOf, letterCauseSchema, letterFilters } from './dead-letter.view';

const exampleCare = {
  assignee: 'Ines Duarte',
  note: 'Asked the client for the right numbers.',
  at: '2026-11-23T09:30:00.000Z',
  actor: { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Ines Duarte' },
  since: 3,
} as const;
const careSchema = z
  .object({
    assignee: z.string().meta({ description: 'Name of the person who takes care.' }),
    note: z.string().nullable(),
    at: z.iso.datetime().meta({ description: 'Time of the acknowledgement.' }),
    actor: actorSchema,
    since: z.int().meta({ description: 'Open letters from after the acknowledgement.' }),
  })
  .meta({ id: 'DeadLetterCare', example: exampleCare });
const takeCauseBody = z
  .strictObject({
    assignee: z.string().trim().min(1).max(100).optional().meta({ description: 'Name of the person who takes care. Default: the caller.' }),
    note: z.string().trim().min(1).max(1_000).nullable().default(null),
  })
  .meta({ id: 'TakeDeadLetterCause', example: { note: 'Asked the client for the right numbers.' } });
const alertSchema = z
  .object({
    from: z.int().meta({ description: 'Open letters of the cause from the last 24 hours, from which on there is an alert.' }),
    at: z.iso.datetime().nullable().meta({ description: 'Time at which it was set; null: nobody set it.' }),
    actor: actorSchema.nullable(),
  })
  .meta({ id: 'DeadLetterAlert', example: { from: 50, at: '2026-11-23T09:30:00.000Z', actor: exampleCare.actor } });
const setAlertBody = z
  .strictObject({ from: z.int().min(1).max(100_000).meta({ description: '1: from the first letter on, as without a setting.' }) })
  .meta({ id: 'SetDeadLetterAlert', example: { from: 50 } });
const alertView = (alert: LetterAlert | null | undefined): z.input<typeof alertSchema> =>
  alert ? { from: alert.alertFrom, at: alert.at.toISOString(), actor: alert.actor } : { from: 1, at: null, actor: null };
const causeParams = { kind: letterKindName, cause: z.string().min(1).max(100) };
const careView = ({ assignee, note, at, actor, since }: LetterCare): z.input<typeof careSchema> => ({
  assignee,
  note,
  at: at.toISOString(),
  actor,
  since,
});
const deadLetterCausesSchema = z
  .object({
    data: z.array(
      letterCauseSchema.extend({
        care: careSchema.nullable().meta({ description: 'Who takes care of them; null: nobody.' }),
        alert: alertSchema,
      }),
    ),
  })
  .meta({
    id: 'DeadLetterCauses',
    example: {
      data: [
        {
          kind: 'message',
          cause: 'invalid_recipient',
          count: 31,
          first_at: '2026-11-23T09:00:02.000Z',
          last_at: '2026-11-23T09:40:00.000Z',
          trend: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 9, 18],
          care: exampleCare,
          alert: { from: 1, at: null, actor: null },
        },
      ],
    },
  });
const { kind: _kind, cause: _cause, without: _without, ...narrower } = letterFilters;
const partsQuery = z.strictObject({
  by: z.enum(letterParts).meta({
    description:
      'What parts the letters: `detail` (words of the provider, without ids, phone numbers and times), `session`, `prefix` (calling code of the recipient), `template`, `group`.',
  }),
  ...narrower,
});
const partsSchema = z
  .object({
    matching: z.int().meta({ description: 'Open letters of the cause that match the filters: the sum of all parts and of `others`.' }),
    data: z
      .array(
        z.object({
          value: z.string().nullable().meta({ description: 'Null: these letters have none.' }),
          count: z.int(),
          first_at: z.iso.datetime(),
          last_at: z.iso.datetime(),
          filter: z
            .record(z.string(), z.string())
            .meta({ description: 'Filter of exactly these letters, for the list, a bulk redrive or a bulk discard.' }),
        }),
      )
      .meta({ description: 'The most first, at most 100.' }),
    others: z.int().meta({ description: 'Letters in further parts. Of more than 100,000 letters only the newest are parted.' }),
  })
  .meta({
    id: 'DeadLetterParts',
    example: {
      matching: 31,
      data: [
        {
          value: '44',
          count: 29,
          first_at: '2026-11-23T09:00:02.000Z',
          last_at: '2026-11-23T09:40:00.000Z',
          filter: { kind: 'message', cause: 'invalid_recipient', prefix: '44' },
        },
        {
          value: null,
          count: 2,
          first_at: '2026-11-23T09:10:02.000Z',
          last_at: '2026-11-23T09:20:00.000Z',
          filter: { kind: 'message', cause: 'invalid_recipient', without: 'prefix' },
        },
      ],
      others: 0,
    },
  });
/** Filter of the list by each part. */
const filterBy = { detail: 'detail', session: 'session_id', prefix: 'prefix', template: 'template_id', group: 'group_id' } as const;
const reasonList = z
  .object({
    data: z.array(
      z.object({
        code: z.string(),
        text: z.string(),
        what_to_do: z.string(),
        redrive_helps: z.boolean(),
        may_duplicate: z.boolean().meta({ description: 'True: a redrive may do the same work twice and needs consent.' }),
      }),
    ),
  })
  .meta({
    id: 'ReasonList',
    example: {
      data: [
        {
          code: 'invalid_recipient',
          text: 'The address is not on WhatsApp.',
          what_to_do: 'Correct the number, then redrive with the new one.',
          redrive_helps: false,
          may_duplicate: false,
        },
      ],
    },
  });

/** Causes of dead letters: counts, care and explanations. */
@ApiTags('dead letters')
@Controller('v1')
export class DeadLetterCausesController {
  constructor(
    private readonly letters: DeadLetters,
    private readonly cares: LetterCares,
    private readonly alerts: LetterAlerts,
  ) {}

  @Get('dead-letters/causes')
  @RequireScope('dead_letters:read')
  @ApiOperation({ operationId: 'countDeadLettersByCause', summary: 'Count open dead letters by cause' })
  @ApiResponse({ status: 200, description: 'Counts.', standardSchema: deadLetterCausesSchema })
  async causes(@CurrentTenant() tenant: CurrentTenantInfo): Promise<z.input<typeof deadLetterCausesSchema>> {
    const [groups, cares, alerts] = await Promise.all([
      this.letters.groupByCause(tenant.id),
      this.cares.list(tenant.id),
      this.alerts.list(tenant.id),
    ]);
    const careOf = new Map(cares.map((care) => [`${care.kind}/${care.cause}`, careView(care)]));
    const alertOf = new Map(alerts.map((alert) => [`${alert.kind}/${alert.cause}`, alert]));
    return {
      data: groups.map((g) => ({
        kind: g.kind,
        cause: g.cause,
        count: g.count,
        first_at: g.firstAt.toISOString(),
        last_at: g.lastAt.toISOString(),
        trend: g.trend,
        care: careOf.get(`${g.kind}/${g.cause}`) ?? null,
        alert: alertView(alertOf.get(`${g.kind}/${g.cause}`)),
      })),
    };
  }

  @Get('dead-letters/causes/:kind/:cause/parts')
  @RequireScope('dead_letters:read')
  @ApiOperation({
    operationId: 'countDeadLettersByPart',
    summary: 'Count the open dead letters of a cause by what they have in common',
  })
  @ApiResponse({ status: 200, description: 'Counts, the most first.', standardSchema: partsSchema })
  async parts(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('kind', { schema: causeParams.kind }) kind: string,
    @Param('cause', { schema: causeParams.cause }) cause: string,
    @Query({ schema: partsQuery }) { by, ...query }: z.output<typeof partsQuery>,
  ): Promise<z.input<typeof partsSchema>> {
    const { matching, parts } = await this.letters.parts(tenant.id, filterOf({ ...query, kind, cause }), by);
    const given = Object.fromEntries(
      Object.entries(query).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value instanceof Date ? value.toISOString() : value]],
      ),
    );
    return {
      matching,
      data: parts.map(({ value, count, firstAt, lastAt }) => ({
        value,
        count,
        first_at: firstAt.toISOString(),
        last_at: lastAt.toISOString(),
        filter: { ...given, kind, cause, ...(value === null ? { without: by } : { [filterBy[by]]: value }) },
      })),
      others: matching - parts.reduce((sum, { count }) => sum + count, 0),
    };
  }

  @Put('dead-letters/causes/:kind/:cause/care')
  @RequireScope('dead_letters:manage')
  @ApiOperation({
    operationId: 'takeDeadLetterCause',
    summary: 'Acknowledge and assign a cause',
    description: 'Acknowledges the open letters of a cause up to now. Ends no letter and stops no alert.',
  })
  @ApiResponse({ status: 200, description: 'Who takes care.', standardSchema: careSchema })
  async takeCause(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('kind', { schema: causeParams.kind }) kind: string,
    @Param('cause', { schema: causeParams.cause }) cause: string,
    @Body({ schema: takeCauseBody }) { assignee, note }: z.output<typeof takeCauseBody>,
  ): Promise<z.input<typeof careSchema>> {
    return careView(await this.cares.take(tenant.id, { kind, cause, assignee: assignee ?? actor.name, note }, actor));
  }

  @Delete('dead-letters/causes/:kind/:cause/care')
  @HttpCode(204)
  @RequireScope('dead_letters:manage')
  @ApiOperation({ operationId: 'releaseDeadLetterCause', summary: 'Release a cause that somebody takes care of' })
  @ApiResponse({ status: 204, description: 'Nobody takes care of it any more.' })
  @ApiResponse(problemResponse(404, 'not_found', 'Nobody takes care of this cause.'))
  async releaseCause(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('kind', { schema: causeParams.kind }) kind: string,
    @Param('cause', { schema: causeParams.cause }) cause: string,
  ): Promise<void> {
    await this.cares.release(tenant.id, kind, cause);
  }

  @Put('dead-letters/causes/:kind/:cause/alert')
  @RequireScope('dead_letters:manage')
  @ApiOperation({
    operationId: 'setDeadLetterAlert',
    summary: 'Set the number of new dead letters of a cause from which on there is an alert',
    description:
      'Counts open letters of the last 24 hours. Holds for alerts of the panel; callbacks of each letter and metrics go on. Messages of unknown outcome (`outcome_unknown`) always alert, since only a person can decide them.',
  })
  @ApiResponse({ status: 200, description: 'The setting.', standardSchema: alertSchema })
  async setAlert(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('kind', { schema: causeParams.kind }) kind: string,
    @Param('cause', { schema: causeParams.cause }) cause: string,
    @Body({ schema: setAlertBody }) { from }: z.output<typeof setAlertBody>,
  ): Promise<z.input<typeof alertSchema>> {
    return alertView(await this.alerts.set(tenant.id, { kind, cause, alertFrom: from }, actor));
  }

  @Get('reasons')
  @RequireScope('messages:read')
  @ApiOperation({ operationId: 'listReasons', summary: 'List causes of dead letters with explanations' })
  @ApiResponse({ status: 200, description: 'The causes.', standardSchema: reasonList })
  reasons(): z.input<typeof reasonList> {
    return {
      data: allReasons().map((r) => ({
        code: r.code,
        text: r.text,
        what_to_do: r.whatToDo,
        redrive_helps: r.redriveHelps,
        may_duplicate: !!r.mayDuplicate,
      })),
    };
  }
}
