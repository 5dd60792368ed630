import { Injectable } from '@nestjs/common';
import { type Actor, ChangeFeed, Database, sha256 } from '@heliograph/kernel';
import { isTenantOpen } from '../tenants/tenant-rows.repository';
import { noteOnSession } from './session-events.repository';
import type { HeldReason } from './session';
import type { SessionStatus } from './session-status';

/** A session as the holder of its link may see it. */
export interface InvitedSession {
  tenantId: string;
  id: string;
  name: string;
  status: SessionStatus;
  heldReason: HeldReason | null;
  /** QR text; null: there is none, or it is too old to scan. */
  qr: string | null;
  qrExpiresAt: Date | null;
  until: Date;
  /** True once the time is over. */
  isOver: boolean;
  /** Time a phone was linked, which ended the link. */
  usedAt: Date | null;
}

/** Links for the owners of phones: stored with the session, found by the hash of their token. */
@Injectable()
export class LinkInvitationRows {
  constructor(
    private readonly db: Database,
    private readonly feed: ChangeFeed,
  ) {}

  /** Opens a link in place of the one before it. @returns null when the session is connected */
  async open(tenantId: string, actor: Actor, id: string, token: string, seconds: number): Promise<Date | null> {
    const until = await this.db.forTenant(tenantId, async (tx) => {
      const [row] = await tx.query<{ until: Date }>(
        `UPDATE sessions SET link_token_hash = $3, link_token_until = heliograph_now() + make_interval(secs => $4), link_token_used_at = NULL, link_starts = 0
         WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL AND status <> 'connected' RETURNING link_token_until AS until`,
        [tenantId, id, sha256(token), seconds],
      );
      if (row) await noteOnSession(tx, tenantId, actor, id, 'link_invited');
      return row?.until ?? null;
    });
    if (until) this.feed.notifyHere('sessions', id);
    return until;
  }

  /** Revokes the link. Adds a history entry when it was still open. */
  async revoke(tenantId: string, actor: Actor, id: string): Promise<void> {
    await this.db.forTenant(tenantId, async (tx) => {
      const [was] = await tx.query<{ isOpen: boolean }>(
        `WITH was AS (SELECT tenant_id, id, link_token_until > heliograph_now() AND link_token_used_at IS NULL AS open FROM sessions
           WHERE tenant_id = $1 AND id = $2 AND link_token_hash IS NOT NULL FOR UPDATE)
         UPDATE sessions s SET link_token_hash = NULL, link_token_until = NULL FROM was
         WHERE s.tenant_id = was.tenant_id AND s.id = was.id RETURNING was.open AS "isOpen"`,
        [tenantId, id],
      );
      if (was?.isOpen) await noteOnSession(tx, tenantId, actor, id, 'link_revoked');
    });
    this.feed.notifyHere('sessions', id);
  }

  /** Returns the session of a token, also when the link is over; null: there is no such link, or its tenant is suspended. */
  async find(token: string): Promise<InvitedSession | null> {
    const [row] = await this.db.prepared<InvitedSession>(
      'link_invitation',
      `SELECT s.tenant_id AS "tenantId", s.id, s.name, s.status, s.held_reason AS "heldReason",
         CASE WHEN s.qr_expires_at > heliograph_now() THEN s.qr END AS qr, s.qr_expires_at AS "qrExpiresAt",
         s.link_token_until AS until, s.link_token_until <= heliograph_now() AS "isOver", s.link_token_used_at AS "usedAt"
       FROM sessions s JOIN tenants t ON t.id = s.tenant_id
       WHERE s.link_token_hash = $1 AND s.deleted_at IS NULL AND ${isTenantOpen('t')}`,
      [sha256(token)],
    );
    return row ?? null;
  }

  /** Counts a request for a QR code through the link. @returns false when the link has used up its codes, or has ended */
  async countStart(token: string, maxStarts: number): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE sessions SET link_starts = link_starts + 1
       WHERE link_token_hash = $1 AND link_starts < $2 AND link_token_until > heliograph_now() AND link_token_used_at IS NULL RETURNING id`,
      [sha256(token), maxStarts],
    );
    return rows.length > 0;
  }
}
