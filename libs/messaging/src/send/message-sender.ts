import { Inject, Injectable, Logger } from '@nestjs/common';
import { type OutboundMessage, type SendOutcome, WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { SessionCredentials, SessionReports } from '@heliograph/tenants';
import type { ClaimedMessage } from '../lanes/claim-answer';
import type { Lease } from '../lanes/worker-lease';
import { type MessageBody, textOf } from '../message';
import { MessagingMetrics } from '../messaging.metrics';
import { echoHash } from '../uncertain/echo-hash';
import { type CallRequest, reportOf } from './call-report';
import { Ledger, type LedgerStep } from './ledger.repository';
import { ProviderBreaker } from './provider-breaker';
import { QuotedMessages } from './quoted-messages.repository';
import { type Settlement, settle, unansweredBeforePause } from './settlement';
import { UnansweredCalls } from './unanswered-calls';

/** Result of one call. */
export interface CallResult {
  settlement: Settlement;
  step: LedgerStep;
  /** The API key of the call; null when none could be read. */
  apiKey: string | null;
}

/** A claimed message that has its body. `fileUrl`: the address that the call names in place of the one in the content. */
export type ReadyMessage = ClaimedMessage & { body: MessageBody; fileUrl?: string };

/** The only place where messages leave: makes one HTTP call for one message that is committed as `calling`. */
@Injectable()
export class MessageSender {
  private readonly log = new Logger(MessageSender.name);
  readonly breaker = new ProviderBreaker();
  private readonly unanswered = new UnansweredCalls();

  constructor(
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
    private readonly credentials: SessionCredentials,
    private readonly sessions: SessionReports,
    private readonly quoted: QuotedMessages,
    private readonly ledger: Ledger,
    private readonly metrics: MessagingMetrics,
  ) {}

  /**
   * Calls the provider once. The message must be in `calling` with this attempt, committed. Returns every answer as a value and never
   * throws for one.
   */
  async call(message: ReadyMessage, lease: Lease): Promise<CallResult> {
    const startedAt = performance.now();
    const credential = await this.credentialOf(message);
    const request: CallRequest = { to: message.recipient, fileUrl: message.fileUrl };
    const outcome = 'kind' in credential ? credential : await this.send(message, request, credential.apiKey, lease);
    const durationMs = performance.now() - startedAt;
    const unanswered = this.unanswered.count(message.sessionId, outcome);
    this.watchProvider(message, outcome, unanswered, lease);
    const settlement = settle(outcome, {
      tries: message.tries,
      expiresInMs: message.expiresInMs - (performance.now() - startedAt),
      countsTry: lease.isValid() && !this.breaker.isOpen,
      unanswered,
      random: Math.random(),
    });
    this.metrics.called(outcome, durationMs);
    this.logSettled(message, outcome, settlement, durationMs);
    const step = { ...stepOf(message, settlement, startedAt), call: reportOf(outcome, durationMs, request) };
    return { settlement, apiKey: 'kind' in credential ? null : credential.apiKey, step };
  }

  /** Asks the provider to show a typing indicator. Never throws. */
  async showTyping(message: ClaimedMessage): Promise<void> {
    const credential = await this.credentialOf(message);
    if (!('kind' in credential)) await this.provider.showTyping({ apiKey: credential.apiKey }, message.recipient);
  }

  /** Writes the outcome and repeats the write while the database is down. Then reports a broken session to its owner. */
  async settle(message: ClaimedMessage, result: CallResult): Promise<void> {
    await this.ledger.advanceSurely(result.step);
    if (result.settlement.session === 'down') await this.sessions.reportDown(message.sessionId, result.step.detail ?? '');
    if (result.settlement.session === 'unauthorised') {
      await this.sessions.reportUnauthorised(message.sessionId, result.step.detail ?? '', result.apiKey ?? undefined);
    }
  }

  /** Opens and closes the breaker, and logs each kind of trouble once. */
  private watchProvider(message: ClaimedMessage, outcome: SendOutcome, unanswered: number, lease: Lease): void {
    const detail = 'detail' in outcome ? outcome.detail : undefined;
    if (outcome.kind === 'not_sent' || outcome.kind === 'unknown') {
      if (lease.isValid() && this.breaker.failed()) this.log.error({ event: 'provider.unreachable', provider: this.provider.name, detail });
    } else if (this.breaker.answered()) {
      this.log.log({ event: 'provider.reachable', provider: this.provider.name });
    }
    if (outcome.kind === 'unknown' && outcome.isMismatched)
      this.log.error({ event: 'message.answer_mismatched', tenant: message.tenantId, session: message.sessionId, message: message.id });
    if (unanswered === unansweredBeforePause)
      this.log.error({ event: 'session.unanswered', tenant: message.tenantId, session: message.sessionId, detail });
  }

  /** @param request receives the quoted message's id */
  private async send(message: ReadyMessage, request: CallRequest, apiKey: string, lease: Lease): Promise<SendOutcome> {
    const { content } = message.body;
    const named = request.fileUrl !== undefined && 'url' in content ? { ...content, url: request.fileUrl } : content;
    const outbound: OutboundMessage = { to: request.to, content: named };
    if (message.body.mentions) outbound.mentions = message.body.mentions;
    if (message.replyTo) {
      request.quotedId = await this.quoted.providerIdOf(message.tenantId, message.replyTo);
      if (request.quotedId) outbound.replyToProviderId = request.quotedId;
    }
    return this.provider.send({ apiKey }, outbound, { mayWrite: () => lease.isValid() });
  }

  private async credentialOf(message: ClaimedMessage): Promise<{ apiKey: string } | SendOutcome> {
    try {
      const credential = await this.credentials.find(message.sessionId);
      if (!credential) return { kind: 'session_down', detail: 'The session no longer exists.', httpStatus: 0 };
      return { apiKey: credential.apiKey };
    } catch (error) {
      return { kind: 'not_sent', detail: `The credential could not be read: ${(error as Error).name}` };
    }
  }

  /** Writes the wide log line of an attempt. The transition log covers a successful one. No text, no number. */
  private logSettled(message: ClaimedMessage, outcome: SendOutcome, { step }: Settlement, durationMs: number): void {
    this.log[step.to === 'sent' ? 'debug' : 'log']({
      event: 'message.called',
      tenant: message.tenantId,
      session: message.sessionId,
      message: message.id,
      attempt: message.attempt,
      outcome: outcome.kind,
      state: step.to,
      cause: step.cause,
      http_status: 'httpStatus' in outcome ? outcome.httpStatus : undefined,
      duration_ms: Math.round(durationMs),
    });
  }
}

function stepOf(message: ReadyMessage, settlement: Settlement, calledAt: number): LedgerStep {
  const mayHaveLeft = settlement.step.to === 'sent' || settlement.step.to === 'uncertain';
  return {
    tenantId: message.tenantId,
    id: message.id,
    sessionId: message.sessionId,
    attempt: message.attempt,
    ...settlement.step,
    ...(mayHaveLeft && { calledAt, echoHash: echoHash(message.recipient, textOf(message.body.content)) }),
  };
}
