import { describe, expect, it } from 'vitest';
import { ApiError } from '../providers/client';
import { allStarted } from './started-jobs';

describe('several starts', () => {
  const refused = (): Promise<string> => Promise.reject(new ApiError(409, { code: 'count_changed', detail: 'Others match now.' }));

  it('show the jobs that run and, at its place, the one that was refused', async () => {
    const { jobs, refusals } = await allStarted([Promise.resolve('a'), refused(), Promise.resolve('c')]);
    expect(jobs).toEqual(['a', 'c']);
    expect(refusals.map(({ at, error }) => [at, error.code])).toEqual([[1, 'count_changed']]);
  });

  it('are refused when none runs', async () => {
    await expect(allStarted([refused(), refused()])).rejects.toMatchObject({ code: 'count_changed' });
    expect(await allStarted([])).toEqual({ jobs: [], refusals: [] });
  });
});
