import type { SimSession } from './accounts';
import { isPhone, lidOf } from './sent-content';
import { HookDelivery } from './hook-delivery';
import { hookBody } from './hook-forms';
import type { Json } from './http';
import type { LedgerLine } from './ledger';
import { echoData, inboundMessage, ownKey } from './messages';
import type { Random } from './random';
import { Schedule } from './schedule';
import type { SimulatorSettings } from './settings';

/** Time from reading a message to its answer, in ms. */
const replyAfterMs = 50;
/** A member of every simulated group. */
const groupMember = '447700900101';

/** An inbound message, and whether a hook about it got a 2xx response: only then it must not be lost. */
export interface SentInbound {
  sessionId: number;
  keyId: string;
  acked: boolean;
}

/** Sends hooks from the ledger: a second queue with its own delays, losses, repeats and disorder. */
export class HookSender {
  private readonly schedule = new Schedule();
  private readonly delivery: HookDelivery;
  readonly inbound: SentInbound[] = [];
  private lost = 0;
  private doubled = 0;

  constructor(
    private readonly settings: () => SimulatorSettings,
    private readonly random: Random,
  ) {
    this.delivery = new HookDelivery(settings, this.schedule);
  }

  /** Simulates the events at WhatsApp after a send was accepted, and sends their hooks. */
  follow(session: SimSession, line: LedgerLine): void {
    const s = this.settings();
    if (s.notOnWhatsAppSuffixes.some((suffix) => line.recipient.endsWith(suffix))) {
      this.failLater(session, line, `Sending failed, JID not valid for number: ${line.to}`);
      return;
    }
    this.schedule.in(this.random.between(s.sentAfterMs), () => {
      for (const event of this.settings().echoEvents) this.emit(session, event, () => echoData(event, line, this.settings()));
      this.rise(session, line, 2);
      this.schedule.in(this.random.between(s.deliveredAfterMs), () => {
        this.rise(session, line, 3);
        if (this.random.next() < s.readRate) this.schedule.in(this.random.between(s.readAfterMs), () => this.read(session, line));
      });
    });
  }

  /** Fails a message at WhatsApp after the provider accepted it. */
  failLater(session: SimSession, line: LedgerLine, reason: string): void {
    this.schedule.in(this.random.between(this.settings().sentAfterMs), () => {
      line.status = 0;
      line.failedReason = reason;
      this.emit(session, 'message.sent', () => ({ success: false, error: reason }));
      this.receipt(session, line, 0);
    });
  }

  /** Sends an event to the session's webhook, if subscribed; `data` returns the docs form. */
  emit(session: SimSession, event: string, data: () => unknown, onAck?: () => void): void {
    const s = this.settings();
    if (!s.hooksEnabled || !session.webhookUrl || !session.webhookEnabled) return;
    if (session.webhookEvents.length > 0 && !session.webhookEvents.includes(event)) return;
    this.post(session, hookBody(session, event, data(), s.forms), onAck);
  }

  /** Posts a body unchanged, with losses, repeats, disorder and bursts. */
  post(session: SimSession, body: string, onAck?: () => void): void {
    const s = this.settings();
    if (this.random.next() < s.hookLossRate) {
      this.lost++;
      return;
    }
    const copies = this.random.next() < s.hookDuplicateRate ? 2 : 1;
    this.doubled += copies - 1;
    for (let i = 0; i < copies; i++) {
      let delayMs = s.hookDisorderMs > 0 ? this.random.next() * s.hookDisorderMs : 0;
      if (s.hookBurstMs > 0) delayMs += s.hookBurstMs - ((performance.now() + delayMs) % s.hookBurstMs);
      if (delayMs > 0) this.schedule.in(delayMs, () => this.delivery.post(session, body, onAck));
      else this.delivery.post(session, body, onAck);
    }
  }

  /** Open deliveries, and receipts and repeats still to come. */
  get pending(): number {
    return this.delivery.pending + this.schedule.size;
  }

  get stats(): Record<'sent' | 'acked' | 'failed' | 'gaveUp' | 'lost' | 'doubled', number> {
    return { ...this.delivery.stats, lost: this.lost, doubled: this.doubled };
  }

  async stop(): Promise<void> {
    this.schedule.clear();
    await this.delivery.stop();
  }

  private read(session: SimSession, line: LedgerLine): void {
    const s = this.settings();
    this.rise(session, line, 4);
    // A voice note that was read is played after a while.
    if (line.kind === 'audio') this.schedule.in(this.random.between(s.readAfterMs), () => this.rise(session, line, 5));
    if (!isPhone(line.recipient) || this.random.next() >= s.replyRate) return;
    this.schedule.in(replyAfterMs, () => {
      const given = { from: line.recipient, text: `Reply ${line.seq}`, quotes: line.keyId };
      this.sendInbound(session, inboundMessage(given, this.settings().echoAddress, this.random), this.settings().inboundEvents);
    });
  }

  /** Sends an inbound message in each of these events. */
  sendInbound(session: SimSession, message: Json, events: string[]): void {
    const sent: SentInbound = { sessionId: session.id, keyId: (message.key as { id: string }).id, acked: false };
    this.inbound.push(sent);
    const onAck = () => void (sent.acked = true);
    for (const event of events) this.emit(session, event, () => ({ messages: event === 'messages.upsert' ? [message] : message }), onAck);
  }

  private rise(session: SimSession, line: LedgerLine, status: number): void {
    line.status = Math.max(line.status, status);
    this.receipt(session, line, status);
  }

  private receipt(session: SimSession, line: LedgerLine, status: number): void {
    const s = this.settings();
    if (!s.receiptEvents) return;
    this.emit(session, 'messages.update', () => ({ update: { status }, key: ownKey(line, s) }));
    if (!line.recipient.endsWith('@g.us') || (status !== 3 && status !== 4)) return;
    this.emit(session, 'message-receipt.update', () => {
      const userJid = lidOf(groupMember);
      const at = { [status === 3 ? 'receiptTimestamp' : 'readTimestamp']: Math.floor(Date.now() / 1_000) };
      return { message: { key: { ...ownKey(line, s), participant: userJid }, receipt: { userJid, ...at } } };
    });
  }
}
