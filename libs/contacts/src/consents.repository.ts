import { Injectable } from '@nestjs/common';
import { type Actor, actorColumn, actorRef, Database, newId, type Sql, type TransactionRange, type Tx } from '@heliograph/kernel';
import { isValid, selfSql } from './contact-rows.repository';
import { twinSql } from './phone-twins.repository';
import { closeReviews } from './opt-out-reviews.repository';

export type ConsentAction = 'opt_in' | 'opt_out';

/** A record of consent, of its withdrawal, or that another record is void. Immutable. */
export interface Consent {
  id: string;
  contactId: string;
  /** Address it was given from, or that it is about; null: the contact had none. */
  address: string | null;
  /** Purpose, e.g. `marketing`. */
  purpose: string;
  channel: string;
  action: ConsentAction | 'void';
  /** Record that no longer counts by this one. */
  voids: string | null;
  /** `keyword`, `keyword_review`, `import_undo`, or the source that a request, an event or an import names. */
  source: string;
  textVersion: string | null;
  /** Text that was agreed to, or that the person wrote. */
  text: string | null;
  proof: unknown;
  actor: Actor;
  /** Session that received it. */
  sessionId: string | null;
  at: Date;
}

export type NewConsent = Omit<Consent, 'id' | 'at' | 'action' | 'voids'> & {
  tenantId: string;
  action: ConsentAction;
  /** Time at which an old message was written; a later recorded consent takes precedence. */
  saidAt?: Date | null;
};

/** A consent as callbacks report it. */
export type ReportedConsent = Consent & {
  /** Transaction that wrote it. */
  tx: string;
  tenantId: string;
  addresses: string[];
};

/** Purpose of keywords and suppression. */
export const marketing = 'marketing';

/** Returns SQL for the actor of a consent; `c` names its row. */
export const consentActor = (c: string): string => actorColumn(`${c}.actor`, { oldSystemNames: ['contact'] });

const columns = `c.id, c.contact_id AS "contactId", nullif(c.address, '') AS address, c.purpose, c.channel, c.action, c.voids, c.source, c.text_version AS "textVersion", c.text, c.proof, ${consentActor('c')} AS actor,
  c.session_id AS "sessionId", c.at`;

/**
 * Consents of contacts. An opt-out from marketing suppresses every address of the contact, and an opt-in lifts that, in the same
 * transaction. Both also close open reviews: an opt-out from any source, an opt-in only when the person wrote it.
 */
@Injectable()
export class Consents {
  constructor(private readonly db: Database) {}

  /**
   * Records consents in order. A consent that repeats the last one is not recorded again unless its proof differs: another source, or
   * another text. One that repeats the consent of an import is always recorded, since the import may be undone. An opt-out that was written
   * before an import recorded its consent, and is known only now, outranks it: an import never undoes an opt-out.
   * @returns for each, whether it differs from the contact's last consent for the purpose
   */
  async record(tx: Tx, requested: NewConsent[]): Promise<boolean[]> {
    if (requested.length === 0) return [];
    const given = await this.hold(tx, requested);
    const last = await this.lastWords(tx, given);
    const fresh: NewConsent[] = [];
    const effective: NewConsent[] = [];
    const isNew = given.map((said) => {
      const key = keyOf(said);
      const before = last.get(key);
      const later = said.action === 'opt_out' ? before?.heardAt : before?.saidAt;
      if (said.saidAt && later && later > said.saidAt) return false;
      // An opt-out becomes the last word, also after an import that was recorded later.
      const isBehind = said.action === 'opt_out' && said.saidAt && before && before.saidAt >= said.saidAt;
      const consent = isBehind ? { ...said, saidAt: new Date(before.saidAt.getTime() + 1) } : said;
      effective.push(consent);
      const isRepeated = before?.action === consent.action && !before.isImported;
      if (isRepeated && (consent.source === 'keyword' || isSameProof(before, consent))) return false;
      const at = consent.saidAt ?? new Date();
      last.set(key, { ...consent, isImported: false, saidAt: at, heardAt: at });
      fresh.push(consent);
      return before?.action !== consent.action;
    });
    await tx.prepared(
      'record_consents',
      `INSERT INTO consents (tenant_id, id, contact_id, address, purpose, channel, action, source, text_version, text, proof, actor, actor_ref, session_id, at)
       SELECT u.tenant_id, u.id, u.contact_id, coalesce(u.address, ''), u.purpose, u.channel, u.action, u.source, u.text_version, u.text, u.proof, u.actor, u.actor_ref, u.session_id, least(coalesce(u.at, heliograph_now()), heliograph_now())
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::jsonb[], $12::text[], $13::text[], $14::uuid[], $15::timestamptz[])
         AS u(tenant_id, id, contact_id, address, purpose, channel, action, source, text_version, text, proof, actor, actor_ref, session_id, at)`,
      [
        fresh.map((c) => c.tenantId),
        fresh.map(() => newId()),
        fresh.map((c) => c.contactId),
        fresh.map((c) => c.address),
        fresh.map((c) => c.purpose),
        fresh.map((c) => c.channel),
        fresh.map((c) => c.action),
        fresh.map((c) => c.source),
        fresh.map((c) => c.textVersion),
        fresh.map((c) => c.text),
        fresh.map((c) => (c.proof === null || c.proof === undefined ? null : JSON.stringify(c.proof))),
        fresh.map((c) => c.actor.name),
        fresh.map((c) => actorRef(c.actor)),
        fresh.map((c) => c.sessionId),
        fresh.map((c) => c.saidAt ?? null),
      ],
    );
    // Also for a repeated opt-out: it restores a suppression that a person lifted.
    for (const run of runsOf(effective.filter(({ purpose }) => purpose === marketing))) await this.follow(tx, run);
    return isNew;
  }

