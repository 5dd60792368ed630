import { Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  AppError,
  ChangeFeed,
  type ChangeGuard,
  Database,
  List,
  listKeys,
  noteAudit,
  notFound,
  type Page,
  type PageRequest,
  SealedSecrets,
  sha256,
  sqlState,
  storedActor,
  type Sql,
  totalOf,
  type Tx,
} from '@heliograph/kernel';
import { historySql, noteOnSession, withSessionActor } from './session-events.repository';
import { boundTo } from './sealing';
import type { Session, SessionEvent } from './session';
import { isSessionOpen } from './session-rows.repository';

/** A session before its first report. */
export interface NewSession {
  id: string;
  provider: string;
  accountId: string | null;
  providerSessionId: string | null;
  name: string;
  phone: string | null;
  /** Phone that is expected to be linked; null or absent: unknown. */
  expectedPhone?: string | null;
  apiKey: string;
  webhookSecret: string | null;
  hookToken: string;
  tags: string[];
  weight: number;
  logMessages: boolean;
  accountProtection: boolean;
}

/** Members of a session that a person may change. Undefined: unchanged. */
export interface SessionChanges {
  name?: string;
  tags?: string[];
  weight?: number;
  apiKey?: string;
}

/** The columns of `Session`; a secret is reduced to whether it exists. */
const sessionColumns = `
  tenant_id AS "tenantId", id, provider, account_id AS "accountId", provider_session_id AS "providerSessionId", name, phone,
  confirmed_phone AS "confirmedPhone", status, raw_status AS "rawStatus", status_since AS "statusSince",
  status_checked_at AS "statusCheckedAt", held_reason AS "heldReason", tags, weight, log_messages AS "logMessages",
  account_protection AS "accountProtection", webhook_secret IS NOT NULL AS "hasWebhookSecret",
  CASE WHEN previous_secret_until > heliograph_now() THEN previous_secret_until END AS "previousSecretUntil",
  qr, qr_expires_at AS "qrExpiresAt", created_at AS "createdAt",
  CASE WHEN link_token_until > heliograph_now() AND link_token_used_at IS NULL THEN link_token_until END AS "linkInvitedUntil",
  (SELECT e.reason FROM session_events e WHERE e.tenant_id = sessions.tenant_id AND e.session_id = sessions.id AND e.from_status <> e.to_status ORDER BY e.id DESC LIMIT 1) AS "statusReason"`;

/** Filter of sessions; all given members must match. */
export interface SessionFilter {
  ids?: string[] | undefined;
  status?: string | undefined;
  tag?: string | undefined;
  /** Part of the name or of the phone. */
  search?: string | undefined;
  /** True: it may send now, which is connected and not held. False: it may not. */
  sending?: boolean | undefined;
}

/** Losses of a session's link. */
export interface LinkLosses {
  /** Number of links that were lost in the last days. */
  losses: number;
  /** Time at which the last link was lost; null: none was, as far as the history was read. */
  lostAt: Date | null;
}

/** Maximum number of entries of the history of a session from which its losses are counted. */
const maxRead = 2_000;
/** Statuses after which a link has to be made anew, or is down. */
const lost = `('logged_out', 'expired', 'disconnected', 'need_scan', 'need_passkey')`;

const sessionList = new List('sessions', listKeys.id);
const eventList = new List('session_events', listKeys.bigint);

/** Changes of sessions by people, always within one tenant. Reports of the provider are in `SessionReports`. */
@Injectable()
export class SessionsRepository {
  constructor(
    private readonly db: Database,
    private readonly secrets: SealedSecrets,
    private readonly feed: ChangeFeed,
  ) {}

