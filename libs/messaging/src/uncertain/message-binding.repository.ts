import { Inject, Injectable } from '@nestjs/common';
import { AddressPairs } from '@heliograph/contacts';
import { APP_CONFIG, Database, Metrics } from '@heliograph/kernel';
import type { MessagingConfig } from '../messaging.config';
import { type MessageBody, textOf } from '../message';
import { mayMove } from '../message-states';
import { clockSlackMs } from './clock-slack';
import { echoHash } from './echo-hash';

/** A message of our own that came back as an echo with a WhatsApp id. */
export interface OwnMessage {
  tenantId: string;
  sessionId: string;
  keyId: string;
  /** The provider's numeric id, when the hook contains it. */
  providerMessageId: string | null;
  /** Canonical addresses of the recipient in the hook: phone, LID, group. */
  addresses: string[];
  text: string | null;
  /** Time of the message by the provider. Without it, no message is matched by likeness. */
  at: Date | null;
  /** True for a hook that the provider sends only for messages of its API. */
  viaApi: boolean;
}

/**
 * `bound`: now or before. `waiting`: no candidate yet, more than one, or one that is still being called; offer it again. `foreign`: older
 * than every candidate.
 */
export type BindingOutcome = 'bound' | 'waiting' | 'foreign';

/** A WhatsApp id that the provider returned for its numeric id. */
export interface KnownKey {
  tenantId: string;
  sessionId: string;
  messageId: string;
  keyId: string;
  providerMessageId: string;
  /** True when the provider reports that the message failed: the id alone then does not undo a failure. */
  failed: boolean;
}

/**
 * `bound`; `lost`: a message that had the id by likeness and loses it; `repeated`: another id of one echo; `foreign`: too old for every
 * candidate.
 */
interface BindingRow {
  verdict: 'bound' | 'lost' | 'repeated' | 'foreign';
  place: number | null;
  message_id: string | null;
}

/**
 * SQL: evidence by likeness, which evidence by id replaces. `echo`: a person or another client may have written it; a hint that moves no
 * state. `api_echo`: reported by a hook of the provider's API.
 */
export const byLikeness = `('echo', 'api_echo')`;

/** Ms for which an echo waits for a message of its own when another echo already fits its only candidate. */
const repeatAfterMs = 60_000;

/**
 * SQL: writes the `verdict` (place, session_id, message_id, tenant_id, evidence, undoes_failure) on `given`, for every kind of evidence.
 */