  /** Returns consents, newest first, including those of contacts merged into this one. */
  list(tenantId: string, contactId: string): Promise<Consent[]> {
    return this.db.forTenant(tenantId, (tx) =>
      tx.query<Consent>(
        `WITH RECURSIVE self AS (SELECT $2::uuid AS id UNION ALL SELECT c.id FROM self s JOIN contacts c ON c.tenant_id = $1 AND c.merged_into = s.id)
         SELECT ${columns} FROM consents c WHERE c.tenant_id = $1 AND c.contact_id IN (SELECT id FROM self) ORDER BY c.at DESC, c.id DESC LIMIT 1000`,
        [tenantId, contactId],
      ),
    );
  }

  /** Returns the marketing consents of these tenants that were recorded in these transactions, oldest first. */
  between(tx: Tx, { from, to }: TransactionRange, tenantIds: string[]): Promise<ReportedConsent[]> {
    return tx.prepared<ReportedConsent>(
      'consents_between',
      `SELECT c.tx::text, c.tenant_id AS "tenantId", ${columns},
         ARRAY(SELECT a.address FROM contact_addresses a WHERE a.tenant_id = c.tenant_id AND a.contact_id = c.contact_id ORDER BY a.address) AS addresses
       FROM consents c WHERE c.tx >= $1 AND c.tx < $2 AND c.tenant_id = ANY ($3::uuid[]) AND c.purpose = '${marketing}' ORDER BY c.id`,
      [from, to, tenantIds],
    );
  }

  /**
   * Locks the contacts, so that of two equal concurrent consents only one counts as new. @returns the same consents, for the current
   * contacts
   */
  private async hold(tx: Sql, given: NewConsent[]): Promise<NewConsent[]> {
    const rows = await tx.query<{ tenant_id: string; id: string; merged_into: string | null }>(
      `SELECT c.tenant_id, c.id, c.merged_into FROM contacts c WHERE (c.tenant_id, c.id) IN (
         SELECT w.tenant_id, coalesce(m.merged_into, w.id) FROM unnest($1::uuid[], $2::uuid[]) AS w(tenant_id, id)
         LEFT JOIN contacts m ON m.tenant_id = w.tenant_id AND m.id = w.id
         UNION SELECT * FROM unnest($1::uuid[], $2::uuid[]))
       ORDER BY c.tenant_id, c.id FOR NO KEY UPDATE OF c`,
      [given.map((c) => c.tenantId), given.map((c) => c.contactId)],
    );
    const became = new Map(rows.map((row) => [`${row.tenant_id}/${row.id}`, row.merged_into]));
    const current = given.map((c) => ({ ...c, contactId: became.get(`${c.tenantId}/${c.contactId}`) ?? c.contactId }));
    // A merge that ended meanwhile made it another one, which is not locked yet.
    const isLoose = ({ tenantId, contactId }: NewConsent, i: number) =>
      contactId !== given[i]?.contactId && !became.has(`${tenantId}/${contactId}`);
    return current.some(isLoose) ? this.hold(tx, current) : current;
  }

