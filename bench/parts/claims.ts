import { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { connectionOptions, Database, dataSourceOptions, newId } from '@heliograph/kernel';
import { LaneClaims } from '../../libs/messaging/src/lanes/lane-claims.repository';
import { Ledger } from '../../libs/messaging/src/send/ledger.repository';
import { Figures } from '../figures';
import { judgeClaims } from '../judging';
import { seedLanes } from '../ledger-ceiling';
import { at } from '../probe';
import { type BenchOptions, onStage } from '../stage';

const maxMessages = 20;
const open = 100;
/** Numbers that a campaign with a rate of its own is sent through, and the rate, which holds none of them up. */
const numbers = 200;
const perSecond = 1_000;

/**
 * (n) The claim of a lane with a hundred campaigns and a paused one of a million messages, against that of a lane with one campaign; and
 * claims of many lanes at once for a campaign with a rate of its own, against one without.
 */
export async function claims({ quick, backends: [backend = 'postgres'] }: BenchOptions): Promise<Figures> {
  const figures = new Figures('n');
  const paused = quick ? 100_000 : 1_000_000;
  const rounds = quick ? 50 : 200;
  const folds = quick ? 5 : 20;
  await onStage(backend, { sessions: 1, workers: 0, ownRows: true }, async ({ lab }) => {
    const dataSource = await new DataSource(dataSourceOptions(lab.postgres.url, 4)).initialize();
    // One connection, as all claims of the bench take turns; planned once, as in a worker.
    const planned = new Pool({
      ...connectionOptions(lab.postgres.url, { applicationName: 'heliograph-bench', plansOnce: true }),
      max: 1,
    });
    try {
      const db = new Database(dataSource, dataSource, planned);
      const { tenantId, sessionIds } = await seedLanes(db, 2);
      const [empty, full] = sessionIds as [string, string];
      await db.query('ALTER TABLE messages DISABLE TRIGGER USER');
      const [stopped] = await fill(db, tenantId, [full], 1, paused);
      await fill(db, tenantId, [full], open, (2 * maxMessages * rounds) / open);
      await fill(db, tenantId, [empty], 1, 2 * maxMessages * rounds);
      const free = await seedLanes(db, numbers);
      await fill(db, free.tenantId, free.sessionIds, 1, folds * 2);
      const rated = await seedLanes(db, numbers);
      const [limited] = await fill(db, rated.tenantId, rated.sessionIds, 1, folds * 2);
      await db.query('ALTER TABLE messages ENABLE TRIGGER USER');
      await db.query(`UPDATE message_groups SET state = 'paused', paused_at = heliograph_now() WHERE id = $1`, [stopped]);
      await db.query(`UPDATE message_groups SET window_ms = 1000, window_limit = $2 WHERE id = $1`, [limited, perSecond]);
      // One message a claim, as of a number with an ordinary pace.
      await db.query(`UPDATE lanes SET window_ms = 1000, window_limit = 1 WHERE session_id = ANY ($1::uuid[])`, [
        [...free.sessionIds, ...rated.sessionIds],
      ]);
      await db.query('VACUUM ANALYZE messages, message_groups, lane_groups');
      const [emptyMs, fullMs] = await claimTimes(db, [empty, full], rounds);
      judgeClaims(figures, { paused, open, emptyMs: at(emptyMs, 0.5), fullMs: at(fullMs, 0.5) });
      figures.add('claim in the full lane: p99', at(fullMs, 0.99), 'ms');
      const workerId = await aWorker(db);
      const [freeMs, ratedMs] = await foldTimes(db, workerId, [free.sessionIds, rated.sessionIds], folds);
      figures.add(`claims of ${numbers} numbers at once for a campaign: a message`, freeMs, 'ms');
      figures.add(`the same, for a campaign with a rate of its own: a message`, ratedMs, 'ms');
      figures.goal('24', 'with a rate of its own, of without', ratedMs / freeMs, 'x', { max: 2 });
    } finally {
      await planned.end();
      await dataSource.destroy();
    }
  });
  return figures;
}

/** Makes groups as those of campaigns, each with so many messages that are due in each lane. @returns their ids */
async function fill(db: Database, tenantId: string, sessionIds: string[], groups: number, messages: number): Promise<string[]> {
  const ids = Array.from({ length: groups }, newId);
  await db.query(
    `INSERT INTO message_groups (tenant_id, id, kind, standing, weight, window_ms) SELECT $1, g, 'campaign', 'apart', 1, 60000 FROM unnest($2::uuid[]) g`,
    [tenantId, ids],
  );
  await db.query(
    `INSERT INTO messages (tenant_id, id, session_id, group_id, lane_group, class, state, recipient, kind, body, created_at, due_at, expires_at, origin)
     SELECT $1, gen_random_uuid(), s, g, g, 3, 'queued', '+4477' || (10000000 + i), 'text', '{"content":{"kind":"text","text":"Hello"}}', now(),
       now() - interval '1 hour', now() + interval '9 days', '{"kind":"campaign"}' FROM unnest($2::uuid[]) s, unnest($3::uuid[]) g, generate_series(1, $4::int) i`,
    [tenantId, sessionIds, ids, messages],
  );
  await db.query(
    `INSERT INTO lane_groups (session_id, class, group_id, tenant_id) SELECT s, 3, g, $2 FROM unnest($1::uuid[]) s, unnest($3::uuid[]) g`,
    [sessionIds, tenantId, ids],
  );
  return ids;
}

async function aWorker(db: Database): Promise<string> {
  const id = newId();
  await db.query(
    `INSERT INTO workers (id, name, started_at, alive_until) VALUES ($1, 'bench', heliograph_now(), heliograph_now() + interval '1 hour')`,
    [id],
  );
  return id;
}

/** Claims from all lanes of a campaign at once, by turns of the campaigns. @returns ms of a claimed message, median of the rounds, by campaign */
async function foldTimes(db: Database, workerId: string, campaigns: [string[], string[]], rounds: number): Promise<[number, number]> {
  const claimer = new LaneClaims(db);
  const times: [number[], number[]] = [[], []];
  for (let round = -2; round < rounds; round++)
    for (const [i, sessionIds] of campaigns.entries()) {
      await db.query(`UPDATE lanes SET next_slot_at = '-infinity', last_slot_at = '-infinity' WHERE session_id = ANY ($1::uuid[])`, [
        sessionIds,
      ]);
      await db.query(`UPDATE message_groups SET next_slot_at = '-infinity' WHERE window_limit = $1`, [perSecond]);
      const startedAt = performance.now();
      const answers = await Promise.all(
        sessionIds.map((sessionId) => claimer.claim({ sessionId, workerId, maxMessages, revision: '-1', shiftMs: 0 })),
      );
      const ms = performance.now() - startedAt;
      const claimed = answers.flatMap((answer) => (answer.kind === 'messages' ? answer.messages : [])).length;
      if (claimed === 0) throw new Error('The claims gave no messages.');
      if (round >= 0) (times[i] as number[]).push(ms / claimed);
      for (const state of ['calling', 'sent'])
        await db.query(
          `UPDATE messages SET state = $2, due_at = CASE WHEN $2 = 'calling' THEN due_at END WHERE session_id = ANY ($1::uuid[]) AND state IN ('claimed', 'calling')`,
          [sessionIds, state],
        );
    }
  return [
    at(
      times[0].sort((a, b) => a - b),
      0.5,
    ),
    at(
      times[1].sort((a, b) => a - b),
      0.5,
    ),
  ];
}

/** Claims by turns from the lanes, and settles what was claimed. @returns ms of each claim, sorted, by lane */
async function claimTimes(db: Database, lanes: [string, string], rounds: number): Promise<[number[], number[]]> {
  const workerId = await aWorker(db);
  const ledger = new Ledger(db);
  const claimer = new LaneClaims(db);
  const times: [number[], number[]] = [[], []];
  // The first claims plan the statement; they are no part of the figure.
  for (let round = -5; round < rounds; round++)
    for (const [i, sessionId] of lanes.entries()) {
      const startedAt = performance.now();
      const answer = await claimer.claim({ sessionId, workerId, maxMessages, revision: '-1', shiftMs: 0 });
      const ms = performance.now() - startedAt;
      if (answer.kind !== 'messages') throw new Error(`A claim gave no messages: ${JSON.stringify(answer)}`);
      if (round >= 0) (times[i] as number[]).push(ms);
      const fences = answer.messages.map(({ tenantId, id, attempt, state }) => ({ fence: { tenantId, id, sessionId, attempt }, state }));
      await Promise.all(
        fences.flatMap(({ fence, state }) => (state === 'claimed' ? [ledger.advance({ ...fence, to: 'calling', workerId })] : [])),
      );
      await Promise.all(fences.map(({ fence }) => ledger.advance({ ...fence, to: 'sent', providerMessageId: fence.id })));
    }
  return [times[0].sort((a, b) => a - b), times[1].sort((a, b) => a - b)];
}
