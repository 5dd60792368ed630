import { Injectable } from '@nestjs/common';
import { DeadLetters } from '@heliograph/dead-letters';
import { cleanDeep, cleanText, Database, newId, type Tx } from '@heliograph/kernel';
import { isTenantOpen, tenantOf } from '@heliograph/tenants';
import { brokerLetters } from './broker-letters';

/** A broker message as received, and why it was refused. */
export interface RefusedBrokerMessage {
  tenantId: string;
  /** Name of the source. */
  source: string;
  /** Id of the message at the broker; the same on redelivery. */
  naturalKey: string;
  contentType: string | null;
  headers: Record<string, string>;
  body: Buffer;
  /** Stable code. */
  reason: string;
}

/** Fault of a message that needs a person. */
export interface BrokerFault {
  cause: 'unreadable_broker_message' | 'refused_broker_message';
  reason: string;
  detail: string;
}

/** A kept message to be retried. */
export type BrokerMessageAgain = Omit<RefusedBrokerMessage, 'reason'> & { id: string };

/** Lease of a retry in s; when it expires, the process counts as dead. */
const leaseS = 60;

/** Broker messages that could not be stored: kept once each with a dead letter, or set aside until they may be stored. */
@Injectable()
export class BrokerPoison {
  constructor(
    private readonly db: Database,
    private readonly letters: DeadLetters,
  ) {}

  /** Keeps a faulty message and opens its letter. A kept message stays as it is: a redelivery opens no second letter. */
  async keep(message: RefusedBrokerMessage, fault: BrokerFault): Promise<void> {
    await this.db.transaction(async (tx) => {
      const id = await this.insert(tx, message, false);
      if (id) await this.open(tx, message.tenantId, id, fault);
    });
  }

  /** Keeps a valid message that may not be stored yet, e.g. of a suspended tenant. It is retried once the tenant is active again. */
  async setAside(message: RefusedBrokerMessage): Promise<void> {
    await this.db.transaction((tx) => this.insert(tx, message, true));
  }

  /** Marks messages for a retry, in the transaction of the redrive. */
  async again(tx: Tx, tenantId: string, ids: string[]): Promise<void> {
    await tx.query(`UPDATE broker_poison SET again_at = heliograph_now() WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`, [tenantId, ids]);
  }

  /** Leases messages to be retried to the caller. Each must be followed by `taken` or `refused`, or it is retried again. */
  takeUp(limit: number): Promise<BrokerMessageAgain[]> {
    return this.db.query(
      `UPDATE broker_poison p SET again_at = heliograph_now() + $2 * interval '1 s'
       FROM (SELECT b.tenant_id, b.id FROM broker_poison b JOIN ${tenantOf('t', 'b.tenant_id')} AND ${isTenantOpen('t')}
             WHERE b.again_at <= heliograph_now() ORDER BY b.again_at, b.at LIMIT $1 FOR UPDATE OF b SKIP LOCKED) x
       WHERE p.tenant_id = x.tenant_id AND p.id = x.id
       RETURNING p.tenant_id AS "tenantId", p.id, p.source, p.natural_key AS "naturalKey", p.content_type AS "contentType", p.headers,
         coalesce(p.bytes, convert_to(p.body, 'UTF8')) AS body`,
      [limit, leaseS],
    );
  }

  /** Deletes a message that was stored. */
  async taken(tenantId: string, id: string): Promise<void> {
    await this.db.query(`DELETE FROM broker_poison WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
  }

  /** Keeps a message that is still faulty and opens a new letter. */
  async refused(tenantId: string, id: string, fault: BrokerFault): Promise<void> {
    await this.db.transaction(async (tx) => {
      await tx.query(`UPDATE broker_poison SET again_at = NULL, reason = $3 WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        id,
        fault.reason,
      ]);
      await this.open(tx, tenantId, id, fault);
    });
  }

  private async insert(tx: Tx, message: RefusedBrokerMessage, again: boolean): Promise<string | undefined> {
    const text = cleanText(message.body.toString('utf8'));
    const bytes = `coalesce($10::bytea, convert_to($7, 'UTF8'))`;
    const [row] = await tx.query<{ id: string }>(
      // Another message under the same key, e.g. a corrected one, is not a redelivery.
      `INSERT INTO broker_poison (tenant_id, id, source, natural_key, content_type, headers, body, reason, again_at, bytes)
       SELECT $1, $2, $3, CASE WHEN EXISTS (SELECT 1 FROM broker_poison p WHERE p.tenant_id = $1 AND p.source = $3 AND p.natural_key = $4 AND coalesce(p.bytes, convert_to(p.body, 'UTF8')) <> ${bytes})
         THEN $4::text || '#' || md5(${bytes}) ELSE $4 END, $5, $6, $7, $8, CASE WHEN $9 THEN heliograph_now() END, $10
       ON CONFLICT (tenant_id, source, natural_key) DO NOTHING RETURNING id`,
      [
        message.tenantId,
        newId(),
        message.source,
        cleanText(message.naturalKey),
        message.contentType === null ? null : cleanText(message.contentType),
        JSON.stringify(cleanDeep(message.headers)),
        text,
        message.reason,
        again,
        // Text cannot hold every body. A retry must see what the broker sent.
        Buffer.from(text).equals(message.body) ? null : message.body,
      ],
    );
    return row?.id;
  }

  private open(tx: Tx, tenantId: string, id: string, { cause, reason, detail }: BrokerFault): Promise<void> {
    const said = cleanText(detail ? `${reason}: ${detail}` : reason).slice(0, 2_000);
    return this.letters.open(tx, [{ tenantId, kind: brokerLetters.name, subjectId: id, sessionId: null, cause, detail: said }]);
  }
}
