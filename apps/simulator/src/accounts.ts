import type { Json } from './http';
import type { Random } from './random';
import type { Span } from './settings';

export type SessionStatus = 'connecting' | 'connected' | 'disconnected' | 'need_scan' | 'need_passkey' | 'logged_out' | 'expired';
export type LimitPlan = 'off' | 'paid' | 'protected' | 'trial';

/** Calls of one endpoint that count towards its limit. */
export interface CallWindow {
  /** Arrival times within the window in monotonic ms, oldest first. */
  recent: number[];
  today: number;
  dayFrom: number;
}

/** One simulated WhatsApp session. */
export interface SimSession {
  readonly id: number;
  name: string;
  phone: string;
  status: SessionStatus;
  apiKey: string;
  webhookSecret: string;
  webhookUrl: string | null;
  webhookEnabled: boolean;
  /** Empty: every event. */
  webhookEvents: string[];
  accountProtection: boolean;
  logMessages: boolean;
  readIncoming: boolean;
  plan: LimitPlan;
  /** Replaces the setting of the same name for sends. */
  latencyMs: Span | null;
  /** The current QR code. */
  qr: string | null;
  createdAt: string;
  updatedAt: string;
  /** Counted calls by endpoint. */
  readonly windows: Map<string, CallWindow>;
  inFlight: number;
}

const firstId = 4_101;

/** Sessions as stored in a file, without the counts of limits. */
export interface KeptAccounts {
  nextId: number;
  sessions: Omit<SimSession, 'windows' | 'inFlight' | 'qr'>[];
}

/** Sessions of one account, found by id and by key. */
export class Accounts {
  readonly sessions = new Map<number, SimSession>();
  private readonly byKey = new Map<string, SimSession>();
  private nextId = firstId;

  constructor(
    readonly accessToken: string,
    private random: Random,
    private readonly defaultPlan: LimitPlan,
  ) {}

  /** Adds connected sessions until the total number created reaches `count`, including removed ones. */
  fill(count: number): void {
    while (this.nextId < firstId + count) this.add({ status: 'connected' });
  }

  /** Returns the sessions to store over a restart. */
  kept(): KeptAccounts {
    const sessions = [...this.sessions.values()].map(({ windows: _w, inFlight: _i, qr: _q, ...session }) => session);
    return { nextId: this.nextId, sessions };
  }

  /** Restores stored sessions into an empty account. New keys differ from the stored ones. */
  restore({ nextId, sessions }: KeptAccounts, random: Random): void {
    for (const session of sessions) {
      this.nextId = session.id;
      // A restart aborts linking.
      this.add({ ...session, status: session.status === 'connecting' ? 'disconnected' : session.status });
    }
    this.nextId = nextId;
    this.random = random;
  }

  add(over: Partial<SimSession> = {}): SimSession {
    const id = this.nextId++;
    const createdAt = new Date().toISOString();
    const session: SimSession = {
      name: `Line ${id}`,
      phone: `+4477009${String(id).padStart(5, '0')}`,
      status: 'need_scan',
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
      createdAt,
      updatedAt: createdAt,
      inFlight: 0,
      ...over,
      id,
      windows: new Map(),
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
    session.qr = null;
  }

  /** Creates a new key; the old one is refused. */
  renewKey(session: SimSession): string {
    this.byKey.delete(session.apiKey);
    session.apiKey = this.random.hex(64);
    this.byKey.set(session.apiKey, session);
    return session.apiKey;
  }
}

/** Returns a session as the provider's API shows it: in a list, or alone with its secrets. */
export function sessionView(session: SimSession, where: 'list' | 'detail'): Json {
  return {
    id: session.id,
    name: session.name,
    phone_number: session.phone,
    status: session.status,
    account_protection: session.accountProtection,
    log_messages: session.logMessages,
    ...(where === 'detail' && { read_incoming_messages: session.readIncoming }),
    webhook_url: session.webhookUrl,
    webhook_enabled: session.webhookEnabled,
    webhook_events: session.webhookEvents,
    ...(where === 'detail' && { api_key: session.apiKey, webhook_secret: session.webhookSecret }),
    created_at: session.createdAt,
    updated_at: session.updatedAt,
  };
}
