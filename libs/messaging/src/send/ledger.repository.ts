import { Injectable, Logger } from '@nestjs/common';
import { suppressionOf } from '@heliograph/contacts';
import { cleanText, Database, doubledMs, Folder, isValueFault } from '@heliograph/kernel';
import { isExemptSql, isSessionOpen, sessionStateOf } from '@heliograph/tenants';
import { guardsTakenSql } from '../intake/content-guard.repository';
import { byLikeness } from '../uncertain/message-binding.repository';
import { isInWindow } from '../lanes/group-claims.repository';
import { wakes } from '../lanes/lane-waking.repository';
import { attemptStates, mayMove, stateList, takenStates } from '../message-states';
import type { MessageBody } from '../message';
import type { CallReport } from './call-report';

/** Ms for which the write of an outcome is repeated while the database is down. After that, recovery settles the message. */
const keepTryingMs = 120_000;

/** States in which a settled attempt leaves its message. `claimed` messages that are not called return to `queued`. */
export type SettledState = 'sent' | 'failed' | 'queued' | 'uncertain';

/** One write of the sender: the step into `calling`, or the outcome of an attempt. Fenced by the attempt number. */
export interface LedgerStep {
  tenantId: string;
  id: string;
  sessionId: string;
  attempt: number;
  to: 'calling' | SettledState;
  /** With `calling`: the worker that the message is leased to. The step fails once its lease is over. */
  workerId?: string;
  /**
   * With `calling`: reads the suppressions, the group and the window again, because the claim is old. The step fails for a recipient that
   * opted out, in a group that was paused, and after the end of the window.
   */
  asksSuppressions?: boolean;
  /** With `calling`: the body made of the message's source, and the hash that guards it. The step fails for repeated content. */
  body?: MessageBody;
  contentHash?: Buffer | null;
  cause?: string;
  /** The provider's answer, for people; no secrets, no content. */
  detail?: string;
  /** With `sent`. */
  providerMessageId?: string | null;
  /** With `sent` and `uncertain`. */
  echoHash?: Buffer;
  /** With `sent` and `uncertain`: start of the call, in ms of `performance.now()`. */
  calledAt?: number;
  /** With `queued`: ms until the message is due again. */
  dueInMs?: number;
  /** With `queued`: true when the attempt counts as one of the message's tries. */
  countsTry?: boolean;
  /** Closes the whole lane for this many ms. */
  closeLaneMs?: number;
  /** With an outcome of a call. */
  call?: CallReport;
}

/** SQL: causes of messages that failed before their calls. */
const causesBeforeCalls = `('template_failed', 'file_failed')`;

const renderedColumns = `,
    body = CASE WHEN s.body IS NULL THEN m.body ELSE s.body END, kind = CASE WHEN s.body IS NULL THEN m.kind ELSE s.body->'content'->>'kind' END,
    content_hash = CASE WHEN s.body IS NULL THEN m.content_hash ELSE s.content_hash END, source = CASE WHEN s.body IS NULL THEN m.source END`;

/**
 * SQL: true when the step `s` may move the message `m` into `calling`. Checked again right before the call, so that a hold applies to
 * messages that are claimed already.
 */
const callableOf = (
  m: string,
  s: string,
): string => `${mayMove(`${m}.state`, 'calling', 'call')} AND ${s}.worker_id IN (SELECT id FROM alive)
        AND ${m}.session_id IN (SELECT id FROM open_sessions)
        AND CASE WHEN ${s}.asks_suppressions THEN (
          ${suppressionOf(`${m}.tenant_id`, `${m}.recipient`, isExemptSql(`${m}.tenant_id`, `${m}.class`), 'heliograph_now()')}
        ) IS NULL AND NOT EXISTS (SELECT 1 FROM message_groups g WHERE g.tenant_id = ${m}.tenant_id AND g.id = ${m}.group_id AND g.state <> 'open')
          AND ${isInWindow(m, 'heliograph_now()')} ELSE true END`;

