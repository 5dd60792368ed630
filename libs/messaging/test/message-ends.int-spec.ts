import { DeadLetters, LetterDecisions, LetterHandlers } from '@heliograph/dead-letters';
import fc from 'fast-check';
import { AddressPairs } from '@heliograph/contacts';
import { type Database, Metrics, newId } from '@heliograph/kernel';
import { keyActor, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import type { ReceiptStatus } from '@heliograph/providers';
import { MessageLetterHandler } from '../src/dead-letters/message-letter-handler';
import { MessageRedrive } from '../src/dead-letters/message-redrive.repository';
import { MessageMoves, withdrawUndone } from '../src/groups/message-moves.repository';
import { HeldMessages } from '../src/installation/held-messages.repository';
import { MessageStore } from '../src/intake/message-store.repository';
import { Invariants } from '../src/invariants/invariants.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import type { MessageState } from '../src/message';
import { arrows, stateList, unsentStates } from '../src/message-states';
import { MessageCancel } from '../src/messages/message-cancel.repository';
import { Receipts } from '../src/receipts/receipts.repository';
import { RecoveryRepository } from '../src/recovery/recovery.repository';
import { Ledger, type LedgerStep } from '../src/send/ledger.repository';
import { echoHash } from '../src/uncertain/echo-hash';
import { FailedMessages } from '../src/uncertain/failed-messages.repository';
import { MessageBinding } from '../src/uncertain/message-binding.repository';
import { UnboundMessages } from '../src/uncertain/unbound.repository';
import { aLane, aRow } from '../testing';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await openTestDatabase();
  db = database.db;
});
afterAll(() => database.close());

const config = { INFO_BUDGET_PER_MINUTE: 20, UNCERTAIN_GRACE_MS: 600_000, ECHO_WINDOW_MS: 600_000 };

