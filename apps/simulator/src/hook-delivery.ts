import { Pool } from 'undici';
import type { SimSession } from './accounts';
import type { Schedule } from './schedule';
import type { SimulatorSettings } from './settings';

const maxInFlight = 256;

interface Delivery {
  session: SimSession;
  body: string;
  tries: number;
  /** Called after a 2xx response. */
  onAck?: () => void;
}

/** Posts hook bodies with limited concurrency, and repeats those without a 2xx response. */
export class HookDelivery {
  private readonly pools = new Map<string, Pool>();
  private waiting: Delivery[] = [];
  private next = 0;
  private inFlight = 0;
  readonly stats = { sent: 0, acked: 0, failed: 0, gaveUp: 0 };

  constructor(
    private readonly settings: () => SimulatorSettings,
    private readonly schedule: Schedule,
  ) {}

  post(session: SimSession, body: string, onAck?: () => void): void {
    this.enqueue({ session, body, tries: 0, ...(onAck && { onAck }) });
  }

  /** Bodies that wait or are being posted. */
  get pending(): number {
    return this.waiting.length - this.next + this.inFlight;
  }

  async stop(): Promise<void> {
    this.waiting = [];
    this.next = 0;
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()));
  }

  private enqueue(delivery: Delivery): void {
    this.waiting.push(delivery);
    this.pump();
  }

  private pump(): void {
    while (this.inFlight < maxInFlight) {
      const delivery = this.waiting[this.next];
      if (!delivery) {
        this.waiting = [];
        this.next = 0;
        return;
      }
      this.next++;
      this.inFlight++;
      void this.deliver(delivery).finally(() => {
        this.inFlight--;
        this.pump();
      });
    }
  }

  private async deliver(delivery: Delivery): Promise<void> {
    this.stats.sent++;
    if (await this.isAcked(delivery)) {
      this.stats.acked++;
      delivery.onAck?.();
      return;
    }
    this.stats.failed++;
    const retryInMs = this.settings().hookRetriesMs[delivery.tries];
    if (retryInMs === undefined) this.stats.gaveUp++;
    else this.schedule.in(retryInMs, () => this.enqueue({ ...delivery, tries: delivery.tries + 1 }));
  }

  private async isAcked({ session, body }: Delivery): Promise<boolean> {
    const { hookSignature } = this.settings();
    const signature = { secret: session.webhookSecret, wrong: 'not-the-secret', absent: undefined }[hookSignature];
    try {
      const url = new URL(session.webhookUrl ?? '');
      const answer = await this.poolOf(url.origin).request({
        method: 'POST',
        path: url.pathname + url.search,
        headers: { 'content-type': 'application/json', ...(signature !== undefined && { 'x-webhook-signature': signature }) },
        body,
      });
      await answer.body.dump();
      return answer.statusCode >= 200 && answer.statusCode < 300;
    } catch {
      return false; // no URL, no connection, no response in time: counted like any other failure
    }
  }

  private poolOf(origin: string): Pool {
    let pool = this.pools.get(origin);
    if (!pool) {
      const timeoutMs = this.settings().hookTimeoutMs;
      pool = new Pool(origin, { connections: 64, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
      this.pools.set(origin, pool);
    }
    return pool;
  }
}
