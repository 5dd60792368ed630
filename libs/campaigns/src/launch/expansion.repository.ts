import { Injectable } from '@nestjs/common';
import { contactSpanOf, mergedIntoSql, mergedSinceSql, readCutoff } from '@heliograph/contacts';
import { AppError, Database, isTooSlow, sqlState, systemActor, type Tx } from '@heliograph/kernel';
import {
  groupDoubtsSql,
  groupsInLanesSql,
  groupWaitsSql,
  hasMessageSql,
  hasPassedWindowsSql,
  LaneBell,
  MessageGroups,
  storeSourcedSql,
} from '@heliograph/messaging';
import { isTenantOpen, keepRoutesSql, ofTenant, tenantOf } from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import { endOfRunSql, launchedSql, lockCampaign, logCampaign, moveCampaign, readCampaign } from '../campaigns.repository';
import { audienceOf, isUnreadable, readAudienceOf } from './audience.repository';
import { canMove, flyingStates, listSql, overStates } from './campaign-moves';
import { campaignQuietOf, CampaignTimes, scheduleOfRunSql, type TimedRun, windowsSql } from './campaign-times.repository';
import type { ZoneInterval } from '../time/zone-list';
import { campaignMessageId, Verdicts, verdictSql } from './verdict.repository';

/** Author of what a campaign does by itself. */
export const campaignRunner = systemActor('campaigns');

/** Contacts that one chunk examines. The number grows while few of them belong to the audience. */
const minSpan = 10_000;
const maxSpan = 160_000;
/** Time for which a transaction that merges contacts lasts at most. */
export const mergeSlack = '10 minutes';
/** Contacts of a chunk at the least, when larger ones took too long. */
const minSlowSpan = 500;
/** Time of a statement that reads people of an audience, in ms. */
const chunkTimeoutMs = 60_000;
/** Campaigns of one turn of a loop. */
const runsPerTurn = 20;

/** SQL: true while messages of the campaign wait, or the system is still to find what became of one. */
const isUnsettledSql = (tenantId: string, id: string): string => `(${groupWaitsSql(tenantId, id)} OR ${groupDoubtsSql(tenantId, id)})`;

/** Reasons for which the system pauses a campaign; its audience is not written any further. */
const holdReasons = ['fault', 'no_sessions', 'too_slow'] as const;

/** A launched campaign that has something to do. */
export interface OpenRun {
  tenantId: string;
  id: string;
}

interface Place {
  templateId: string | null;
  templateVersion: number | null;
  position: string;
  cutoff: string | null;
  span: number;
  expiresAt: Date;
}

/**
 * Starts launched campaigns and writes their audiences into messages. A chunk is one transaction that also stores the position it reached, under
 * the lock of the run's row: a process that dies leaves nothing of its chunk, and the next process starts the chunk again. The id of a message
 * follows from the campaign and the contact, so that nobody gets two.
 */
@Injectable()
export class CampaignExpansion {
  constructor(
    private readonly db: Database,
    private readonly verdicts: Verdicts,
    private readonly groups: MessageGroups,
    private readonly bell: LaneBell,
    private readonly times: CampaignTimes,
  ) {}

  /**
   * Returns a campaign of each tenant whose start time came, or whose audience is not written yet, or no longer to be written. While its tenant is
   * suspended, none starts.
   */
  due(): Promise<OpenRun[]> {
    return this.db.query<OpenRun>(
      `SELECT * FROM (
         SELECT DISTINCT ON (r.tenant_id) r.tenant_id AS "tenantId", r.campaign_id AS id FROM ${launchedSql}
         JOIN ${tenantOf('t', 'r.tenant_id')}
         WHERE r.expanded_at IS NULL AND (c.state = 'scheduled' AND r.starts_at <= heliograph_now() AND ${isTenantOpen('t')} OR c.state = 'processing'
           OR c.state = 'paused' AND coalesce(c.reason NOT IN ${listSql(holdReasons)}, true) AND r.started_at IS NOT NULL OR c.state IN ('cancelled', 'failed'))
         ORDER BY r.tenant_id, random()
       ) due ORDER BY random() LIMIT ${runsPerTurn}`,
    );
  }