const recordSql = `target AS MATERIALIZED (
  SELECT m.tenant_id, m.id, m.provider_message_id, v.place, v.session_id, v.evidence, v.undoes_failure, m.state FROM messages m JOIN verdict v ON v.tenant_id = m.tenant_id AND v.message_id = m.id
  WHERE m.state NOT IN ('queued', 'claimed', 'calling') ORDER BY m.id FOR UPDATE OF m
), guessed AS MATERIALIZED (
  -- A guess that a numeric id disproves.
  SELECT k.session_id, k.key_id, k.tenant_id, k.message_id FROM target t JOIN given g USING (place)
  JOIN message_keys k ON k.session_id = t.session_id AND k.key_id = g.key_id AND k.evidence IN ${byLikeness} AND k.message_id <> t.id
  WHERE t.evidence NOT IN ${byLikeness}
), bound AS (
  INSERT INTO message_keys AS k (session_id, key_id, tenant_id, message_id, provider_message_id, evidence)
  SELECT t.session_id, g.key_id, t.tenant_id, t.id, coalesce(g.provider_message_id, t.provider_message_id), t.evidence FROM target t JOIN given g USING (place)
  ON CONFLICT (session_id, key_id) DO UPDATE SET message_id = excluded.message_id, provider_message_id = excluded.provider_message_id, evidence = excluded.evidence, bound_at = heliograph_now()
    WHERE k.evidence IN ${byLikeness} AND excluded.evidence NOT IN ${byLikeness} OR k.evidence = 'echo' AND excluded.evidence = 'api_echo'
  RETURNING session_id, message_id, provider_message_id, evidence
), freed AS (
  -- Bound by likeness: the provider is asked until the id is confirmed. Other evidence has a numeric id, which has an index.
  DELETE FROM unbound_messages u USING bound b WHERE b.evidence NOT IN ${byLikeness}
    AND u.session_id = b.session_id AND u.provider_message_id = b.provider_message_id AND u.message_id = b.message_id
  RETURNING u.message_id
), freed_unnumbered AS (
  -- A candidate without its numeric id has an index of its own.
  DELETE FROM unbound_messages u USING (
    SELECT session_id, message_id FROM bound WHERE evidence NOT IN ${byLikeness} AND message_id NOT IN (SELECT message_id FROM freed) OFFSET 0) b
  WHERE u.session_id = b.session_id AND u.message_id = b.message_id AND u.provider_message_id IS NULL
), settled AS (
  UPDATE messages m SET state = 'sent', cause = 'evidence', detail = t.evidence, uncertain_since = NULL, sent_at = coalesce(m.sent_at, heliograph_now()),
    provider_message_id = coalesce(m.provider_message_id, g.provider_message_id)
  FROM target t JOIN given g USING (place) JOIN bound b ON b.message_id = t.id
  WHERE m.tenant_id = t.tenant_id AND m.id = t.id AND (${mayMove('m.state', 'sent', 'evidence', ['uncertain'])} AND t.evidence <> 'echo'
    -- A failure reported without an id: the id proves that WhatsApp has the message. A failure reported with an id stands until a receipt
    -- outranks it.
    OR ${mayMove('m.state', 'sent', 'evidence', ['failed'])} AND m.cause = 'provider_error' AND t.undoes_failure
      AND NOT EXISTS (SELECT 1 FROM message_keys k WHERE k.tenant_id = m.tenant_id AND k.message_id = m.id AND k.evidence NOT IN ${byLikeness}))
)
SELECT 'bound' AS verdict, place, NULL::uuid AS message_id FROM known UNION SELECT 'bound', t.place, NULL FROM target t JOIN bound b ON b.message_id = t.id
UNION ALL SELECT 'lost', NULL, message_id FROM guessed`;

