import { Writable } from 'node:stream';
import type { SignedIn, StaffRole } from '@heliograph/staff';
import type { LiveRecord, LiveResource } from './live-record';
import { LiveStream, maxPending, stalledMs } from './live-stream';

const tenantId = '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0';
const other = '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c1';
const from = '2026-11-24T00:00:00.000Z';

/** A reader that takes what it is given, or nothing while it is asleep. */
class Reader extends Writable {
  text = '';
  isAsleep = false;
  private wakes: (() => void) | null = null;

  constructor() {
    super({ highWaterMark: 200, decodeStrings: false });
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    if (this.isAsleep) this.wakes = done;
    else done();
  }

  wake(): void {
    this.isAsleep = false;
    this.wakes?.();
  }

  get events(): string[] {
    return [...this.text.matchAll(/^event: (\w+)$/gm)].map(([, event = '']) => event);
  }

  get records(): LiveRecord[] {
    return [...this.text.matchAll(/^event: record\ndata: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as LiveRecord);
  }
}

const signedInAs = (role: StaffRole, tenant: string | null = tenantId) =>
  ({ person: { id: 'p', grants: [{ role, tenantId: tenant }] }, signInId: 's' }) as unknown as SignedIn;

function setup(role: StaffRole = 'owner') {
  const reader = new Reader();
  const stream = new LiveStream(reader, undefined, signedInAs(role), from);
  let seq = 0;
  const send = (id: string, over: Partial<LiveRecord> = {}) => {
    const record: LiveRecord = { resource: 'sessions', tenantId, id, version: ++seq, patch: { status: `s${seq}` }, ...over };
    stream.send({ id: `hub.${seq}`, record });
  };
  return { reader, stream, send };
}

/** Lets callbacks of streams run. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a live stream', () => {
  it('writes events that an event source can read', () => {
    const { reader, stream, send } = setup();
    stream.greet('hub.0');
    send('a');
    expect(reader.text).toBe(
      `retry: 2000\nid: hub.0\nevent: hello\ndata: {}\n\nid: hub.1\nevent: record\ndata: {"resource":"sessions","tenant_id":"${tenantId}","id":"a","version":1,"patch":{"status":"s1"}}\n\n`,
    );
  });

  it.each<[StaffRole, LiveResource[]]>([
    ['agent', ['groups', 'imports']],
    ['viewer', ['sessions', 'groups', 'message_counts', 'alerts']],
    ['analyst', ['sessions', 'groups', 'message_counts', 'alerts', 'dead_letters', 'endpoints', 'imports']],
  ])('sends %s only what the role may read, and nothing of another tenant', (role, seen) => {
    const { reader, send } = setup(role);
    for (const resource of ['sessions', 'groups', 'message_counts', 'alerts', 'dead_letters', 'endpoints', 'imports'] as const) {
      send('a', { resource });
      send('b', { resource, tenantId: other });
    }
    expect(reader.records.map(({ resource }) => resource)).toEqual(seen);
    expect(reader.text).not.toContain(other);
  });

  it('sends counts of the time that it asked for, and of no other', () => {
    const { reader, send } = setup();
    send('a', { resource: 'message_counts', from: '2026-11-23T00:00:00.000Z' });
    send('b', { resource: 'message_counts', from });
    expect(reader.records.map(({ id }) => id)).toEqual(['b']);
  });

  it('keeps only the latest of each record while a reader is behind, and sends it later', async () => {
    const { reader, stream, send } = setup();
    reader.isAsleep = true;
    send('first');
    send('second');
    for (let i = 0; i < 1_000; i++) send(`r${i % 10}`);
    expect(stream.waiting).toBeLessThanOrEqual(11);
    expect(reader.writableLength).toBeLessThan(2_000);
    reader.wake();
    for (let i = 0; i < 50; i++) await turn();
    expect(stream.waiting).toBe(0);
    expect(reader.records.slice(2).map(({ id, version }) => [id, version])).toEqual(
      Array.from({ length: 10 }, (_, i) => [`r${i}`, 993 + i]),
    );
  });

  it('drops what is too much for a slow reader and asks it to read everything anew', async () => {
    const { reader, stream, send } = setup();
    reader.isAsleep = true;
    for (let i = 0; i < maxPending * 4; i++) {
      send(`r${i}`);
      expect(stream.waiting).toBeLessThanOrEqual(maxPending);
    }
    reader.wake();
    for (let i = 0; i < 50; i++) await turn();
    expect(reader.events.at(-1)).toBe('resync');
    send('after');
    expect(reader.records.at(-1)?.id).toBe('after');
  });

  it('counts as stalled once a reader took nothing for long, and no more when it reads again', async () => {
    const { reader, stream, send } = setup();
    reader.isAsleep = true;
    for (let i = 0; i < 3; i++) send(`r${i}`);
    const now = performance.now();
    expect(stream.isStalled(now + stalledMs - 1_000)).toBe(false);
    expect(stream.isStalled(now + stalledMs + 1_000)).toBe(true);
    reader.wake();
    await turn();
    expect(stream.isStalled(now + stalledMs + 1_000)).toBe(false);
  });

  it('follows new rights at once, and asks to read everything anew', () => {
    const { reader, stream, send } = setup('agent');
    send('a');
    stream.renew(signedInAs('agent'));
    expect(reader.events).toEqual([]);
    stream.renew(signedInAs('owner'));
    send('b');
    expect(reader.events).toEqual(['resync', 'record']);
    stream.renew(signedInAs('owner', other));
    send('c');
    expect(reader.events).toEqual(['resync', 'record', 'resync']);
  });

  it('says why it ends', () => {
    const { reader, stream, send } = setup();
    stream.end('signed_out');
    send('a');
    expect(reader.events).toEqual(['signed_out']);
    expect(reader.writableEnded).toBe(true);
  });
});
