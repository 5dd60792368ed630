import { Pool } from 'undici';
import type { SimSession } from './accounts';
import type { LedgerLine } from './ledger';
import type { Random } from './random';
import type { SimulatorSettings } from './settings';

const mostInFlight = 256;
const timeoutMs = 10_000;

interface Delivery {
  session: SimSession;
  body: string;
  tries: number;
}

/** Sends hooks from the ledger: a second queue with its own delays, losses, repeats and disorder. */
export class HookSender {
  private readonly pools = new Map<string, Pool>();
  private readonly waiting: Delivery[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private inFlight = 0;
  readonly stats = { sent: 0, acked: 0, failed: 0, lost: 0, doubled: 0, gaveUp: 0 };

  constructor(
    private readonly settings: () => SimulatorSettings,
    private readonly random: Random,
  ) {}

  /** Everything WhatsApp tells of a send that was taken. */
  follow(session: SimSession, line: LedgerLine): void {
    const s = this.settings();
    if (!s.hooksEnabled || !session.webhookEnabled || line.status === 0) return;
    const sent = this.random.between(s.sentAfterMs);
    const delivered = sent + this.random.between(s.deliveredAfterMs);
    this.later(sent, () => {
      line.status = Math.max(line.status, 2);
      for (const event of s.echoEvents) this.emit(session, event, echoData(event, line, s));
      if (s.receiptEvents) this.update(session, line, 2);
    });
    this.later(delivered, () => {
      line.status = Math.max(line.status, 3);
      if (s.receiptEvents) this.update(session, line, 3);
    });
    if (this.random.next() < s.readRate) {
      const read = delivered + this.random.between(s.readAfterMs);
      this.later(read, () => {
        line.status = Math.max(line.status, 4);
        if (s.receiptEvents) this.update(session, line, 4);
      });
      if (this.random.next() < s.replyRate)
        this.later(read + 50, () =>
          this.emit(session, 'messages.received', {
            messages: inboundMessage(line.recipient, `Reply ${line.seq}`, this.random, line.keyId),
          }),
        );
    }
  }

  /** The message failed at WhatsApp after the provider took it. */
  failLater(session: SimSession, line: LedgerLine, reason: string): void {
    this.later(this.random.between(this.settings().sentAfterMs), () => {
      line.status = 0;
      line.failedReason = reason;
      this.emit(session, 'message.sent', { success: false, error: `Sending failed: ${reason}` });
      this.emit(session, 'messages.update', { update: { status: 0 }, key: keyOf(line, this.settings()) });
    });
  }

  /** One event to the session's webhook, if it wants it. */
  emit(session: SimSession, event: string, data: unknown): void {
    const s = this.settings();
    if (!session.webhookUrl || !session.webhookEnabled || (session.webhookEvents.length > 0 && !session.webhookEvents.includes(event)))
      return;
    const inMs = /^(messages\.update|message-receipt\.update|poll\.results)$/.test(event);
    const timed = !/^(session\.status|qrcode\.updated)$/.test(event);
    const secret =
      s.sessionIdMember &&
      /^(messages\.update|message-receipt\.update|session\.status|qrcode\.updated|poll\.results|passkey\.updated)$/.test(event);
    this.post(
      session,
      JSON.stringify({
        event,
        ...(timed && { timestamp: inMs ? Date.now() : Math.floor(Date.now() / 1_000) }),
        ...(secret && { sessionId: session.apiKey }),
        data,
      }),
    );
  }

  /** A body as it is, with losses, repeats and disorder. */
  post(session: SimSession, body: string): void {
    const s = this.settings();
    if (this.random.next() < s.hookLossRate) {
      this.stats.lost++;
      return;
    }
    const copies = this.random.next() < s.hookDuplicateRate ? 2 : 1;
    this.stats.doubled += copies - 1;
    for (let i = 0; i < copies; i++) {
      const delivery = { session, body, tries: 0 };
      if (s.hookDisorderMs > 0) this.later(this.random.next() * s.hookDisorderMs, () => this.enqueue(delivery));
      else this.enqueue(delivery);
    }
  }

  /** Deliveries and delays that are not done. */
  get pending(): number {
    return this.waiting.length + this.inFlight + this.timers.size;
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.waiting.length = 0;
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()));
  }

  private update(session: SimSession, line: LedgerLine, status: number): void {
    const s = this.settings();
    const key = keyOf(line, s);
    this.emit(
      session,
      'messages.update',
      s.hookForm === 'docs'
        ? { update: { status }, key }
        : [{ key, update: { status: ['ERROR', 'PENDING', 'SERVER_ACK', 'DELIVERY_ACK', 'READ', 'PLAYED'][status] } }],
    );
  }

  private later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
    }, ms);
    this.timers.add(timer);
  }

  private enqueue(delivery: Delivery): void {
    this.waiting.push(delivery);
    this.pump();
  }

  private pump(): void {
    while (this.inFlight < mostInFlight && this.waiting.length > 0) {
      const delivery = this.waiting.shift() as Delivery;
      this.inFlight++;
      void this.deliver(delivery).finally(() => {
        this.inFlight--;
        this.pump();
      });
    }
  }

  private async deliver(delivery: Delivery): Promise<void> {
    const { session, body } = delivery;
    if (!session.webhookUrl) return;
    this.stats.sent++;
    let acked = false;
    try {
      const url = new URL(session.webhookUrl);
      let pool = this.pools.get(url.origin);
      if (!pool)
        this.pools.set(url.origin, (pool = new Pool(url.origin, { connections: 64, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })));
      const answer = await pool.request({
        method: 'POST',
        path: url.pathname + url.search,
        headers: { 'content-type': 'application/json', 'x-webhook-signature': session.webhookSecret },
        body,
      });
      await answer.body.dump();
      acked = answer.statusCode >= 200 && answer.statusCode < 300;
    } catch {
      acked = false; // counted below like any other failed delivery
    }
    if (acked) {
      this.stats.acked++;
      return;
    }
    this.stats.failed++;
    const retryInMs = this.settings().hookRetriesMs[delivery.tries];
    if (retryInMs === undefined) this.stats.gaveUp++;
    else this.later(retryInMs, () => this.enqueue({ ...delivery, tries: delivery.tries + 1 }));
  }
}

