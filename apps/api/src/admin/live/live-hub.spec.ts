import { PassThrough } from 'node:stream';
import type { ChangeFeed, Database, DrainService, Loops } from '@heliograph/kernel';
import type { MessageCounts } from '@heliograph/messaging';
import type { SignedIn, SignIns } from '@heliograph/staff';
import type { Alerts } from '../overview/alerts';
import { LiveHub } from './live-hub';
import type { LiveRecord } from './live-record';
import { LiveSources } from './live-sources';
import { LiveStream } from './live-stream';

const tenantId = '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0';
const signedIn = { person: { id: 'p', grants: [{ role: 'owner', tenantId: null }] }, signInId: 's' } as unknown as SignedIn;

/** A hub with one reader, whose turns the test takes, over a database in which every changed session has the latest name. */
function setup() {
  const changed = new Map<string, (id: string) => void>();
  const feed = {
    onChange: (table: string, listener: (id: string) => void) => void changed.set(table, listener),
    onReset: () => undefined,
  } as unknown as ChangeFeed;
  let name = '';
  let version = 0;
  const query = (sql: string, [ids]: [string[]?] = []) =>
    Promise.resolve(
      sql.includes('clock_timestamp')
        ? [{ version: String(++version) }]
        : (ids ?? []).map((id) => ({ tenantId, id, name, statusSince: new Date(0), isDeleted: false })),
    );
  const alerts = { find: () => Promise.resolve({ alerts: [], letters: new Map() }) } as unknown as Alerts;
  const sources = new LiveSources({ query } as unknown as Database, {} as MessageCounts, alerts, feed);
  let loop: Parameters<Loops['start']>[0] | undefined;
  const loops = {
    start: (spec: typeof loop) => {
      loop = spec;
      return { wake: () => undefined };
    },
  } as unknown as Loops;
  const drains = { isDraining: false, onDrain: () => undefined } as unknown as DrainService;
  const hub = new LiveHub(sources, { find: () => Promise.resolve(signedIn) } as unknown as SignIns, feed, loops, drains);
  hub.onApplicationBootstrap();
  const reader = new PassThrough({ encoding: 'utf8' });
  let text = '';
  reader.on('data', (chunk: string) => (text += chunk));
  hub.add(new LiveStream(reader, undefined, signedIn, '2026-11-24T00:00:00.000Z'), undefined);
  if (!loop) throw new Error('The hub started no loop.');
  const { everyMs, work } = loop;
  return {
    everyMs,
    rename: (id: string, to: string) => {
      name = to;
      changed.get('sessions')?.(id);
    },
    /** Takes a turn. @returns names of sessions that the reader got in it */
    turn: async () => {
      text = '';
      await work(new AbortController().signal);
      await new Promise((resolve) => setImmediate(resolve));
      const records = [...text.matchAll(/^event: record\ndata: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as LiveRecord);
      return records.filter(({ resource }) => resource === 'sessions').map(({ patch }) => patch?.name);
    },
  };
}

describe('the hub of live streams', () => {
  it('sends a record that changed several times between two turns once, as it is then', async () => {
    const { rename, turn } = setup();
    for (let i = 0; i < 10; i++) rename('a', `Line ${i}`);
    expect(await turn()).toEqual(['Line 9']);
    expect(await turn()).toEqual([]);
    rename('a', 'Line 10');
    expect(await turn()).toEqual(['Line 10']);
  });

  it('takes at most four turns a second', () => {
    expect(setup().everyMs).toBeGreaterThanOrEqual(250);
  });
});
