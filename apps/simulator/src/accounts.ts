import type { Random } from './random';

export type SessionStatus = 'connecting' | 'connected' | 'disconnected' | 'need_scan' | 'need_passkey' | 'logged_out' | 'expired';
export type LimitPlan = 'off' | 'paid' | 'protected' | 'trial';

/** One simulated WhatsApp session. */
export interface SimSession {
  id: number;
  name: string;
  phone: string;
  status: SessionStatus;
  apiKey: string;
  webhookSecret: string;
  webhookUrl: string | null;
  webhookEnabled: boolean;
  webhookEvents: string[];
  accountProtection: boolean;
  logMessages: boolean;
  readIncoming: boolean;
  plan: LimitPlan;
  latencyMs: [number, number] | null;
  qr: string | null;
  qrAt: number;
  createdAt: string;
  /** Arrival times of accepted sends within the longest window, for limits. */
  recent: number[];
  daySent: number;
  dayFrom: number;
  inFlight: number;
}

const qrLifeMs = 20_000;

/** Sessions of one account, found by id and by key. */
export class Accounts {
  readonly sessions = new Map<number, SimSession>();
  private readonly byKey = new Map<string, SimSession>();
  private nextId = 4_101;

  constructor(
    readonly accessToken: string,
    private readonly random: Random,
    private readonly defaultPlan: LimitPlan,
  ) {}

  add(over: Partial<SimSession> = {}): SimSession {
    const id = this.nextId++;
    const session: SimSession = {
      id,
      name: `Line ${id}`,
      phone: `+4477009${String(id).padStart(5, '0')}`,
      status: 'disconnected',
      apiKey: this.random.hex(64),
      webhookSecret: this.random.hex(32),
      webhookUrl: null,
      webhookEnabled: false,
      webhookEvents: [],
      accountProtection: false,
      logMessages: true,
      readIncoming: false,
      plan: this.defaultPlan,
      latencyMs: null,
      qr: null,
      qrAt: 0,
      createdAt: new Date().toISOString(),
      recent: [],
      daySent: 0,
      dayFrom: 0,
      inFlight: 0,
      ...over,
    };
    this.sessions.set(id, session);
    this.byKey.set(session.apiKey, session);
    return session;
  }

  ofKey(key: string): SimSession | undefined {
    return this.byKey.get(key);
  }

  remove(session: SimSession): void {
    this.sessions.delete(session.id);
    this.byKey.delete(session.apiKey);
  }

  renewKey(session: SimSession): string {
    this.byKey.delete(session.apiKey);
    session.apiKey = this.random.hex(64);
    this.byKey.set(session.apiKey, session);
    return session.apiKey;
  }

  /** The QR text of now; it changes every 20 s. */
  qrOf(session: SimSession, now = Date.now()): string {
    if (!session.qr || now - session.qrAt > qrLifeMs) {
      session.qr = `2@${this.random.hex(44)}/${this.random.hex(16)},${this.random.hex(12)},1`;
      session.qrAt = now;
    }
    return session.qr;
  }
}

/** A session as the provider's API shows it. */
export function sessionView(session: SimSession, withSecrets: boolean): Record<string, unknown> {
  return {
    id: session.id,
    name: session.name,
    phone_number: session.phone,
    status: session.status,
    account_protection: session.accountProtection,
    log_messages: session.logMessages,
    read_incoming_messages: session.readIncoming,
    webhook_url: session.webhookUrl,
    webhook_enabled: session.webhookEnabled,
    webhook_events: session.webhookEvents,
    ...(withSecrets && { api_key: session.apiKey, webhook_secret: session.webhookSecret }),
    created_at: session.createdAt,
    updated_at: session.createdAt,
  };
}
