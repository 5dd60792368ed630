import { Injectable } from '@nestjs/common';
import { contactOf, readCutoff } from '@heliograph/contacts';
import { Database, List, listKeys, type Page, type PageRequest } from '@heliograph/kernel';
import type { Campaign } from '../campaign';
import { audienceOf } from './audience.repository';
import { type SkipReason, Verdicts, verdictSql } from './verdict.repository';

/** A person of the audience by the verdict as it is now. */
export interface JudgedPerson {
  contactId: string;
  name: string | null;
  externalId: string | null;
  /** Address that a message would go to; null: the person has none. */
  address: string | null;
  /** Session that would send it; null: the campaign has none. */
  sessionId: string | null;
  /** Null: the person would get a message. */
  reason: SkipReason | null;
  /** Variables that the person lacks, with `missing_variable`. */
  missing: string[] | null;
  at: Date;
}

/** People of the audience on whom one statement decides. */
const span = 10_000;
/** Statements of one page: a reason that few people have ends the page before the audience ends, so that no request goes through all of it. */
const maxSpans = 5;

const leftOutList = new List('campaign_verdicts', listKeys.id);

/** Lists the people of a verdict, by the statement that counts them. */
@Injectable()
export class VerdictPeople {
  constructor(
    private readonly db: Database,
    private readonly verdicts: Verdicts,
  ) {}

  /**
   * Returns a page of the people with this verdict now, or of all. It may be short, or empty, and still have a next one.
   * @throws AppError unknown_source, invalid_selection, busy
   */
  list(tenantId: string, campaign: Campaign, reason: SkipReason | 'sendable' | 'all', page: PageRequest): Promise<Page<JudgedPerson>> {
    return this.db.inTurn(tenantId, () => this.listNow(tenantId, campaign, reason, page));
  }

  private async listNow(
    tenantId: string,
    campaign: Campaign,
    reason: SkipReason | 'sendable' | 'all',
    page: PageRequest,
  ): Promise<Page<JudgedPerson>> {
    const input = { ...(await this.verdicts.inputOf(tenantId, campaign)), namesMissing: reason === 'missing_variable' };
    const cutoff = await readCutoff(this.db.reading, tenantId, input.audience, campaign.id);
    const asked = (values: unknown[]): string =>
      reason === 'all' ? 'true' : reason === 'sendable' ? 'v.reason IS NULL' : `v.reason = $${values.push(reason)}`;
    const rows: JudgedPerson[] = [];
    let after = leftOutList.after(page)?.[0] ?? '00000000-0000-0000-0000-000000000000';
    for (let spans = 0; spans < maxSpans; spans++) {
      const values: unknown[] = [tenantId];
      const people = `SELECT q.contact_id FROM (${audienceOf(values, { ...input, cutoff })}) q WHERE q.contact_id > $${values.push(after)}::uuid ORDER BY q.contact_id LIMIT ${span}`;
      const found = await this.db.readQuery<JudgedPerson & { last: string; count: number }>(
        `WITH people AS MATERIALIZED (${people}),
           verdict AS (${verdictSql(values, { ...input, cutoff }, 'SELECT contact_id FROM people')}),
           matching AS (SELECT v.contact_id, v.address, v.session_id, v.reason, v.missing FROM verdict v WHERE ${asked(values)} ORDER BY v.contact_id LIMIT $${values.push(page.limit + 1 - rows.length)}::int)
         SELECT s.contact_id AS "contactId", c.name, c.external_id AS "externalId", s.address, s.session_id AS "sessionId", s.reason, s.missing, heliograph_now() AS at, e.last, e.count
         FROM (SELECT max(p.contact_id::text) AS last, count(*)::int AS count FROM people p) e LEFT JOIN matching s ON true
         LEFT JOIN ${contactOf('c', '$1', 's.contact_id')} ORDER BY s.contact_id`,
        values,
      );
      rows.push(...found.filter(({ contactId }) => contactId !== null).map(({ last: _, count: __, ...person }) => person));
      if (rows.length > page.limit) {
        const shown = rows.slice(0, page.limit);
        return { rows: shown, next: leftOutList.cursorAfter([shown.at(-1)?.contactId as string]) };
      }
      const [end] = found;
      if (!end || end.count < span) return { rows, next: null };
      after = end.last;
    }
    return { rows, next: leftOutList.cursorAfter([after]) };
  }
}
