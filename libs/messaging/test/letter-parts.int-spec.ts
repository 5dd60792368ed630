import { DeadLetters, type LetterPart, type LetterRepair, letterVerbs, LetterVerbs } from '@heliograph/dead-letters';
import { BulkJobs, BulkJobSteps, BulkVerbs, type Database, newId } from '@heliograph/kernel';
import { keyActor, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageStore } from '../src/intake/message-store.repository';
import { aGroup, aLane, aRow, messageLetterDecisions } from '../testing';

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());

const ann = keyActor('ann');

/** Cause of a failure, as it shows in the letter. `words` has something of the letter in it. */
interface Seed {
  prefix: string;
  words: (n: number) => string | null;
  group: string | null;
  session: string;
}

/** Creates a connected session without a lane, and returns its id. */
async function aSession(tenantId: string): Promise<string> {
  const id = newId();
  await db.query(`INSERT INTO sessions (tenant_id, id, provider, name, status) VALUES ($1, $2, 'wasender', 'Other line', 'connected')`, [
    tenantId,
    id,
  ]);
  return id;
}

async function setup() {
  const { tenantId, sessionId } = await aLane(db);
  const letters = new DeadLetters(db);
  const decisions = messageLetterDecisions(db);
  const verbs = new BulkVerbs();
  new LetterVerbs(verbs, letters, decisions).onModuleInit();
  const jobs = new BulkJobs(db, verbs);
  const steps = new BulkJobSteps(db, verbs);
  /** Messages that failed, each with its letter. @returns their ids */
  const dead = async (count: number, { prefix, words, group, session }: Seed, cause = 'refused'): Promise<string[]> => {
    const rows = Array.from({ length: count }, (_, n) =>
      aRow({ tenantId, sessionId: session, recipient: `${prefix}${String(n).padStart(4, '0')}`, ...(group && { groupId: group }) }),
    );
    await new MessageStore().store(db, rows, 72);
    const ids = rows.map(({ id }) => id);
    await db.query(`UPDATE messages SET state = 'calling', attempt = 1 WHERE id = ANY ($1::uuid[])`, [ids]);
    await db.query(
      `UPDATE messages m SET state = 'failed', cause = $2, detail = w.detail, due_at = NULL FROM unnest($1::uuid[], $3::text[]) AS w(id, detail) WHERE m.id = w.id`,
      [ids, cause, ids.map((_, n) => words(n))],
    );
    return ids;
  };
  /** Redrives all letters as a dry run foresaw it. @returns what became of them, by reason */
  const redrive = async (repair: LetterRepair): Promise<Record<string, number>> => {
    const { matching, lines } = await decisions.foresee(tenantId, {}, repair);
    const foreseen = Object.fromEntries(lines.map(({ fate, reason, count }) => [reason ?? fate, count]));
    const options = { mayDuplicate: false, repair };
    const { id } = await jobs.start(tenantId, ann, { kind: letterVerbs.redrive, filter: {}, options, expect: matching });
    for (;;) {
      const job = (await steps.open()).find((one) => one.tenantId === tenantId);
      if (!job) break;
      await steps.step(job);
    }
    const { done, skipped, failed } = await jobs.get(tenantId, id);
    expect(failed).toBe(0);
    const became = { ...(done > 0 && { go: done }), ...skipped };
    expect(became).toEqual(foreseen);
    return became;
  };
  const copies = () =>
    db.query<{ of: string; recipient: string; session: string; hash: Buffer | null }>(
      `SELECT redrive_of AS of, recipient, session_id AS session, content_hash AS hash FROM messages WHERE tenant_id = $1 AND redrive_of IS NOT NULL ORDER BY recipient`,
      [tenantId],
    );
  return { tenantId, sessionId, letters, dead, redrive, copies };
}