const bindSql = `
WITH given AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[], $9::timestamptz[], $10::bool[]) AS g(tenant_id, session_id, key_id, provider_message_id, place, at, via_api)
), hash AS MATERIALIZED (
  SELECT * FROM unnest($6::int[], $7::bytea[]) AS h(place, echo_hash)
), known AS MATERIALIZED (
  SELECT g.place FROM given g JOIN message_keys k ON k.session_id = g.session_id AND k.key_id = g.key_id
), by_id AS MATERIALIZED (
  SELECT g.place, u.* FROM given g
  CROSS JOIN LATERAL (
    -- Read by its index under any plan: the fence keeps PostgreSQL from reading all candidates of the session for each row.
    SELECT c.session_id, c.message_id, c.tenant_id, c.provider_message_id FROM unbound_messages c
    WHERE c.session_id = g.session_id AND c.provider_message_id = g.provider_message_id OFFSET 0
  ) u
), fitting AS MATERIALIZED (
  -- An echo older than the call, or much later than it, does not belong to the message.
  SELECT g.place, g.via_api, g.at < heliograph_now() - ${repeatAfterMs} * interval '1 ms' AS aged, u.session_id, u.message_id, u.tenant_id, t.tied, r.rival
  FROM given g JOIN hash h USING (place) JOIN unbound_messages u ON u.session_id = g.session_id AND u.echo_hash = h.echo_hash
  CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT 1 FROM message_keys k WHERE k.tenant_id = u.tenant_id AND k.message_id = u.message_id AND k.key_id <> g.key_id
      AND (k.evidence <> 'echo' OR NOT g.via_api)) AS tied
  ) t
  CROSS JOIN LATERAL (
    -- A call with the same text is not settled yet: the echo may belong to it.
    SELECT u.provider_message_id IS NULL AND EXISTS (SELECT 1 FROM lanes l CROSS JOIN LATERAL unnest(l.in_flight) AS f(id)
      JOIN messages m ON m.tenant_id = l.tenant_id AND m.id = f.id JOIN messages own ON own.tenant_id = u.tenant_id AND own.id = u.message_id
      WHERE l.session_id = u.session_id AND m.id <> u.message_id AND m.state = 'calling' AND m.body->'content' = own.body->'content') AS rival
  ) r
  WHERE g.place NOT IN (SELECT place FROM by_id) AND u.message_id NOT IN (SELECT message_id FROM by_id)
    AND NOT EXISTS (SELECT 1 FROM message_keys k WHERE k.session_id = g.session_id AND k.key_id = g.key_id AND (k.evidence <> 'echo' OR NOT g.via_api))
    AND g.at BETWEEN u.called_at - ${clockSlackMs} * interval '1 ms' AND u.called_at + $8 * interval '1 ms'
    AND (g.provider_message_id IS NULL OR u.provider_message_id IS NULL)
), by_echo AS MATERIALIZED (
  -- Exactly one candidate, and this echo is the only one that fits it. An echo that arrives under two ids is one message.
  SELECT c.place, c.session_id, c.message_id, c.tenant_id, c.via_api AND c.candidates = 1 AS proves, c.tied FROM (
    SELECT f.*, count(*) FILTER (WHERE NOT f.tied) OVER (PARTITION BY f.place) AS free, count(*) OVER (PARTITION BY f.place) AS candidates,
      count(*) OVER (PARTITION BY f.message_id, f.via_api) AS echoes, row_number() OVER (PARTITION BY f.message_id, f.via_api ORDER BY f.place) AS nth
    FROM fitting f
  ) c WHERE CASE WHEN c.tied THEN c.aged AND c.candidates = 1 ELSE c.free = 1 AND (c.echoes = 1 OR c.aged AND c.nth = 1) AND NOT c.rival END
), verdict AS MATERIALIZED (
  SELECT place, session_id, message_id, tenant_id, 'hook_id' AS evidence, true AS undoes_failure FROM by_id
  UNION ALL SELECT place, session_id, message_id, tenant_id, CASE WHEN proves THEN 'api_echo' ELSE 'echo' END, false FROM by_echo
), ${recordSql}
UNION ALL SELECT 'repeated', NULL, message_id FROM by_echo WHERE tied
UNION ALL SELECT 'foreign', g.place, NULL FROM given g WHERE g.provider_message_id IS NULL AND g.at < heliograph_now() - ($8 + ${clockSlackMs}) * interval '1 ms'
  AND g.place NOT IN (SELECT place FROM known) AND g.place NOT IN (SELECT place FROM fitting)`;

const bindKnownSql = `
WITH given AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::int[], $7::bool[]) AS g(tenant_id, session_id, key_id, provider_message_id, message_id, place, failed)
), known AS (
  SELECT g.place FROM given g JOIN message_keys k ON k.session_id = g.session_id AND k.key_id = g.key_id AND k.message_id = g.message_id AND k.evidence NOT IN ${byLikeness}
), verdict AS (
  SELECT place, session_id, message_id, tenant_id, 'info' AS evidence, NOT failed AS undoes_failure FROM given WHERE place NOT IN (SELECT place FROM known)
), ${recordSql}`;

/**
 * Binds WhatsApp ids to our messages: by the provider's numeric id when a hook or an answer contains it, else by the echo, and only when
 * exactly one message fits.
 */
@Injectable()
export class MessageBinding {
  private readonly repeated;

  constructor(
    private readonly db: Database,
    private readonly pairs: AddressPairs,
    @Inject(APP_CONFIG) private readonly config: MessagingConfig,
    metrics: Metrics,
  ) {
    this.repeated = metrics.counter('echoes_repeated_total', 'Echoes of own messages that arrived under another WhatsApp id.');
  }

