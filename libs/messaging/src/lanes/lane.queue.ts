import { defineQueue } from '@heliograph/kernel';
import { z } from 'zod';

/** A ring of one lane, which asks a worker to serve it. */
export const laneQueue = defineQueue({
  name: 'messaging.lane',
  payload: z.object({ sessionId: z.uuid() }),
  deduplicate: ({ sessionId }) => ({ id: sessionId }),
});
