import { Readable } from 'node:stream';
import {
  type DeadLetter,
  type DeadLetterDetail,
  type DeadLetterFilter,
  letterKindName,
  letterParts,
  reasonOf,
} from '@heliograph/dead-letters';
import { actorSchema, instant, searchText, systemActor } from '@heliograph/kernel';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { begun, csvOf } from '../../http/csv';
import { messageStepSchema, messageStepView } from '../messages/message.view';

export const exampleLetter = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a0',
  kind: 'message',
  subject_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073980',
  session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f',
  group_id: null,
  cause: 'invalid_recipient',
  detail: 'to is not on WhatsApp',
  redrive_helps: false,
  seen: 1,
  last_seen_at: null,
  created_at: '2026-11-23T09:00:02.000Z',
  state: 'open',
  resolved_at: null,
  resolved_by: null,
  resolution: null,
  redriven_to: null,
};

const uuid = z.uuid();
const states = ['open', 'redriven', 'discarded', 'resolved'] as const;
/** State of the letters of a list. */
export const letterState = z.enum(states).default('open');
/** Filters of every list of letters, and of bulk verbs. */
export const letterFilters = {
  kind: letterKindName.optional(),
  cause: searchText(64).optional(),
  session_id: uuid.optional(),
  group_id: uuid.optional(),
  subject_id: searchText(200).optional().meta({ description: 'Id of the message, event or other work that the letter is about.' }),
  created_from: instant.transform((s) => new Date(s)).optional(),
  created_to: instant.transform((s) => new Date(s)).optional(),
  detail: searchText(300).optional().meta({
    description: 'Detail without what differs from letter to letter, as the parts of a cause by `detail` have it.',
  }),
  prefix: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'a calling code, such as 44')
    .optional()
    .meta({ description: 'Calling code of the recipient of a message, without the +.' }),
  template_id: uuid.toLowerCase().optional().meta({ description: 'Template of the campaign of a message.' }),
  without: z.enum(letterParts).optional().meta({ description: 'Letters that have no value of this part.' }),
};
/** Format of a file of letters. */
export const letterFormat = z.enum(['csv', 'ndjson']).default('csv');

export function filterOf(f: z.output<z.ZodObject<typeof letterFilters>> & { ids?: string[] | undefined }): DeadLetterFilter {
  return {
    kind: f.kind,
    cause: f.cause,
    sessionId: f.session_id,
    groupId: f.group_id,
    subjectId: f.subject_id,
    createdFrom: f.created_from,
    createdTo: f.created_to,
    ids: f.ids,
    detail: f.detail,
    prefix: f.prefix,
    templateId: f.template_id,
    without: f.without,
  };
}

/** A dead letter as the API shows it. */
export const letterSchema = z
  .object({
    id: uuid,
    kind: letterKindName,
    subject_id: z.string(),
    session_id: uuid.nullable(),
    group_id: uuid.nullable(),
    cause: z.string(),
    detail: z.string().nullable(),
    redrive_helps: z.boolean(),
    created_at: z.iso.datetime(),
    state: z.enum(states),
    resolved_at: z.iso.datetime().nullable(),
    resolved_by: actorSchema.nullable(),
    resolution: z.string().nullable(),
    redriven_to: uuid.nullable(),
    seen: z.int().meta({ description: 'Times the same content arrived while the letter was open; above 1 only for hooks.' }),
    last_seen_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'DeadLetter', example: exampleLetter });
/** Open letters of one kind and cause. */
export const letterCauseSchema = z.object({
  kind: letterKindName,
  cause: z.string(),
  count: z.int(),
  first_at: z.iso.datetime(),
  last_at: z.iso.datetime(),
  trend: z.array(z.int()).meta({ description: 'Open letters by the half day in which they died, over the last 7 days, the oldest first.' }),
});
/** A dead letter with its history. */
export const letterDetailSchema = letterSchema
  .extend({
    what_to_do: z.string(),
    trail: z.array(messageStepSchema),
  })
  .meta({
    id: 'DeadLetterDetail',
    example: {
      ...exampleLetter,
      what_to_do: 'Correct the number, then redrive with the new one.',
      trail: [
        {
          at: '2026-11-23T09:00:02.000Z',
          from: 'calling',
          to: 'failed',
          attempt: 1,
          cause: 'invalid_recipient',
          detail: 'to is not on WhatsApp',
          actor: systemActor('sender'),
        },
      ],
    },
  });
export function detailView(letter: DeadLetterDetail): z.input<typeof letterDetailSchema> {
  return {
    ...view(letter),
    what_to_do: reasonOf(letter.cause)?.whatToDo ?? 'Read the detail, then redrive or discard.',
    trail: letter.trail.map(messageStepView),
  };
}

export function view(letter: DeadLetter): z.input<typeof letterSchema> {
  return {
    id: letter.id,
    kind: letter.kind,
    subject_id: letter.subjectId,
    session_id: letter.sessionId,
    group_id: letter.groupId,
    cause: letter.cause,
    detail: letter.detail,
    redrive_helps: reasonOf(letter.cause)?.redriveHelps ?? true,
    created_at: letter.createdAt.toISOString(),
    state: letter.state,
    resolved_at: letter.resolvedAt?.toISOString() ?? null,
    resolved_by: letter.resolvedBy,
    resolution: letter.resolution,
    redriven_to: letter.redrivenTo,
    seen: letter.seen,
    last_seen_at: letter.lastSeenAt?.toISOString() ?? null,
  };
}

const csvColumns = [
  'id',
  'kind',
  'subject_id',
  'session_id',
  'group_id',
  'cause',
  'detail',
  'created_at',
  'state',
  'resolved_at',
  'resolved_by',
  'resolution',
] as const;

/** Letters as a file has them; those of several tenants name theirs. */
type Pages = AsyncGenerator<(DeadLetter & { tenantId?: string })[]>;
const rowOf = (letter: DeadLetter & { tenantId?: string }) => ({
  ...(letter.tenantId !== undefined && { tenant_id: letter.tenantId }),
  ...view(letter),
});

/** Yields CSV with a heading. @param ofTenants true: the first column names the tenant */
export function asCsv(pages: Pages, ofTenants = false): AsyncGenerator<string> {
  const shown = ofTenants ? (['tenant_id', ...csvColumns] as const) : csvColumns;
  return csvOf(shown, pages, (letter) => {
    const row = { ...rowOf(letter), resolved_by: letter.resolvedBy?.name ?? null };
    return shown.map((column) => row[column] ?? null);
  });
}

/** Yields one JSON object per line. */
async function* asLines(pages: Pages): AsyncGenerator<string> {
  for await (const letters of pages) yield letters.map((letter) => `${JSON.stringify(rowOf(letter))}\n`).join('');
}

/** Returns the answer that is a file of letters. */
export async function letterFile(reply: FastifyReply, format: 'csv' | 'ndjson', pages: Pages, ofTenants = false): Promise<Readable> {
  const letters = await begun(pages);
  void reply
    .header('content-type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
    .header('content-disposition', `attachment; filename="dead-letters.${format}"`);
  return Readable.from(format === 'csv' ? asCsv(letters, ofTenants) : asLines(letters));
}
