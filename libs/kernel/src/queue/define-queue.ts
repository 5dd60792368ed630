import type { z } from 'zod';

/** A queue with one kind of job. Payloads carry ids and small facts, never a row, a request or a secret. */
export interface QueueDefinition<Schema extends z.ZodType = z.ZodType> {
  /** `<lib>.<verb>`; BullMQ refuses `:`. */
  readonly name: string;
  readonly payload: Schema;
  /** One run and at most one waiting job per id: a job added during a run is kept for after it. */
  readonly deduplicate?: (payload: z.output<Schema>) => { id: string };
}

/** What a job of this queue carries. */
export type PayloadOf<Q> = Q extends QueueDefinition<infer Schema> ? z.output<Schema> : never;

/** Declares a queue once; producers and processors both read it. */
export function defineQueue<Schema extends z.ZodType>(definition: QueueDefinition<Schema>): QueueDefinition<Schema> {
  return definition;
}
