import { Injectable } from '@nestjs/common';
import { contactSpanOf, NumberAnswers, twinOf } from '@heliograph/contacts';
import { Database, isItemFault, isTooSlow, type Tx } from '@heliograph/kernel';
import { hasLeftLaneSql } from '@heliograph/messaging';
import type { Campaign } from '../campaign';
import type { CampaignState } from '../campaign-body';
import { readCampaign } from '../campaigns.repository';
import { audienceOf, isUnreadable } from '../launch/audience.repository';
import { listSql } from '../launch/campaign-moves';
import { campaignMessageId, Verdicts, verdictSql } from '../launch/verdict.repository';
import { isKnownSql } from './known-numbers.repository';

/** States of a campaign in which its numbers are checked. */
export const checkingStates: readonly CampaignState[] = ['checked', 'scheduled', 'processing'];
/** SQL condition: the numbers of the campaign `c` are checked now, or a pause holds their checks. */
const isChecking = `c.check_numbers AND c.state IN ${listSql(checkingStates)}`;
const isHeld = `c.check_numbers AND c.state IN ${listSql([...checkingStates, 'paused'])}`;

/** Rows below which the next part of the audience is looked at. */
const fewRows = 50;
/** Contacts of one step through the tenant's contacts: it grows while few of them need a check. */
const [minSpan, maxSpan] = [500, 100_000];
/** Time for which a number is taken, longer than a call may last. */
const takenMs = 60_000;
/** Minutes until a number is asked for again after an unclear answer, by the number of tries. */
const againAfterMin = '{10,60,360,1440}';

/** A campaign whose numbers are checked. */
export interface CheckedCampaign {
  tenantId: string;
  id: string;
  /** True when the next part of its audience is to be looked at. */
  isHungry: boolean;
  /** True when a number is due. */
  hasDue: boolean;
}

/** A number that this process asks for. */
export interface TakenNumber {
  tenantId: string;
  campaignId: string;
  address: string;
  /** Spelling to ask for. */
  spelling: string;
}

/**
 * Numbers that wait for a check. They are found set-wise, a part of the audience at a time, and wait in rows. A row is taken under its lock with
 * the slot of the session, so that no number is asked for twice at once, and no session asks beyond its budget, whatever dies meanwhile.
 */
@Injectable()
export class NumberCheckQueue {
  constructor(
    private readonly db: Database,
    private readonly verdicts: Verdicts,
    private readonly answers: NumberAnswers,
  ) {}

  /** Returns campaigns with something to do. */
  open(): Promise<CheckedCampaign[]> {
    return this.db.query<CheckedCampaign>(
      `SELECT * FROM (
         SELECT c.tenant_id AS "tenantId", c.id,
           p.version IS DISTINCT FROM c.version OR p.ended_at <= heliograph_now() - interval '1 hour' OR p.ended_at IS NULL AND due.count < ${fewRows} AS "isHungry",
           due.count > 0 AS "hasDue"
         FROM campaigns c LEFT JOIN number_check_passes p ON p.tenant_id = c.tenant_id AND p.campaign_id = c.id
         CROSS JOIN LATERAL (
           SELECT count(*) AS count FROM (SELECT 1 FROM number_checks n WHERE n.tenant_id = c.tenant_id AND n.campaign_id = c.id AND n.due_at <= heliograph_now() LIMIT ${fewRows}) d
         ) due
         WHERE ${isChecking}
       ) o WHERE "isHungry" OR "hasDue" ORDER BY random() LIMIT 50`,
    );
  }

  /** Deletes rows of campaigns whose numbers are checked no longer. */
  async clear(): Promise<void> {
    await this.db.query(
      `DELETE FROM number_checks n WHERE NOT EXISTS (SELECT 1 FROM campaigns c WHERE c.tenant_id = n.tenant_id AND c.id = n.campaign_id AND ${isHeld})
       AND (n.taken_until IS NULL OR n.taken_until <= heliograph_now())`,
    );
  }

  /**
   * Looks at the next part of the audience and stores the numbers that need a check. Runs as the installation, as verdicts do.
   * @returns whether there may be more
   */
  async fill({ tenantId, id }: Pick<CheckedCampaign, 'tenantId' | 'id'>): Promise<boolean> {
    try {
      return await this.db.transaction((tx) => this.fillIn(tx, tenantId, id));
    } catch (error) {
      const isGone = isUnreadable(error);
      if (!isGone && !isItemFault(error) && !isTooSlow(error)) throw error;
      // A source of the audience is gone, or its data makes every try fail: who is left is sent unchecked. The next try follows after an hour.
      await this.db.query(
        `INSERT INTO number_check_passes AS p (tenant_id, campaign_id, version, ended_at) SELECT tenant_id, id, version, heliograph_now() FROM campaigns WHERE tenant_id = $1 AND id = $2
         ON CONFLICT (tenant_id, campaign_id) DO UPDATE SET version = excluded.version, ended_at = excluded.ended_at`,
        [tenantId, id],
      );
      if (!isGone) throw error;
      return false;
    }
  }

