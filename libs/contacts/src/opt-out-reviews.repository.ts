import { Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  actorRef,
  AppError,
  Database,
  List,
  listKeys,
  newId,
  notFound,
  type Page,
  type PageRequest,
  readPage,
  sqlConditions,
  type Sql,
  storedActor,
  systemActor,
  type Tx,
} from '@heliograph/kernel';
import { standingContactSql } from './contact-reads.repository';
import { twinSql } from './phone-twins.repository';

export const reviewStates = ['open', 'confirmed', 'dismissed'] as const;
export type ReviewState = (typeof reviewStates)[number];

const reviewList = new List('opt_out_reviews', listKeys.id);

/** A message that may be an opt-out. */
export interface OptOutReview {
  id: string;
  contactId: string;
  entryId: string;
  sessionId: string;
  /** Address it was written from. */
  address: string;
  text: string;
  /** Keyword it is near to. */
  keyword: string;
  language: string;
  state: ReviewState;
  createdAt: Date;
  /** Time of the last such message. */
  heardAt: Date;
  decidedAt: Date | null;
  decidedBy: Actor | null;
}

/** A new message that is near to a keyword. */
export type NearOptOut = Pick<OptOutReview, 'contactId' | 'entryId' | 'sessionId' | 'address' | 'text' | 'keyword' | 'language'> & {
  tenantId: string;
};

/** The message was edited and has another meaning now. */
const byEdit = systemActor('message_edit');

const columns = `r.id, r.contact_id AS "contactId", r.entry_id AS "entryId", r.session_id AS "sessionId", r.address, r.text, r.keyword, r.language, r.state,
  r.created_at AS "createdAt", r.heard_at AS "heardAt", r.decided_at AS "decidedAt", ${actorColumn('r.decided_by', { oldSystemNames: ['contact'] })} AS "decidedBy"`;

/**
 * Messages that may be opt-outs, for a person to decide. A contact has one open review: later messages join it and replace its text, so
 * that a person is asked once per contact. (Two contacts that are merged may each have one.)
 *
 * Code that opens or decides a review takes the row lock of its contact first.
 */
@Injectable()
export class OptOutReviews {
  constructor(private readonly db: Database) {}

  /**
   * Opens a review for each message, or adds it to the open one; none where the address is opted out already. The caller has locked the
   * contacts.
   */
  async open(tx: Tx, nearOptOuts: NearOptOut[]): Promise<void> {
    for (const near of nearOptOuts) {
      const { tenantId, contactId, entryId, sessionId, address, text, keyword, language } = near;
      await tx.prepared(
        'open_opt_out_review',
        `WITH joined AS (
           UPDATE opt_out_reviews SET entry_id = $4, session_id = $5, address = $6, text = $7, keyword = $8, language = $9, heard_at = heliograph_now()
           WHERE tenant_id = $1 AND id = (SELECT id FROM opt_out_reviews WHERE tenant_id = $1 AND contact_id = $3 AND state = 'open' ORDER BY id DESC LIMIT 1) RETURNING id
         )
         INSERT INTO opt_out_reviews (tenant_id, id, contact_id, entry_id, session_id, address, text, keyword, language)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE NOT EXISTS (SELECT 1 FROM joined)
           AND NOT EXISTS (SELECT 1 FROM suppressions s WHERE s.tenant_id = $1 AND s.address IN ($6, ${twinSql('$6::text')}) AND s.reason = 'opt_out')`,
        [tenantId, newId(), contactId, entryId, sessionId, address, text, keyword, language],
      );
    }
  }

  /** Locks the contacts, and dismisses the open reviews of entries whose text changed. */
  async withdraw(tx: Tx, of: { tenantId: string; contactId: string; entryId: string }[]): Promise<void> {
    if (of.length === 0) return;
    const tenantIds = of.map((o) => o.tenantId);
    await tx.query(
      `SELECT 1 FROM contacts WHERE (tenant_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) ORDER BY tenant_id, id FOR NO KEY UPDATE`,
      [tenantIds, of.map((o) => o.contactId)],
    );
    await tx.query(
      `UPDATE opt_out_reviews r SET state = 'dismissed', decided_at = heliograph_now(), decided_by = $3, decided_by_ref = $4 FROM unnest($1::uuid[], $2::uuid[]) AS w(tenant_id, entry_id)
       WHERE r.tenant_id = w.tenant_id AND r.entry_id = w.entry_id AND r.state = 'open'`,
      [tenantIds, of.map((o) => o.entryId), ...storedActor(byEdit)],
    );
  }

