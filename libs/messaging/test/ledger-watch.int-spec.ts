import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AddressPairs } from '@heliograph/contacts';
import { Database, dataSourceOptions, HealthChecks, Metrics, newId, systemActor } from '@heliograph/kernel';
import { createTestDatabase, moveClock, openTestDatabase, processLoops, type TestDatabase, until } from '@heliograph/kernel/testing';
import type { MessageLogRow, WhatsAppProvider } from '@heliograph/providers';
import type { SessionCredentials } from '@heliograph/tenants';
import { DataSource } from 'typeorm';
import { HeldMessages } from '../src/installation/held-messages.repository';
import { InstallationFile } from '../src/installation/installation-file';
import { LedgerReconciliation } from '../src/installation/ledger-reconciliation';
import { LedgerStates } from '../src/installation/ledger-state.repository';
import { LedgerWatch, type WatchConfig } from '../src/installation/ledger-watch';
import { MessageStore } from '../src/intake/message-store.repository';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { WorkerLease } from '../src/lanes/worker-lease';
import { MessageExplainer } from '../src/messages/message-why.repository';
import { UnboundMessages } from '../src/uncertain/unbound.repository';
import { aLane, aRow, aSourcedRow, aWorker } from '../testing';
import { aRenderer, TestSource } from '../testing/rendering';

const hour = 3_600_000;

