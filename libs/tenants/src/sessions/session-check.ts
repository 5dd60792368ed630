import { Inject, Injectable } from '@nestjs/common';
import { type Actor, Database } from '@heliograph/kernel';
import { WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { databaseNow, phonesOf } from './session-checks.repository';
import { SessionCredentials } from './session-credentials';
import { SessionReports } from './session-reports';
import type { SessionStatus } from './session-status';

/** What a check came to. `silent`: the provider gave no answer that says anything of the session. */
export type CheckOutcome = { kind: 'answered'; status: SessionStatus } | { kind: 'silent'; retryAfterMs: number };

/** Asks the provider how a session is, with the session's own key, and reports what it says. */
@Injectable()
export class SessionCheck {
  constructor(
    private readonly db: Database,
    private readonly credentials: SessionCredentials,
    private readonly reports: SessionReports,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
  ) {}

  /** @param of `asOf`: database time (text) before the question, absent: now; `actor`: whoever asked for the check */
  async check(sessionId: string, source: 'poll' | 'api', of: { asOf?: string; actor?: Actor } = {}): Promise<CheckOutcome> {
    // A person's check may follow a change of the key so closely that the change was not heard of yet.
    if (source === 'api') this.credentials.forget(sessionId);
    const session = await this.credentials.get(sessionId);
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
      // Who is behind it comes first: once it is open, messages leave from that phone.
      const identity = await this.provider.sessionIdentity(credential);
      const isRead = identity.ok && identity.value.phone !== null;
      if (!isRead && session.status !== 'connected') return { kind: 'silent', retryAfterMs: identity.feedback.retryAfterMs ?? 0 };
      if (identity.ok && identity.value.phone) await this.reports.reportPhone(sessionId, identity.value.phone, source, of.actor);
    }
    await this.reports.reportStatus(sessionId, { status, rawStatus }, source, limits);
    return { kind: 'answered', status };
  }

  /**
   * Looks at connected sessions of one account by its list, one call for all of them. One that the list tells something else of,
   * or not enough, is asked about by itself.
   * @returns ids of the sessions that must be asked about
   */
  async differing(sessionIds: string[]): Promise<string[]> {
    const sessions = (await Promise.all(sessionIds.map((id) => this.credentials.get(id)))).filter((session) => session !== null);
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

  /** Gets a QR text to show instead of one that ran out, where the account's token is known. */
  async refreshQr(sessionId: string): Promise<void> {
    const session = await this.credentials.get(sessionId);
    if (!session?.accountToken || !session.providerSessionId) return;
    const fresh = await this.provider.sessionQr({ accessToken: session.accountToken }, session.providerSessionId);
    if (fresh.ok) await this.reports.reportQr(sessionId, fresh.value.qr);
  }
}
