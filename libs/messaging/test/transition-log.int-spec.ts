import { Logger } from '@nestjs/common';
import { type Loops, type Sql, TransactionFeed } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import { MessageEvents } from '../src/history/message-events.repository';
import { TransitionLog } from '../src/history/transition-log';
import { MessageStore } from '../src/intake/message-store.repository';
import { aLane, aRow } from '../testing';

let database: TestDatabase;
let log: TransitionLog;
beforeAll(async () => {
  database = await openTestDatabase();
  log = aTransitionLog();
});
afterAll(() => database.close());
afterEach(() => jest.restoreAllMocks());

interface Line {
  seq: string;
  message: string;
  from_state: string;
  to_state: string;
}

const aTransitionLog = () =>
  new TransitionLog(
    new TransactionFeed(database.db),
    new MessageEvents(),
    {} as Loops,
    { LOG_TRANSITIONS: true, LOG_LEVEL: 'info' } as never,
  );

/** Returns the lines that are written from now on. */
function linesFromNow(): Line[] {
  const lines: Line[] = [];
  jest.spyOn(Logger.prototype, 'log').mockImplementation((line: unknown) => void lines.push(line as Line));
  return lines;
}

async function messages(count: number): Promise<string[]> {
  const lane = await aLane(database.db);
  const rows = Array.from({ length: count }, () => aRow(lane));
  await new MessageStore().store(database.db, rows, 72);
  return rows.map(({ id }) => id);
}

const move = (sql: Sql, ids: string[], to: string) => sql.query(`UPDATE messages SET state = $2 WHERE id = ANY ($1)`, [ids, to]);
const arrows = (lines: Line[], ids: string[]) => lines.filter((l) => ids.includes(l.message)).map((l) => `${l.from_state}>${l.to_state}`);

// Transactions of other databases on the same server delay it too.
const follow = (log: TransitionLog, isDone: () => boolean) =>
  until(async () => {
    await log.follow();
    return isDone();
  });

describe('the transition log', () => {
  it('leaves out a line that cannot be written, and writes those around it once', async () => {
    const ids = await messages(3);
    const lines: Line[] = [];
    jest.spyOn(Logger.prototype, 'log').mockImplementation((line: unknown) => {
      if ((line as Line).message === ids[1]) throw new TypeError('Do not know how to serialize a BigInt');
      lines.push(line as Line);
    });
    const skipped: object[] = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void skipped.push(line as object));
    for (const id of ids) await move(database.db, [id], 'claimed');
    await follow(log, () => lines.length >= 2);
    await follow(log, () => true);
    expect(lines.map(({ message }) => message)).toEqual([ids[0], ids[2]]);
    expect(skipped).toMatchObject([{ event: 'transition.skipped' }]);
  });

  it('has exactly one line per row of the history', async () => {
    const ids = await messages(40);
    for (const [nth, to] of ['claimed', 'calling', 'sent', 'delivered', 'read'].entries())
      await Promise.all(ids.slice(nth).map((id) => move(database.db, [id], to)));
    const lines = linesFromNow();
    const rows = await database.db.query<Line>(
      `SELECT seq::text, message_id AS message, from_state, to_state FROM message_events WHERE message_id = ANY ($1)`,
      [ids],
    );
    expect(rows).toHaveLength(40 + 39 + 38 + 37 + 36);
    await follow(log, () => lines.length >= rows.length);
    const logged = lines.map((l) => `${l.seq} ${l.message} ${l.from_state}>${l.to_state}`);
    expect(logged.toSorted()).toEqual(rows.map((r) => `${r.seq} ${r.message} ${r.from_state}>${r.to_state}`).toSorted());
  });

  it('misses no step of a transaction that ends after later ones', async () => {
    const [slow, quick] = (await messages(2)) as [string, string];
    const lines = linesFromNow();
    let go = () => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    let written = () => {};
    const isWritten = new Promise<void>((resolve) => (written = resolve));
    const late = database.db.transaction(async (tx) => {
      await move(tx, [slow], 'claimed');
      written();
      await held;
    });
    await isWritten;
    await move(database.db, [quick], 'claimed');
    await log.follow();
    expect(arrows(lines, [slow, quick])).toEqual([]);
    go();
    await late;
    await follow(log, () => arrows(lines, [slow, quick]).length >= 2);
    expect(arrows(lines, [slow])).toEqual(['queued>claimed']);
    expect(arrows(lines, [quick])).toEqual(['queued>claimed']);
  });

  it('is written once by many processes', async () => {
    const ids = await messages(300);
    for (const id of ids) await move(database.db, [id], 'claimed');
    const lines = linesFromNow();
    const all = [log, aTransitionLog(), aTransitionLog()];
    await until(async () => {
      await Promise.all(all.map((one) => one.follow()));
      return lines.length >= 300;
    });
    expect(arrows(lines, ids)).toHaveLength(300);
  });

  it('continues in a database whose transaction ids restarted', async () => {
    const [id] = (await messages(1)) as [string];
    await database.db.query(`UPDATE feed_readers SET next_tx = 9000000000000000000 WHERE name = 'log'`);
    const lines = linesFromNow();
    await log.follow();
    await move(database.db, [id], 'claimed');
    await follow(log, () => arrows(lines, [id]).length > 0);
    expect(arrows(lines, [id])).toEqual(['queued>claimed']);
  });

  it('does not report later the steps made while it was turned off', async () => {
    const [old, fresh] = (await messages(2)) as [string, string];
    await move(database.db, [old], 'claimed');
    await database.db.query(`UPDATE feed_readers SET moved_at = heliograph_now() - interval '61 minutes' WHERE name = 'log'`);
    const lines = linesFromNow();
    // The event counts as old only once no earlier transaction is running.
    await until(
      async () =>
        (
          await database.db.query(
            `SELECT 1 FROM message_events WHERE message_id = $1 AND tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint`,
            [old],
          )
        ).length === 1,
    );
    await log.follow();
    await move(database.db, [fresh], 'claimed');
    await follow(log, () => arrows(lines, [fresh]).length > 0);
    expect(arrows(lines, [old])).toEqual([]);
  });
});
