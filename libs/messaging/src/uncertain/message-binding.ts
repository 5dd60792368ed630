import { Inject, Injectable } from '@nestjs/common';
import { AddressPairs } from '@heliograph/contacts';
import { APP_CONFIG, Database } from '@heliograph/kernel';
import type { MessagingConfig } from '../messaging.config';
import { type MessageBody, textOf } from '../message';
import { echoHash } from './echo-hash';

/** Our own message came back under a WhatsApp id. */
export interface OwnMessage {
  tenantId: string;
  sessionId: string;
  keyId: string;
  /** The provider's numeric id where the hook carried it. */
  providerMessageId: string | null;
  /** Canonical addresses the recipient is known by in the hook: phone, LID, group. */
  addresses: string[];
  text: string | null;
}

/**
 * `bound`: now, or before. `waiting`: no candidate yet, or more than one, or the one is still being called; offer it again.
 */
export type BindingOutcome = 'bound' | 'waiting';

/** The provider, asked by its own numeric id, told the WhatsApp id. */
export interface KnownKey {
  tenantId: string;
  sessionId: string;
  messageId: string;
  keyId: string;
  providerMessageId: string;
}

/** `place`: bound. `lost_by`: a message that had the id by a guess and loses it. */
interface BindingRow {
  place: number | null;
  lost_by: string | null;
}

/** Writes what `verdict` (place, session_id, message_id, tenant_id, evidence) says of `given`: one place for every kind of evidence. */
const recordSql = `target AS MATERIALIZED (
  SELECT m.tenant_id, m.id, m.provider_message_id, v.place, v.session_id, v.evidence FROM messages m JOIN verdict v ON v.tenant_id = m.tenant_id AND v.message_id = m.id
  WHERE m.state NOT IN ('queued', 'claimed', 'calling') ORDER BY m.id FOR UPDATE OF m
), guessed AS MATERIALIZED (
  -- A guess that a numeric id proves wrong.
  SELECT k.session_id, k.key_id, k.tenant_id, k.message_id FROM target t JOIN given g USING (place)
  JOIN message_keys k ON k.session_id = t.session_id AND k.key_id = g.key_id AND k.evidence = 'echo' AND k.message_id <> t.id
  WHERE t.evidence <> 'echo'
), bound AS (
  INSERT INTO message_keys AS k (session_id, key_id, tenant_id, message_id, provider_message_id, evidence)
  SELECT t.session_id, g.key_id, t.tenant_id, t.id, coalesce(g.provider_message_id, t.provider_message_id), t.evidence FROM target t JOIN given g USING (place)
  ON CONFLICT (session_id, key_id) DO UPDATE SET message_id = excluded.message_id, provider_message_id = excluded.provider_message_id, evidence = excluded.evidence, bound_at = heliograph_now()
    WHERE k.evidence = 'echo' AND excluded.evidence <> 'echo'
  RETURNING session_id, message_id
), freed AS (
  DELETE FROM unbound_messages u USING bound b WHERE u.session_id = b.session_id AND u.message_id = b.message_id
), settled AS (
  UPDATE messages m SET state = 'sent', cause = 'evidence', detail = t.evidence, uncertain_since = NULL, sent_at = coalesce(m.sent_at, heliograph_now()),
    provider_message_id = coalesce(m.provider_message_id, g.provider_message_id)
  FROM target t JOIN given g USING (place) JOIN bound b ON b.message_id = t.id
  WHERE m.tenant_id = t.tenant_id AND m.id = t.id AND m.state = 'uncertain'
  RETURNING m.tenant_id, m.id
), resolved AS (
  UPDATE dead_letters d SET state = 'resolved', resolved_at = heliograph_now(), resolved_by = 'evidence', resolution = 'The message came back from WhatsApp.'
  FROM settled s WHERE d.tenant_id = s.tenant_id AND d.kind = 'message' AND d.subject_id = s.id::text AND d.state = 'open'
)
SELECT place, NULL::uuid AS lost_by FROM known UNION SELECT t.place, NULL FROM target t JOIN bound b ON b.message_id = t.id
UNION ALL SELECT NULL, message_id FROM guessed`;

