import { AsyncLocalStorage } from 'node:async_hooks';

const reads = new AsyncLocalStorage<true>();

/** Runs the work of a request that only reads. Its reads of tenant data use the pool for reads. */
export function asRead<T>(work: () => T): T {
  return reads.run(true, work);
}

/** True inside a request that only reads. */
export const isRead = (): boolean => reads.getStore() === true;