  private async lastWords(tx: Sql, given: NewConsent[]): Promise<Map<string, LastWord>> {
    const rows = await tx.prepared<LastWord & { place: number }>(
      'last_consents',
      `SELECT w.place::int, l.* FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS w(tenant_id, contact_id, purpose, place)
       CROSS JOIN LATERAL (
         SELECT c.action, c.source, c.text_version AS "textVersion", c.text, c.at AS "saidAt", coalesce(c.proof ? 'import_id', false) AS "isImported",
           max(c.at) FILTER (WHERE NOT coalesce(c.proof ? 'import_id', false)) OVER () AS "heardAt"
         FROM consents c WHERE c.tenant_id = w.tenant_id AND c.purpose = w.purpose AND ${isValid('c')}
           AND c.contact_id = ANY (ARRAY(${selfSql('w.tenant_id', 'w.contact_id')}))
         ORDER BY c.at DESC, c.id DESC LIMIT 1) l`,
      [given.map((c) => c.tenantId), given.map((c) => c.contactId), given.map((c) => c.purpose)],
    );
    return new Map(rows.map(({ place, ...word }) => [keyOf(given[place - 1] as NewConsent), word]));
  }

  /** Does what follows from consents that have the same action. */
  private async follow(tx: Sql, run: NewConsent[]): Promise<void> {
    if (run[0]?.action === 'opt_out') {
      await suppress(tx, run);
      return closeReviews(tx, run, 'confirmed');
    }
    for (const consent of run) await lift(tx, consent);
    // The core application's record may be older than the person's message.
    const written = run.filter(({ source }) => source === 'keyword');
    if (written.length > 0) await closeReviews(tx, written, 'dismissed');
  }
}

/** Splits consents into runs of the same action, in order. */
function runsOf(consents: NewConsent[]): NewConsent[][] {
  const runs: NewConsent[][] = [];
  for (const consent of consents) {
    const run = runs.at(-1);
    if (run?.[0]?.action === consent.action) run.push(consent);
    else runs.push([consent]);
  }
  return runs;
}

/** Suppresses all addresses of the contacts. */
async function suppress(tx: Sql, optOuts: NewConsent[]): Promise<void> {
  await tx.query(
    `INSERT INTO suppressions (tenant_id, address, reason, note, actor, actor_ref)
     SELECT DISTINCT ON (w.tenant_id, x.address) w.tenant_id, x.address, 'opt_out', w.text, w.actor, w.actor_ref
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS w(tenant_id, contact_id, address, text, actor, actor_ref, place)
     CROSS JOIN LATERAL (SELECT a.address FROM contact_addresses a WHERE a.tenant_id = w.tenant_id AND a.contact_id = w.contact_id UNION SELECT w.address) x
     WHERE x.address IS NOT NULL ORDER BY w.tenant_id, x.address, w.place ON CONFLICT DO NOTHING`,
    [
      optOuts.map((c) => c.tenantId),
      optOuts.map((c) => c.contactId),
      optOuts.map((c) => c.address),
      optOuts.map((c) => c.text),
      optOuts.map((c) => c.actor.name),
      optOuts.map((c) => actorRef(c.actor)),
    ],
  );
}

/** Lifts the opt-outs of all addresses of a contact, in both spellings. */
async function lift(tx: Sql, { tenantId, contactId, address }: NewConsent): Promise<void> {
  await tx.query(
    `DELETE FROM suppressions WHERE tenant_id = $1 AND reason = 'opt_out' AND address IN (SELECT unnest(ARRAY[x.address, ${twinSql('x.address')}])
       FROM (SELECT a.address FROM contact_addresses a WHERE a.tenant_id = $1 AND a.contact_id = $2 UNION SELECT $3) AS x(address))`,
    [tenantId, contactId, address],
  );
}

/** The last consent for a purpose. `heardAt`: time of the last one that no import recorded. */
type LastWord = Pick<NewConsent, 'action' | 'source' | 'textVersion' | 'text'> & {
  isImported: boolean;
  saidAt: Date;
  heardAt: Date | null;
};

type Proof = Pick<Consent, 'source' | 'textVersion' | 'text'>;
const isSameProof = (a: Proof, b: Proof) => a.source === b.source && a.textVersion === b.textVersion && a.text === b.text;
const keyOf = (c: Pick<NewConsent, 'tenantId' | 'contactId' | 'purpose'>) => `${c.tenantId}/${c.contactId}/${c.purpose}`;