/** The privacy id that stands for a phone number: always the same one. */
export function lidOf(digits: string): string {
  let n = 7n;
  for (const c of digits) n = (n * 131n + BigInt(c.charCodeAt(0))) % 900_000_000_000n;
  return `${230_000_000_000_000n + n}@lid`;
}

function keyOf(line: LedgerLine, s: SimulatorSettings): Record<string, unknown> {
  const isPhone = /^\d+$/.test(line.recipient);
  const phone = isPhone ? `${line.recipient}@s.whatsapp.net` : line.recipient;
  const lid = isPhone && s.echoAddress !== 'phone' ? lidOf(line.recipient) : null;
  return {
    id: line.keyId,
    fromMe: true,
    remoteJid: lid ?? phone,
    ...(lid && { addressingMode: 'lid' }),
    ...(lid && s.echoAddress === 'lid-with-phone' && { remoteJidAlt: phone }),
    ...(s.msgIdIn === 'key.msgId' && { msgId: String(line.msgId) }),
  };
}

function echoData(event: string, line: LedgerLine, s: SimulatorSettings): unknown {
  const key = keyOf(line, s);
  const message =
    line.kind === 'text' ? { conversation: line.text } : { [`${line.kind}Message`]: { ...(line.text !== null && { caption: line.text }) } };
  const id = s.msgIdIn === 'data.id' ? { id: line.msgId } : {};
  if (event === 'message.sent') return { ...id, key, message, success: true };
  const item = { key, ...(line.text !== null && { messageBody: line.text }), message, messageTimestamp: Math.floor(line.wallMs / 1_000) };
  return s.hookForm === 'docs' ? { messages: [item] } : { messages: item };
}

/** An inbound message in docs form. */
export function inboundMessage(digits: string, text: string, random: Random, quotes: string | null = null): Record<string, unknown> {
  const jid = `${digits}@s.whatsapp.net`;
  return {
    key: {
      id: `3A${random.hex(18).toUpperCase()}`,
      fromMe: false,
      remoteJid: jid,
      addressingMode: 'pn',
      senderPn: jid,
      cleanedSenderPn: digits,
      senderLid: lidOf(digits),
    },
    messageBody: text,
    message: quotes ? { extendedTextMessage: { text, contextInfo: { stanzaId: quotes } } } : { conversation: text },
    messageTimestamp: Math.floor(Date.now() / 1_000),
  };
}
