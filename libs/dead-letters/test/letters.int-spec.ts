import { type Actor, newId, type PurgeChunk, type Sql, systemActor, type Tx } from '@heliograph/kernel';
import { keyActor, openTestDatabase, type TestDatabase, testPurges } from '@heliograph/kernel/testing';
import {
  allReasons,
  anyLetterOf,
  DeadLetters,
  declareLetterKind,
  LetterCares,
  LetterDecisions,
  LetterHandlers,
  letterKindName,
  type LetterHandler,
  openLetterOf,
  openLettersByCause,
  type TakenLetter,
} from '../src';
import { DeadLetterRetention } from '../src/dead-letter-retention.repository';

const parcels = declareLetterKind({
  name: 'parcel',
  place: 2,
  reasons: [
    { code: 'lost', text: 'It is lost.', whatToDo: 'Look for it.', redriveHelps: true, mayDuplicate: 'It may have arrived.' },
    { code: 'broken', text: 'It is broken.', whatToDo: 'Mend it.', redriveHelps: true },
  ],
  subjectSql: (d) => `SELECT jsonb_build_object('parcel', t.name) FROM tenants t WHERE t.id = ${d}.tenant_id`,
});
const telegrams = declareLetterKind({
  name: 'telegram',
  place: 1,
  reasons: [{ code: 'unreadable', text: 'It is unreadable.', whatToDo: 'Ask.', redriveHelps: false }],
});

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterAll(() => database.close());

async function setup() {
  const { db } = database;
  const tenantId = newId();
  await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Test agency', 'GB')`, [tenantId]);
  const letters = new DeadLetters(db);
  const handlers = new LetterHandlers();
  const decisions = new LetterDecisions(db, letters, handlers);
  const open = async (kind: string, subjectId: string, cause: string) => {
    await letters.open(db, [{ tenantId, kind, subjectId, sessionId: null, cause, detail: null }]);
    const { rows } = await letters.list(tenantId, {}, { limit: 100 });
    return rows.find((letter) => letter.subjectId === subjectId)?.id as string;
  };
  return { db, tenantId, letters, handlers, decisions, open };
}

/** A handler that records its calls. */
function aHandler() {
  const redriven: string[][] = [];
  const discarded: string[] = [];
  const handler: LetterHandler = {
    redrive: (_tx: Tx, _tenantId: string, taken: TakenLetter[]) => {
      redriven.push(taken.map(({ subjectId }) => subjectId).sort());
      return Promise.resolve();
    },
    discard: (_tx, _tenantId, { subjectId }) => Promise.resolve(void discarded.push(subjectId)),
  };
  return { handler, redriven, discarded };
}

describe('kinds of dead letters', () => {
  it('are those that the loaded libs declare, in order of their places, with their reasons', () => {
    expect(letterKindName.safeParse('telegram').success).toBe(true);
    expect(letterKindName.safeParse('pigeon').error?.issues).toMatchObject([{ values: ['telegram', 'parcel'] }]);
    expect(allReasons().map(({ code }) => code)).toEqual(['unreadable', 'lost', 'broken']);
  });

  it('can be declared only once, and so can their reasons', () => {
    expect(() => declareLetterKind({ ...parcels, reasons: [] })).toThrow('parcel is declared twice');
    const reason = { code: 'new', text: '', whatToDo: '', redriveHelps: true };
    expect(() => declareLetterKind({ name: 'pigeon', place: 3, reasons: [{ ...reason, code: 'broken' }] })).toThrow('twice: broken');
    expect(() => declareLetterKind({ name: 'pigeon', place: 3, reasons: [reason, reason] })).toThrow('twice: new');
  });

  it('open no letter when no lib declares them', async () => {
    const { open } = await setup();
    await expect(open('pigeon', '1', 'lost')).rejects.toThrow('No lib declares the dead letter kind pigeon.');
  });
});

