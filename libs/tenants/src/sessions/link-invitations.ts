import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Actor, APP_CONFIG, AppError, notFound, systemActor } from '@heliograph/kernel';
import type { TenantsConfig } from '../tenants.config';
import { type InvitedSession, LinkInvitationRows } from './link-invitations.repository';
import { Sessions } from './sessions';

/** A link for the owner of a phone. The URL is shown only once. */
export interface LinkInvitation {
  url: string;
  until: Date;
}

/**
 * State of linking as the owner of the phone sees it. `idle`: no code is shown, one may be asked for; `other_phone`: a phone was linked
 * that is not the expected one.
 */
export type PhoneLinkState = 'idle' | 'scan' | 'passkey' | 'connecting' | 'linked' | 'other_phone';

/** Contents of the page behind a link: the name of the number and its QR code, nothing else. The tenant is for its brand. */
export interface PhoneLink {
  tenantId: string;
  name: string;
  state: PhoneLinkState;
  qr: string | null;
  qrExpiresAt: Date | null;
  until: Date;
}

const lifetimeS = 600;
/** Number of times that a QR code may be requested through one link. A code is valid for about 20 s; the next ones come by hook. */
const maxStarts = 20;
const tokenPattern = /^[A-Za-z0-9_-]{43}$/;

/** Links for owners of phones, who link them without a sign-in: one per session, for ten minutes, until a phone is linked. */
@Injectable()
export class LinkInvitations {
  private readonly log = new Logger(LinkInvitations.name);

  constructor(
    private readonly sessions: Sessions,
    private readonly rows: LinkInvitationRows,
    @Inject(APP_CONFIG) private readonly config: Pick<TenantsConfig, 'PUBLIC_URL'>,
  ) {}

  /** Makes a link, which ends the one before it. @throws AppError conflict `session_connected`, `account_required` */
  async invite(tenantId: string, actor: Actor, sessionId: string): Promise<LinkInvitation> {
    const session = await this.sessions.get(tenantId, sessionId);
    if (!session.accountId || !session.providerSessionId)
      throw new AppError('conflict', 'account_required', 'This session has no provider account, so no QR code can be shown for it.');
    const token = randomBytes(32).toString('base64url');
    const until = await this.rows.open(tenantId, actor, sessionId, token, lifetimeS);
    if (!until) throw new AppError('conflict', 'session_connected', 'A phone is linked to this session.');
    return { url: `${this.config.PUBLIC_URL.replace(/\/+$/, '')}/admin/link-phone#${token}`, until };
  }

  /** Ends the link of a session, if there is one. @throws AppError not_found */
  async revoke(tenantId: string, actor: Actor, sessionId: string): Promise<void> {
    await this.sessions.get(tenantId, sessionId);
    await this.rows.revoke(tenantId, actor, sessionId);
  }

  /** Returns the contents of the page for the holder of the token. @throws AppError not_found; gone `link_expired`, `link_used` */
  async show(token: string): Promise<PhoneLink> {
    return linkOf(await this.read(token));
  }

  /** Asks the provider for a QR code, unless one is shown or a phone is linked. @throws AppError as `show`, and throttled `too_many_codes` */
  async start(token: string): Promise<PhoneLink> {
    const session = await this.read(token);
    const link = linkOf(session);
    if (link.state !== 'idle') return link;
    if (!(await this.rows.countStart(token, maxStarts)))
      throw new AppError('throttled', 'too_many_codes', 'This link has shown too many codes. Ask for a new link.', {
        retryAfterSeconds: lifetimeS,
      });
    try {
      await this.sessions.link(session.tenantId, systemActor('phone_link'), session.id);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // The holder of a link is nobody's staff: what the provider said is for the log.
      this.log.warn({ event: 'session.phone_link_failed', tenant: session.tenantId, session: session.id, reason: error.reason });
      throw new AppError('unavailable', 'code_unavailable', 'WhatsApp gave no code. Try again in a minute.', { retryAfterSeconds: 20 });
    }
    return this.show(token);
  }

  private async read(token: string): Promise<InvitedSession> {
    const session = tokenPattern.test(token) ? await this.rows.find(token) : null;
    if (!session) throw notFound('link');
    if (session.isOver && session.usedAt !== null) throw new AppError('gone', 'link_used', 'A phone was linked with this link.');
    if (session.isOver) throw new AppError('gone', 'link_expired', 'This link has expired.');
    return session;
  }
}

function linkOf({ tenantId, name, status, heldReason, qr, qrExpiresAt, until, usedAt }: InvitedSession): PhoneLink {
  const shown = { tenantId, name, qr: null, qrExpiresAt: null, until };
  if (usedAt !== null) return { ...shown, state: heldReason === 'phone_changed' ? 'other_phone' : 'linked' };
  if (status === 'connecting') return { ...shown, state: 'connecting' };
  if (status === 'need_passkey') return { ...shown, state: 'passkey' };
  if (status === 'need_scan' && qr !== null) return { ...shown, state: 'scan', qr, qrExpiresAt };
  return { ...shown, state: 'idle' };
}