  /**
   * Starts the campaign, or writes its next chunk. Who runs it pauses the campaign for a fault of its data (`holdFaulty`).
   * @returns whether there may be more; false also while another process works on it
   */
  async step(run: OpenRun): Promise<boolean> {
    try {
      return (await this.start(run)) || (await this.expand(run, await this.times.firstWindows(run)));
    } catch (error) {
      if (isTooSlow(error)) {
        await this.slower(run);
        return false;
      }
      if (!isUnreadable(error)) throw error;
      // A person can give it other sessions. Whatever else it refers to is gone for good.
      if (error.reason === 'no_sessions') await this.hold(run, 'no_sessions');
      else await this.fail(run, error);
      return false;
    }
  }

  /** Returns campaigns whose audience is written and whose messages all have an outcome, or wait for a person to decide on it. */
  finished(): Promise<OpenRun[]> {
    return this.db.query<OpenRun>(
      `SELECT c.tenant_id AS "tenantId", c.id FROM ${launchedSql}
       WHERE c.state IN ${listSql(flyingStates)} AND r.expanded_at IS NOT NULL AND NOT ${isUnsettledSql('c.tenant_id', 'c.id')} ORDER BY random() LIMIT 100`,
    );
  }

  /** Returns completed campaigns of which messages wait again. */
  reopened(): Promise<OpenRun[]> {
    return this.db.query<OpenRun>(
      `SELECT c.tenant_id AS "tenantId", c.id FROM (${groupsInLanesSql}) l JOIN campaigns c ON c.tenant_id = l.tenant_id AND c.id = l.group_id
       WHERE c.state = 'completed' AND ${groupWaitsSql('c.tenant_id', 'c.id')} ORDER BY random() LIMIT 100`,
    );
  }

  /** Returns running campaigns with messages whose window is over. */
  windowed(): Promise<TimedRun[]> {
    return this.db.query<TimedRun>(
      `SELECT c.tenant_id AS "tenantId", c.id, ${scheduleOfRunSql('c', 'r')} AS schedule, r.quiet FROM ${launchedSql}
       WHERE c.state = 'processing' AND ${hasPassedWindowsSql('c.tenant_id', 'c.id')} ORDER BY random() LIMIT 100`,
    );
  }

  /** Completes the campaign if everybody has an outcome. */
  complete({ tenantId, id }: OpenRun): Promise<void> {
    return this.db.forTenant(tenantId, async (tx) => {
      const campaign = await lockCampaign(tx, tenantId, id);
      if (!canMove(campaign.state, 'completed', 'settle') || !campaign.run?.expandedAt) return;
      const [row] = await tx.query<{ waits: boolean }>(`SELECT ${isUnsettledSql('$1', '$2')} AS waits`, [tenantId, id]);
      if (row?.waits !== false) return;
      const { messages, skipped } = campaign.run;
      await moveCampaign(tx, tenantId, id, campaignRunner, 'completed', 'completed', { detail: { messages, skipped } });
    });
  }

  /** Lets a completed campaign go on if messages of it wait again. */
  reopen({ tenantId, id }: OpenRun): Promise<void> {
    return this.db.forTenant(tenantId, async (tx) => {
      const { state } = await lockCampaign(tx, tenantId, id);
      if (!canMove(state, 'processing', 'again')) return;
      const [row] = await tx.query<{ waits: boolean }>(`SELECT ${groupWaitsSql('$1', '$2')} AS waits`, [tenantId, id]);
      if (!row?.waits) return;
      // It may have been paused when the last call ended.
      await this.groups.resumeIn(tx, tenantId, campaignRunner, id);
      await moveCampaign(tx, tenantId, id, campaignRunner, 'processing', 'reopened');
    });
  }

