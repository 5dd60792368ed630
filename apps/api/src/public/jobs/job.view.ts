import { actorSchema, type BulkJob, bulkJobStates, expectTolerance, keptJobDays, pageQuery } from '@heliograph/kernel';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';
import { problemResponse } from '../../http/problem.schema';

export const exampleJob = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073c00',
  kind: 'dead_letters.redrive',
  state: 'running',
  filter: { cause: 'retries_exhausted' },
  options: { may_duplicate: false },
  note: 'The provider works again.',
  per_minute: null,
  actor: { kind: 'key', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Core application' },
  created_at: '2026-11-24T12:00:00.000Z',
  started_at: '2026-11-24T12:00:00.400Z',
  ended_at: null,
  total: 4_812,
  done: 1_500,
  skipped: { opted_out: 2 },
  failed: 0,
  failed_ids: [],
  error: null,
} as const;

/** A job as the API shows it. */
export const jobSchema = z
  .object({
    id: z.uuid(),
    kind: z.string().meta({
      description: 'The verb: `dead_letters.redrive`, `dead_letters.discard`, `messages.cancel`, `callbacks.replay`, `events.replay`.',
    }),
    state: z.enum(bulkJobStates),
    filter: z.record(z.string(), z.unknown()),
    options: z.record(z.string(), z.unknown()),
    note: z.string().nullable(),
    per_minute: z.int().nullable(),
    actor: actorSchema,
    created_at: z.iso.datetime(),
    started_at: z.iso.datetime().nullable(),
    ended_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: `Ended jobs are kept for ${keptJobDays} days.` }),
    total: z.int().meta({ description: 'Items that matched. Of a job that is done, the sum of done, skipped and failed.' }),
    done: z.int(),
    skipped: z.record(z.string(), z.int()).meta({ description: 'Items left as they are, by reason.' }),
    failed: z.int().meta({ description: 'Items whose own data made the verb fail.' }),
    failed_ids: z.array(z.string()).meta({ description: 'Ids of the first failed items.' }),
    error: z.string().nullable().meta({ description: 'Cause of the state `failed`.' }),
  })
  .meta({ id: 'Job', example: exampleJob });
export const jobPage = pageSchema(jobSchema, { id: 'JobPage', example: { data: [exampleJob], next_cursor: null } });
export const jobQuery = z.strictObject({ state: z.enum(bulkJobStates).optional(), ...pageQuery });

export function jobView(job: BulkJob): z.input<typeof jobSchema> {
  return {
    id: job.id,
    kind: job.kind,
    state: job.state,
    filter: snake(job.filter),
    options: snake(job.options),
    note: job.note,
    per_minute: job.perMinute,
    actor: job.actor,
    created_at: job.createdAt.toISOString(),
    started_at: job.startedAt?.toISOString() ?? null,
    ended_at: job.endedAt?.toISOString() ?? null,
    total: job.total,
    done: job.done,
    skipped: job.skipped,
    failed: job.failed,
    failed_ids: job.failedIds,
    error: job.error,
  };
}

/** Returns the members under the names of the API, also those of an object within. */
function snake(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      typeof value === 'object' && value !== null && !Array.isArray(value) ? snake(value as Record<string, unknown>) : value,
    ]),
  );
}

/** Members of the body of every bulk verb, beside its filter. */
export const bulkMembers = {
  expect: z
    .int()
    .min(0)
    .max(2_147_483_647)
    .optional()
    .meta({
      description: `Number of matches that the caller saw; required unless dry_run is true. When the real number differs by more than ${expectTolerance.share * 100} % and by more than ${expectTolerance.items}, the answer is 409 and nothing is done.`,
    }),
  note: z.string().min(1).max(500).optional().meta({ description: 'Reason, which stays with the job.' }),
  dry_run: z.boolean().default(false).meta({ description: 'True: nothing is done, and the answer says what would happen.' }),
};
export const needsExpect = {
  check: ({ expect, dry_run }: { expect?: number | undefined; dry_run: boolean }): boolean => dry_run || expect !== undefined,
  fault: { message: 'Name the number of matches that you saw.', path: ['expect'] },
};

export const matchingSchema = z.object({ matching: z.int() }).meta({ id: 'BulkMatching', example: { matching: 4_812 } });
export const jobAnswer = {
  status: 202,
  description: 'The job. A repeat while it is open answers with the same job.',
  standardSchema: jobSchema,
};
export const countChanged = problemResponse(409, 'count_changed', 'The filter matches another number of items than expected.');