  /**
   * Takes the next number of a campaign for a session whose slot is free, and moves the slot on.
   * @param gapMs ms until the next check of the session
   * @returns null: nothing is due, or another process took the slot
   */
  async take(tenantId: string, campaignId: string, sessionId: string, gapMs: number): Promise<TakenNumber | null> {
    const [row] = await this.db.query<{ address: string; spelling: string }>(
      `WITH next AS MATERIALIZED (
         SELECT n.address FROM number_checks n JOIN campaigns c ON c.tenant_id = n.tenant_id AND c.id = n.campaign_id
         WHERE n.tenant_id = $1 AND n.campaign_id = $2 AND n.due_at <= heliograph_now() AND (n.taken_until IS NULL OR n.taken_until <= heliograph_now()) AND ${isChecking}
         ORDER BY n.due_at, n.contact_id LIMIT 1 FOR UPDATE OF n SKIP LOCKED
       ), slot AS MATERIALIZED (
         INSERT INTO number_check_slots AS s (tenant_id, session_id, next_at)
         SELECT $1, $3::uuid, heliograph_now() + $4::float8 * interval '1 ms' FROM next
         ON CONFLICT (tenant_id, session_id) DO UPDATE SET next_at = excluded.next_at WHERE s.next_at <= heliograph_now()
         RETURNING session_id
       )
       UPDATE number_checks n SET taken_until = heliograph_now() + ${takenMs} * interval '1 ms', due_at = heliograph_now() + ${takenMs} * interval '1 ms', tries = n.tries + 1
       FROM next, slot WHERE n.tenant_id = $1 AND n.address = next.address RETURNING n.address, n.spelling`,
      [tenantId, campaignId, sessionId, gapMs],
    );
    return row ? { tenantId, campaignId, ...row } : null;
  }

