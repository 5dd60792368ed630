import { Inject, Injectable } from '@nestjs/common';
import { type Actor, Database } from '@heliograph/kernel';
import { WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { databaseNow, phonesOf } from './session-checks.repository';
import { SessionCredentials } from './session-credentials';
import { SessionReports } from './session-reports';
import type { SessionStatus } from './session-status';

/** Result of a check. `silent`: the provider's answer says nothing about the session, or there was none. */
export type CheckOutcome = { kind: 'answered'; status: SessionStatus } | { kind: 'silent'; retryAfterMs: number };

/** Asks the provider for the status of a session, with the session's own key, and reports the answer. */
@Injectable()
export class SessionCheck {
  constructor(
    private readonly db: Database,
    private readonly credentials: SessionCredentials,
    private readonly reports: SessionReports,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
  ) {}

  /** @param of `asOf`: database time (text) before the question, absent: now; `actor`: the actor that requested the check */
  async check(sessionId: string, source: 'poll' | 'api', of: { asOf?: string; actor?: Actor } = {}): Promise<CheckOutcome> {
    // A person's check may follow a change of the key before the notification of the change has arrived.
    if (source === 'api') this.credentials.forget(sessionId);
    const session = await this.credentials.find(sessionId);
    if (!session) return { kind: 'answered', status: 'deleted' };
    const credential = { apiKey: session.apiKey };
    const limits = { asOf: of.asOf ?? (await databaseNow(this.db)), apiKey: session.apiKey, ...(of.actor && { actor: of.actor }) };

    const answer = await this.provider.sessionStatus(credential);
    if (!answer.ok) {
      const status = ({ unauthorised: 'unauthorised', session_down: 'disconnected', not_found: 'unknown' } as const)[
        answer.reason as 'unauthorised'
      ];
      if (status === undefined) return { kind: 'silent', retryAfterMs: answer.feedback.retryAfterMs ?? 0 };
      await this.reports.reportStatus(sessionId, { status, reason: answer.detail }, source, limits);
      return { kind: 'answered', status };
    }

    const { status, rawStatus } = answer.value;
    if (status === 'connected') {
      // The phone is read first: once the session is open, messages are sent from that phone.
      const identity = await this.provider.sessionIdentity(credential);
      const isRead = identity.ok && identity.value.phone !== null;
      if (!isRead && session.status !== 'connected') return { kind: 'silent', retryAfterMs: identity.feedback.retryAfterMs ?? 0 };
      if (identity.ok && identity.value.phone) await this.reports.reportPhone(sessionId, identity.value.phone, source, of.actor);
    }
    await this.reports.reportStatus(sessionId, { status, rawStatus }, source, limits);
    return { kind: 'answered', status };
  }

  /**
   * Checks connected sessions of one account by its list, in one call. A session for which the list shows a difference,
   * or too little, is checked individually.
   * @returns ids of the sessions that must be checked individually
   */
  async differing(sessionIds: string[]): Promise<string[]> {
    const sessions = (await Promise.all(sessionIds.map((id) => this.credentials.find(id)))).filter((session) => session !== null);
    const token = sessions.find((session) => session.accountToken !== null)?.accountToken;
    if (!token) return sessionIds;
    const list = await this.provider.listSessions({ accessToken: token });
    if (!list.ok) return sessionIds;
    const shown = new Map(list.value.map((one) => [one.providerSessionId, one]));
    const phones = await phonesOf(this.db, sessionIds);
    return sessions
      .filter(({ sessionId, providerSessionId }) => {
        const now = providerSessionId === null ? undefined : shown.get(providerSessionId);
        return now?.status !== 'connected' || now.phone === null || now.phone !== phones.get(sessionId);
      })
      .map(({ sessionId }) => sessionId);
  }

  /** Gets a new QR text in place of an expired one, when the account's token is known. */
  async refreshQr(sessionId: string): Promise<void> {
    const session = await this.credentials.find(sessionId);
    if (!session?.accountToken || !session.providerSessionId) return;
    const fresh = await this.provider.sessionQr({ accessToken: session.accountToken }, session.providerSessionId);
    if (fresh.ok) await this.reports.reportQr(sessionId, fresh.value.qr);
  }
}
