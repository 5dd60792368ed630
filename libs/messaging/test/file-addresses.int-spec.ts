import { type Database } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import type { MessageBody } from '../src/message';
import { MessageStore } from '../src/intake/message-store.repository';
import { MessageExplainer } from '../src/messages/message-why.repository';
import { type FileAddress, FileAddresses, type FileMessage } from '../src/send/file-addresses';
import { aGroup, aLane, aRow, aSourcedRow } from '../testing';
import { aWorkerWith } from '../testing/worker';

const own = (name: string) => `https://own.example.com/${name}`;
const image = (name: string): MessageBody => ({ content: { kind: 'image', url: own(name), caption: name } });

describe('a message with a file of ours', () => {
  let test: TestDatabase;
  let db: Database;
  const store = new MessageStore();
  const ends: (() => Promise<void>)[] = [];

  /** A worker whose files have these addresses, by name. */
  const start = async (answers: Record<string, FileAddress | Promise<FileAddress>>, options: { lanesAtOnce?: number } = {}) => {
    const asked: [FileMessage, number][] = [];
    const files = new FileAddresses();
    files.register({
      owns: (url) => url.startsWith(own('')),
      addressFor: (message, waitMs) => {
        asked.push([message, waitMs]);
        return Promise.resolve(answers[message.url.slice(own('').length)] as FileAddress);
      },
    });
    const worker = await aWorkerWith(db, { files, ...options });
    ends.push(() => worker.lease.stop());
    return { ...worker, asked };
  };
  const rowsOf = (tenantId: string) =>
    db.query<{ id: string; state: string; cause: string | null; detail: string | null; tries: number; url: string | null; inMs: number }>(
      `SELECT id, state, cause, detail, tries, body->'content'->>'url' AS url, extract(epoch FROM due_at - heliograph_now())::float8 * 1000 AS "inMs"
       FROM messages WHERE tenant_id = $1 ORDER BY id`,
      [tenantId],
    );

  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  afterAll(() => test.close());

  it('is called with the address of the copy, and keeps its own address', async () => {
    const { runner, sent, source, asked } = await start({ a: { url: 'https://provider.example/1' } });
    const lane = await aLane(db, { windowLimit: 0 });
    source.answer = () => ({ body: { type: 'image', url: own('a'), caption: 'made' } });
    const other: MessageBody = { content: { kind: 'image', url: 'https://elsewhere.example.com/a', caption: 'other' } };
    await store.store(db, [aRow({ ...lane, body: image('a') }), aSourcedRow(lane), aRow({ ...lane, body: other }), aRow(lane)], 72);
    await runner.takeTurn(lane.sessionId);
    expect(sent.map(({ text, fileUrl }) => [text, fileUrl])).toEqual([
      ['a', 'https://provider.example/1'],
      ['made', 'https://provider.example/1'],
      ['other', undefined],
      ['Hello', undefined],
    ]);
    expect((await rowsOf(lane.tenantId)).map(({ url }) => url)).toEqual([own('a'), own('a'), 'https://elsewhere.example.com/a', null]);
    // One that is committed as `calling` by its claim does not wait.
    expect(asked.map(([message, waitMs]) => [message, waitMs > 0])).toEqual([
      [{ ...lane, url: own('a') }, false],
      [{ ...lane, url: own('a') }, true],
    ]);
  });

  it('holds up no lane of another tenant while its file is on its way', async () => {
    let end: (found: FileAddress) => void = () => undefined;
    const slow = new Promise<FileAddress>((resolve) => (end = resolve));
    const { runner, sent, source } = await start({ slow }, { lanesAtOnce: 1 });
    source.answer = () => ({ body: { type: 'image', url: own('slow'), caption: 'slow' } });
    const [lane, other] = [await aLane(db, { windowLimit: 0 }), await aLane(db, { windowLimit: 0 })];
    await store.store(db, [aSourcedRow(lane), aRow(other)], 72);
    const turn = runner.takeTurn(lane.sessionId);
    await until(async () => (await rowsOf(lane.tenantId))[0]?.state === 'claimed');
    const otherTurn = runner.takeTurn(other.sessionId);
    await until(() => sent.length === 1);
    end({ url: 'https://provider.example/1' });
    await Promise.all([turn, otherTurn]);
    expect(sent.map(({ text }) => text)).toEqual(['Hello', 'slow']);
  });

  it('returns to its lane while its file is on its way, and the others are sent', async () => {
    const { runner, sent } = await start({
      slow: { later: 'It is being uploaded.', inMs: 7_000, countsTry: false },
      a: { url: 'https://provider.example/1' },
    });
    const lane = await aLane(db, { windowLimit: 0 });
    // The first message of a claim is committed as `calling`, the third as `claimed`.
    await store.store(
      db,
      ['slow', 'a', 'slow', 'a'].map((name) => aRow({ ...lane, body: image(name) })),
      72,
    );
    expect(await runner.takeTurn(lane.sessionId)).toMatchObject({ kind: 'idle' });
    expect(sent.map(({ text }) => text)).toEqual(['a', 'a']);
    const waiting = (await rowsOf(lane.tenantId)).filter(({ state }) => state === 'queued');
    expect(waiting).toMatchObject([1, 2].map(() => ({ cause: 'file_unavailable', detail: 'It is being uploaded.', tries: 0 })));
    for (const { inMs } of waiting) expect(inMs).toBeGreaterThan(5_000);
    await db.query(`UPDATE messages SET due_at = heliograph_now() WHERE tenant_id = $1 AND state = 'queued'`, [lane.tenantId]);
    expect((await new MessageExplainer(db).why(lane.tenantId, waiting[0]?.id as string)).waitsFor).toContain('file');
  });

  it('counts for no cap of its lane, pool or group while it waits for its file, and the others count', async () => {
    const { runner, sent } = await start({
      slow: { later: 'It is being uploaded.', inMs: 60_000, countsTry: false },
      bad: { refused: 'This file type is not supported' },
    });
    const lane = await aLane(db, { windowLimit: 0, dailyCap: 5, hourlyCap: 5, timeZone: 'Asia/Kathmandu' });
    const groupId = await aGroup(db, lane.tenantId, { standing: 'apart', dailyCap: 5 });
    await db.query(`INSERT INTO cap_pools (tenant_id, name, hourly_cap, daily_cap) VALUES ($1, 'shared', 5, 5)`, [lane.tenantId]);
    await db.query(`UPDATE lanes SET cap_pool = 'shared', burst_size = 100 WHERE session_id = $1`, [lane.sessionId]);
    const used = async () =>
      (
        await db.query<{ used: number[] }>(
          `SELECT ARRAY[l.hour_used, l.day_used, l.burst_used, p.hour_used, p.day_used, g.day_used] AS used
           FROM lanes l JOIN cap_pools p ON p.tenant_id = l.tenant_id JOIN message_groups g ON g.tenant_id = l.tenant_id WHERE l.session_id = $1`,
          [lane.sessionId],
        )
      )[0]?.used;
    const put = (count: number, body?: MessageBody) =>
      store.store(
        db,
        Array.from({ length: count }, () => aRow({ ...lane, groupId, ...(body && { body }) })),
        72,
      );
    await put(1);
    await put(12, image('slow'));
    await put(2, image('bad'));
    await runner.takeTurn(lane.sessionId);
    expect(await used()).toEqual([1, 1, 1, 1, 1, 1]);
    expect((await rowsOf(lane.tenantId)).filter(({ cause }) => cause === 'file_unavailable')).toHaveLength(12);
    // What the caps leave is there for others, and no more.
    await put(6);
    await runner.takeTurn(lane.sessionId);
    expect(sent).toHaveLength(5);
    expect(await used()).toEqual([5, 5, 5, 5, 5, 5]);
  });

  it('fails alone when the provider refuses its file, or when uploads failed on each of its tries', async () => {
    const { runner, sent } = await start({
      bad: { refused: 'This file type is not supported' },
      down: { later: 'No answer', inMs: 2_000, countsTry: true },
      a: { url: 'https://provider.example/1' },
    });
    const lane = await aLane(db, { windowLimit: 0 });
    const rows = ['bad', 'down', 'a', 'bad', 'down'].map((name) => aRow({ ...lane, body: image(name) }));
    await store.store(db, rows, 72);
    await db.query(`UPDATE messages SET tries = 7 WHERE id = $1`, [rows[1]?.id]);
    await runner.takeTurn(lane.sessionId);
    expect(sent.map(({ text }) => text)).toEqual(['a']);
    expect((await rowsOf(lane.tenantId)).map(({ state, cause, detail, tries }) => [state, cause, detail, tries])).toEqual([
      ['failed', 'file_failed', 'This file type is not supported', 0],
      ['failed', 'file_failed', 'No answer', 8],
      ['sent', null, null, 0],
      ['failed', 'file_failed', 'This file type is not supported', 0],
      ['queued', 'file_unavailable', 'No answer', 1],
    ]);
    const letters = await db.query(`SELECT cause FROM dead_letters WHERE tenant_id = $1`, [lane.tenantId]);
    expect(letters).toEqual([1, 2, 3].map(() => ({ cause: 'file_failed' })));
  });

  it('that is not called although its file is on the way holds up no message of another lane', async () => {
    let arrive: (address: FileAddress) => void = () => undefined;
    const { runner, sent } = await start({ slow: new Promise<FileAddress>((resolve) => (arrive = resolve)) });
    const [slow, fast] = [await aLane(db, { windowLimit: 0 }), await aLane(db, { windowLimit: 0 })];
    await store.store(db, [aRow({ ...slow, body: image('slow') })], 72);
    const turn = runner.takeTurn(slow.sessionId);
    await store.store(db, [aRow(fast)], 72);
    await runner.takeTurn(fast.sessionId);
    expect(sent.map(({ text }) => text)).toEqual(['Hello']);
    arrive({ url: 'https://provider.example/2' });
    await turn;
    expect(sent.map(({ text }) => text)).toEqual(['Hello', 'slow']);
  });
});