/** A message, and all its possible steps, made by the statements of production. */
async function aMessage(over: Partial<ReturnType<typeof aRow>> = {}) {
  const { tenantId, sessionId } = await aLane(db, { windowLimit: 0 });
  const row = aRow({
    tenantId,
    sessionId,
    groupId: newId(),
    contentHash: Buffer.from(newId()),
    contentWindowS: 86_400,
    class: 'transactional',
    ...over,
  });
  const { id } = row;
  await new MessageStore().store(db, [row], 72);
  const workerId = newId();
  await db.query(
    `INSERT INTO workers (id, name, started_at, alive_until) VALUES ($1, 'test', heliograph_now(), heliograph_now() + interval '50 s')`,
    [workerId],
  );
  const unbound = new UnboundMessages(db, config);
  const bell = { ring: () => undefined } as unknown as LaneBell;
  const handlers = new LetterHandlers();
  new MessageLetterHandler(handlers, new MessageRedrive(), bell).onModuleInit();
  const letters = new LetterDecisions(db, new DeadLetters(db), handlers);
  const binding = new MessageBinding(db, new AddressPairs(db), config as never, new Metrics());
  const only = async <T>(sql: string): Promise<T> => (await db.query<T>(sql, [id]))[0] as T;
  const echo = echoHash(row.recipient, 'Hello');
  const providerMessageId = `p-${id}`;
  const keyId = `K${id}`;
  const openLetterId = async () =>
    (await only<{ id: string } | undefined>(`SELECT id FROM dead_letters WHERE subject_id = $1::text AND state = 'open'`))?.id;

  const happen = {
    claim: () => new LaneClaims(db).claim({ sessionId, workerId, maxMessages: 5, revision: '-1', shiftMs: 0 }),
    /** Claims a message that is called later. */
    claimAhead: async () => {
      await db.query(`UPDATE lanes SET typing_ms = 1000 WHERE session_id = $1`, [sessionId]);
      await happen.claim();
    },
    call: async () => {
      const { attempt } = await only<{ attempt: number }>(`SELECT attempt FROM messages WHERE id = $1`);
      await new Ledger(db).advance({ tenantId, sessionId, id, attempt, to: 'calling', workerId });
    },
    answer: async (to: Exclude<LedgerStep['to'], 'calling'>) => {
      const { attempt } = await only<{ attempt: number }>(`SELECT attempt FROM messages WHERE id = $1`);
      const taken = to === 'sent' || to === 'uncertain' ? { echoHash: echo, calledAt: performance.now() } : {};
      await new Ledger(db).advance({
        ...{ tenantId, sessionId, id, attempt, to, ...taken },
        ...(to === 'sent' && { providerMessageId }),
        ...(to === 'queued' && { dueInMs: 0 }),
        ...(to !== 'sent' && { cause: to === 'failed' ? 'refused' : 'not_sent' }),
      });
    },
    /** The body of the message cannot be made. */
    notMade: async () => {
      const { attempt } = await only<{ attempt: number }>(`SELECT attempt FROM messages WHERE id = $1`);
      await new Ledger(db).advance({ tenantId, sessionId, id, attempt, to: 'failed', cause: 'template_failed' });
    },
    /** The rendered body repeats the content of another message. */
    madeTwice: async () => {
      await db.query(`DELETE FROM content_guards WHERE message_id = $1`, [id]);
      await db.query(
        `UPDATE messages SET body = NULL, kind = NULL, content_hash = NULL, source = '{}', origin = '{"kind": "campaign"}' WHERE id = $1`,
        [id],
      );
      await db.query(
        `INSERT INTO content_guards (tenant_id, content_hash, message_id, until) VALUES ($1, $2, $3, heliograph_now() + interval '1 day')`,
        [tenantId, row.contentHash, newId()],
      );
      const { attempt } = await only<{ attempt: number }>(`SELECT attempt FROM messages WHERE id = $1`);
      const { body, contentHash } = row;
      await new Ledger(db).advance({ tenantId, sessionId, id, attempt, to: 'calling', workerId, body, contentHash });
      await db.query(`DELETE FROM content_guards WHERE tenant_id = $1 AND content_hash = $2 AND message_id <> $3`, [
        tenantId,
        contentHash,
        id,
      ]);
    },
    /** The worker dies, and another one takes over. */
    recovery: async () => {
      await db.query(`UPDATE workers SET alive_until = heliograph_now() - interval '1 s' WHERE id = $1`, [workerId]);
      while (await new RecoveryRepository(db).takeOverDeadWorker());
      await db.query(
        `INSERT INTO workers (id, name, started_at, alive_until) VALUES ($1, 'test', heliograph_now(), heliograph_now() + interval '50 s')`,
        [workerId],
      );
    },
    runsOut: () => db.query(`UPDATE messages SET expires_at = heliograph_now() - interval '1 s' WHERE id = $1`, [id]),
    expiry: () => new RecoveryRepository(db).expire(100),
    cancel: () => new MessageCancel(db).cancel(tenantId, keyActor('somebody'), id),
    /** A scheduled message becomes due. */
    fallsDue: () => db.query(`UPDATE messages SET due_at = heliograph_now() WHERE id = $1 AND due_at IS NOT NULL`, [id]),
    /** Another message with the same content is sent before it. */
    twinSent: async () => {
      await db.query(`UPDATE messages SET due_at = heliograph_now() + interval '1 h' WHERE id = $1`, [id]);
      const twin = { ...row, id: newId(), groupId: null, sendAt: null };
      await new MessageStore().store(db, [twin], 72);
      await happen.claim();
      await new Ledger(db).advance({ tenantId, sessionId, id: twin.id, attempt: 1, to: 'sent', providerMessageId: newId() });
      await happen.fallsDue();
    },
    /** The contact is merged with one who was sent another message of the group. */
    merged: async () => {
      await db.query(`UPDATE messages SET due_at = heliograph_now() + interval '1 h' WHERE id = $1`, [id]);
      const twin = { ...row, id: newId(), sendAt: null, contentHash: Buffer.from(newId()) };
      await new MessageStore().store(db, [twin], 72);
      await happen.claim();
      await new Ledger(db).advance({ tenantId, sessionId, id: twin.id, attempt: 1, to: 'sent', providerMessageId: newId() });
      const doubles = `SELECT 'one' AS person, unnest($2::uuid[]) AS message_id`;
      await new MessageMoves(db, bell).withdrawDoubles(db, tenantId, doubles, [[id, twin.id]]);
    },
    /** The import that added the person is undone. */
    undone: () => withdrawUndone(db, tenantId, `SELECT $2::uuid AS message_id`, [id]),
    /** @param fails true when the provider also reports that it failed */
    idKnown: (fails = false) => binding.bindKnown([{ tenantId, sessionId, messageId: id, keyId, providerMessageId, failed: fails }]),
    log: () => unbound.settleByLog({ tenantId, sessionId, messageId: id, providerMessageId }),
    receipt: (status: ReceiptStatus) => new Receipts(db).apply([{ sessionId, keyId, status, at: null }]),
    failure: () => new FailedMessages(db, unbound).fail([{ tenantId, messageId: id, detail: 'the provider’s words' }]),
    reconciliation: () =>
      new HeldMessages(db).settle({ tenantId, sessionId, writtenUntil: new Date() }, [
        { id, providerMessageId, at: new Date(), echoHash: echo },
      ]),
    graceEnds: async () => {
      await db.query(`UPDATE messages SET uncertain_since = uncertain_since - interval '11 minutes' WHERE id = $1`, [id]);
      await unbound.review(500);
    },
    policy: async () => {
      await db.query(`UPDATE tenants SET settings = '{"uncertain": {"transactional": {"resend_after_s": 60}}}' WHERE id = $1`, [tenantId]);
      await happen.graceEnds();
    },
    discard: async () => {
      const letter = await openLetterId();
      if (letter) await letters.discard(tenantId, letter, 'It did not come.', keyActor('somebody'));
    },
    redrive: async () => {
      const letter = await openLetterId();
      if (letter) await letters.redrive(tenantId, letter, { actor: keyActor('somebody'), mayDuplicate: true });
    },
  };

  /** Lets the message be one of a campaign, which is sent again as itself. */
  const isOfCampaign = () => db.query(`UPDATE messages SET origin = '{"kind": "campaign"}' WHERE id = $1`, [id]);
  /** The rows besides the message. */
  const found = async () => {
    const letter = await only<{ state: string; cause: string } | undefined>(
      `SELECT state, cause FROM dead_letters WHERE subject_id = $1::text ORDER BY created_at DESC, state = 'open' DESC LIMIT 1`,
    );
    const candidates = await db.query<{ echo_hash: Buffer }>(`SELECT echo_hash FROM unbound_messages WHERE message_id = $1`, [id]);
    return {
      letter: letter ? (letter.state === 'open' ? letter.cause : letter.state) : 'none',
      guard: (await db.query(`SELECT 1 FROM content_guards WHERE message_id = $1`, [id])).length > 0 ? 'stands' : 'none',
      candidate: candidates.length === 0 ? 'none' : candidates.every(({ echo_hash }) => echo_hash.length > 0) ? 'echo or id' : 'id',
      lane:
        (await db.query(`SELECT 1 FROM lanes WHERE session_id = $1 AND next_due_at <= heliograph_now()`, [sessionId])).length > 0
          ? 'woken'
          : 'rests',
    };
  };
  const lastStep = () =>
    only<{ from: string; to: string }>(
      `SELECT from_state AS "from", to_state AS "to" FROM message_events WHERE message_id = $1 AND from_state <> to_state ORDER BY seq DESC LIMIT 1`,
    );
  const laneForgets = () => db.query(`UPDATE lanes SET next_due_at = NULL WHERE session_id = $1`, [sessionId]);
  return {
    id,
    tenantId,
    sessionId,
    row,
    happen,
    found,
    lastStep,
    laneForgets,
    isOfCampaign,
    state: async () => (await only<{ state: MessageState }>(`SELECT state FROM messages WHERE id = $1`)).state,
  };
}
type Life = Awaited<ReturnType<typeof aMessage>>['happen'];