  /** Returns reviews, newest first. For a merged contact, those of the contact it was merged into. */
  list(
    tenantId: string,
    filter: { state?: ReviewState | undefined; contactId?: string | undefined },
    page: PageRequest,
  ): Promise<Page<OptOutReview>> {
    const [before] = reviewList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId);
    const state = given(filter.state, (p) => `r.state = ${p}`);
    // Open reviews have an index, and so have the reviews of a contact.
    const isServed = filter.state === 'open' && filter.contactId === undefined;
    return this.db.forTenant(tenantId, (tx) =>
      readPage<OptOutReview>(tx, reviewList, page, {
        columns,
        from: 'opt_out_reviews r',
        range: [
          'r.tenant_id = $1',
          ...given(before, (p) => `r.id < ${p}::uuid`),
          ...given(filter.contactId, (p) => `r.contact_id = (${standingContactSql('$1', p)})`),
          ...(isServed ? state : []),
        ],
        checked: isServed ? [] : state,
        order: 'r.id DESC',
        key: ['r.id'],
        values,
      }),
    );
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<OptOutReview> {
    return this.db.forTenant(tenantId, (tx) => this.read(tx, tenantId, id));
  }

  /**
   * Decides a review in the caller's transaction; its contact stays locked until the end.
   * @returns the review, and whether this call decided it: a repeated decision changes nothing
   * @throws AppError `not_found`; `review_decided` when it was decided otherwise
   */
  async decide(
    tx: Tx,
    tenantId: string,
    id: string,
    as: { state: Exclude<ReviewState, 'open'>; actor: Actor },
  ): Promise<{ review: OptOutReview; isNew: boolean }> {
    const review = await this.hold(tx, tenantId, id);
    if (review.state === as.state) return { review, isNew: false };
    if (review.state !== 'open') throw new AppError('conflict', 'review_decided', `The review was ${review.state} already.`);
    await tx.query(
      `UPDATE opt_out_reviews SET state = $3, decided_at = heliograph_now(), decided_by = $4, decided_by_ref = $5 WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, as.state, ...storedActor(as.actor)],
    );
    return { review: await this.read(tx, tenantId, id), isNew: true };
  }

  /** Locks the contact of the review, also when it is merged into another one meanwhile. */
  private async hold(tx: Sql, tenantId: string, id: string): Promise<OptOutReview> {
    for (let held: string | null = null; ;) {
      const review = await this.read(tx, tenantId, id);
      if (review.contactId === held) return review;
      held = review.contactId;
      await tx.query(`SELECT 1 FROM contacts WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE`, [tenantId, held]);
    }
  }

  private async read(tx: Sql, tenantId: string, id: string): Promise<OptOutReview> {
    const [row] = await tx.query<OptOutReview>(`SELECT ${columns} FROM opt_out_reviews r WHERE r.tenant_id = $1 AND r.id = $2`, [
      tenantId,
      id,
    ]);
    if (!row) throw notFound('review');
    return row;
  }
}

/** Decides the open reviews of contacts in the caller's transaction, which has locked the contacts. */
export async function closeReviews(
  tx: Sql,
  people: { tenantId: string; contactId: string; actor: Actor }[],
  state: Exclude<ReviewState, 'open'>,
): Promise<void> {
  await tx.prepared(
    'close_opt_out_reviews',
    `UPDATE opt_out_reviews r SET state = $5, decided_at = heliograph_now(), decided_by = w.actor, decided_by_ref = w.actor_ref
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS w(tenant_id, contact_id, actor, actor_ref)
     WHERE r.tenant_id = w.tenant_id AND r.contact_id = w.contact_id AND r.state = 'open'`,
    [
      people.map((one) => one.tenantId),
      people.map((one) => one.contactId),
      people.map((one) => one.actor.name),
      people.map((one) => actorRef(one.actor)),
      state,
    ],
  );
}

/** Moves reviews of a merged contact to the other one; confirms them where that one is opted out. Both are locked. */
export async function carryReviews(
  tx: Sql,
  { tenantId, contactId, otherId }: { tenantId: string; contactId: string; otherId: string },
  actor: Actor,
): Promise<void> {
  await tx.query(`UPDATE opt_out_reviews SET contact_id = $2 WHERE tenant_id = $1 AND contact_id = $3`, [tenantId, contactId, otherId]);
  const [out] = await tx.query(
    `SELECT 1 FROM contact_addresses a JOIN suppressions s ON s.tenant_id = a.tenant_id AND s.address = a.address AND s.reason = 'opt_out'
     WHERE a.tenant_id = $1 AND a.contact_id = $2 LIMIT 1`,
    [tenantId, contactId],
  );
  if (out) await closeReviews(tx, [{ tenantId, contactId, actor }], 'confirmed');
}

/** Counts open reviews by tenant, with the time at which the oldest was opened. @param tenantIds null: all tenants */
export function openReviewsOf(sql: Sql, tenantIds: string[] | null): Promise<{ tenantId: string; count: number; since: Date }[]> {
  return sql.query(
    `SELECT tenant_id AS "tenantId", count(*)::int AS count, min(created_at) AS since FROM opt_out_reviews
     WHERE ($1::uuid[] IS NULL OR tenant_id = ANY ($1)) AND state = 'open' GROUP BY tenant_id`,
    [tenantIds],
  );
}
