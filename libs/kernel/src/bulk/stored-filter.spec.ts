import { endOfJob, filterOfStored, storedFilter } from './stored-filter';

interface Filter {
  name?: string;
  ids?: string[];
  from?: Date;
  to?: Date;
}

describe('the filter of a job', () => {
  const at = new Date('2026-03-01T10:00:00.123Z');

  it('comes back from the database as it was', () => {
    const filter: Filter = { name: '2026-03-01T10:00:00Z', ids: ['a'], from: at };
    const stored = JSON.parse(JSON.stringify(storedFilter(filter))) as Record<string, unknown>;
    expect(stored).toEqual({ name: '2026-03-01T10:00:00Z', ids: ['a'], from: '2026-03-01T10:00:00.123Z' });
    expect(filterOfStored<Filter>(stored, ['from', 'to'])).toEqual(filter);
  });

  it('ends at the request of the job at the latest', () => {
    const before = new Date(at.getTime() - 1);
    const after = new Date(at.getTime() + 1);
    expect([undefined, before, after].map((to) => endOfJob(to, at))).toEqual([at, before, at]);
  });
});
