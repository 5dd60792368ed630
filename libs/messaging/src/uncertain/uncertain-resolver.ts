import { Inject, Injectable, Logger } from '@nestjs/common';
import { otherAddresses } from '@heliograph/contacts';
import { Database, isStorageDown, type Loop, Loops, Metrics } from '@heliograph/kernel';
import { clampedWaitMs, type MessageLogRow, WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { SessionCredentials, type SessionCredentialSet } from '@heliograph/tenants';
import { LaneBell } from '../lanes/lane-bell';
import { textOf } from '../message';
import { Receipts } from '../receipts/receipts.repository';
import { FailedMessages } from './failed-messages.repository';
import { MessageBinding } from './message-binding.repository';
import { matchLog, type UnknownMessage } from './message-log-match';
import { type UnboundMessage, UnboundMessages } from './unbound.repository';

const tickMs = 2_000;
/** Maximum number of messages asked about per tick, and of sessions asked about at the same time. */
const messagesPerTick = 200;
const sessionsAtOnce = 8;
/** Maximum number of pages read of the log, which is read back to the oldest message in question. */
const logPages = 5;
const logPageSize = 50;
const reviewedPerTick = 500;

/**
 * Looks for evidence about messages: asks the provider for the WhatsApp id of a numeric id, searches the session's message log for unknown
 * outcomes, and leaves the message to a person when it finds nothing in time. Never sends a message.
 */
@Injectable()
export class UncertainResolver {
  private readonly log = new Logger(UncertainResolver.name);
  private readonly lookups;
  private readonly parked;
  private readonly failing;
  private started: Loop[] = [];

  constructor(
    private readonly db: Database,
    private readonly unbound: UnboundMessages,
    private readonly binding: MessageBinding,
    private readonly failed: FailedMessages,
    private readonly receipts: Receipts,
    private readonly credentials: SessionCredentials,
    private readonly bell: LaneBell,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
    private readonly loops: Loops,
    metrics: Metrics,
  ) {
    this.failing = loops.watch('uncertain_session');
    this.lookups = metrics.counter('provider_lookups_total', 'Questions to the provider about messages.', ['kind', 'outcome']);
    this.parked = metrics.counter('messages_parked_total', 'Messages of unknown outcome that a person must decide.');
  }

  start(): void {
    const duty = (name: string, everyMs: number, work: () => Promise<void>) =>
      this.started.push(this.loops.startOwned({ name, everyMs, firstMs: everyMs, work }));
    duty('uncertain_review', tickMs, () => this.review());
    duty('uncertain_lookup', tickMs, () => this.lookUp());
  }

  async stop(): Promise<void> {
    await Promise.all(this.started.map((loop) => loop.stop()));
  }

  /** Opens dead letters for messages that stayed unknown, or sends them again, by the tenant's policy. */
  async review(): Promise<void> {
    const { parked, resentTo } = await this.unbound.review(reviewedPerTick);
    for (const sessionId of resentTo) this.bell.ring(sessionId);
    if (parked > 0) {
      this.parked.inc(parked);
      // One line for all of them.
      this.log.error({ event: 'message.outcome_unknown', count: parked });
    }
  }

  /** Asks the provider about the messages that are due. A session that fails does not block the others. */
  async lookUp(): Promise<void> {
    const bySession = Map.groupBy(await this.unbound.takeDue(messagesPerTick), (message) => message.sessionId);
    const sessions = [...bySession];
    let fault: unknown;
    await Promise.all(
      Array.from({ length: sessionsAtOnce }, async () => {
        for (let next = sessions.pop(); next && !fault; next = sessions.pop()) fault ??= await this.tryToResolve(...next);
      }),
    );
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the error of a statement, unchanged
    if (fault) throw fault;
  }

  /** Resolves the messages of one session. @returns the error when no session can be resolved now */
  private async tryToResolve(sessionId: string, messages: UnboundMessage[]): Promise<unknown> {
    try {
      await this.resolve(sessionId, messages);
      this.failing.succeeded(sessionId);
    } catch (error) {
      if (isStorageDown(error)) return error;
      // These messages are due again at their next question.
      this.failing.failed(sessionId, error);
    }
    return undefined;
  }

  private async resolve(sessionId: string, messages: UnboundMessage[]): Promise<void> {
    const session = await this.credentials.find(sessionId);
    if (!session) return;
    for (const message of messages) if (message.providerMessageId && !(await this.ask(session, message, message.providerMessageId))) break;
    const unknown = messages.filter((message) => message.state === 'uncertain' && !message.providerMessageId);
    if (unknown.length > 0) await this.searchLog(session, unknown);
  }

  /** @returns false when the provider refuses further questions now */
  private async ask(session: SessionCredentialSet, message: UnboundMessage, providerMessageId: string): Promise<boolean> {
    const info = await this.provider.messageInfo({ apiKey: session.apiKey }, providerMessageId);
    this.lookups.inc({ kind: 'info', outcome: info.ok ? 'answered' : info.reason });
    if (!info.ok) {
      if (info.reason === 'throttled') await this.unbound.postpone(session.sessionId, 'info', clampedWaitMs(info.feedback.retryAfterMs));
      return info.reason === 'not_found';
    }
    const { keyId, status } = info.value;
    const { tenantId, sessionId, messageId } = message;
    if (keyId) {
      await this.binding.bindKnown([{ tenantId, sessionId, messageId, keyId, providerMessageId, failed: status === 'error' }]);
      if (status) await this.receipts.apply([{ sessionId, keyId, status, at: null }]);
    } else if (status === 'error') {
      await this.failed.fail([{ tenantId, messageId, detail: 'The provider reported that the message failed.' }]);
    }
    return true;
  }

  private async searchLog(session: SessionCredentialSet, unknown: UnboundMessage[]): Promise<void> {
    if (!session.accountToken || !session.providerSessionId || !session.logMessages) return;
    const oldest = Math.min(...unknown.map((message) => message.calledAt.getTime()));
    const rows: MessageLogRow[] = [];
    for (let page = 1; page <= logPages; page++) {
      const answer = await this.provider.messageLog({ accessToken: session.accountToken }, session.providerSessionId, page, logPageSize);
      this.lookups.inc({ kind: 'log', outcome: answer.ok ? 'answered' : answer.reason });
      if (!answer.ok && answer.reason === 'throttled')
        await this.unbound.postpone(session.sessionId, 'log', clampedWaitMs(answer.feedback.retryAfterMs));
      if (!answer.ok) return; // with half of the log, one of two candidates could look like the only one
      rows.push(...answer.value.rows);
      const last = answer.value.rows.at(-1);
      if (!last || page >= answer.value.lastPage || last.createdAt.getTime() < oldest - 60_000) break;
      if (page === logPages) return;
    }
    const accounted = await this.unbound.accountedFor(
      session.sessionId,
      rows.map((row) => row.providerMessageId),
    );
    const found = matchLog(await this.asLogged(session.tenantId, unknown), rows, accounted);
    for (const message of unknown) {
      const row = found.get(message.messageId);
      if (row) await this.settle(message, row);
    }
  }

  /** Settles a message by its log row: it was accepted, and may have failed later. */
  private async settle(message: UnboundMessage, row: MessageLogRow): Promise<void> {
    const { tenantId, sessionId, messageId } = message;
    const { providerMessageId } = row;
    if (row.status === 'failed') {
      await this.failed.fail([{ tenantId, messageId, providerMessageId, detail: row.failedReason }]);
      return;
    }
    await this.unbound.settleByLog({ tenantId, sessionId, messageId, providerMessageId });
  }

  private async asLogged(tenantId: string, messages: UnboundMessage[]): Promise<UnknownMessage[]> {
    const others = await otherAddresses(
      this.db,
      messages.map((message) => ({ tenantId, address: message.recipient })),
    );
    return messages.map((message) => ({
      messageId: message.messageId,
      addresses: [message.recipient, ...(others.get(`${tenantId}/${message.recipient}`) ?? [])],
      text: textOf(message.body.content),
      calledAt: message.calledAt,
    }));
  }
}