  /** Moves a scheduled campaign into `processing`, or into `paused` when its start time is too long ago. @returns whether it did */
  private async start({ tenantId, id }: OpenRun): Promise<boolean> {
    const due = await readCampaign(this.db, tenantId, id);
    if (due.state !== 'scheduled') return false;
    // Read once, so that all chunks agree about who is beyond the greatest number; before the campaign is held, since it may take long.
    const cutoff = due.audience.max_people === null ? null : await this.cutoffOf(tenantId, due);
    if (cutoff === 'in hand') return false;
    return this.db.forTenant(tenantId, async (tx) => {
      const campaign = await lockCampaign(tx, tenantId, id);
      if (campaign.state !== 'scheduled') return false;
      // The undo of an import may hold the run for seconds: a pause must not wait for it behind this.
      const [run] = await tx.query<{ isDue: boolean; lateMin: number }>(
        `SELECT starts_at <= heliograph_now() AS "isDue", (extract(epoch FROM heliograph_now() - starts_at) / 60)::float8 AS "lateMin"
         FROM campaign_runs WHERE tenant_id = $1 AND campaign_id = $2 FOR UPDATE SKIP LOCKED`,
        [tenantId, id],
      );
      if (!run?.isDue) return false;
      if (run.lateMin > campaign.schedule.max_late_min) {
        await this.groups.pauseIn(tx, tenantId, campaignRunner, id);
        const detail = { late_min: Math.floor(run.lateMin), max_late_min: campaign.schedule.max_late_min };
        await moveCampaign(tx, tenantId, id, campaignRunner, 'paused', 'paused', { reason: 'late_start', detail });
        return true;
      }
      // A source that is gone ends the campaign here.
      await readAudienceOf(tx, tenantId, campaign);
      await tx.query(
        `UPDATE campaign_runs r SET started_at = heliograph_now(), joining = '{}', cutoff = $3, quiet = ${ofTenant('$1', campaignQuietOf)}
         WHERE r.tenant_id = $1 AND r.campaign_id = $2`,
        [tenantId, id, cutoff?.place ?? null],
      );
      await moveCampaign(tx, tenantId, id, campaignRunner, 'processing', 'started');
      return true;
    });
  }