describe('a dead letter', () => {
  it('is redriven by the handler of its kind, and stores the new subject', async () => {
    const { tenantId, handlers, decisions, open } = await setup();
    const successor = newId();
    const { handler, redriven } = aHandler();
    handlers.register(telegrams, handler);
    handlers.register(parcels, { redrive: (_tx, _id, [taken]) => Promise.resolve([{ letterId: taken?.id ?? '', subjectId: successor }]) });
    const [telegram, parcel] = [await open('telegram', 't', 'unreadable'), await open('parcel', 'p', 'broken')];

    expect(await decisions.redrive(tenantId, telegram, { actor: keyActor('ann') })).toMatchObject({ state: 'redriven', redrivenTo: null });
    expect(await decisions.redrive(tenantId, parcel, { actor: keyActor('ann') })).toMatchObject({
      resolvedBy: keyActor('ann'),
      redrivenTo: successor,
    });
    expect(redriven).toEqual([['t']]);
    await expect(decisions.redrive(tenantId, parcel, { actor: keyActor('bob') })).rejects.toMatchObject({ reason: 'already_redriven' });
  });

  it('needs consent for a redrive when its reason may duplicate, also by filter', async () => {
    const { tenantId, handlers, decisions, open } = await setup();
    const { handler, redriven } = aHandler();
    handlers.register(parcels, handler);
    const lost = await open('parcel', 'l', 'lost');
    await open('parcel', 'b', 'broken');

    await expect(decisions.redrive(tenantId, lost, { actor: keyActor('ann') })).rejects.toMatchObject({
      reason: 'may_duplicate_required',
      message: 'It may have arrived. Set may_duplicate to send it again.',
    });
    expect([await decisions.count(tenantId, {}, false), await decisions.count(tenantId, {}, true)]).toEqual([1, 2]);
    expect(await decisions.redriveMany(tenantId, { kind: 'parcel' }, { actor: keyActor('ann') })).toBe(1);
    expect(await decisions.redriveMany(tenantId, {}, { actor: keyActor('ann'), mayDuplicate: true })).toBe(1);
    expect(redriven).toEqual([['b'], ['l']]);
  });

  it('stays open when no handler of its kind exists, or its handler fails', async () => {
    const { tenantId, handlers, letters, decisions, open } = await setup();
    const telegram = await open('telegram', 't', 'unreadable');
    await expect(decisions.redrive(tenantId, telegram, { actor: keyActor('ann') })).rejects.toThrow('This process has no handler');
    await expect(decisions.discard(tenantId, telegram, 'known', keyActor('ann'))).rejects.toThrow('This process has no handler');
    handlers.register(telegrams, { redrive: () => Promise.reject(new Error('No ink.')) });
    await expect(decisions.redriveMany(tenantId, {}, { actor: keyActor('ann') })).rejects.toThrow('No ink.');
    expect((await letters.list(tenantId, {}, { limit: 10 })).rows).toMatchObject([{ id: telegram, state: 'open' }]);
  });

  it('calls its handler once when it is discarded', async () => {
    const { tenantId, handlers, decisions, open } = await setup();
    const { handler, discarded } = aHandler();
    handlers.register(parcels, handler);
    const parcel = await open('parcel', 'p', 'lost');
    expect(await decisions.discard(tenantId, parcel, 'known', keyActor('ann'))).toMatchObject({ state: 'discarded', resolution: 'known' });
    await expect(decisions.discard(tenantId, parcel, 'again', keyActor('bob'))).rejects.toMatchObject({ reason: 'already_redriven' });
    expect(discarded).toEqual(['p']);
  });

  it('is reported with the data that its kind reads about the subject', async () => {
    const { db, tenantId, letters, open } = await setup();
    await open('parcel', 'p', 'lost');
    await open('telegram', 't', 'unreadable');
    const opened = await db.transaction((tx) => letters.openedBetween(tx, { from: '0', to: '9000000000000000000' }, [tenantId]));
    expect(opened.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['parcel', { parcel: 'Test agency' }],
      ['telegram', null],
    ]);
  });

  it('is open until a person decides or its subject is settled', async () => {
    const { db, tenantId, letters, open } = await setup();
    await open('parcel', 'p', 'lost');
    const known = (sql: Sql) =>
      sql.query(`SELECT ${openLetterOf(parcels, '$1', `'p'`)} AS open, ${anyLetterOf(parcels, '$1', `'p'`)} AS any`, [tenantId]);
    expect(await known(db)).toEqual([{ open: true, any: true }]);
    await letters.resolve(db, tenantId, 'parcel', ['p'], 'It was found.', systemActor('parcels'));
    expect(await known(db)).toEqual([{ open: false, any: true }]);
    expect((await letters.list(tenantId, { state: 'resolved' }, { limit: 10 })).rows).toMatchObject([
      { resolution: 'It was found.', resolvedBy: systemActor('parcels') },
    ]);
  });

  it('names the evidence as its actor when a trigger resolves it', async () => {
    const { db, tenantId, letters, open } = await setup();
    await open('parcel', 'p', 'lost');
    await db.query(`SELECT resolve_letter($1, 'parcel', 'p', 'It was found.')`, [tenantId]);
    expect((await letters.list(tenantId, { state: 'resolved' }, { limit: 10 })).rows).toMatchObject([
      { resolution: 'It was found.', resolvedBy: systemActor('evidence') },
    ]);
  });
});