describe('the watch over the ledger', () => {
  let test: TestDatabase;
  let dir: string;
  const watches: LedgerWatch[] = [];

  beforeEach(async () => {
    test = await openTestDatabase();
    dir = await mkdtemp(join(tmpdir(), 'heliograph-installation-'));
  });
  afterEach(async () => {
    await Promise.all(watches.splice(0).map((watch) => watch.stop()));
    await test.close();
    await rm(dir, { recursive: true });
  });

  const file = () => join(dir, 'installation');
  /** A process that starts, on this database or another. */
  const aProcess = async (config: Partial<WatchConfig> = {}, on = test) => {
    const health = new HealthChecks();
    const metrics = new Metrics();
    const watch = new LedgerWatch(
      new LedgerStates(on.db),
      { INSTALLATION_ID: undefined, INSTALLATION_FILE: undefined, LEDGER_MAX_AGE_S: 900, LEDGER_MAX_LOSS_S: 30, ...config },
      health,
      metrics,
    );
    watches.push(watch);
    await watch.start();
    const fact = () => health.facts.get('ledger')?.();
    const metric = async (name: string) => (await metrics.registry.getSingleMetric(`heliograph_${name}`)?.get())?.values[0]?.value;
    return { watch, fact, metric };
  };
  const state = (on = test) => new LedgerStates(on.db).read();
  const aLaneWith = async (...classes: ('transactional' | 'broadcast')[]) => {
    const lane = await aLane(test.db, { windowLimit: 0 });
    const rows = classes.map((of) => aRow({ ...lane, class: of }));
    await new MessageStore().store(test.db, rows, 72);
    return { ...lane, ids: rows.map((row) => row.id) };
  };
  /** Returns the ids of the messages that a worker claims, or the reason why it claims none. */
  const claimed = async (sessionId: string, watch: LedgerWatch) => {
    const claims = new LaneClaims(test.db, watch);
    const wish = { sessionId, workerId: await aWorker(test.db), maxMessages: 20, shiftMs: 0 };
    const first = await claims.claim({ ...wish, revision: '-1' });
    const answer = first.kind === 'again' ? await claims.claim({ ...wish, revision: first.revision }) : first;
    return answer.kind === 'messages' ? answer.messages.map((message) => message.id) : answer;
  };
  /** Copies the row of the ledger. @returns a function that restores it */
  const aCopy = async () => {
    await test.db.query(`CREATE TABLE copy AS SELECT * FROM ledger_state`);
    return () =>
      test.db.transaction(async (tx) => {
        await tx.query(`DELETE FROM ledger_state`);
        await tx.query(`INSERT INTO ledger_state SELECT * FROM copy`);
      });
  };
  /** Simulates other processes that write the ledger for this long. */
  const timePasses = async (ms: number, watch: LedgerWatch) => {
    await moveClock(test.db, ms);
    await watch.check();
  };

  describe('and its id', () => {
    it('is taken by an empty database, from the environment or the file, and shared by all processes', async () => {
      const [one, other] = [await aProcess({ INSTALLATION_ID: 'north' }), await aProcess({ INSTALLATION_ID: 'north' })];
      expect([one.watch.hold, other.watch.hold]).toEqual([null, null]);
      expect(await state()).toMatchObject({ installationId: 'north', hold: null });
    });

    it('is created once when processes with one file start together', async () => {
      const started = await Promise.all([1, 2, 3].map(() => aProcess({ INSTALLATION_FILE: file() })));
      await aLaneWith('broadcast');
      started.push(await aProcess({ INSTALLATION_FILE: file() }));
      expect(started.map(({ watch }) => [watch.hold, watch.isRefused])).toEqual(started.map(() => [null, false]));
      const record = await new InstallationFile(file()).read();
      expect((await state()).installationId).toBe(record?.id);
    });

    it('has a file beside which nothing stays of processes that were killed while they wrote it', async () => {
      const old = new Date(Date.now() - 2 * 3_600_000);
      const drafts = [`${file()}.${randomUUID()}`, `${file()}.${randomUUID()}`, `${file()}.backup`] as const;
      for (const path of drafts) await writeFile(path, '{}');
      for (const path of [drafts[0], drafts[2]]) await utimes(path, old, old);
      await aProcess({ INSTALLATION_FILE: file() });
      expect(drafts.map((path) => existsSync(path))).toEqual([false, true, true]);
    });

    it('is taken by a database with messages that never had one', async () => {
      await aLaneWith('broadcast');
      expect((await aProcess({ INSTALLATION_ID: 'north' })).watch.hold).toBeNull();
      expect((await state()).installationId).toBe('north');
    });

    it.each([
      ['is another', { INSTALLATION_ID: 'south' }],
      ['is not there', {}],
      ['has lost its file', { INSTALLATION_FILE: '/file' }],
    ] as [string, Partial<WatchConfig>][])('holds a database with messages when it %s', async (_, config) => {
      await aProcess({ INSTALLATION_ID: 'north' });
      await aLaneWith('broadcast');
      const { watch } = await aProcess({ ...config, ...(config.INSTALLATION_FILE && { INSTALLATION_FILE: file() }) });
      expect(watch.hold).toMatchObject({ reason: 'installation_differs' });
      expect((await state()).installationId).toBe('north');
    });

    it('is replaced by that of the process that releases the hold', async () => {
      await aProcess({ INSTALLATION_ID: 'north' });
      await aLaneWith('broadcast');
      const { watch } = await aProcess({ INSTALLATION_ID: 'south' });
      await new LedgerStates(test.db).release(systemActor('command_line'), 'Ada', 'south');
      await watch.check();
      expect(watch.hold).toBeNull();
      expect((await aProcess({ INSTALLATION_ID: 'south' })).watch.hold).toBeNull();
    });
  });

  describe('and its age', () => {
    it('holds an old ledger: new urgent messages are sent, the rest waits until the release', async () => {
      await (await aProcess()).watch.stop();
      const old = await aLaneWith('transactional', 'broadcast');
      await moveClock(test.db, hour);
      const { watch, fact, metric } = await aProcess();
      expect(watch.hold).toMatchObject({ reason: 'ledger_stale' });
      const fresh = await aLaneWith('transactional', 'broadcast');

      expect(await claimed(fresh.sessionId, watch)).toEqual([fresh.ids[0]]);
      expect(await claimed(old.sessionId, watch)).toEqual({ kind: 'idle', inMs: 60_000 });
      const why = async ({ tenantId, ids }: typeof old) => {
        const all = await Promise.all(ids.map((id) => new MessageExplainer(test.db).why(tenantId, id)));
        return all.map(({ waitsFor, mayDuplicate }) => [waitsFor.includes('ledger_held'), mayDuplicate]);
      };
      expect(await why(old)).toEqual([
        [true, true],
        [true, true],
      ]);
      expect((await why(fresh)).at(1)).toEqual([true, false]);
      expect(fact()).toMatchObject({ state: 'held', reason: 'ledger_stale', may_duplicate: 2 });
      expect([await metric('ledger_held'), await metric('ledger_may_duplicate')]).toEqual([1, 2]);

      expect(await new LedgerStates(test.db).release(systemActor('command_line'), 'Ada', null)).toBe(2);
      await watch.check();
      expect(await claimed(old.sessionId, watch)).toEqual(old.ids);
      expect(fact()).toEqual({ state: 'in_use' });
      expect(await state()).toMatchObject({ releasedBy: 'Ada', hold: null });
      const notes = await test.db.query(
        `SELECT cause, detail, actor_ref FROM message_events WHERE message_id = $1 AND from_state = to_state`,
        [old.ids[1]],
      );
      expect(notes).toEqual([{ cause: 'may_duplicate', detail: 'released by Ada', actor_ref: 'system:command_line' }]);
    });

    it('is that of the heartbeats of workers before any process wrote a beat', async () => {
      await aLaneWith('broadcast');
      await test.db.query(`INSERT INTO workers VALUES ($1, 'gone', heliograph_now(), heliograph_now() - interval '1 hour')`, [newId()]);
      expect((await aProcess()).watch.hold).toMatchObject({ reason: 'ledger_stale' });
    });

    it.each([
      ['the limit is off', { LEDGER_MAX_AGE_S: 0 }, true],
      ['there is no message', {}, false],
    ])('holds nothing when %s', async (_, config, hasMessages) => {
      await (await aProcess()).watch.stop();
      if (hasMessages) await aLaneWith('broadcast');
      await moveClock(test.db, hour);
      expect((await aProcess(config)).watch.hold).toBeNull();
    });

    it('holds nothing after an outage of the database during which the processes kept running', async () => {
      const { watch } = await aProcess();
      await aLaneWith('broadcast');
      await timePasses(hour, watch);
      expect(watch.hold).toBeNull();
    });
  });

  describe('and a copy', () => {
    it('is held after a restore from a backup of a minute ago, once no other process writes the file', async () => {
      const first = await aProcess({ INSTALLATION_FILE: file() });
      const { sessionId } = await aLaneWith('broadcast');
      const putBack = await aCopy();
      for (let ms = 5_000; ms <= 60_000; ms += 5_000) await timePasses(ms, first.watch);
      await first.watch.stop();
      await putBack();

      const { watch, fact, metric } = await aProcess({ INSTALLATION_FILE: file() });
      expect(fact()).toMatchObject({ state: 'refused' });
      expect(await metric('ledger_refused')).toBe(1);
      await test.db.query(`INSERT INTO workers VALUES ($1, 'waits', heliograph_now(), heliograph_now() + interval '8 s')`, [newId()]);
      const urgent = await aLaneWith('transactional');
      for (let n = 0; n < 3; n++) await watch.check();
      expect(watch.isRefused).toBe(false);
      expect(watch.hold).toMatchObject({ reason: 'ledger_restored' });
      expect(await claimed(urgent.sessionId, watch)).toEqual(urgent.ids);
      expect(await claimed(sessionId, watch)).toMatchObject({ kind: 'idle' });

      // Processes that start later read the hold from the database.
      const later = await aProcess({ INSTALLATION_FILE: file() });
      expect(later.watch.hold).toEqual(watch.hold);
    });

    it('is detected by a running process after a restore, before it takes another identity', async () => {
      const { watch } = await aProcess();
      await aLaneWith('broadcast');
      const putBack = await aCopy();
      for (let ms = 5_000; ms <= 60_000; ms += 5_000) await timePasses(ms, watch);
      const lease = new WorkerLease(test.db, processLoops().loops, watch);
      await lease.start();
      await putBack();
      await test.db.query(`DELETE FROM workers`);
      lease.forfeit(lease.current()!);
      await until(() => lease.current());
      expect(watch.hold).toMatchObject({ reason: 'ledger_restored' });
      await lease.stop();
    });

    it('that lost a few seconds by a failover is not held', async () => {
      const { watch } = await aProcess({ INSTALLATION_FILE: file() });
      await aLaneWith('broadcast');
      const putBack = await aCopy();
      for (let ms = 5_000; ms <= 15_000; ms += 5_000) await timePasses(ms, watch);
      await putBack();
      await watch.check();
      expect([watch.hold, watch.isRefused]).toEqual([null, false]);
    });

    it('beside the original sends nothing as long as the original writes the file', async () => {
      const original = await aProcess({ INSTALLATION_FILE: file() });
      await aLaneWith('broadcast');
      await test.db.dataSource.destroy();
      const name = new URL(test.url).pathname.slice(1);
      const beside = await createTestDatabase(name);
      await test.db.dataSource.initialize();
      const dataSource = await new DataSource(dataSourceOptions(beside.url, 4)).initialize();
      const copy: TestDatabase = { db: new Database(dataSource), url: beside.url, close: beside.drop };
      try {
        const second = await aProcess({ INSTALLATION_FILE: file() }, copy);
        for (let ms = 5_000; ms <= 60_000; ms += 5_000) {
          await timePasses(ms, original.watch);
          await second.watch.check();
          expect([original.watch.isRefused, second.watch.isRefused]).toEqual([false, true]);
        }
        const lease = new WorkerLease(copy.db, processLoops().loops, second.watch);
        await lease.start();
        expect(lease.current()).toBeNull();
        await lease.stop();

        // The original is lost: the copy takes its place, held.
        await original.watch.stop();
        for (let n = 0; n < 4; n++) await second.watch.check();
        expect(second.watch.isRefused).toBe(false);
        expect(second.watch.hold).not.toBeNull();
        await original.watch.check();
        expect(original.watch.isRefused).toBe(true);
        await second.watch.stop();
      } finally {
        await dataSource.destroy();
        await beside.drop();
      }
    });

    it('on another server is held when no file exists', async () => {
      await aProcess({ INSTALLATION_ID: 'north' });
      await aLaneWith('broadcast');
      await test.db.query(`UPDATE ledger_state SET server = '1/2'`);
      const { watch } = await aProcess({ INSTALLATION_ID: 'north' });
      expect(watch.hold).toMatchObject({ reason: 'server_changed' });
      expect((await aProcess({ INSTALLATION_ID: 'north' })).watch.hold).toEqual(watch.hold);
    });

    it('in the same database is held when its tables were made anew, without an id and a file', async () => {
      const original = await aProcess({});
      await aLaneWith('broadcast');
      await original.watch.stop();
      expect((await aProcess({})).watch.hold).toBeNull();
      // As a restored dump does: the same rows in a table of another oid.
      await test.db.query(`
        CREATE TABLE restored (LIKE ledger_state INCLUDING ALL);
        INSERT INTO restored SELECT * FROM ledger_state;
        ALTER TABLE ledger_state RENAME TO former;
        ALTER TABLE restored RENAME TO ledger_state`);
      try {
        expect((await aProcess({})).watch.hold).toMatchObject({ reason: 'server_changed' });
        expect(await test.db.query(`SELECT table_oid = 'ledger_state'::regclass AS here FROM ledger_state`)).toEqual([{ here: true }]);
      } finally {
        await test.db.query(`DROP TABLE ledger_state; ALTER TABLE former RENAME TO ledger_state`);
      }
    });
  });

  describe('and the provider’s log', () => {
    const source = new TestSource();
    const wholeLog = (rows: MessageLogRow[]) => () => Promise.resolve({ ok: true, value: { rows, page: 1, lastPage: 1 }, feedback: {} });
    const logOf = (
      watch: LedgerWatch,
      rows: MessageLogRow[],
      logMessages = true,
      messageLog: object = wholeLog(rows),
      accountToken: string | null = 't',
    ) =>
      new LedgerReconciliation(
        watch,
        new HeldMessages(test.db),
        new UnboundMessages(test.db, { INFO_BUDGET_PER_MINUTE: 20, UNCERTAIN_GRACE_MS: 600_000 }),
        { find: () => Promise.resolve({ accountToken, providerSessionId: '7', logMessages }) } as unknown as SessionCredentials,
        aRenderer(test.db, processLoops().loops, [source]),
        processLoops().loops,
        { messageLog } as unknown as WhatsAppProvider,
      );
    const held = async (...messages: { recipient: string; text: string }[]) => {
      await (await aProcess()).watch.stop();
      const lane = await aLane(test.db);
      const rows = messages.map(({ recipient, text }) => aRow({ ...lane, recipient, body: { content: { kind: 'text', text } } }));
      await new MessageStore().store(test.db, rows, 72);
      await moveClock(test.db, hour);
      const { watch } = await aProcess();
      const states = async () =>
        (await test.db.query<{ state: string }>(`SELECT state FROM messages WHERE session_id = $1 ORDER BY id`, [lane.sessionId])).map(
          (row) => row.state,
        );
      return { watch, ids: rows.map((row) => row.id), states, ...lane };
    };
    const shown = (providerMessageId: string, to: string, text: string): MessageLogRow => ({
      providerMessageId,
      to,
      text,
      status: 'sent',
      failedReason: null,
      createdAt: new Date(),
    });
    const [ann, bob] = ['+447700900001', '+447700900002'];

    it('cannot be read of a session without a provider account, which is counted apart', async () => {
      const { watch, ids } = await held({ recipient: ann, text: 'Hello' });
      await logOf(watch, [shown('1', ann, 'Hello')], true, undefined, null).compareDue();
      const ledger = new LedgerStates(test.db);
      expect(await ledger.progress()).toEqual({ sessions: 1, compared: 0, withoutAccount: 1, found: 0, mayDuplicate: 1 });
      expect(await ledger.mayDuplicate('00000000-0000-0000-0000-000000000000', 10)).toMatchObject([
        { id: ids[0], comparison: 'no_credentials' },
      ]);
    });

    it('settles the messages that it shows, and leaves the rest as possible second copies', async () => {
      const { watch, ids, states } = await held(
        { recipient: ann, text: 'Hello' },
        { recipient: bob, text: 'Hello' },
        { recipient: bob, text: 'Twice' },
        { recipient: bob, text: 'Twice' },
      );
      await logOf(watch, [
        shown('1', ann, 'Hello'),
        shown('2', bob, 'Twice'),
        { ...shown('3', bob, 'Hello'), status: 'failed' },
      ]).compareDue();
      expect(await states()).toEqual(['sent', 'queued', 'sent', 'queued']);
      expect(await new LedgerStates(test.db).progress()).toEqual({
        sessions: 1,
        compared: 1,
        withoutAccount: 0,
        found: 2,
        mayDuplicate: 2,
      });
      expect((await new LedgerStates(test.db).mayDuplicate('00000000-0000-0000-0000-000000000000', 10)).map(({ id }) => id)).toEqual([
        ids[1],
        ids[3],
      ]);
      const [unbound] = await test.db.query(`SELECT provider_message_id FROM unbound_messages WHERE message_id = $1`, [ids[0]]);
      expect(unbound).toEqual({ provider_message_id: '1' });
    });

    it('settles messages that it shows under another address of the person', async () => {
      const dialled = '+541123456701';
      const { watch, states, tenantId } = await held({ recipient: dialled, text: 'Hello' }, { recipient: dialled, text: 'Bye' });
      const pair = { tenantId, lid: '230000000000701@lid', phone: '+5491123456701' };
      await new AddressPairs(test.db).learn(test.db, [pair]);
      await logOf(watch, [shown('1', pair.phone, 'Hello'), shown('2', pair.lid, 'Bye')]).compareDue();
      expect(await states()).toEqual(['sent', 'sent']);
    });

    it('settles the messages that it shows whose bodies this copy has not made, with the body', async () => {
      await (await aProcess()).watch.stop();
      const lane = await aLane(test.db);
      const rows = ['Hello', 'broken', 'Later'].map((text) =>
        aSourcedRow({ ...lane, recipient: ann, source: { text }, contentWindowS: 60 }),
      );
      await new MessageStore().store(test.db, rows, 72);
      await moveClock(test.db, hour);
      const usual = source.answer;
      source.answer = (request, batch) =>
        (request.source as { text: string }).text === 'broken' ? { failed: 'No.' } : usual(request, batch);
      const { watch } = await aProcess();
      await logOf(watch, [shown('1', ann, 'Hello'), shown('2', ann, 'broken')]).compareDue();
      expect(
        await test.db.query(
          `SELECT state, kind, body->'content'->>'text' AS text, content_hash IS NOT NULL AS guarded FROM messages WHERE session_id = $1 ORDER BY id`,
          [lane.sessionId],
        ),
      ).toEqual([
        { state: 'sent', kind: 'text', text: 'Hello', guarded: true },
        { state: 'queued', kind: null, text: null, guarded: false },
        { state: 'queued', kind: null, text: null, guarded: false },
      ]);
    });

    it('that ends between two pages settles nothing, and is read again from its begin', async () => {
      const { watch, states } = await held({ recipient: ann, text: 'Hello' }, { recipient: bob, text: 'Hello' });
      const pages = [[shown('1', ann, 'Hello')], [shown('2', bob, 'Hello')]];
      let isDown = true;
      const log = logOf(watch, [], true, (_account: object, _session: string, page: number) =>
        Promise.resolve(
          isDown && page === 2 ? { ok: false } : { ok: true, value: { rows: pages[page - 1], page, lastPage: 2 }, feedback: {} },
        ),
      );
      await log.compareDue();
      expect(await states()).toEqual(['queued', 'queued']);
      expect(await new LedgerStates(test.db).mayDuplicate('00000000-0000-0000-0000-000000000000', 10)).toMatchObject([
        { comparison: 'no_answer' },
        { comparison: 'no_answer' },
      ]);
      isDown = false;
      await test.db.query(`UPDATE ledger_comparisons SET next_at = heliograph_now()`);
      await log.compareDue();
      expect(await states()).toEqual(['sent', 'sent']);
    });

    it('proves no message by a row that belongs to another one', async () => {
      const { watch, states, sessionId, tenantId } = await held({ recipient: ann, text: 'Hello' });
      await test.db.query(
        `INSERT INTO message_keys (session_id, key_id, tenant_id, message_id, provider_message_id, evidence) VALUES ($1, 'k', $2, $3, '1', 'info')`,
        [sessionId, tenantId, newId()],
      );
      await logOf(watch, [shown('1', ann, 'Hello')]).compareDue();
      expect(await states()).toEqual(['queued']);
    });

    it('is not read where it keeps no contents, and the hold shows that', async () => {
      const { watch, states } = await held({ recipient: ann, text: 'Hello' });
      await logOf(watch, [shown('1', ann, 'Hello')], false).compareDue();
      expect(await states()).toEqual(['queued']);
      expect(await new LedgerStates(test.db).mayDuplicate('00000000-0000-0000-0000-000000000000', 10)).toMatchObject([
        { comparison: 'unreadable' },
      ]);
    });
  });
});