const bindSql = `
WITH given AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[]) AS g(tenant_id, session_id, key_id, provider_message_id, place)
), hash AS MATERIALIZED (
  SELECT * FROM unnest($6::int[], $7::bytea[]) AS h(place, echo_hash)
), known AS MATERIALIZED (
  SELECT g.place FROM given g JOIN message_keys k ON k.session_id = g.session_id AND k.key_id = g.key_id
), by_id AS MATERIALIZED (
  SELECT g.place, u.session_id, u.message_id, u.tenant_id, u.provider_message_id FROM given g
  JOIN unbound_messages u ON u.session_id = g.session_id AND u.provider_message_id = g.provider_message_id
  WHERE g.provider_message_id IS NOT NULL
), by_echo AS MATERIALIZED (
  -- Exactly one candidate, and this echo the only one that fits it.
  SELECT min(c.place) AS place, c.session_id, c.message_id, c.tenant_id FROM (
    SELECT g.place, u.session_id, u.message_id, u.tenant_id, count(*) OVER (PARTITION BY g.place) AS candidates, count(*) OVER (PARTITION BY u.message_id) AS echoes
    FROM given g JOIN hash h USING (place) JOIN unbound_messages u ON u.session_id = g.session_id AND u.echo_hash = h.echo_hash
    WHERE g.place NOT IN (SELECT place FROM known) AND g.place NOT IN (SELECT place FROM by_id)
      AND u.message_id NOT IN (SELECT message_id FROM by_id) AND u.called_at > heliograph_now() - $8 * interval '1 ms'
      AND (g.provider_message_id IS NULL OR u.provider_message_id IS NULL)
  ) c WHERE c.candidates = 1 AND c.echoes = 1 GROUP BY 2, 3, 4
), verdict AS MATERIALIZED (
  SELECT place, session_id, message_id, tenant_id, 'hook_id' AS evidence FROM by_id
  UNION ALL SELECT place, session_id, message_id, tenant_id, 'echo' FROM by_echo
), ${recordSql}`;

const bindKnownSql = `
WITH given AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::int[]) AS g(tenant_id, session_id, key_id, provider_message_id, message_id, place)
), known AS (
  SELECT g.place FROM given g JOIN message_keys k ON k.session_id = g.session_id AND k.key_id = g.key_id AND k.message_id = g.message_id
), verdict AS (
  SELECT place, session_id, message_id, tenant_id, 'info' AS evidence FROM given WHERE place NOT IN (SELECT place FROM known)
), ${recordSql}`;

/** Ties WhatsApp ids to our messages: by the provider's numeric id where a hook or an answer carries it, else by the echo, and only when exactly one message fits. */
@Injectable()
export class MessageBinding {
  constructor(
    private readonly db: Database,
    private readonly pairs: AddressPairs,
    @Inject(APP_CONFIG) private readonly config: MessagingConfig,
  ) {}

  /** One outcome per message, in order. */
  async bind(own: OwnMessage[]): Promise<BindingOutcome[]> {
    if (own.length === 0) return [];
    const byKey = new Map(own.map((o) => [`${o.sessionId}/${o.keyId}`, o]));
    const all = [...byKey.values()];
    // An answer to a privacy id may come back under the number, and the other way around.
    const others = await this.pairs.others(
      all.flatMap(({ tenantId, addresses }) =>
        addresses.filter((a) => !/@(g\.us|newsletter)$/.test(a)).map((address) => ({ tenantId, address })),
      ),
    );
    const hashes = all.flatMap((o, place) => {
      const addresses = new Set([...o.addresses, ...o.addresses.flatMap((a) => others.get(`${o.tenantId}/${a}`) ?? [])]);
      return [...addresses].map((address) => ({ place, hash: echoHash(address, o.text) }));
    });
    const rows = await this.db.prepared<BindingRow>('bind_messages', bindSql, [
      all.map((o) => o.tenantId),
      all.map((o) => o.sessionId),
      all.map((o) => o.keyId),
      all.map((o) => o.providerMessageId),
      all.map((_, place) => place),
      hashes.map((h) => h.place),
      hashes.map((h) => h.hash),
      this.config.ECHO_WINDOW_MS,
    ]);
    await this.unbindGuesses(rows);
    const bound = new Set(rows.map((row) => row.place !== null && all[row.place]));
    return own.map((o) => (bound.has(byKey.get(`${o.sessionId}/${o.keyId}`) as OwnMessage) ? 'bound' : 'waiting'));
  }

  /** Binds messages whose WhatsApp id the provider told when asked by its numeric id. */
  async bindKnown(known: KnownKey[]): Promise<void> {
    if (known.length === 0) return;
    const rows = await this.db.prepared<BindingRow>('bind_known', bindKnownSql, [
      known.map((k) => k.tenantId),
      known.map((k) => k.sessionId),
      known.map((k) => k.keyId),
      known.map((k) => k.providerMessageId),
      known.map((k) => k.messageId),
      known.map((_, place) => place),
    ]);
    await this.unbindGuesses(rows);
  }

  /** A message whose id turned out to be another's has none again, and is asked about. */
  private async unbindGuesses(rows: BindingRow[]): Promise<void> {
    const ids = rows.flatMap((row) => row.lost_by ?? []);
    if (ids.length === 0) return;
    const messages = await this.db.query<{
      tenant_id: string;
      session_id: string;
      id: string;
      provider_message_id: string | null;
      recipient: string;
      body: MessageBody;
    }>(`SELECT tenant_id, session_id, id, provider_message_id, recipient, body FROM messages WHERE id = ANY ($1::uuid[])`, [ids]);
    for (const m of messages) {
      await this.db.query(
        `INSERT INTO unbound_messages (session_id, echo_hash, message_id, tenant_id, provider_message_id, called_at, next_check_at)
         VALUES ($1, $2, $3, $4, $5, heliograph_now(), heliograph_now()) ON CONFLICT DO NOTHING`,
        [m.session_id, echoHash(m.recipient, textOf(m.body.content)), m.id, m.tenant_id, m.provider_message_id],
      );
    }
  }
}