  /** Reads the place of the first person beyond the greatest number. @returns `in hand`: another process does so */
  private cutoffOf(tenantId: string, campaign: Campaign): Promise<{ place: string | null } | 'in hand'> {
    return this.db.forTenant(tenantId, async (tx) => {
      const [lock] = await tx.query<{ held: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtext('heliograph campaign'), hashtext($1)) AS held, set_config('statement_timeout', $2, true)`,
        [campaign.id, String(chunkTimeoutMs)],
      );
      if (!lock?.held) return 'in hand';
      return { place: await readCutoff(tx, tenantId, await readAudienceOf(tx, tenantId, campaign), campaign.id) };
    });
  }

  /** Makes the chunks of a campaign smaller after one took too long. Pauses it when the smallest takes too long. */
  private async slower(run: OpenRun): Promise<void> {
    const [smaller] = await this.db.query(
      `UPDATE campaign_runs SET span = greatest(span / 8, ${minSlowSpan}) WHERE tenant_id = $1 AND campaign_id = $2 AND started_at IS NOT NULL AND span > ${minSlowSpan} RETURNING 1`,
      [run.tenantId, run.id],
    );
    if (!smaller) await this.hold(run, 'too_slow');
  }

  /** Writes one chunk. Runs as the installation, as verdicts do. */
  private expand({ tenantId, id }: OpenRun, windows: ZoneInterval[] | null): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      await tx.query(`SELECT set_config('statement_timeout', $1, true)`, [String(chunkTimeoutMs)]);
      const [place] = await tx.query<Place>(
        `SELECT template_id AS "templateId", template_version AS "templateVersion", position, cutoff, span, coalesce(${endOfRunSql('r', true)}, starts_at + interval '366 days') AS "expiresAt"
         FROM campaign_runs r WHERE tenant_id = $1 AND campaign_id = $2 AND expanded_at IS NULL FOR UPDATE SKIP LOCKED`,
        [tenantId, id],
      );
      if (!place) return false;
      const campaign = await readCampaign(tx, tenantId, id);
      const isOver = (overStates as readonly string[]).includes(campaign.state);
      if (!isOver && campaign.run?.startedAt === null) return false;
      const { end, isLast } = isOver ? { end: null, isLast: true } : await contactSpanOf(tx, tenantId, place);
      const people = isOver ? 0 : await this.write(tx, tenantId, campaign, { ...place, end: end ?? place.position, isLast, windows });
      const span =
        people < minSpan / 4 ? Math.min(place.span * 2, maxSpan) : people > minSpan ? Math.max(place.span / 2, minSpan) : place.span;
      await tx.query(
        `UPDATE campaign_runs SET position = coalesce($3, position), span = $4, expanded_at = CASE WHEN $5 THEN heliograph_now() END WHERE tenant_id = $1 AND campaign_id = $2`,
        [tenantId, id, end, Math.round(span), isLast],
      );
      if (isLast && !isOver) {
        const { run } = await readCampaign(tx, tenantId, id);
        await logCampaign(tx, tenantId, id, 'expanded', campaignRunner, { messages: run?.messages, skipped: run?.skipped });
      }
      return !isLast;
    });
  }

  /**
   * Writes a message or a reason for each person between the position and `end`. A person who became one with another keeps the outcome that the
   * other has. The last chunk also takes people whom a merge put into a contact that was passed already.
   * @returns the number of people
   */
  private async write(
    tx: Tx,
    tenantId: string,
    campaign: Campaign,
    { windows, end, isLast, ...place }: Place & { end: string; isLast: boolean; windows: ZoneInterval[] | null },
  ): Promise<number> {
    const read = await this.verdicts.inputOf(tenantId, campaign, tx);
    if (read.template === null) throw new AppError('conflict', 'template_not_found', 'The template of the campaign does not exist.');
    const input = { ...read, cutoff: place.cutoff, namesMissing: true, zones: windows && (await this.times.zones.get()) };
    if (input.sessions.length === 0) throw new AppError('conflict', 'no_sessions', 'None of the sessions of the campaign is left.');
    const values: unknown[] = [tenantId];
    const add = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
    const id = add(campaign.id, 'uuid');
    const message = (contactId: string) => campaignMessageId(add(campaign.launchedAt?.getTime(), 'bigint'), id, contactId);
    const hasOutcome = (contactId: string) =>
      `(${hasMessageSql('$1', message(contactId))} OR EXISTS (SELECT 1 FROM campaign_skips s WHERE s.tenant_id = $1 AND s.campaign_id = ${id} AND s.contact_id = ${contactId}))`;
    const peopleOf = (which: string) =>
      `SELECT q.contact_id FROM (${audienceOf(values, input)}) q WHERE ${which}
       -- As an expression: the planner asks for one contact, and never goes through all that were merged.
       AND (EXISTS (SELECT 1 FROM (${mergedIntoSql('$1', 'q.contact_id')}) f WHERE ${hasOutcome('f.id')})) IS NOT TRUE`;
    const [position, last] = [add(place.position, 'uuid'), add(end, 'uuid')];
    const late = () =>
      peopleOf(
        `q.contact_id <= ${position} AND NOT ${hasOutcome('q.contact_id')}
         AND q.contact_id = ANY (ARRAY(${mergedSinceSql('$1', `${add(campaign.run?.startedAt, 'timestamptz')} - interval '${mergeSlack}'`)}))`,
      );
    const people = `${peopleOf(`q.contact_id > ${position} AND q.contact_id <= ${last}`)}${isLast ? ` UNION ALL ${late()}` : ''}`;
    const guard = input.settings.content_guard_s.broadcast;
    const source = `jsonb_build_object('t', ${add(place.templateId, 'uuid')}, 'v', ${add(place.templateVersion, 'int')}, 'l', v.language, 's', v.seed, 'vars', v.vars)`;
    const rows = `SELECT $1::uuid AS tenant_id, ${campaignMessageId(add(campaign.launchedAt?.getTime(), 'bigint'), id, 'v.contact_id')} AS id, v.session_id, ${id} AS group_id,
      v.address AS recipient, ${windows ? 'w.opens AS due_at, w.closes AS window_ends_at, v.zone AS window_zone' : 'NULL::timestamptz AS due_at, NULL::timestamptz AS window_ends_at, NULL::text AS window_zone'}, ${add(place.expiresAt, 'timestamptz')} AS expires_at, ${add(guard > 0 ? guard : null, 'int')} AS content_window_s,
      jsonb_build_object('kind', 'campaign', 'campaignId', ${id}, 'contactId', v.contact_id) AS origin, ${source} AS source
      FROM verdict v ${windows ? windowsSql(windows, add) : ''} WHERE v.reason IS NULL`;
    const routes = campaign.numbers.sticky
      ? `, ${keepRoutesSql(`SELECT $1::uuid AS tenant_id, v.address AS recipient, v.session_id FROM verdict v WHERE v.reason IS NULL`)}`
      : '';
    const [made] = await tx.query<{ people: number; rings: { session: string; ms: number }[] | null }>(
      `WITH people AS MATERIALIZED (${people}), verdict AS MATERIALIZED (${verdictSql(values, input, 'SELECT contact_id FROM people')}), ${storeSourcedSql(rows, { class: 'broadcast' })},
       skipped AS (
         INSERT INTO campaign_skips (tenant_id, campaign_id, contact_id, reason, detail)
         SELECT $1, ${id}, v.contact_id, v.reason, CASE v.reason WHEN 'missing_variable' THEN array_to_string(v.missing, ', ') END FROM verdict v WHERE v.reason IS NOT NULL ORDER BY v.contact_id ON CONFLICT DO NOTHING RETURNING reason
       ), counted AS (
         INSERT INTO campaign_skip_counts AS n (tenant_id, campaign_id, reason, count)
         SELECT $1, ${id}, reason, count(*) FROM skipped GROUP BY reason ORDER BY reason ON CONFLICT (tenant_id, campaign_id, reason) DO UPDATE SET count = n.count + excluded.count
       ), run AS (
         UPDATE campaign_runs SET messages = messages + (SELECT count(*) FROM stored_messages), skipped = skipped + (SELECT count(*) FROM skipped)
         WHERE tenant_id = $1 AND campaign_id = ${id}
       )${routes}
       -- In this order: lanes are locked last, so that claims wait for no other part.
       SELECT (SELECT count(*)::int FROM people) AS people, (SELECT count(*) FROM skipped) AS skipped,
         ${campaign.numbers.sticky ? '(SELECT count(*) FROM kept_routes) AS kept, (SELECT count(*) FROM used_routes) AS used,' : ''}
         (SELECT jsonb_agg(jsonb_build_object('session', w.session_id, 'ms', w.ring_in_ms)) FROM woken_lanes w WHERE w.ring_in_ms IS NOT NULL) AS rings`,
      values,
    );
    tx.afterCommit(() => made?.rings?.forEach(({ session, ms }) => this.bell.ring(session, ms)));
    return made?.people ?? 0;
  }

  /**
   * Pauses a campaign that cannot go on before a person changes something. One that a person paused stays theirs, and has the reason besides. A second
   * time for the same reason changes nothing.
   */
  hold({ tenantId, id }: OpenRun, reason: (typeof holdReasons)[number], detail: Record<string, unknown> | null = null): Promise<void> {
    return this.db.forTenant(tenantId, async (tx) => {
      const { state, reason: former } = await lockCampaign(tx, tenantId, id);
      if (state === 'paused' && former === reason) return;
      if (state === 'paused') {
        await tx.query(`UPDATE campaigns SET reason = $3, detail = $4 WHERE tenant_id = $1 AND id = $2`, [
          ...[tenantId, id, reason],
          detail === null ? null : JSON.stringify(detail),
        ]);
        await logCampaign(tx, tenantId, id, 'held', campaignRunner, { reason, ...detail });
        return;
      }
      if (!canMove(state, 'paused', 'fault')) return;
      await this.groups.pauseIn(tx, tenantId, campaignRunner, id);
      await moveCampaign(tx, tenantId, id, campaignRunner, 'paused', 'paused', { reason, detail });
    });
  }

  /** Pauses a campaign whose data makes a step fail. A resume tries again. */
  holdFaulty(run: OpenRun, error: unknown): Promise<void> {
    return this.hold(run, 'fault', { error: sqlState(error) ?? (error as Error).name });
  }

  private fail({ tenantId, id }: OpenRun, error: AppError): Promise<void> {
    return this.db.forTenant(tenantId, async (tx) => {
      const campaign = await lockCampaign(tx, tenantId, id);
      if (!canMove(campaign.state, 'failed', 'fault')) return;
      await this.groups.cancelIn(tx, tenantId, campaignRunner, id);
      await moveCampaign(tx, tenantId, id, campaignRunner, 'failed', 'failed', {
        reason: error.reason,
        detail: { message: error.message },
      });
    });
  }
}
