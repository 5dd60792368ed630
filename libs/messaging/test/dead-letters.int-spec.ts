import { DeadLetters, LetterDecisions, LetterHandlers } from '@heliograph/dead-letters';
import { keyActor, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { contentHash } from '../src/intake/content-hash';
import { MessageEdit, MessageLetterHandler } from '../src/dead-letters/message-letter-handler';
import { MessageRedrive } from '../src/dead-letters/message-redrive.repository';
import { MessageStore } from '../src/intake/message-store.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import { aLane, aRow } from '../testing';

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterAll(() => database.close());

async function setup() {
  const { db } = database;
  const { tenantId, sessionId } = await aLane(db);
  const rung: string[] = [];
  const letters = new DeadLetters(db);
  const handlers = new LetterHandlers();
  new MessageLetterHandler(handlers, new MessageRedrive(), { ring: (id: string) => rung.push(id) } as unknown as LaneBell).onModuleInit();
  const decisions = new LetterDecisions(db, letters, handlers);

  /** A message that ended as a dead letter. */
  async function aDeadMessage(cause = 'refused', state = 'failed') {
    const row = aRow({ tenantId, sessionId });
    row.contentHash = contentHash(row.recipient, row.body.content);
    row.contentWindowS = 3_600;
    await new MessageStore().store(db, [row], 72);
    await db.query(`UPDATE messages SET state = 'calling', attempt = 1 WHERE id = $1`, [row.id]);
    await db.query(`UPDATE messages SET state = $2, cause = $3, detail = 'as the provider said', due_at = NULL WHERE id = $1`, [
      row.id,
      state,
      cause,
    ]);
    await letters.open(db, [{ tenantId, kind: 'message', subjectId: row.id, sessionId, cause, detail: 'as the provider said' }]);
    const [letter] = (await letters.list(tenantId, {}, { limit: 1 })).rows;
    return { row, letterId: letter?.id as string };
  }
  const messages = () =>
    db.query<Record<string, unknown>>(`SELECT * FROM messages WHERE tenant_id = $1 ORDER BY created_at, id`, [tenantId]);
  return { db, tenantId, sessionId, rung, letters, decisions, aDeadMessage, messages };
}

describe('dead letters', () => {
  it('show the history of their message', async () => {
    const { tenantId, decisions, aDeadMessage } = await setup();
    const { letterId } = await aDeadMessage();
    const letter = await decisions.get(tenantId, letterId);
    expect(letter).toMatchObject({ cause: 'refused', detail: 'as the provider said', state: 'open' });
    expect(letter.trail.map((step) => step.to)).toEqual(['calling', 'failed']);
  });

  it('redrive a failed message as a new one, once, for concurrent requests', async () => {
    const { tenantId, sessionId, rung, decisions, aDeadMessage, messages } = await setup();
    const { row, letterId } = await aDeadMessage();
    const presses = await Promise.allSettled(
      Array.from({ length: 8 }, () => decisions.redrive(tenantId, letterId, { actor: keyActor('ann') })),
    );
    expect(presses.filter((press) => press.status === 'fulfilled')).toHaveLength(1);
    for (const press of presses) if (press.status === 'rejected') expect(press.reason).toMatchObject({ reason: 'already_redriven' });
    expect(await decisions.redriveMany(tenantId, {}, { actor: keyActor('bob') })).toBe(0);
    const [old, copy] = await messages();
    expect(old).toMatchObject({ id: row.id, state: 'failed' });
    expect(copy).toMatchObject({
      state: 'queued',
      redrive_of: row.id,
      recipient: row.recipient,
      attempt: 0,
      content_hash: row.contentHash,
    });
    expect(copy?.due_at).not.toBeNull();
    expect(await decisions.get(tenantId, letterId)).toMatchObject({ state: 'redriven', resolvedBy: keyActor('ann'), redrivenTo: copy?.id });
    expect(rung).toEqual([sessionId]);
  });

  it('redrive a failed message with corrections, and guard it again', async () => {
    const { tenantId, decisions, aDeadMessage, messages } = await setup();
    const { row, letterId } = await aDeadMessage('invalid_recipient');
    const body = { content: { kind: 'image' as const, url: 'https://example.com/a.png' } };
    await decisions.redrive(tenantId, letterId, { actor: keyActor('ann'), edit: new MessageEdit('+447700900222', body) });
    const [, copy] = await messages();
    expect(copy).toMatchObject({
      recipient: '+447700900222',
      kind: 'image',
      body,
      content_hash: contentHash('+447700900222', body.content),
    });
    expect(copy?.content_hash).not.toEqual(row.contentHash);
  });

  it('redrive a message of unknown outcome only by consent, as the same message', async () => {
    const { tenantId, decisions, aDeadMessage, messages } = await setup();
    const { row, letterId } = await aDeadMessage('outcome_unknown', 'uncertain');
    await expect(decisions.redrive(tenantId, letterId, { actor: keyActor('ann') })).rejects.toMatchObject({
      reason: 'may_duplicate_required',
    });
    await expect(
      decisions.redrive(tenantId, letterId, { actor: keyActor('ann'), mayDuplicate: true, edit: new MessageEdit('+447700900222') }),
    ).rejects.toMatchObject({ reason: 'not_editable' });
    expect(await decisions.redriveMany(tenantId, {}, { actor: keyActor('ann') })).toBe(0);
    await decisions.redrive(tenantId, letterId, { actor: keyActor('ann'), mayDuplicate: true });
    expect(await messages()).toEqual([expect.objectContaining({ id: row.id, state: 'queued', cause: 'redriven', detail: 'by ann' })]);
    expect((await decisions.get(tenantId, letterId)).trail.at(-1)).toMatchObject({ to: 'queued', actor: keyActor('ann') });
  });

  it.each([
    ['as new messages', 'refused', 'failed', false],
    ['as new messages, the newest first', 'refused', 'failed', true],
    ['as the same messages', 'outcome_unknown', 'uncertain', false],
    ['as the same messages, the newest first', 'outcome_unknown', 'uncertain', true],
  ])('leave in the order in which they are redriven, %s', async (_, cause, state, newestFirst) => {
    const { db, tenantId, decisions, letters, aDeadMessage } = await setup();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await aDeadMessage(cause, state)).row.id);
    const options = { actor: keyActor('ann'), mayDuplicate: true };
    await db.transaction(async (tx) => {
      const page = { after: null, limit: 10, newestFirst };
      const { letters: found } = await letters.lockNextOpen(tx, tenantId, { cause }, page);
      expect(await decisions.redriveSome(tx, tenantId, found, options)).toMatchObject({ done: 5 });
    });
    const waiting = await db.query<{ id: string }>(
      `SELECT coalesce(redrive_of, id) AS id FROM messages WHERE tenant_id = $1 AND due_at <= heliograph_now() ORDER BY due_at, id`,
      [tenantId],
    );
    expect(waiting.map(({ id }) => id)).toEqual(newestFirst ? ids.toReversed() : ids);
  });

  it('go on after a page of the newest first', async () => {
    const { db, tenantId, letters, aDeadMessage } = await setup();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await aDeadMessage()).letterId);
    const found: string[] = [];
    type Found = Awaited<ReturnType<DeadLetters['lockNextOpen']>>;
    const pageAfter = (after: Found['next']): Promise<Found> =>
      db.transaction((tx) => letters.lockNextOpen(tx, tenantId, {}, { after, limit: 2, newestFirst: true }));
    let page = await pageAfter(null);
    for (; page.next; page = await pageAfter(page.next)) found.push(...page.letters.map(({ id }) => id));
    found.push(...page.letters.map(({ id }) => id));
    expect(found).toEqual(ids);
  });

  it('are redriven by filter, without the others', async () => {
    const { tenantId, decisions, letters, aDeadMessage, messages } = await setup();
    for (let i = 0; i < 3; i++) await aDeadMessage('retries_exhausted');
    await aDeadMessage('invalid_recipient');
    expect(await decisions.redriveMany(tenantId, { cause: 'retries_exhausted' }, { actor: keyActor('ann') })).toBe(3);
    expect(await letters.groupByCause(tenantId)).toEqual([
      expect.objectContaining({ kind: 'message', cause: 'invalid_recipient', count: 1 }),
    ]);
    expect((await messages()).filter((m) => m.state === 'queued')).toHaveLength(3);
  });

  it('are discarded once, with a reason, and cannot be redriven afterwards', async () => {
    const { tenantId, decisions, aDeadMessage, messages } = await setup();
    const { letterId } = await aDeadMessage('outcome_unknown', 'uncertain');
    expect(await decisions.discard(tenantId, letterId, 'The person confirmed it.', keyActor('ann'))).toMatchObject({
      state: 'discarded',
      resolution: 'The person confirmed it.',
    });
    await expect(decisions.discard(tenantId, letterId, 'again', keyActor('bob'))).rejects.toMatchObject({ code: 'conflict' });
    await expect(decisions.redrive(tenantId, letterId, { actor: keyActor('ann'), mayDuplicate: true })).rejects.toMatchObject({
      reason: 'already_redriven',
    });
    expect(await messages()).toEqual([expect.objectContaining({ state: 'failed', cause: 'discarded' })]);
    expect((await decisions.get(tenantId, letterId)).trail.at(-1)).toMatchObject({ to: 'failed', actor: keyActor('ann') });
  });

  it('are not found under another tenant', async () => {
    const one = await setup();
    const other = await setup();
    const { letterId } = await one.aDeadMessage();
    for (const attempt of [
      () => other.decisions.get(other.tenantId, letterId),
      () => other.decisions.redrive(other.tenantId, letterId, { actor: keyActor('eve') }),
      () => other.decisions.discard(other.tenantId, letterId, 'x', keyActor('eve')),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'not_found' });
    expect(await one.decisions.get(one.tenantId, letterId)).toMatchObject({ state: 'open' });
  });
});