  /** Binds messages and returns one outcome per message, in order. */
  async bind(own: OwnMessage[]): Promise<BindingOutcome[]> {
    if (own.length === 0) return [];
    const byKey = new Map<string, OwnMessage>();
    for (const o of own) {
      const same = byKey.get(keyOf(o));
      byKey.set(keyOf(o), same ? strongest(same, o) : o);
    }
    const all = [...byKey.values()];
    // The answer to a privacy id may come back under the number, and the reverse.
    const others = await this.pairs.others(
      all.flatMap(({ tenantId, addresses }) =>
        addresses.filter((a) => !/@(g\.us|newsletter)$/.test(a)).map((address) => ({ tenantId, address })),
      ),
    );
    const hashes = all.flatMap((o, place) => {
      const addresses = new Set([...o.addresses, ...o.addresses.flatMap((a) => others.get(`${o.tenantId}/${a}`) ?? [])]);
      return [...addresses].map((address) => ({ place, hash: echoHash(address, o.text) }));
    });
    const rows = await this.db.plannedOnce<BindingRow>('bind_messages', bindSql, [
      all.map((o) => o.tenantId),
      all.map((o) => o.sessionId),
      all.map((o) => o.keyId),
      all.map((o) => o.providerMessageId),
      all.map((_, place) => place),
      hashes.map((h) => h.place),
      hashes.map((h) => h.hash),
      this.config.ECHO_WINDOW_MS,
      all.map((o) => o.at),
      all.map((o) => o.viaApi),
    ]);
    await this.unbindGuesses(rows);
    const repeated = rows.filter((row) => row.verdict === 'repeated').length;
    if (repeated > 0) this.repeated.inc(repeated);
    const placesOf = (verdict: BindingRow['verdict']) => new Set(rows.filter((row) => row.verdict === verdict).map((row) => row.place));
    const [bound, foreign] = [placesOf('bound'), placesOf('foreign')];
    const places = new Map(all.map((o, place) => [keyOf(o), place]));
    return own.map((o) => {
      const place = places.get(keyOf(o)) as number;
      return bound.has(place) ? 'bound' : foreign.has(place) ? 'foreign' : 'waiting';
    });
  }

  /** Binds messages whose WhatsApp id the provider returned for its numeric id. */
  async bindKnown(known: KnownKey[]): Promise<void> {
    if (known.length === 0) return;
    const rows = await this.db.plannedOnce<BindingRow>('bind_known', bindKnownSql, [
      known.map((k) => k.tenantId),
      known.map((k) => k.sessionId),
      known.map((k) => k.keyId),
      known.map((k) => k.providerMessageId),
      known.map((k) => k.messageId),
      known.map((_, place) => place),
      known.map((k) => k.failed),
    ]);
    await this.unbindGuesses(rows);
  }

  /** Clears ids that belong to another message. The provider is asked about their messages again. */
  private async unbindGuesses(rows: BindingRow[]): Promise<void> {
    const ids = rows.flatMap((row) => (row.verdict === 'lost' && row.message_id) || []);
    if (ids.length === 0) return;
    const messages = await this.db.query<{
      tenant_id: string;
      session_id: string;
      id: string;
      provider_message_id: string | null;
      recipient: string;
      body: MessageBody;
      called_at: Date | null;
    }>(
      `SELECT m.tenant_id, m.session_id, m.id, m.provider_message_id, m.recipient, m.body,
         (SELECT max(e.at) FROM message_events e WHERE e.tenant_id = m.tenant_id AND e.message_id = m.id AND e.to_state = 'calling') AS called_at
       FROM messages m WHERE m.id = ANY ($1::uuid[])`,
      [ids],
    );
    for (const m of messages) {
      await this.db.query(
        `INSERT INTO unbound_messages (session_id, echo_hash, message_id, tenant_id, provider_message_id, called_at, next_check_at)
         VALUES ($1, $2, $3, $4, $5, coalesce($6, heliograph_now()), heliograph_now()) ON CONFLICT DO NOTHING`,
        [m.session_id, echoHash(m.recipient, textOf(m.body.content)), m.id, m.tenant_id, m.provider_message_id, m.called_at],
      );
    }
  }
}

function keyOf({ sessionId, keyId }: OwnMessage): string {
  return `${sessionId}/${keyId}`;
}

/** Merges two reports of one message and keeps the better value of each member. */
function strongest(a: OwnMessage, b: OwnMessage): OwnMessage {
  return {
    ...a,
    providerMessageId: a.providerMessageId ?? b.providerMessageId,
    addresses: [...new Set([...a.addresses, ...b.addresses])],
    text: a.text ?? b.text,
    at: a.at ?? b.at,
    viaApi: a.viaApi || b.viaApi,
  };
}
