import { Injectable } from '@nestjs/common';
import type { TransactionRange, Tx } from '@heliograph/kernel';
import type { SessionEvent } from './session';

/** A change of a session's status, with whose it is. */
export interface ToldSessionEvent extends SessionEvent {
  tenantId: string;
  sessionId: string;
}

/** The history of sessions, by the transactions that wrote it. */
@Injectable()
export class SessionEvents {
  /** Changes of status of these tenants' sessions, oldest first. */
  between(tx: Tx, { from, to }: TransactionRange, tenantIds: string[]): Promise<ToldSessionEvent[]> {
    return tx.prepared<ToldSessionEvent>(
      'session_events_between',
      `SELECT tenant_id AS "tenantId", session_id AS "sessionId", id::text, at, from_status AS "fromStatus", to_status AS "toStatus", raw_status AS "rawStatus", reason, source
       FROM session_events WHERE tx >= $1 AND tx < $2 AND tenant_id = ANY ($3::uuid[]) AND from_status <> to_status ORDER BY id`,
      [from, to, tenantIds],
    );
  }
}