/** SQL: decides which steps with a body enter `calling`, and which repeat the content of another message and end. */
const guardSql = `), entering AS MATERIALIZED (
  -- Locked: a message that is cancelled in the meantime takes no guard.
  SELECT s.place, m.tenant_id, m.id, m.content_window_s, s.content_hash FROM given s JOIN messages m ON m.tenant_id = s.tenant_id AND m.id = s.id AND m.attempt = s.attempt
  WHERE s.body IS NOT NULL AND m.body IS NULL AND ${callableOf('m', 's')}
  ORDER BY m.tenant_id, m.id FOR UPDATE OF m
), guarded AS (${guardsTakenSql('entering')}
), step AS MATERIALIZED (
  SELECT s.tenant_id, s.id, s.session_id, s.attempt, r.repeats, CASE WHEN r.repeats THEN 'suppressed' ELSE s.to_state END AS to_state,
    CASE WHEN r.repeats THEN 'duplicate_content' ELSE s.cause END AS cause, s.detail, s.provider_message_id, s.echo_hash, s.due_in_ms, s.counts_try, s.close_ms, s.worker_id,
    s.called_ms_ago, s.asks_suppressions, s.call_ms, s.call_status, s.call_facts, s.body, s.content_hash, s.place, e.place IS NOT NULL AS enters
  FROM given s LEFT JOIN entering e ON e.place = s.place
  CROSS JOIN LATERAL (SELECT e.content_hash IS NOT NULL AND e.id NOT IN (SELECT message_id FROM guarded) AS repeats) r
`;

/**
 * Builds the statement that settles steps: into calling, from calling to an outcome, or back from claimed. A late answer may also settle
 * `uncertain`, since it answers the very attempt that left the message uncertain. `attempt` is the fence: the answer of an older attempt
 * changes nothing.
 *
 * `rendered`: some of the steps into `calling` carry a body that was just made. The statement guards their content as the claim guards that
 * of other messages. It is a statement of its own, so that other steps do not pay for it.
 */
