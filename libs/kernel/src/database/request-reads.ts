import { AsyncLocalStorage } from 'node:async_hooks';

const reads = new AsyncLocalStorage<true>();

/** Runs the work of a request that only reads: what it reads of a tenant goes through the pool of reads. */
export function asRead<T>(work: () => T): T {
  return reads.run(true, work);
}

/** True within a request that only reads. */
export const isRead = (): boolean => reads.getStore() === true;
