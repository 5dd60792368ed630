import type { z } from 'zod';

/** A queue with one kind of job. Payloads carry ids and small facts, never a row, a request or a secret. */
export interface QueueDefinition<Schema extends z.ZodType = z.ZodType> {
  /** `<lib>.<verb>`; BullMQ refuses `:`. */
  readonly name: string;
  readonly payload: Schema;
  /** Allows one run and at most one waiting job per id. A job added during a run is kept and runs after it. */
  readonly deduplicate?: (payload: z.output<Schema>) => { id: string };
}

/** Payload of a queue's jobs. */
export type PayloadOf<Q> = Q extends QueueDefinition<infer Schema> ? z.output<Schema> : never;

/** Declares a queue once, for producers and processors. */
export function defineQueue<Schema extends z.ZodType>(definition: QueueDefinition<Schema>): QueueDefinition<Schema> {
  return definition;
}