const advanceSqlOf = (rendered: boolean): string => `
WITH ${rendered ? 'given' : 'step'} AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::float8[], $11::bool[], $12::float8[],
      $13::uuid[], $14::float8[], $15::bool[], $16::int[], $17::smallint[], $18::jsonb[]${rendered ? ', $19::jsonb[], $20::bytea[]' : ''})
    WITH ORDINALITY AS s(tenant_id, id, session_id, attempt, to_state, cause, detail, provider_message_id, echo_hash, due_in_ms, counts_try, close_ms,
      worker_id, called_ms_ago, asks_suppressions, call_ms, call_status, call_facts${rendered ? ', body, content_hash' : ''}, place)
), alive AS MATERIALIZED (
  SELECT h.id FROM workers h WHERE h.id IN (SELECT worker_id FROM ${rendered ? 'given' : 'step'}) AND h.alive_until > heliograph_now()
  FOR KEY SHARE SKIP LOCKED
), open_sessions AS MATERIALIZED (
  -- Looked up once a session, however many of its messages are to be called.
  SELECT c.session_id AS id FROM (SELECT DISTINCT tenant_id, session_id FROM ${rendered ? 'given' : 'step'} WHERE to_state = 'calling') c
  CROSS JOIN LATERAL (${sessionStateOf('c')}) s WHERE ${isSessionOpen('s')}
${rendered ? guardSql : ''}), moved AS (
  UPDATE messages m SET
    state = CASE WHEN m.state IN ${stateList(attemptStates)} THEN s.to_state ELSE m.state END,
    due_at = CASE s.to_state WHEN 'calling' THEN m.due_at 
      -- A returned message keeps its place in the lane.
      WHEN 'queued' THEN CASE WHEN s.due_in_ms > 0 OR m.due_at IS NULL THEN heliograph_now() + s.due_in_ms * interval '1 ms' ELSE m.due_at END END,
    tries = m.tries + CASE WHEN s.counts_try THEN 1 ELSE 0 END,
    cause = CASE WHEN m.state IN ${stateList(attemptStates)} THEN s.cause ELSE m.cause END,
    detail = CASE WHEN m.state IN ${stateList(attemptStates)} THEN s.detail ELSE m.detail END,
    provider_message_id = coalesce(s.provider_message_id, m.provider_message_id),
    sent_at = CASE WHEN s.to_state = 'sent' THEN coalesce(m.sent_at, heliograph_now()) ELSE m.sent_at END,
    uncertain_since = CASE WHEN s.to_state = 'uncertain' THEN coalesce(m.uncertain_since, heliograph_now()) END,
    call_ms = s.call_ms, call_status = s.call_status, call_facts = s.call_facts${rendered ? renderedColumns : ''}
  FROM step s
  WHERE m.tenant_id = s.tenant_id AND m.id = s.id AND m.attempt = s.attempt
    AND CASE
      ${rendered ? `WHEN s.body IS NOT NULL THEN ${mayMove('m.state', 'calling', 'call')} AND s.enters` : ''}
      WHEN s.to_state = 'calling' THEN ${callableOf('m', 's')}
      WHEN s.to_state = 'queued' THEN ${mayMove('m.state', 'queued', 'answer')}
      WHEN s.to_state = 'uncertain' THEN ${mayMove('m.state', 'uncertain', 'answer')}
      WHEN s.to_state = 'failed' THEN ${mayMove('m.state', 'failed', 'answer')} OR ${mayMove('m.state', 'failed', 'rendering')} AND s.cause IN ${causesBeforeCalls}
      -- An echo settled it in the meantime: only the provider's id is new.
      WHEN s.to_state = 'sent' THEN ${mayMove('m.state', 'sent', 'answer')} OR (m.state IN ${stateList(takenStates)} AND m.provider_message_id IS NULL)
    END
  RETURNING m.tenant_id, m.id, m.session_id, m.state, s.place, s.to_state, s.provider_message_id, s.echo_hash, s.called_ms_ago
), unbound AS (
  INSERT INTO unbound_messages AS u (session_id, echo_hash, message_id, tenant_id, provider_message_id, called_at, next_check_at)
  SELECT session_id, echo_hash, id, tenant_id, provider_message_id, heliograph_now() - coalesce(called_ms_ago, 0) * interval '1 ms', heliograph_now() + interval '10 s' FROM moved
  WHERE state IN ('sent', 'uncertain') AND state = to_state AND echo_hash IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM message_keys k WHERE k.tenant_id = moved.tenant_id AND k.message_id = moved.id AND k.evidence NOT IN ${byLikeness})
  ON CONFLICT (session_id, echo_hash, message_id) DO UPDATE SET provider_message_id = coalesce(excluded.provider_message_id, u.provider_message_id)
), due AS (
  SELECT s.tenant_id, s.session_id, min(CASE WHEN s.to_state = 'queued' THEN s.due_in_ms END) AS due_in_ms, max(s.close_ms) AS close_ms,
    (array_agg(s.cause ORDER BY s.close_ms DESC NULLS LAST))[1] AS cause
  FROM step s WHERE s.to_state = 'queued' OR s.close_ms IS NOT NULL GROUP BY s.tenant_id, s.session_id
), lane AS (
  UPDATE lanes l SET
    ${wakes('l', "heliograph_now() + d.due_in_ms * interval '1 ms'")},
    closed_until = CASE WHEN d.close_ms IS NULL THEN l.closed_until ELSE greatest(l.closed_until, heliograph_now() + d.close_ms * interval '1 ms') END,
    closed_reason = CASE WHEN d.close_ms IS NULL THEN l.closed_reason ELSE d.cause END
  FROM (SELECT l.session_id FROM lanes l WHERE l.session_id IN (SELECT session_id FROM due) ORDER BY l.session_id FOR UPDATE) k JOIN due d USING (session_id)
  WHERE l.session_id = k.session_id
), pause AS (
  INSERT INTO lane_pauses AS p (tenant_id, session_id, until_at, reason)
  SELECT tenant_id, session_id, heliograph_now() + close_ms * interval '1 ms', cause FROM due WHERE close_ms IS NOT NULL
  ON CONFLICT (tenant_id, session_id, at) DO UPDATE SET until_at = greatest(p.until_at, excluded.until_at)
), late AS (
  INSERT INTO message_events (tenant_id, message_id, attempt, from_state, to_state, cause, detail, call_ms, call_status, call_facts)
  SELECT m.tenant_id, m.id, s.attempt, m.state, m.state, 'late_answer', s.to_state, s.call_ms, s.call_status, s.call_facts
  FROM step s JOIN messages m ON m.tenant_id = s.tenant_id AND m.id = s.id
  WHERE s.to_state IN ('sent', 'failed', 'uncertain') AND (s.cause IN ${causesBeforeCalls}) IS NOT TRUE AND s.place NOT IN (SELECT place FROM moved)
)
SELECT place::int FROM moved${rendered ? ` WHERE to_state <> 'suppressed'` : ''}`;

