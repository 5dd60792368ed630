import { Injectable } from '@nestjs/common';
import { cleanDeep, cleanText, Database, newId, type Tx } from '@heliograph/kernel';
import { DeadLetters } from '@heliograph/messaging';

/** A message of a broker as it came, and why it was not taken. */
export interface RefusedBrokerMessage {
  tenantId: string;
  /** Name of the source. */
  source: string;
  /** The broker's own id of the message: a redelivery has the same. */
  naturalKey: string;
  contentType: string | null;
  headers: Record<string, string>;
  body: string;
  /** Stable code. */
  reason: string;
}

/** The fault that needs a person. */
export interface BrokerFault {
  cause: 'unreadable_broker_message' | 'refused_broker_message';
  reason: string;
  detail: string;
}

/** A kept message that is to be taken once more. */
export type BrokerMessageAgain = Omit<RefusedBrokerMessage, 'reason'> & { id: string };

/** Lease of a message that is taken up, in s; after it the process counts as dead. */
const leaseS = 60;

/** Messages of brokers that could not be taken: kept once each, with a dead letter, or set aside until they may be taken. */
@Injectable()
export class BrokerPoison {
  constructor(
    private readonly db: Database,
    private readonly letters: DeadLetters,
  ) {}

  /** Keeps a message that is at fault and opens its letter. One that is kept already stays as it is: redelivery opens nothing. */
  async keep(message: RefusedBrokerMessage, fault: BrokerFault): Promise<void> {
    await this.db.transaction(async (tx) => {
      const id = await this.insert(tx, message, false);
      if (id) await this.open(tx, message.tenantId, id, fault);
    });
  }

  /** Keeps a message that is well but may not be taken yet, as of a suspended tenant. It is taken up once the tenant works again. */
  async setAside(message: RefusedBrokerMessage): Promise<void> {
    await this.db.transaction((tx) => this.insert(tx, message, true));
  }

  /** Marks messages to be taken up again, in the transaction of the redrive. */
  async again(tx: Tx, tenantId: string, ids: string[]): Promise<void> {
    await tx.query(`UPDATE broker_poison SET again_at = heliograph_now() WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`, [tenantId, ids]);
  }

  /** Messages to be taken up now, leased to the caller; each is followed by `taken` or `refused`, or comes again. */
  takeUp(limit: number): Promise<BrokerMessageAgain[]> {
    return this.db.query(
      `UPDATE broker_poison p SET again_at = heliograph_now() + $2 * interval '1 s'
       FROM (SELECT b.tenant_id, b.id FROM broker_poison b JOIN tenants t ON t.id = b.tenant_id AND t.suspended_at IS NULL
             WHERE b.again_at <= heliograph_now() ORDER BY b.again_at, b.at LIMIT $1 FOR UPDATE OF b SKIP LOCKED) x
       WHERE p.tenant_id = x.tenant_id AND p.id = x.id
       RETURNING p.tenant_id AS "tenantId", p.id, p.source, p.natural_key AS "naturalKey", p.content_type AS "contentType", p.headers, p.body`,
      [limit, leaseS],
    );
  }

  /** Deletes a message that was taken. */
  async taken(tenantId: string, id: string): Promise<void> {
    await this.db.query(`DELETE FROM broker_poison WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
  }

  /** Keeps a message that is still at fault and opens a new letter. */
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
    const [row] = await tx.query<{ id: string }>(
      // Another message under the same key, as of a sender that put it right and sent it again, is no redelivery.
      `INSERT INTO broker_poison (tenant_id, id, source, natural_key, content_type, headers, body, reason, again_at)
       SELECT $1, $2, $3, CASE WHEN EXISTS (SELECT 1 FROM broker_poison p WHERE p.tenant_id = $1 AND p.source = $3 AND p.natural_key = $4 AND p.body <> $7)
         THEN $4::text || '#' || md5($7) ELSE $4 END, $5, $6, $7, $8, CASE WHEN $9 THEN heliograph_now() END
       ON CONFLICT (tenant_id, source, natural_key) DO NOTHING RETURNING id`,
      [
        message.tenantId,
        newId(),
        message.source,
        cleanText(message.naturalKey),
        message.contentType === null ? null : cleanText(message.contentType),
        JSON.stringify(cleanDeep(message.headers)),
        cleanText(message.body),
        message.reason,
        again,
      ],
    );
    return row?.id;
  }

  private open(tx: Tx, tenantId: string, id: string, { cause, reason, detail }: BrokerFault): Promise<void> {
    const said = cleanText(detail ? `${reason}: ${detail}` : reason).slice(0, 2_000);
    return this.letters.open(tx, [{ tenantId, kind: 'broker', subjectId: id, sessionId: null, cause, detail: said }]);
  }
}
