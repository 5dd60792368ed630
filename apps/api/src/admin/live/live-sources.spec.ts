import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeFeed, Database } from '@heliograph/kernel';
import type { MessageCounts } from '@heliograph/messaging';
import type { Alerts } from '../overview/alerts';
import { LiveSources } from './live-sources';

/** Sources over a database whose rows have changed, with a look for alerts that does what it is told. */
function setup(find: () => Promise<unknown>) {
  const listeners = new Map<string, (id: string) => void>();
  const feed = { onChange: (table: string, listener: (id: string) => void) => void listeners.set(table, listener) };
  const query = (sql: string, [ids]: [string[]?] = []) =>
    Promise.resolve(
      sql.includes('clock_timestamp')
        ? [{ version: '1' }]
        : (ids ?? []).map((id) => ({ tenantId: 't', id, statusSince: new Date(0), isDeleted: false })),
    );
  const sources = new LiveSources(
    { query } as unknown as Database,
    {} as MessageCounts,
    { find } as unknown as Alerts,
    feed as unknown as ChangeFeed,
  );
  sources.set(true);
  const read = async () => (await sources.read(new Set())).map(({ resource, id }) => [resource, id]);
  return { read, change: (table: string, id: string) => listeners.get(table)?.(id) };
}

const nothing = { alerts: [], letters: new Map() };

describe('sources of live streams', () => {
  it('keep what was read when a later read fails', async () => {
    let fails = true;
    const { read, change } = setup(() => (fails ? Promise.reject(new Error('The database is away.')) : Promise.resolve(nothing)));
    change('sessions', 'a');
    await expect(read()).rejects.toThrow('away');
    fails = false;
    change('sessions', 'b');
    expect(await read()).toEqual([
      ['sessions', 'a'],
      ['sessions', 'b'],
    ]);
    expect(await read()).toEqual([]);
  });

  it('look for alerts a small part of the time when a look is slow, however often sessions change', async () => {
    let looks = 0;
    const { read, change } = setup(async () => {
      looks++;
      await sleep(300);
      return nothing;
    });
    for (let turn = 0; turn < 5; turn++) {
      change('sessions', 'a');
      expect(await read()).toEqual([['sessions', 'a']]);
    }
    expect(looks).toBe(1);
  });
});