const advanceSql = advanceSqlOf(false);
const advanceRenderedSql = advanceSqlOf(true);

/**
 * Writes the steps of the sender, folded: the steps of many lanes become one statement and one commit. A step returns whether it won, that
 * is, whether the message was still in the state in which this attempt left it.
 */
@Injectable()
export class Ledger {
  private readonly log = new Logger(Ledger.name);
  private readonly folder: Folder<LedgerStep, boolean>;

  constructor(private readonly db: Database) {
    this.folder = new Folder({ write: (steps) => advance(db, steps), maxBatch: 512, concurrency: 1 });
  }

  /** Resolves after the commit. */
  advance(step: LedgerStep): Promise<boolean> {
    return this.folder.add(step);
  }

  /**
   * Writes a step that must not be lost: repeats the write for two minutes while the database is down, but not after this process closed
   * its connections. When the database refuses a value, the outcome is written at once without its detail and its call.
   * @throws the last error, when the database stays down or refuses the outcome without its detail too
   */
  async advanceSurely(step: LedgerStep): Promise<boolean> {
    const startedAt = performance.now();
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.folder.add(step);
      } catch (error) {
        // A refused value does not mean that the database is down: the outcome is written at once without the detail.
        if (isValueFault(error)) {
          if (step.detail === undefined && !step.call) throw error;
          this.log.error({ event: 'message.detail_refused', message: step.id, attempt: step.attempt, error: (error as Error).message });
          const { detail: _refused, call: _reported, ...rest } = step;
          step = rest;
          continue;
        }
        if (this.db.isClosed || performance.now() - startedAt > keepTryingMs) throw error;
        if (attempt === 0)
          this.log.warn({ event: 'message.settle_delayed', message: step.id, attempt: step.attempt, error: (error as Error).message });
        await new Promise((resolve) => setTimeout(resolve, doubledMs(100, attempt, 2_000)));
      }
    }
  }
}

async function advance(db: Database, steps: LedgerStep[]): Promise<boolean[]> {
  const isRendered = steps.some((s) => s.body);
  const [name, sql] = isRendered ? ['advance_rendered_messages', advanceRenderedSql] : ['advance_messages', advanceSql];
  const rows = await db.plannedOnce<{ place: number }>(name, sql, [
    steps.map((s) => s.tenantId),
    steps.map((s) => s.id),
    steps.map((s) => s.sessionId),
    steps.map((s) => s.attempt),
    steps.map((s) => s.to),
    steps.map((s) => s.cause ?? null),
    steps.map((s) => (s.detail === undefined ? null : cleanText(s.detail.slice(0, 500)))),
    steps.map((s) => s.providerMessageId ?? null),
    steps.map((s) => s.echoHash ?? null),
    steps.map((s) => s.dueInMs ?? null),
    steps.map((s) => s.countsTry ?? false),
    steps.map((s) => s.closeLaneMs ?? null),
    steps.map((s) => s.workerId ?? null),
    // Read when the step is written, which may be minutes after the call.
    steps.map((s) => (s.calledAt === undefined ? null : performance.now() - s.calledAt)),
    steps.map((s) => s.asksSuppressions ?? false),
    steps.map((s) => s.call?.ms ?? null),
    steps.map((s) => s.call?.status ?? null),
    steps.map((s) => (s.call?.facts ? JSON.stringify(s.call.facts) : null)),
    ...(isRendered ? [steps.map((s) => (s.body ? JSON.stringify(s.body) : null)), steps.map((s) => s.contentHash ?? null)] : []),
  ]);
  const won = new Set(rows.map((row) => row.place));
  return steps.map((_, i) => won.has(i + 1));
}