const hour = 3_600_000;
/** Steps to the states in which the ways below begin. */
const beginnings: Record<string, (life: Life) => Promise<unknown>> = {
  scheduled: async () => undefined,
  queued: async () => undefined,
  claimed: (life) => life.claimAhead(),
  calling: (life) => life.claim(),
  uncertain: (life) => life.claim().then(() => life.answer('uncertain')),
  parked: (life) => beginnings.uncertain!(life).then(() => life.graceEnds()),
  sent: (life) => life.claim().then(() => life.answer('sent')),
  'sent, its id known': (life) => beginnings.sent!(life).then(() => life.idKnown()),
  failed: (life) => beginnings.sent!(life).then(() => life.failure()),
  'failed, its id known': (life) => beginnings.failed!(life).then(() => life.idKnown(true)),
};

interface Way {
  /** Start of the way, when the state alone does not determine it. */
  begins?: string;
  isOfCampaign?: boolean;
  goes: (life: Life) => Promise<unknown>;
  letter?: string;
  guard?: string;
  candidate?: string;
  lane?: string;
}

/** Every way to an end, back to the lane, or out of an unknown outcome, with its effects; absent: `none`, and `rests` for the lane. */
const ways: Record<string, Way> = {
  'claimed > queued by answer': { goes: (life) => life.answer('queued'), lane: 'woken' },
  'claimed > queued by recovery': { goes: (life) => life.recovery(), lane: 'woken' },
  'claimed > queued by claim': { goes: (life) => life.claim(), lane: 'woken' },
  'claimed > failed by rendering': { goes: (life) => life.notMade(), letter: 'template_failed' },
  'claimed > suppressed by rendering': { goes: (life) => life.madeTwice() },
  'calling > queued by answer': { goes: (life) => life.answer('queued'), lane: 'woken' },
  'calling > queued by claim': { goes: (life) => life.claim(), lane: 'woken' },
  'calling > failed by answer': { goes: (life) => life.answer('failed'), letter: 'refused' },
  'uncertain > sent by answer': {
    begins: 'parked',
    goes: (life) => life.answer('sent'),
    letter: 'resolved',
    guard: 'stands',
    candidate: 'echo or id',
  },
  'uncertain > sent by evidence': { begins: 'parked', goes: (life) => life.idKnown(), letter: 'resolved', guard: 'stands' },
  'uncertain > failed by answer': { begins: 'parked', goes: (life) => life.answer('failed'), letter: 'refused' },
  'uncertain > failed by person': { begins: 'parked', goes: (life) => life.discard(), letter: 'discarded' },
  'uncertain > queued by answer': { begins: 'parked', goes: (life) => life.answer('queued'), letter: 'resolved', lane: 'woken' },
  'uncertain > queued by policy': { goes: (life) => life.policy(), guard: 'stands', lane: 'woken' },
  'uncertain > queued by person': {
    begins: 'parked',
    goes: (life) => life.redrive(),
    letter: 'redriven',
    guard: 'stands',
    lane: 'woken',
  },
  'sent > failed by receipt': { begins: 'sent, its id known', goes: (life) => life.receipt('error'), letter: 'provider_error' },
  'sent > failed by evidence': { goes: (life) => life.failure(), letter: 'provider_error', candidate: 'id' },
  'failed > sent by evidence': { goes: (life) => life.idKnown(), letter: 'resolved' },
  'failed > delivered by receipt': { begins: 'failed, its id known', goes: (life) => life.receipt('delivered'), letter: 'resolved' },
  'failed > queued by person': {
    isOfCampaign: true,
    begins: 'failed, its id known',
    goes: (life) => life.redrive(),
    letter: 'redriven',
    lane: 'woken',
  },
  'scheduled > cancelled by cancel': { goes: (life) => life.cancel() },
  'queued > cancelled by cancel': { goes: (life) => life.cancel() },
  'claimed > cancelled by cancel': { goes: (life) => life.cancel() },
  'scheduled > expired by expiry': { goes: (life) => life.runsOut().then(() => life.expiry()) },
  'queued > expired by expiry': { goes: (life) => life.runsOut().then(() => life.expiry()) },
  'scheduled > expired by claim': {
    goes: (life) =>
      life
        .fallsDue()
        .then(() => life.runsOut())
        .then(() => life.claim()),
    lane: 'woken',
  },
  'queued > expired by claim': { goes: (life) => life.runsOut().then(() => life.claim()), lane: 'woken' },
  'scheduled > suppressed by claim': { goes: (life) => life.twinSent().then(() => life.claim()), lane: 'woken' },
  'queued > suppressed by claim': { goes: (life) => life.twinSent().then(() => life.claim()), lane: 'woken' },
  'scheduled > suppressed by merge': { goes: (life) => life.merged(), lane: 'woken' },
  'queued > suppressed by merge': { goes: (life) => life.merged(), lane: 'woken' },
  'scheduled > suppressed by undo': { goes: (life) => life.undone() },
  'queued > suppressed by undo': { goes: (life) => life.undone() },
  'scheduled > sent by reconciliation': { goes: (life) => life.reconciliation(), guard: 'stands', candidate: 'echo or id' },
  'queued > sent by reconciliation': { goes: (life) => life.reconciliation(), guard: 'stands', candidate: 'echo or id' },
};