describe('dead letters', () => {
  it('are listed and exported completely when many were opened at the same moment', async () => {
    const { db, tenantId, letters } = await setup();
    const opened = Array.from({ length: 9 }, (_, i) => `telegram-${i}`);
    await letters.open(
      db,
      opened.map((subjectId) => ({ tenantId, kind: 'telegram', subjectId, sessionId: null, cause: 'unreadable', detail: null })),
    );
    // The times also differ by less than a millisecond.
    await db.query(
      `UPDATE dead_letters SET created_at = created_at + right(subject_id, 1)::int / 2 * interval '10 us' WHERE tenant_id = $1`,
      [tenantId],
    );

    const walked: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: Awaited<ReturnType<DeadLetters['list']>> = await letters.list(tenantId, {}, { cursor: cursor ?? undefined, limit: 2 });
      walked.push(...page.rows.map((letter) => letter.subjectId));
      cursor = page.next;
    }
    expect(walked.toSorted()).toEqual(opened);
  });

  it('are purged once they were settled for the time that the tenant keeps them; open ones stay', async () => {
    const { db, tenantId, handlers, decisions, open } = await setup();
    handlers.register(telegrams, aHandler().handler);
    const [old, young, still] = [await open('telegram', '1', 'x'), await open('telegram', '2', 'x'), await open('telegram', '3', 'x')];
    for (const id of [old, young]) await decisions.discard(tenantId, id, 'known', keyActor('ann'));
    await db.query(`UPDATE dead_letters SET created_at = created_at - interval '31 days' WHERE tenant_id = $1`, [tenantId]);
    await db.query(`UPDATE dead_letters SET resolved_at = resolved_at - interval '31 days' WHERE id = $1`, [old]);
    const purge = (): Promise<Record<string, PurgeChunk['deleted'][string]>> => {
      const { purges } = testPurges(db);
      new DeadLetterRetention(purges);
      return purges.purgeDue(1);
    };
    expect(await purge()).toEqual({});
    await db.query(`UPDATE tenants SET settings = '{"dead_letter_days": 30}' WHERE id = $1`, [tenantId]);
    expect(await purge()).toEqual({ dead_letters: 1 });
    const left = await db.query<{ id: string }>(`SELECT id FROM dead_letters WHERE tenant_id = $1`, [tenantId]);
    expect(left.map(({ id }) => id).toSorted()).toEqual([young, still].toSorted());
  });

  it('are counted by cause, those of a day and of each half day apart', async () => {
    const { db, tenantId, letters, open } = await setup();
    for (const [at, hours] of [1, 23, 25, 200].entries()) {
      await open('parcel', `${at}`, 'lost');
      await db.query(`UPDATE dead_letters SET created_at = created_at - $3 * interval '1 hour' WHERE tenant_id = $1 AND subject_id = $2`, [
        tenantId,
        `${at}`,
        hours,
      ]);
    }
    await open('telegram', 't', 'unreadable');
    await letters.resolve(db, tenantId, 'telegram', ['t'], 'It was found.', systemActor('telegrams'));
    expect(await openLettersByCause(db, [tenantId])).toMatchObject([
      { tenantId, kind: 'parcel', cause: 'lost', count: 4, recent: 2, trend: [...Array<number>(11).fill(0), 1, 1, 1] },
    ]);
    expect((await openLettersByCause(db, null)).filter((group) => group.tenantId === tenantId)).toHaveLength(1);
  });

  it('are counted by cause, of some tenants and of all, each tenant, kind and cause apart', async () => {
    const [one, other] = [await setup(), await setup()];
    const { db } = one;
    for (const [i, { tenantId }] of [one, other].entries())
      await db.query(
        `INSERT INTO dead_letters (tenant_id, kind, subject_id, cause, state)
         SELECT $1, CASE WHEN n % 2 = 0 THEN 'parcel' ELSE 'telegram' END, n::text, 'cause ' || n % 3, CASE WHEN n % 7 = 0 THEN 'discarded' ELSE 'open' END
         FROM generate_series(1, $2::int) n`,
        [tenantId, 60 + i],
      );
    const tenants = [one.tenantId, other.tenantId];
    const counted = await db.query(
      `SELECT tenant_id AS "tenantId", kind, cause, count(*)::int AS count FROM dead_letters WHERE tenant_id = ANY ($1::uuid[]) AND state = 'open'
       GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3`,
      [tenants],
    );
    expect(counted).toHaveLength(12);
    expect(await openLettersByCause(db, tenants)).toMatchObject(counted);
    expect((await openLettersByCause(db, null)).filter(({ tenantId }) => tenants.includes(tenantId))).toMatchObject(counted);
    expect(await openLettersByCause(db, [newId()])).toEqual([]);
  });

  it('have somebody who takes care of their cause, who sees how many came since, until it is released', async () => {
    const { db, tenantId, open } = await setup();
    const cares = new LetterCares(db);
    await open('parcel', '1', 'lost');
    const ines: Actor = { kind: 'person', id: newId(), name: 'Ines' };
    const care = { kind: 'parcel', cause: 'lost', assignee: 'Tom', note: 'Asked the post.' };
    expect(await cares.take(tenantId, care, ines)).toMatchObject({ ...care, actor: ines, since: 0 });
    await open('parcel', '2', 'lost');
    await open('parcel', '3', 'late');
    expect(await cares.list(tenantId)).toMatchObject([{ ...care, since: 1 }]);
    expect(await cares.take(tenantId, { ...care, note: null }, ines)).toMatchObject({ note: null, since: 0 });
    expect(await cares.list(newId())).toEqual([]);
    await cares.release(tenantId, 'parcel', 'lost');
    await expect(cares.release(tenantId, 'parcel', 'lost')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are counted by cause from an index of open letters alone, of one tenant and of all', async () => {
    const { db, tenantId } = await setup();
    await db.query(
      `INSERT INTO dead_letters (tenant_id, kind, subject_id, cause, state, resolved_at)
       SELECT $1, 'parcel', n::text, 'cause ' || n % 40, CASE n % 10 WHEN 0 THEN 'open' ELSE 'resolved' END, heliograph_now() FROM generate_series(1, 20000) n`,
      [tenantId],
    );
    await db.query('VACUUM ANALYZE dead_letters');
    for (const tenants of [[tenantId], null]) {
      const plan: unknown[] = [];
      const query: Sql['query'] = async (sql, params) => {
        plan.push(...(await db.query(`EXPLAIN ${sql}`, params)));
        return [];
      };
      await openLettersByCause({ query, prepared: () => Promise.reject(new Error('unused')) }, tenants);
      expect(JSON.stringify(plan)).toContain('Index Only Scan using dead_letters_open_idx');
      // The letters of each cause are grouped by their time alone.
      expect(JSON.stringify(plan)).not.toMatch(/Group Key: [^"]*(tenant_id|kind|cause)/);
      expect(JSON.stringify(plan)).not.toContain('Seq Scan on dead_letters');
    }
  });
});
