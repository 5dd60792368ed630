import type { ApiError } from '../providers/client';

/** Result of several starts: the jobs that run, and the refusals with their places. */
export interface Started<T> {
  jobs: T[];
  refusals: { at: number; error: ApiError }[];
}

/** Waits for all starts: a job that runs is never hidden by another one that was refused. @throws ApiError when none was started */
export async function allStarted<T>(starts: Promise<T>[]): Promise<Started<T>> {
  const ends = await Promise.allSettled(starts);
  const jobs = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const refusals = ends.flatMap((end, at) => (end.status === 'rejected' ? [{ at, error: end.reason as ApiError }] : []));
  if (jobs.length === 0 && refusals[0]) throw refusals[0].error;
  return { jobs, refusals };
}
