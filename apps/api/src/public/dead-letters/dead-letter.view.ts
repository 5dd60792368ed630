import { type DeadLetter, type DeadLetterDetail, letterKindName, reasonOf } from '@heliograph/dead-letters';
import { actorSchema, systemActor } from '@heliograph/kernel';
import { z } from 'zod';
import { csvOf } from '../../http/csv';
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
    state: z.enum(['open', 'redriven', 'discarded', 'resolved']),
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

/** Yields CSV with a heading. */
export function asCsv(pages: AsyncGenerator<DeadLetter[]>): AsyncGenerator<string> {
  return csvOf(csvColumns, pages, (letter) => {
    const row = { ...view(letter), resolved_by: letter.resolvedBy?.name ?? null };
    return csvColumns.map((column) => row[column]);
  });
}

/** Yields one JSON object per line. */
export async function* asLines(pages: AsyncGenerator<DeadLetter[]>): AsyncGenerator<string> {
  for await (const letters of pages) yield letters.map((letter) => `${JSON.stringify(view(letter))}\n`).join('');
}