  /** Returns those of the sessions whose slot is free. */
  async freeOf(tenantId: string, sessionIds: string[]): Promise<string[]> {
    const rows = await this.db.query<{ id: string }>(
      `SELECT u.id FROM unnest($2::uuid[]) u(id) WHERE NOT EXISTS (
         SELECT 1 FROM number_check_slots s WHERE s.tenant_id = $1 AND s.session_id = u.id AND s.next_at > heliograph_now())`,
      [tenantId, sessionIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Stores a clear answer. A no for one spelling of a number with two asks for the other one first. @param days days for which it holds */
  async settle({ tenantId, campaignId, address, spelling }: TakenNumber, exists: boolean, days: number): Promise<void> {
    const other = !exists && spelling === address ? twinOf(address) : null;
    await this.db.transaction(async (tx) => {
      if (other) {
        await tx.query(
          `UPDATE number_checks SET spelling = $3, due_at = heliograph_now(), taken_until = NULL, tries = 0 WHERE tenant_id = $1 AND address = $2 AND spelling = $4`,
          [tenantId, address, other, spelling],
        );
        return;
      }
      await this.answers.store(tx, tenantId, address, exists, days);
      await tx.query(`DELETE FROM number_checks WHERE tenant_id = $1 AND address = $2`, [tenantId, address]);
      await countAnswer(tx, tenantId, campaignId, exists ? 'found' : 'missing');
    });
  }

  /** Puts a number back whose answer said neither yes nor no: it stays unknown, and is asked for again later. */
  async putBack({ tenantId, campaignId, address, spelling }: TakenNumber): Promise<void> {
    await this.db.transaction(async (tx) => {
      await tx.query(
        `UPDATE number_checks SET taken_until = NULL, due_at = heliograph_now() + ('${againAfterMin}'::int[])[least(tries, 4)] * interval '1 minute'
         WHERE tenant_id = $1 AND address = $2 AND spelling = $3 AND taken_until IS NOT NULL`,
        [tenantId, address, spelling],
      );
      await countAnswer(tx, tenantId, campaignId, 'unclear');
    });
  }

  /** Puts a number back that the provider did not answer for, and lets the session rest. */
  async rest({ tenantId, address, spelling }: TakenNumber, sessionId: string, restMs: number): Promise<void> {
    await this.db.query(
      `WITH slot AS (
         UPDATE number_check_slots SET next_at = greatest(next_at, heliograph_now() + $5 * interval '1 ms') WHERE tenant_id = $1 AND session_id = $4
       )
       UPDATE number_checks SET taken_until = NULL, due_at = heliograph_now(), tries = greatest(0, tries - 1)
       WHERE tenant_id = $1 AND address = $2 AND spelling = $3 AND taken_until IS NOT NULL`,
      [tenantId, address, spelling, sessionId, restMs],
    );
  }

  /** Deletes rows of people to whom the campaign has sent, or will not send, meanwhile. */
  async forgetSent(tenantId: string, { id, launchedAt }: Pick<Campaign, 'id' | 'launchedAt'>): Promise<void> {
    if (launchedAt === null) return;
    await this.db.query(
      `DELETE FROM number_checks n WHERE n.tenant_id = $1 AND n.campaign_id = $2 AND (n.taken_until IS NULL OR n.taken_until <= heliograph_now())
         AND ${hasLeftLaneSql('$1', campaignMessageId('$3::bigint', '$2::uuid', 'n.contact_id'))}`,
      [tenantId, id, launchedAt.getTime()],
    );
  }

  private async fillIn(tx: Tx, tenantId: string, id: string): Promise<boolean> {
    await tx.query(
      `INSERT INTO number_check_passes (tenant_id, campaign_id, version) SELECT tenant_id, id, version FROM campaigns c WHERE c.tenant_id = $1 AND c.id = $2
       ON CONFLICT DO NOTHING`,
      [tenantId, id],
    );
    const [pass] = await tx.query<{ version: number; position: string; span: number; isOver: boolean; isOld: boolean }>(
      `SELECT version, position, span, ended_at IS NOT NULL AS "isOver", coalesce(ended_at <= heliograph_now() - interval '1 hour', false) AS "isOld"
       FROM number_check_passes WHERE tenant_id = $1 AND campaign_id = $2 FOR UPDATE SKIP LOCKED`,
      [tenantId, id],
    );
    if (!pass) return false;
    const campaign = await readCampaign(tx, tenantId, id);
    if (!campaign.check_numbers || !checkingStates.includes(campaign.state)) return false;
    const isNew = pass.version !== campaign.version || pass.isOld;
    if (pass.isOver && !isNew) return false;
    if (isNew)
      // What waits was found in an audience that may be another one now.
      await tx.query(
        `DELETE FROM number_checks WHERE tenant_id = $1 AND campaign_id = $2 AND tries = 0 AND (taken_until IS NULL OR taken_until <= heliograph_now())`,
        [tenantId, id],
      );
    const place = isNew ? { position: '00000000-0000-0000-0000-000000000000', span: minSpan * 2 } : pass;
    const { end, isLast } = await contactSpanOf(tx, tenantId, place);
    const found = end === null ? 0 : await this.store(tx, tenantId, campaign, { position: place.position, end });
    const span = found < fewRows ? place.span * 2 : found > minSpan ? place.span / 2 : place.span;
    await tx.query(
      `UPDATE number_check_passes SET version = $3, position = coalesce($4, position), span = $5, ended_at = CASE WHEN $6 THEN heliograph_now() END
       WHERE tenant_id = $1 AND campaign_id = $2`,
      [tenantId, id, campaign.version, end ?? place.position, Math.round(Math.min(Math.max(span, minSpan), maxSpan)), isLast],
    );
    return !isLast && found < fewRows;
  }

  /** Stores the numbers between the position and `end` that need a check. @returns their number */
  private async store(tx: Tx, tenantId: string, campaign: Campaign, { position, end }: { position: string; end: string }): Promise<number> {
    const input = await this.verdicts.inputOf(tenantId, campaign, tx);
    const values: unknown[] = [tenantId];
    const add = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
    const id = add(campaign.id, 'uuid');
    const people = `SELECT q.contact_id FROM (${audienceOf(values, input)}) q WHERE q.contact_id > ${add(position, 'uuid')} AND q.contact_id <= ${add(end, 'uuid')}`;
    const days = add(input.settings.number_checks.valid_days, 'int');
    const isSent =
      campaign.launchedAt === null
        ? 'false'
        : hasLeftLaneSql('$1', campaignMessageId(add(campaign.launchedAt.getTime(), 'bigint'), id, 'v.contact_id'));
    const stored = await tx.query(
      `WITH people AS MATERIALIZED (${people}), verdict AS MATERIALIZED (${verdictSql(values, input, 'SELECT contact_id FROM people')})
       INSERT INTO number_checks AS n (tenant_id, address, spelling, campaign_id, contact_id)
       SELECT DISTINCT ON (v.address) $1, v.address, v.address, ${id}, v.contact_id FROM verdict v
       WHERE v.reason IS NULL AND NOT ${isKnownSql('v', days)} AND NOT ${isSent} ORDER BY v.address
       -- A number that waits for another campaign is asked for once. That of a paused one need not wait for it.
       ON CONFLICT (tenant_id, address) DO UPDATE SET campaign_id = excluded.campaign_id, contact_id = excluded.contact_id
       WHERE n.campaign_id <> excluded.campaign_id AND (n.taken_until IS NULL OR n.taken_until <= heliograph_now())
         AND NOT EXISTS (SELECT 1 FROM campaigns c WHERE c.tenant_id = n.tenant_id AND c.id = n.campaign_id AND ${isChecking})
       RETURNING n.address`,
      values,
    );
    return stored.length;
  }
}

function countAnswer(tx: Tx, tenantId: string, campaignId: string, kind: 'found' | 'missing' | 'unclear'): Promise<unknown> {
  return tx.query(
    `UPDATE number_check_passes SET ${kind} = ${kind} + 1, answered_at = heliograph_now() WHERE tenant_id = $1 AND campaign_id = $2`,
    [tenantId, campaignId],
  );
}
