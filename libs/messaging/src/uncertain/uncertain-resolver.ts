import { Inject, Injectable, Logger } from '@nestjs/common';
import { Database, Metrics } from '@heliograph/kernel';
import { type MessageLogRow, WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { SessionCredentials, type SessionCredentialSet } from '@heliograph/tenants';
import { LaneBell } from '../lanes/lane-bell';
import { textOf } from '../message';
import { Receipts } from '../receipts/receipts';
import { FailedMessages } from './failed-messages';
import { MessageBinding } from './message-binding';
import { matchLog, type UnknownMessage } from './message-log-match';
import { type UnboundMessage, UnboundMessages } from './unbound.repository';

const tickMs = 2_000;
/** Messages one tick asks about at most, and sessions it asks for at the same time. */
const messagesPerTick = 200;
const sessionsAtOnce = 8;
/** The log is read back to the oldest message in question, but not further than this. */
const logPages = 5;
const logPageSize = 50;
const reviewedPerTick = 500;

/**
 * Looks for evidence of what became of messages: asks the provider by numeric id for the WhatsApp id, looks unknown outcomes up
 * in the session's message log, and when nothing was found in time asks a person. Never sends anything; a plain timer.
 */
@Injectable()
export class UncertainResolver {
  private readonly log = new Logger(UncertainResolver.name);
  private readonly lookups;
  private readonly parked;
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;

  constructor(
    private readonly db: Database,
    private readonly unbound: UnboundMessages,
    private readonly binding: MessageBinding,
    private readonly failed: FailedMessages,
    private readonly receipts: Receipts,
    private readonly credentials: SessionCredentials,
    private readonly bell: LaneBell,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
    metrics: Metrics,
  ) {
    this.lookups = metrics.counter('provider_lookups_total', 'Questions to the provider about sent messages.', ['kind', 'outcome']);
    this.parked = metrics.counter('messages_parked_total', 'Messages of unknown outcome that a person must decide.');
  }

  start(): void {
    this.timer = setInterval(() => void this.tick(), tickMs);
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.running;
  }

  /** One round; joins the one that is running. */
  tick(): Promise<void> {
    this.running ??= this.run()
      .catch((error: Error) => this.log.warn({ event: 'uncertain.failed', error: error.message }))
      .finally(() => (this.running = null));
    return this.running;
  }

  private async run(): Promise<void> {
    const { parked, resentTo } = await this.unbound.review(reviewedPerTick);
    for (const sessionId of resentTo) this.bell.ring(sessionId);
    if (parked > 0) {
      this.parked.inc(parked);
      // One line for all of them.
      this.log.error({ event: 'message.outcome_unknown', count: parked });
    }
    const bySession = Map.groupBy(await this.unbound.takeDue(messagesPerTick), (message) => message.sessionId);
    const sessions = [...bySession];
    await Promise.all(
      Array.from({ length: sessionsAtOnce }, async () => {
        for (let next = sessions.pop(); next; next = sessions.pop()) await this.resolve(...next);
      }),
    );
  }

  private async resolve(sessionId: string, messages: UnboundMessage[]): Promise<void> {
    const session = await this.credentials.get(sessionId);
    if (!session) return;
    for (const message of messages) if (message.providerMessageId && !(await this.ask(session, message, message.providerMessageId))) break;
    const unknown = messages.filter((message) => message.state === 'uncertain' && !message.providerMessageId);
    if (unknown.length > 0) await this.searchLog(session, unknown);
  }

  /** @returns false when the provider does not want to be asked now */
  private async ask(session: SessionCredentialSet, message: UnboundMessage, providerMessageId: string): Promise<boolean> {
    const info = await this.provider.messageInfo({ apiKey: session.apiKey }, providerMessageId);
    this.lookups.inc({ kind: 'info', outcome: info.ok ? 'answered' : info.reason });
    if (!info.ok) return info.reason === 'not_found';
    const { keyId, status } = info.value;
    const { tenantId, sessionId, messageId } = message;
    if (keyId) {
      await this.binding.bindKnown([{ tenantId, sessionId, messageId, keyId, providerMessageId, failed: status === 'error' }]);
      if (status) await this.receipts.apply([{ sessionId, keyId, status, at: null }]);
    } else if (status === 'error') {
      await this.failed.fail([{ tenantId, messageId, detail: 'The provider reports that the message failed.' }]);
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
      if (!answer.ok) return; // half a log could make one of two candidates look like the only one
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

  /** The log's word: it was taken, and perhaps failed since. */
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
    const lids = await this.db.query<{ lid: string; phone: string }>(
      `SELECT lid, phone FROM address_pairs WHERE tenant_id = $1 AND phone = ANY ($2::text[])`,
      [tenantId, messages.map((message) => message.recipient)],
    );
    return messages.map((message) => ({
      messageId: message.messageId,
      addresses: [message.recipient, ...lids.filter((pair) => pair.phone === message.recipient).map((pair) => pair.lid)],
      text: textOf(message.body.content),
      calledAt: message.calledAt,
    }));
  }
}
