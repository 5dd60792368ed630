/** A filter as a job stores it: times as text. */
export type StoredFilter<F> = { [K in keyof F]: Extract<F[K], Date> extends never ? F[K] : Exclude<F[K], Date> | string };

/** Returns a filter as a job stores it. */
export function storedFilter<F extends object>(filter: F): StoredFilter<F> {
  return Object.fromEntries(
    Object.entries(filter).map(([name, value]: [string, unknown]) => [name, value instanceof Date ? value.toISOString() : value]),
  ) as StoredFilter<F>;
}

/** Returns the filter that a job stored; `times` names the members that are times. */
export function filterOfStored<F extends object>(stored: Record<string, unknown>, times: readonly (keyof F & string)[]): F {
  const filter = { ...stored };
  for (const name of times) if (typeof filter[name] === 'string') filter[name] = new Date(filter[name]);
  return filter as F;
}

/** Returns the end of the range that a job covers: items that came after its request are left alone. */
export const endOfJob = (to: Date | undefined, requestedAt: Date): Date => (to && to < requestedAt ? to : requestedAt);
