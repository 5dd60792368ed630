import { DeadLetters, LetterDecisions, LetterHandlers } from '@heliograph/dead-letters';
import { type Database, IdempotencyKeys, systemActor } from '@heliograph/kernel';
import { moveClock, openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import { MessageEdit, MessageLetterHandler } from '../src/dead-letters/message-letter-handler';
import { MessageRedrive } from '../src/dead-letters/message-redrive.repository';
import type { LedgerWatch } from '../src/installation/ledger-watch';
import { MessageIntake } from '../src/intake/message-intake';
import { MessageStore } from '../src/intake/message-store.repository';
import { contentHash } from '../src/intake/content-hash';
import type { LaneBell } from '../src/lanes/lane-bell';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { MessageCancel } from '../src/messages/message-cancel.repository';
import { MessageQueries } from '../src/messages/message-queries.repository';
import { MessageExplainer } from '../src/messages/message-why.repository';
import { RecoveryRepository } from '../src/recovery/recovery.repository';
import type { BodyRenderer } from '../src/rendering/body-renderer';
import { Ledger } from '../src/send/ledger.repository';
import { echoHash } from '../src/uncertain/echo-hash';
import { aGroup, aLane, aRow, aSourcedRow, moveTo } from '../testing';
import { aWorkerWith, type Gap, never, type Sent } from '../testing/worker';

describe('a message without a body', () => {
  let test: TestDatabase;
  let db: Database;
  const store = new MessageStore();
  const ends: (() => Promise<void>)[] = [];
  const start = async (...args: Parameters<typeof aWorkerWith> extends [Database, ...infer Rest] ? Rest : never) => {
    const worker = await aWorkerWith(db, ...args);
    ends.push(() => worker.lease.stop());
    return worker;
  };
  interface Row {
    id: string;
    state: string;
    cause: string | null;
    detail: string | null;
    kind: string | null;
    text: string | null;
    source: unknown;
    content_hash: Buffer | null;
    tries: number;
  }
  const rowsOf = (tenantId: string) =>
    db.query<Row>(
      `SELECT id, state, cause, detail, kind, body->'content'->>'text' AS text, source, content_hash, tries FROM messages WHERE tenant_id = $1 ORDER BY id`,
      [tenantId],
    );
  const historyOf = async (id: string) =>
    (
      await db.query<{ step: string }>(
        `SELECT from_state || '>' || to_state AS step FROM message_events WHERE message_id = $1 ORDER BY seq`,
        [id],
      )
    ).map(({ step }) => step);
  const lettersOf = (tenantId: string) =>
    db.query<{ id: string; subject_id: string; cause: string; detail: string | null }>(
      `SELECT id, subject_id, cause, detail FROM dead_letters WHERE tenant_id = $1 AND state = 'open' ORDER BY subject_id`,
      [tenantId],
    );
  const aLaneOf = async (texts: string[], over: Parameters<typeof aSourcedRow>[0] | object = {}) => {
    const lane = await aLane(db, { windowLimit: 0 });
    const rows = texts.map((text) => aSourcedRow({ ...lane, source: { text }, ...over }));
    await store.store(db, rows, 72);
    return { ...lane, rows };
  };
  const takeOver = async () => {
    const recovery = new RecoveryRepository(db);
    while (await recovery.takeOverDeadWorker());
  };

  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterEach(async () => {
    await moveClock(db, 0);
    for (const end of ends.splice(0)) await end();
  });
  afterAll(() => test.close());

  it('gets it between claimed and calling, a claim in one batch, and stores it as sent', async () => {
    const { runner, source, sent } = await start();
    const { tenantId, sessionId, rows } = await aLaneOf(['one', 'two', 'three']);
    await runner.takeTurn(sessionId);
    expect(sent).toEqual(rows.map(({ id }, i) => ({ id, text: ['one', 'two', 'three'][i] })));
    expect(source.batches.map((batch) => batch.length)).toEqual([3]);
    expect(source.batches[0]?.[0]).toEqual({ tenantId, messageId: rows[0]?.id, recipient: rows[0]?.recipient, source: { text: 'one' } });
    expect((await rowsOf(tenantId)).map(({ state, kind, text, source }) => [state, kind, text, source])).toEqual(
      ['one', 'two', 'three'].map((text) => ['sent', 'text', text, null]),
    );
    for (const { id } of rows) expect(await historyOf(id)).toEqual(['queued>claimed', 'claimed>calling', 'calling>sent']);
  });

  it('is sent among messages with a body, in order', async () => {
    const { runner, sent } = await start();
    const lane = await aLane(db, { windowLimit: 0 });
    const rows = [aRow(lane), aSourcedRow({ ...lane, source: { text: 'made' } }), aRow(lane)];
    await store.store(db, rows, 72);
    await runner.takeTurn(lane.sessionId);
    expect(sent).toEqual(rows.map(({ id }, i) => ({ id, text: i === 1 ? 'made' : 'Hello' })));
    expect(await historyOf(rows[0]?.id as string)).toEqual(['queued>calling', 'calling>sent']);
  });

  it('is rendered in one batch with those of other lanes that are claimed at the same time', async () => {
    const { runner, source } = await start();
    const lanes = [];
    for (let i = 0; i < 10; i++) lanes.push(await aLaneOf([`${i}`]));
    await Promise.all(lanes.map(({ sessionId }) => runner.takeTurn(sessionId)));
    expect(source.batches.flat()).toHaveLength(10);
    // The first claim takes the messages of its turn of the event loop; the others are claimed together while it is under way.
    expect(source.batches.length).toBeLessThan(5);
  });

  describe('with the content of another message', () => {
    const guarded = (recipient: string) => ({ recipient, contentWindowS: 3_600 });

    it('is suppressed when the hash becomes known, and takes no guard', async () => {
      const { runner, sent } = await start();
      const { tenantId, sessionId } = await aLaneOf(['same', 'same', 'other'], guarded('+447700900123'));
      await runner.takeTurn(sessionId);
      expect(sent.map(({ text }) => text)).toEqual(['same', 'other']);
      const rows = await rowsOf(tenantId);
      expect(rows.map(({ state, cause }) => [state, cause])).toEqual([
        ['sent', null],
        ['suppressed', 'duplicate_content'],
        ['sent', null],
      ]);
      expect(rows[0]?.content_hash).toEqual(contentHash('+447700900123', { kind: 'text', text: 'same' }));
      const guards = await db.query<{ message_id: string }>(
        `SELECT message_id FROM content_guards WHERE tenant_id = $1 ORDER BY message_id`,
        [tenantId],
      );
      expect(guards.map((guard) => guard.message_id)).toEqual([rows[0]?.id, rows[2]?.id]);
    });

    it('has the same hash as one that was stored with its body, also under a privacy id', async () => {
      const { runner, sent } = await start();
      const { tenantId, sessionId } = await aLaneOf(['same'], guarded('77@lid'));
      await db.query(`INSERT INTO address_pairs (tenant_id, lid, phone) VALUES ($1, '77@lid', '+447700900124')`, [tenantId]);
      const ordinary = aRow({
        tenantId,
        sessionId,
        recipient: '+447700900124',
        body: { content: { kind: 'text', text: 'same' } },
        contentHash: contentHash('+447700900124', { kind: 'text', text: 'same' }),
        contentWindowS: 3_600,
      });
      await store.store(db, [ordinary], 72);
      await runner.takeTurn(sessionId);
      expect(sent).toHaveLength(1);
      expect((await rowsOf(tenantId)).map(({ state }) => state).sort()).toEqual(['sent', 'suppressed']);
    });

    it('leaves no guard behind when it is cancelled during rendering', async () => {
      const worker = await start();
      const { tenantId, sessionId, rows } = await aLaneOf(['gone'], guarded('+447700900125'));
      worker.source.answer = async () => {
        await new MessageCancel(db).cancel(tenantId, systemActor('test'), rows[0]?.id as string);
        return { body: { type: 'text', text: 'gone' } };
      };
      await worker.runner.takeTurn(sessionId);
      expect(worker.sent).toEqual([]);
      expect((await rowsOf(tenantId)).map(({ state }) => state)).toEqual(['cancelled']);
      expect(await db.query(`SELECT 1 FROM content_guards WHERE tenant_id = $1`, [tenantId])).toEqual([]);
    });

    it('takes no guard when a concurrent cancellation wins against the step into calling', async () => {
      const { lease, workerId } = await start();
      const { tenantId, sessionId, rows } = await aLaneOf(['gone'], guarded('+447700900128'));
      const claimed = await new LaneClaims(db).claim({ sessionId, workerId, maxMessages: 1, revision: '-1', shiftMs: 0 });
      expect(claimed.kind).toBe('messages');
      const id = rows[0]?.id as string;
      const content = { kind: 'text', text: 'gone' } as const;
      const step = {
        tenantId,
        id,
        sessionId,
        attempt: 1,
        to: 'calling',
        workerId,
        body: { content },
        contentHash: contentHash('+447700900128', content),
      } as const;
      let entering: Promise<boolean> | undefined;
      await db.transaction(async (tx) => {
        await tx.query(`UPDATE messages SET state = 'cancelled', due_at = NULL WHERE id = $1`, [id]);
        entering = new Ledger(db).advance(step);
        await until(
          async () =>
            (
              await db.query(
                `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%WITH given%'`,
              )
            ).length > 0,
        );
      });
      expect(await entering).toBe(false);
      expect(lease.current()).not.toBeNull();
      expect(await db.query(`SELECT 1 FROM content_guards WHERE tenant_id = $1`, [tenantId])).toEqual([]);
    });

    it('releases its guard when it returns to its lane, and keeps its body', async () => {
      const first = await start({ settles: { to: 'queued', cause: 'not_sent', dueInMs: 0 } });
      const { tenantId, sessionId } = await aLaneOf(['again'], guarded('+447700900126'));
      first.source.answer = ({ source }) => {
        void first.runner.drain();
        return { body: { type: 'text', text: (source as { text: string }).text } };
      };
      await first.runner.takeTurn(sessionId);
      expect((await rowsOf(tenantId)).map(({ state }) => state)).toEqual(['queued']);
      expect(await db.query(`SELECT 1 FROM content_guards WHERE tenant_id = $1`, [tenantId])).toEqual([]);
    });
  });

  describe('whose body cannot be made', () => {
    it.each([
      ['is refused by its source', () => ({ failed: 'No name.' }), 'No name.'],
      [
        'is too long',
        () => ({ body: { type: 'text', text: 'x'.repeat(4_097) } }),
        'text: The text has more than 4096 characters (Unicode code points).',
      ],
      ['is empty', () => ({ body: { type: 'text', text: ' ' } }), 'text: The text is empty.'],
      ['is of no known kind', () => ({ body: { type: 'song' } }), /^type: Invalid/],
      [
        'mentions people outside a group',
        () => ({ body: { type: 'text', text: 'Hi', mentions: ['+447700900127'] } }),
        'mentions: Only messages to a group can mention people.',
      ],
    ])('fails alone with a dead letter when it %s', async (_, answer, detail) => {
      const { runner, source, sent } = await start();
      const { tenantId, sessionId, rows } = await aLaneOf(['good', 'bad', 'fine']);
      const usual = source.answer;
      source.answer = (request, batch) => ((request.source as { text: string }).text === 'bad' ? answer() : usual(request, batch));
      await runner.takeTurn(sessionId);
      expect(sent.map(({ text }) => text)).toEqual(['good', 'fine']);
      expect((await rowsOf(tenantId))[1]).toMatchObject({
        state: 'failed',
        cause: 'template_failed',
        text: null,
        source: { text: 'bad' },
      });
      const [letter, ...others] = await lettersOf(tenantId);
      expect([letter, others]).toMatchObject([{ subject_id: rows[1]?.id, cause: 'template_failed' }, []]);
      expect(letter?.detail).toMatch(detail);
      expect(await historyOf(rows[1]?.id as string)).toEqual(['queued>claimed', 'claimed>failed']);
    });

    it.each([
      ['throws', () => Promise.reject(new TypeError('secret')), 'The body source failed: TypeError.'],
      ['hangs', () => never<never>(), 'The body source did not answer within 50 ms.'],
    ])('fails alone when its source %s for it, and blocks no other message', async (_, answer, detail) => {
      const { runner, source, sent } = await start();
      source.maxMs = 50;
      const { tenantId, sessionId } = await aLaneOf(['good', 'bad', 'fine']);
      const usual = source.answer;
      source.answer = (request, batch) => ((request.source as { text: string }).text === 'bad' ? answer() : usual(request, batch));
      await runner.takeTurn(sessionId);
      expect(sent.map(({ text }) => text)).toEqual(['good', 'fine']);
      expect((await rowsOf(tenantId)).map(({ state, detail }) => [state, detail])).toEqual([
        ['sent', null],
        ['failed', detail],
        ['sent', null],
      ]);
    });

    it('fails when its source no longer knows it', async () => {
      const { runner, source } = await start();
      const { tenantId, sessionId } = await aLaneOf(['gone']);
      source.render = () => Promise.resolve([]);
      await runner.takeTurn(sessionId);
      expect(await rowsOf(tenantId)).toMatchObject([{ state: 'failed', detail: 'The body source does not know the message.' }]);
    });

    it('is rendered again when it is redriven, or sent with the person’s own body', async () => {
      const worker = await start();
      const { tenantId, sessionId } = await aLaneOf(['one', 'two'], { contentWindowS: 3_600 });
      const usual = worker.source.answer;
      worker.source.answer = () => ({ failed: 'The template is broken.' });
      await worker.runner.takeTurn(sessionId);
      worker.source.answer = usual;
      const [first, second] = await lettersOf(tenantId);
      const handlers = new LetterHandlers();
      new MessageLetterHandler(handlers, new MessageRedrive(), { ring: () => undefined } as unknown as LaneBell).onModuleInit();
      const decisions = new LetterDecisions(db, new DeadLetters(db), handlers);
      await decisions.redrive(tenantId, first?.id as string, { actor: systemActor('test') });
      await decisions.redrive(tenantId, second?.id as string, {
        actor: systemActor('test'),
        edit: new MessageEdit(undefined, { content: { kind: 'text', text: 'own' } }),
      });
      await worker.runner.takeTurn(sessionId);
      expect(worker.sent.map(({ text }) => text).sort()).toEqual(['one', 'own']);
      const rows = await rowsOf(tenantId);
      expect(rows.filter(({ state }) => state === 'sent').every(({ content_hash }) => content_hash !== null)).toBe(true);
    });
  });

  describe('whose source is unavailable', () => {
    const down = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' }));

    it('waits while its lane sends messages with a body, and is sent once the source works again', async () => {
      const worker = await start();
      const { tenantId, sessionId } = await aLaneOf(['one', 'two']);
      const usual = worker.source.answer;
      worker.source.answer = down;
      await worker.runner.takeTurn(sessionId);
      const urgent = aRow({ tenantId, sessionId });
      await store.store(db, [urgent], 72);
      await worker.runner.takeTurn(sessionId);
      expect(worker.sent.map(({ id }) => id)).toEqual([urgent.id]);
      expect(worker.source.batches).toHaveLength(1);
      const waiting = (await rowsOf(tenantId)).filter(({ id }) => id !== urgent.id);
      expect(waiting).toMatchObject([1, 2].map(() => ({ state: 'queued', cause: 'source_unavailable', tries: 0 })));
      expect((await new MessageExplainer(db).why(tenantId, waiting[0]?.id as string)).waitsFor).toContain('source');
      expect(await lettersOf(tenantId)).toEqual([]);
      // The lane is due again soon, without a ring.
      const [lane] = await db.query<{ in_ms: number }>(
        `SELECT extract(epoch FROM next_due_at - heliograph_now())::float8 * 1000 AS in_ms FROM lanes WHERE session_id = $1`,
        [sessionId],
      );
      expect(lane?.in_ms).toBeLessThanOrEqual(5_000);

      worker.source.answer = usual;
      const again = await start({ sources: [worker.source], sent: worker.sent });
      await again.runner.takeTurn(sessionId);
      expect(worker.sent.map(({ text }) => text)).toEqual(['Hello', 'one', 'two']);
    });

    it('waits when this process has no source of its kind, after any number of claims', async () => {
      const { runner, sent, bodies } = await start({ sources: [] });
      const { tenantId, sessionId, rows } = await aLaneOf(['one']);
      for (let i = 0; i < 3; i++) await runner.takeTurn(sessionId);
      expect(sent).toEqual([]);
      expect(await rowsOf(tenantId)).toMatchObject([{ state: 'queued', cause: 'source_unavailable', tries: 0 }]);
      expect(await historyOf(rows[0]?.id as string)).toEqual(['queued>claimed', 'claimed>queued']);
      expect(bodies.leftOut()).toEqual(['campaign']);
    });

    it('waits in its group, 600 of them in front, while what has a body goes, of any group or none, and none is lost', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const [front, mixed, other] = [await aGroup(db, lane.tenantId), await aGroup(db, lane.tenantId), await aGroup(db, lane.tenantId)];
      const bare = (groupId: string | null) => aSourcedRow({ ...lane, groupId });
      const ready = (groupId: string | null) => aRow({ ...lane, groupId });
      const waiting = [...Array.from({ length: 600 }, () => bare(front)), bare(mixed), bare(null)];
      const going = [ready(mixed), ready(other), ready(null)];
      await store.store(db, waiting, 72);
      await store.store(db, going, 72);
      const { workerId } = await start();
      const claims = new LaneClaims(db, undefined, { leftOut: () => ['campaign'] } as unknown as BodyRenderer);
      const claim = (revision: string) => claims.claim({ sessionId: lane.sessionId, workerId, maxMessages: 20, revision, shiftMs: 0 });
      const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id).sort();
      let answer = await claim('-1');
      expect(answer.kind === 'messages' && idsOf(answer.messages)).toEqual(idsOf(going));
      await moveTo(db, idsOf(going), 'sent');
      answer = await claim('-1');
      expect(answer.kind).toBe('again');
      answer = await claim(answer.kind === 'again' ? answer.revision : '');
      expect(answer).toEqual({ kind: 'idle', inMs: 5_000 });
      expect(
        await db.query(`SELECT state, attempt, count(*)::int FROM messages WHERE id = ANY ($1::uuid[]) GROUP BY 1, 2`, [idsOf(waiting)]),
      ).toEqual([{ state: 'queued', attempt: 0, count: 602 }]);

      const back = await start();
      await until(async () => {
        await back.runner.takeTurn(lane.sessionId);
        return back.sent.length >= waiting.length;
      }, 100_000);
      expect(idsOf(back.sent)).toEqual(idsOf(waiting));
      expect(new Set((await rowsOf(lane.tenantId)).map(({ state }) => state))).toEqual(new Set(['sent']));
    }, 120_000);

    it('waits under a hold of the ledger too, while messages with a body are sent', async () => {
      const { tenantId, sessionId } = await aLaneOf(['one'], { class: 'reply' });
      const urgent = aRow({ tenantId, sessionId, class: 'reply' });
      await store.store(db, [urgent], 72);
      const watch = { hold: { writtenUntil: new Date(0) } } as LedgerWatch;
      const claims = new LaneClaims(db, watch, { leftOut: () => ['campaign'] } as unknown as BodyRenderer);
      const wish = { sessionId, workerId: (await start()).workerId, maxMessages: 20, shiftMs: 0 };
      const answer = await claims.claim({ ...wish, revision: '-1' });
      expect(answer.kind === 'messages' && answer.messages.map(({ id }) => id)).toEqual([urgent.id]);
    });

    it('fails after the last try when it is the only message that its source fails for', async () => {
      const worker = await start();
      const { tenantId, sessionId } = await aLaneOf(['bad']);
      worker.source.answer = () => Promise.reject(new Error('odd'));
      await db.query(`UPDATE messages SET tries = 6 WHERE tenant_id = $1`, [tenantId]);
      await worker.runner.takeTurn(sessionId);
      expect(await rowsOf(tenantId)).toMatchObject([{ state: 'queued', tries: 7 }]);
      await db.query(`UPDATE messages SET due_at = heliograph_now() WHERE tenant_id = $1`, [tenantId]);
      await db.query(`UPDATE lanes SET next_due_at = heliograph_now() WHERE session_id = $1`, [sessionId]);
      await (await start({ sources: [worker.source] })).runner.takeTurn(sessionId);
      expect(await rowsOf(tenantId)).toMatchObject([{ state: 'failed', cause: 'template_failed', tries: 8 }]);
    });
  });

  describe('whose worker dies', () => {
    it.each<[Gap, boolean]>([
      ['render', false],
      ['calling', false],
      ['call', true],
      ['settle', true],
    ])('at its %s is neither lost nor sent twice', async (diesAt, isCalling) => {
      const sent: Sent[] = [];
      const dying = await start({ diesAt, sent });
      const { tenantId, sessionId, rows } = await aLaneOf(['one', 'two', 'three'], { contentWindowS: 3_600 });
      void dying.runner.takeTurn(sessionId).catch(() => undefined);
      await until(() => Promise.resolve(dying.reached.mock.calls.length > 0));
      await dying.kill();
      await takeOver();
      const left = await rowsOf(tenantId);
      expect(left.map(({ state }) => state)).toEqual([isCalling ? 'uncertain' : 'queued', 'queued', 'queued']);
      expect(left.map(({ text }) => text)).toEqual([isCalling ? 'one' : null, null, null]);

      const next = await start({ sent });
      await next.runner.takeTurn(sessionId);
      expect(sent.map(({ text }) => text)).toEqual(diesAt === 'call' ? ['two', 'three'] : ['one', 'two', 'three']);
      expect(new Set(sent.map(({ id }) => id)).size).toBe(sent.length);
      expect((await rowsOf(tenantId)).map(({ state, text }) => [state, text])).toEqual([
        [isCalling ? 'uncertain' : 'sent', 'one'],
        ['sent', 'two'],
        ['sent', 'three'],
      ]);
      if (!isCalling) return;
      // Evidence is searched by the data that was stored before the call.
      const [candidate] = await db.query<{ echo_hash: Buffer }>(`SELECT echo_hash FROM unbound_messages WHERE message_id = $1`, [
        rows[0]?.id,
      ]);
      expect(candidate?.echo_hash).toEqual(echoHash(rows[0]?.recipient as string, 'one'));
    });

    it('with an unknown outcome is sent again with the same body', async () => {
      const sent: Sent[] = [];
      const dying = await start({ diesAt: 'call', sent });
      const { tenantId, sessionId, rows } = await aLaneOf(['first words']);
      void dying.runner.takeTurn(sessionId).catch(() => undefined);
      await until(() => Promise.resolve(dying.reached.mock.calls.length > 0));
      await dying.kill();
      await takeOver();
      await db.query(
        `UPDATE messages SET state = 'queued', due_at = heliograph_now(), uncertain_since = NULL, cause = 'redriven' WHERE id = $1`,
        [rows[0]?.id],
      );
      await db.query(`UPDATE lanes SET next_due_at = heliograph_now(), revision = revision + 1 WHERE session_id = $1`, [sessionId]);
      const next = await start({ sent });
      next.source.answer = () => ({ body: { type: 'text', text: 'other words' } });
      await next.runner.takeTurn(sessionId);
      expect(sent).toEqual([{ id: rows[0]?.id, text: 'first words' }]);
      expect(await rowsOf(tenantId)).toMatchObject([{ state: 'sent', text: 'first words' }]);
    });
  });

  describe('at the intake', () => {
    const intake = () =>
      new MessageIntake(
        db,
        store,
        undefined as never,
        undefined as never,
        { ring: () => undefined } as unknown as LaneBell,
        new IdempotencyKeys(db, undefined as never, { IDEMPOTENCY_TTL_HOURS: 72 }),
      );

    it('is stored once under its id, before and after rendering; before it, another source is refused', async () => {
      const { tenantId, sessionId, rows } = await aLaneOf(['one']);
      const [row] = rows as [(typeof rows)[number]];
      const put = async (over: object = {}) =>
        (await db.transaction((tx) => intake().storeWithin(tx, tenantId, [{ ...row, ...over, groupId: undefined as never }])))[0];
      expect(await put()).toMatchObject({ status: 'accepted', replayed: true, message: { kind: null } });
      expect(await put({ source: { text: 'two' } })).toMatchObject({ status: 'refused' });
      await (await start()).runner.takeTurn(sessionId);
      expect(await put()).toMatchObject({ status: 'accepted', replayed: true, message: { kind: 'text' } });
      expect(await rowsOf(tenantId)).toHaveLength(1);
    });

    it('is refused with a source that is too large, or an invalid origin', async () => {
      const lane = await aLane(db);
      await expect(store.store(db, [aSourcedRow({ ...lane, source: { text: 'x'.repeat(20_000) } })], 72)).rejects.toThrow(/16384/);
      await expect(store.store(db, [aSourcedRow({ ...lane, origin: { kind: 'campaign' } as never })], 72)).rejects.toThrow();
    });

    it('is shown without content until it is rendered, and can be cancelled', async () => {
      const { tenantId, rows } = await aLaneOf(['one']);
      const queries = new MessageQueries(db);
      const id = rows[0]?.id as string;
      expect(await queries.get(tenantId, id, 72)).toMatchObject({ body: null, kind: null, origin: { kind: 'campaign' } });
      expect((await queries.list(tenantId, {}, { limit: 10 })).rows).toMatchObject([{ id, kind: null }]);
      await new MessageCancel(db).cancel(tenantId, systemActor('test'), id);
      expect(await queries.get(tenantId, id, 72)).toMatchObject({ state: 'cancelled', body: null });
    });
  });

  it('cannot be in a state after the call', async () => {
    const { rows } = await aLaneOf(['one']);
    await expect(db.query(`UPDATE messages SET state = 'calling' WHERE id = $1`, [rows[0]?.id])).rejects.toThrow(/messages_body_or_source/);
    await expect(db.query(`UPDATE messages SET source = NULL WHERE id = $1`, [rows[0]?.id])).rejects.toThrow(/messages_body_or_source/);
  });
});