  async insert(tenantId: string, s: NewSession): Promise<void> {
    await this.write(tenantId, s.id, (tx) =>
      tx.query(
        `INSERT INTO sessions (tenant_id, id, provider, account_id, provider_session_id, name, phone, confirmed_phone, api_key, api_key_hash,
           webhook_secret, hook_token, hook_token_hash, tags, weight, log_messages, account_protection)
         VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($17, $7), $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
        [
          tenantId,
          s.id,
          s.provider,
          s.accountId,
          s.providerSessionId,
          s.name,
          s.phone,
          this.secrets.seal(s.apiKey, boundTo('sessions.api_key', tenantId, s.id)),
          sha256(s.apiKey),
          s.webhookSecret && this.secrets.seal(s.webhookSecret, boundTo('sessions.webhook_secret', tenantId, s.id)),
          this.secrets.seal(s.hookToken, boundTo('sessions.hook_token', tenantId, s.id)),
          sha256(s.hookToken),
          s.tags,
          s.weight,
          s.logMessages,
          s.accountProtection,
          s.expectedPhone ?? null,
        ],
      ),
    );
  }

  /** Deletes an inserted session that could not be set up. */
  async forget(tenantId: string, id: string): Promise<void> {
    await this.write(tenantId, id, (tx) => tx.query('DELETE FROM sessions WHERE tenant_id = $1 AND id = $2', [tenantId, id]));
  }

  async find(tenantId: string, id: string): Promise<Session | null> {
    const [session] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<Session>(`SELECT ${sessionColumns} FROM sessions WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`, [tenantId, id]),
    );
    return session ?? null;
  }

  /** @throws AppError not_found */
  async get(tenantId: string, id: string): Promise<Session> {
    const session = await this.find(tenantId, id);
    if (!session) throw notFound('session');
    return session;
  }

  /** Lists sessions, newest first. */
  list(tenantId: string, filter: SessionFilter, page: PageRequest): Promise<Page<Session>> {
    return this.db.forTenant(tenantId, (tx) => listSessions(tx, [tenantId], filter, page));
  }

  /** Returns sessions of several tenants, newest first. */
  listOf(tenantIds: string[], filter: SessionFilter, page: PageRequest): Promise<Page<Session>> {
    return listSessions(this.db, tenantIds, filter, page);
  }

  /** Lists the history, newest first; also of a deleted session. */
  async events(tenantId: string, id: string, page: PageRequest): Promise<Page<SessionEvent>> {
    const [before = null] = eventList.after(page) ?? [];
    return this.db.forTenant(tenantId, async (tx) => {
      const known = await tx.query('SELECT 1 FROM sessions WHERE tenant_id = $1 AND id = $2', [tenantId, id]);
      if (known.length === 0) throw notFound('session');
      const rows = await tx.query<SessionEvent>(
        `SELECT id, at, from_status AS "fromStatus", to_status AS "toStatus", raw_status AS "rawStatus", reason, source, ${actorColumn('actor')} AS actor
         FROM session_events WHERE tenant_id = $1 AND session_id = $2 AND ($3::bigint IS NULL OR id < $3) ORDER BY id DESC LIMIT $4`,
        [tenantId, id, before, page.limit + 1],
      );
      return eventList.pageOf(rows.map(withSessionActor), page.limit, (row) => [row.id]);
    });
  }

  /**
   * Counts the links that were lost in the last days, today included, by UTC. However many statuses follow on the end of a link, it was lost
   * once. Reads a bounded number of the newest entries of the session, by the primary key.
   */
  async losses(tenantId: string, id: string, days: number): Promise<LinkLosses> {
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<LinkLosses>(
        `SELECT count(*) FILTER (WHERE l.lost_at >= date_trunc('day', heliograph_now(), 'UTC') - ($3::int - 1) * interval '1 day')::int AS losses,
           max(l.lost_at) AS "lostAt"
         FROM (
           SELECT min(e.at) FILTER (WHERE e.to_status IN ${lost}) AS lost_at FROM (
             SELECT n.at, n.from_status, n.to_status, count(*) FILTER (WHERE n.to_status = 'connected') OVER (ORDER BY n.id) AS link FROM (
               SELECT id, at, from_status, to_status FROM session_events WHERE tenant_id = $1 AND session_id = $2 ORDER BY id DESC LIMIT ${maxRead}
             ) n WHERE n.from_status <> n.to_status
           ) e GROUP BY e.link HAVING e.link > 0 OR bool_or(e.from_status = 'connected')
         ) l`,
        [tenantId, id, days],
      ),
    );
    return row ?? { losses: 0, lostAt: null };
  }

  async update(tenantId: string, actor: Actor, id: string, changes: SessionChanges, guard?: ChangeGuard<Session>): Promise<void> {
    const apiKey = changes.apiKey;
    await this.write(tenantId, id, async (tx) => {
      if (guard) guard(await this.readLocked(tx, tenantId, id));
      await one(
        tx.query(
          `UPDATE sessions SET name = coalesce($3, name), tags = coalesce($4, tags), weight = coalesce($5, weight),
             api_key = coalesce($6, api_key), api_key_hash = coalesce($7, api_key_hash)
           WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING id`,
          [
            tenantId,
            id,
            changes.name ?? null,
            changes.tags ?? null,
            changes.weight ?? null,
            apiKey === undefined ? null : this.secrets.seal(apiKey, boundTo('sessions.api_key', tenantId, id)),
            apiKey === undefined ? null : sha256(apiKey),
          ],
        ),
      );
      await noteOnSession(tx, tenantId, actor, id, apiKey === undefined ? 'settings_changed' : 'api_key_changed');
    });
  }

  /** Pauses or resumes the session. Adds a history entry when this changes it. */
  async setPaused(tenantId: string, actor: Actor, id: string, paused: boolean): Promise<void> {
    await this.changeWithNote(tenantId, actor, id, {
      set: `paused_at = ${paused ? 'coalesce(s.paused_at, heliograph_now())' : 'NULL'}`,
      when: `(s.paused_at IS NULL) = ${paused}`,
      reason: paused ? 'paused' : 'resumed',
    });
  }

  /**
   * Pauses or resumes sessions in one transaction, with a history entry for each that changes.
   * @param accept gets the number of matches before anything is changed, and throws to change nothing; null: only count
   */
  async setPausedMany(
    tenantId: string,
    actor: Actor,
    filter: SessionFilter,
    paused: boolean,
    accept: ((matched: number) => void) | null,
  ): Promise<{ matched: number; changed: number }> {
    const where = `tenant_id = $1 AND deleted_at IS NULL AND ($2::uuid[] IS NULL OR id = ANY ($2)) AND ($3::text IS NULL OR status = $3) AND ($4::text IS NULL OR $4 = ANY (tags)) AND ${searched('$5', '$6')}
      AND ($7::boolean IS NULL OR (${isSessionOpen('sessions')}) = $7)`;
    const values = [
      tenantId,
      filter.ids ?? null,
      filter.status ?? null,
      filter.tag ?? null,
      ...searchValues(filter.search),
      filter.sending ?? null,
    ];
    const { matched, ids } = await this.db.forTenant(tenantId, async (tx) => {
      const found = await tx.query<{ id: string }>(
        `SELECT id FROM sessions WHERE ${where} ORDER BY id${accept ? ' FOR UPDATE' : ''}`,
        values,
      );
      if (!accept) return { matched: found.length, ids: [] };
      accept(found.length);
      const changed = await tx.query<{ id: string }>(
        `WITH changed AS (
           UPDATE sessions s SET paused_at = CASE WHEN $3 THEN heliograph_now() END
           WHERE s.tenant_id = $1 AND s.id = ANY ($2::uuid[]) AND (s.paused_at IS NULL) = $3 RETURNING s.tenant_id, s.id, s.status
         ), history AS (
           ${historySql('changed', { reason: '$4', actor: '$5, $6' })}
         )
         SELECT id FROM changed`,
        [tenantId, found.map(({ id }) => id), paused, paused ? 'paused' : 'resumed', ...storedActor(actor)],
      );
      noteAudit({ details: { matching: found.length, count: changed.length } });
      return { matched: found.length, ids: changed.map(({ id }) => id) };
    });
    for (const id of ids) this.feed.notifyHere('sessions', id);
    return { matched, changed: ids.length };
  }

  /** Confirms the linked phone as the one to send from. False when a different one is linked. */
  async confirmPhone(tenantId: string, actor: Actor, id: string, phone: string): Promise<boolean> {
    await this.changeWithNote(tenantId, actor, id, {
      set: 'confirmed_phone = s.phone',
      when: 's.phone = $6 AND s.confirmed_phone IS DISTINCT FROM s.phone',
      reason: 'phone_confirmed',
      phone,
    });
    return (await this.get(tenantId, id)).confirmedPhone === phone;
  }

  /** Deletes softly: the row and its history stay, its secrets and its hook URL are removed. */
  async remove(tenantId: string, actor: Actor, id: string): Promise<void> {
    await this.write(tenantId, id, (tx) =>
      one(
        tx.query(
          `WITH was AS (SELECT tenant_id, id, status FROM sessions WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE),
           gone AS (
             UPDATE sessions s SET status = 'deleted', status_since = heliograph_now(), deleted_at = heliograph_now(), account_id = NULL, api_key = NULL, api_key_hash = NULL,
               webhook_secret = NULL, previous_webhook_secret = NULL, hook_token = NULL, hook_token_hash = NULL, previous_hook_token_hash = NULL, qr = NULL, qr_expires_at = NULL,
               link_token_hash = NULL, link_token_until = NULL
             FROM was WHERE s.tenant_id = was.tenant_id AND s.id = was.id RETURNING s.id
           )
           ${historySql('was', { toStatus: `'deleted'`, reason: 'NULL', actor: '$3, $4' })} RETURNING id`,
          [tenantId, id, ...storedActor(actor)],
        ),
      ),
    );
  }

  /** Changes one session, with an entry in its history if `when` is true. `phone` is the parameter $6 of both. */
  private async changeWithNote(
    tenantId: string,
    actor: Actor,
    id: string,
    { set, when, reason, phone }: { set: string; when: string; reason: string; phone?: string },
  ): Promise<void> {
    await this.write(tenantId, id, (tx) =>
      tx.query(
        `WITH changed AS (UPDATE sessions s SET ${set} WHERE s.tenant_id = $1 AND s.id = $2 AND s.deleted_at IS NULL AND ${when} RETURNING s.tenant_id, s.id, s.status)
         ${historySql('changed', { reason: '$3', actor: '$4, $5' })}`,
        [tenantId, id, reason, ...storedActor(actor), ...(phone === undefined ? [] : [phone])],
      ),
    );
  }

  private async readLocked(tx: Tx, tenantId: string, id: string): Promise<Session> {
    const [session] = await tx.query<Session>(
      `SELECT ${sessionColumns} FROM sessions WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE`,
      [tenantId, id],
    );
    if (!session) throw notFound('session');
    return session;
  }

  /** Writes one session and notifies this process at once. Unique violations are reported as conflicts. */
  async write<T>(tenantId: string, id: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      const result = await this.db.forTenant(tenantId, work);
      this.feed.notifyHere('sessions', id);
      return result;
    } catch (error) {
      if (sqlState(error) === '23505')
        throw new AppError('conflict', 'session_already_registered', 'This session of the provider is registered already.');
      throw error;
    }
  }
}

/** @throws AppError not_found when the statement touched no row */
export async function one(rows: Promise<unknown[]>): Promise<void> {
  if ((await rows).length === 0) throw notFound('session');
}

/** Condition of a search for a part of the name or of the phone number; see `searchValues`. */
const searched = (text: string, digits: string): string =>
  `(${text}::text IS NULL OR position(lower(${text}) IN lower(name)) > 0 OR ${digits} <> '' AND position(${digits} IN coalesce(confirmed_phone, phone)) > 0)`;

const searchValues = (search: string | undefined): [string | null, string] => [search ?? null, search?.replace(/[^\d]/g, '') ?? ''];

async function listSessions(
  sql: Sql,
  tenantIds: string[],
  { ids, status, tag, search, sending }: SessionFilter,
  page: PageRequest,
): Promise<Page<Session>> {
  const [before = null] = sessionList.after(page) ?? [];
  const matching = `FROM sessions
    WHERE tenant_id = ANY ($1::uuid[]) AND deleted_at IS NULL AND ($2::text IS NULL OR status = $2) AND ($3::text IS NULL OR $3 = ANY (tags))
      AND ${searched('$4', '$5')} AND ($6::uuid[] IS NULL OR id = ANY ($6)) AND ($7::boolean IS NULL OR (${isSessionOpen('sessions')}) = $7)`;
  const values = [tenantIds, status ?? null, tag ?? null, ...searchValues(search), ids ?? null, sending ?? null];
  const rows = await sql.query<Session>(
    `SELECT ${sessionColumns} ${matching} AND ($8::uuid IS NULL OR id < $8) ORDER BY id DESC LIMIT $9`,
    [...values, before, page.limit + 1],
  );
  return { ...sessionList.pageOf(rows, page.limit, (row) => [row.id]), total: await totalOf(sql, `SELECT 1 ${matching}`, values) };
}