/** Arrows with effects: to an end, back to the lane, out of an end or an unknown outcome, past the call. */
const following = arrows.filter(
  ({ from, to }) =>
    (unsentStates as readonly MessageState[]).includes(to) ||
    (to === 'queued' && from !== 'scheduled') ||
    from === 'uncertain' ||
    from === 'failed' ||
    (to === 'sent' && from !== 'calling'),
);

const broken = async () =>
  (await new Invariants(db).check()).filter(({ invariant }) =>
    ['group_counts', 'history_ends_elsewhere', 'history_broken', 'guard_of_unsent_message', 'due_message_of_idle_lane'].includes(invariant),
  );

describe('the end of a message', () => {
  it('has a row below for every arrow that leads to one', () => {
    expect(Object.keys(ways).toSorted()).toEqual(
      following.flatMap(({ from, to, by }) => by.map((mover) => `${from} > ${to} by ${mover}`)).toSorted(),
    );
  });

  it.each(Object.entries(ways))('%s: has all its effects', async (name, way) => {
    const [, from, to] = /^(\w+) > (\w+) by/.exec(name)!;
    const message = await aMessage(from === 'scheduled' ? { sendAt: new Date(Date.now() + hour) } : {});
    await beginnings[way.begins ?? from!]!(message.happen);
    expect(await message.state()).toBe(from);
    await message.laneForgets();
    if (way.isOfCampaign) await message.isOfCampaign();

    await way.goes(message.happen);

    expect(await message.state()).toBe(to);
    expect(await message.lastStep()).toEqual({ from, to });
    const { letter = 'none', guard = 'none', candidate = 'none', lane = 'rests' } = way;
    expect(await message.found()).toEqual({ letter, guard, candidate, lane });
    expect(await broken()).toEqual([]);
  });

  it('of one attempt of a message of a campaign says nothing about the next: its ids no longer lead to the message', async () => {
    const message = await aMessage();
    await message.isOfCampaign();
    await beginnings['failed, its id known']!(message.happen);
    await message.happen.redrive();
    await message.happen.claim();
    await message.happen.answer('sent');
    await message.happen.receipt('error');
    expect(await message.state()).toBe('sent');
    expect(await db.query(`SELECT 1 FROM message_keys WHERE message_id = $1`, [message.id])).toEqual([]);
  });

  it('is not reached when the grace period ends: a letter opens, and the message keeps its state', async () => {
    const message = await aMessage();
    await beginnings.parked!(message.happen);
    expect(await message.state()).toBe('uncertain');
    expect(await message.found()).toMatchObject({ letter: 'outcome_unknown', guard: 'stands', candidate: 'echo or id' });
  });

  it('is reached only along the arrows, in any order of steps, and letters match the states', async () => {
    const happenings: ((life: Life) => Promise<unknown>)[] = [
      (life) => life.claim(),
      (life) => life.claimAhead(),
      (life) => life.call(),
      ...(['sent', 'failed', 'queued', 'uncertain'] as const).map((to) => (life: Life) => life.answer(to)),
      (life) => life.recovery(),
      (life) => life.runsOut().then(() => life.expiry()),
      (life) => life.undone(),
      (life) => life.cancel().catch((error: Error) => expect(error.message).toMatch(/^The message is/)),
      (life) => life.fallsDue(),
      (life) => life.idKnown(),
      (life) => life.idKnown(true),
      (life) => life.log(),
      ...(['error', 'sent', 'delivered', 'read', 'played'] as const).map((status) => (life: Life) => life.receipt(status)),
      (life) => life.failure(),
      (life) => life.graceEnds(),
      (life) => life.policy(),
      (life) => life.discard(),
      // One whose campaign ended meanwhile stays where it is.
      (life) => life.redrive().catch((error: Error) => expect(error.message).toMatch(/^The campaign of the message is over/)),
    ];
    // Most runs begin with a call, since few steps are possible without one.
    const life = fc.tuple(
      fc.constantFrom('queued', 'calling', 'calling', 'uncertain', 'sent'),
      fc.array(fc.nat(happenings.length - 1), { maxLength: 10 }),
    );
    await fc.assert(
      fc.asyncProperty(life, fc.boolean(), async ([begins, turns], isOfCampaign) => {
        const message = await aMessage();
        if (isOfCampaign) await message.isOfCampaign();
        await beginnings[begins]!(message.happen);
        for (const turn of turns) await happenings[turn]!(message.happen);
      }),
      { numRuns: 60, examples: [[['uncertain', [8, 20, 24]], true]] },
    );

    const steps = await db.query<{ from: string; to: string }>(
      `SELECT DISTINCT from_state AS "from", to_state AS "to" FROM message_events WHERE from_state <> to_state`,
    );
    expect(steps.filter((step) => !arrows.some(({ from, to }) => from === step.from && to === step.to))).toEqual([]);
    expect(await broken()).toEqual([]);
    const unasked = await db.query(
      `SELECT m.state, m.cause, d.cause AS letter FROM messages m
       LEFT JOIN dead_letters d ON d.tenant_id = m.tenant_id AND d.subject_id = m.id::text AND d.state = 'open'
       LEFT JOIN dead_letters done ON done.tenant_id = m.tenant_id AND done.subject_id = m.id::text AND done.state IN ('redriven', 'discarded')
       WHERE (d.id IS NOT NULL) <> (m.state = 'failed' OR m.state = 'uncertain' AND m.uncertain_since IS NULL) AND done.id IS NULL
         OR d.id IS NOT NULL AND d.cause IS DISTINCT FROM m.cause
         OR d.id IS NOT NULL AND m.state NOT IN ${stateList(['failed', 'uncertain'])}`,
    );
    expect(unasked).toEqual([]);
    // By this, the candidates of a message are found by indexes.
    const misnumbered = await db.query(
      `SELECT m.state, m.provider_message_id AS own, u.provider_message_id AS candidate
       FROM unbound_messages u JOIN messages m ON m.tenant_id = u.tenant_id AND m.id = u.message_id
       WHERE u.provider_message_id IS NOT NULL AND (m.state = 'uncertain' OR u.provider_message_id IS DISTINCT FROM m.provider_message_id)`,
    );
    expect(misnumbered).toEqual([]);
  }, 120_000);
});