describe('the parts of a cause', () => {
  it('put 10,000 letters of twelve seeded causes where they belong', async () => {
    const { tenantId, sessionId, letters, dead } = await setup();
    const other = await aSession(tenantId);
    const group = await aGroup(db, tenantId);
    const words: Seed['words'][] = [
      (n) => `Session ${newId()} is not ready, try again in ${n} seconds`,
      (n) => `(#131026) Message undeliverable to +44770090${String(n).padStart(4, '0')}`,
      () => null,
    ];
    const seeds = words.flatMap((one) =>
      [sessionId, other].flatMap((session) =>
        ['+44770090', '+55119876'].map((prefix) => ({ words: one, session, prefix, group: null as string | null })),
      ),
    );
    // The last two seeds are of a group.
    for (const seed of seeds.slice(-2)) seed.group = group;
    const counts = seeds.map((_, i) => 600 + i * 42);
    counts[11] = 10_000 - counts.slice(0, 11).reduce((sum, count) => sum + count, 0);
    for (const [i, seed] of seeds.entries()) await dead(counts[i] as number, seed);
    const sumOf = (fits: (seed: Seed) => boolean): number =>
      seeds.reduce((sum, seed, i) => sum + (fits(seed) ? (counts[i] as number) : 0), 0);
    const expected: Partial<Record<LetterPart, Record<string, number>>> = {
      detail: {
        'Session … is not ready, try again in … seconds': sumOf((seed) => seed.words === words[0]),
        '(#131026) Message undeliverable to …': sumOf((seed) => seed.words === words[1]),
        none: sumOf((seed) => seed.words === words[2]),
      },
      session: { [sessionId]: sumOf(({ session }) => session === sessionId), [other]: sumOf(({ session }) => session === other) },
      prefix: { 44: sumOf(({ prefix }) => prefix.startsWith('+44')), 55: sumOf(({ prefix }) => prefix.startsWith('+55')) },
      group: { [group]: sumOf((seed) => seed.group !== null), none: sumOf((seed) => seed.group === null) },
    };
    const cause = { kind: 'message', cause: 'refused' };
    for (const [by, counted] of Object.entries(expected)) {
      const { matching, parts } = await letters.parts(tenantId, cause, by as LetterPart);
      expect(matching).toBe(10_000);
      expect(Object.fromEntries(parts.map(({ value, count }) => [value ?? 'none', count]))).toEqual(counted);
    }
    // One part of a part.
    const [first] = (await letters.parts(tenantId, { ...cause, prefix: '44' }, 'session')).parts;
    expect(first?.count).toBe(await letters.count(db, tenantId, { ...cause, prefix: '44', sessionId: first?.value ?? '' }));
  });

  it('keep codes of errors, which say what differs', async () => {
    const { tenantId, sessionId, letters, dead } = await setup();
    for (const code of [131_026, 131_047, 503])
      await dead(2, { prefix: '+44770090', words: () => `Error ${code}`, group: null, session: sessionId });
    const { parts } = await letters.parts(tenantId, { kind: 'message', cause: 'refused' }, 'detail');
    expect(parts.map(({ value, count }) => [value, count])).toEqual([131_026, 131_047, 503].map((code) => [`Error ${code}`, 2]));
  });
});

describe('a repair of many letters', () => {
  const silent = (): null => null;

  it('gives the numbers of a wrong country the code of the right one, and leaves those that it does not fit', async () => {
    const { sessionId, dead, redrive, copies } = await setup();
    // Written +44 for +1.
    await dead(3, { prefix: '+44207946', words: silent, group: null, session: sessionId });
    await dead(2, { prefix: '+49151123', words: silent, group: null, session: sessionId });
    await dead(1, { prefix: '+44207946', words: silent, group: null, session: sessionId }, 'outcome_unknown');
    expect(await redrive({ country: 'US' })).toEqual({ go: 3, no_other_number: 2, not_editable: 1 });
    expect((await copies()).map(({ recipient }) => recipient)).toEqual(['+12079460000', '+12079460001', '+12079460002']);
  });

  it('sends through another session, but the messages of campaigns, and guards the content for the new recipient', async () => {
    const { tenantId, sessionId, dead, redrive, copies } = await setup();
    const other = await aSession(tenantId);
    const [guarded] = await dead(2, { prefix: '+44207946', words: silent, group: null, session: sessionId });
    const ofCampaign = await dead(1, { prefix: '+44770090', words: silent, group: null, session: sessionId });
    await db.query(`UPDATE messages SET origin = '{"kind": "campaign"}' WHERE id = ANY ($1::uuid[])`, [ofCampaign]);
    await db.query(`UPDATE messages SET content_window_s = 60, content_hash = '\\x01' WHERE id = $1`, [guarded]);
    expect(await redrive({ sessionId: other, country: 'US' })).toEqual({ go: 2, of_campaign: 1 });
    const sent = await copies();
    expect(sent.map(({ session }) => session)).toEqual([other, other]);
    const hash = sent.find(({ of }) => of === guarded)?.hash;
    expect([hash?.length, hash?.equals(Buffer.from([1]))]).toEqual([32, false]);
    const [lane] = await db.query(`SELECT next_due_at <= heliograph_now() AS due FROM lanes WHERE session_id = $1`, [other]);
    expect(lane).toEqual({ due: true });
  });

  it('leaves all when the other session was deleted meanwhile', async () => {
    const { tenantId, sessionId, dead, redrive, copies } = await setup();
    const other = await aSession(tenantId);
    await db.query(`UPDATE sessions SET deleted_at = heliograph_now(), status = 'deleted' WHERE id = $1`, [other]);
    await dead(2, { prefix: '+44770090', words: silent, group: null, session: sessionId });
    expect(await redrive({ sessionId: other })).toEqual({ session_deleted: 2 });
    expect(await copies()).toEqual([]);
  });
});
