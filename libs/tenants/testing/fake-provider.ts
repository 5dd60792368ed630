import { randomBytes } from 'node:crypto';
import type {
  AccountCredential,
  LinkAnswer,
  MediaCopy,
  MessageInfo,
  MessageLogPage,
  ParsedHook,
  ProviderCapabilities,
  ProviderResult,
  ProviderSession,
  ProviderSessionSettings,
  ProviderSessionStatus,
  SendOutcome,
  SessionCredential,
  SessionIdentity,
  WhatsAppProvider,
} from '@heliograph/providers';

type Fault = Extract<ProviderResult<never>, { ok: false }>;

/** A session of the fake. A test changes its members to simulate changes at the provider. */
export interface FakeSession {
  id: string;
  accessToken: string;
  apiKey: string;
  webhookSecret: string;
  status: ProviderSessionStatus;
  phone: string | null;
  settings: ProviderSessionSettings;
}

/** A provider in memory with accounts and sessions; it sends nothing. Its calls are recorded and can be made to fail. */
export class FakeProvider implements WhatsAppProvider {
  readonly name = 'wasender';
  readonly capabilities: ProviderCapabilities = {
    kinds: ['text'],
    channelKinds: ['text'],
    idempotencyKey: false,
    messageInfo: true,
    messageLog: true,
    echo: true,
  };
  readonly sessions = new Map<string, FakeSession>();
  /** Names of the calls, in order. */
  readonly calls: string[] = [];
  /** Answers to the next link attempts; a scan when empty. */
  readonly links: LinkAnswer[] = [];
  private readonly accessTokens = new Set<string>();
  private readonly faults = new Map<string, Fault[]>();
  private qrs = 0;

  /** Adds an account and returns its access token. */
  addAccount(): string {
    const accessToken = `pat_${randomBytes(16).toString('hex')}`;
    this.accessTokens.add(accessToken);
    return accessToken;
  }

  /** Adds a session at the provider, connected by default. */
  addSession(over: Partial<FakeSession> = {}): FakeSession {
    const session: FakeSession = {
      id: String(100_000 + this.sessions.size),
      accessToken: over.accessToken ?? this.addAccount(),
      apiKey: randomBytes(32).toString('hex'),
      webhookSecret: randomBytes(16).toString('hex'),
      status: 'connected',
      phone: `+4477009${String(Math.floor(Math.random() * 100_000)).padStart(5, '0')}`,
      settings: {},
      ...over,
    };
    this.sessions.set(session.id, session);
    return session;
  }

  /** Makes the next call of this name fail. */
  failNext(call: keyof WhatsAppProvider, reason: Fault['reason'], retryAfterMs?: number): void {
    const fault: Fault = {
      ok: false,
      reason,
      detail: 'made to fail',
      httpStatus: null,
      feedback: retryAfterMs === undefined ? {} : { retryAfterMs },
    };
    this.faults.set(call, [...(this.faults.get(call) ?? []), fault]);
  }

  sessionStatus = ({ apiKey }: SessionCredential) =>
    this.ofKey('sessionStatus', apiKey, (s) => ({ status: s.status, rawStatus: s.status.toUpperCase() }));
  sessionIdentity = ({ apiKey }: SessionCredential) =>
    this.ofKey<SessionIdentity>('sessionIdentity', apiKey, (s) => ({ phone: s.phone, lid: null, name: 'Front desk' }));

  listSessions = (account: AccountCredential) =>
    this.answer('listSessions', () => this.ofAccount(account, () => [...this.sessions.values()].map((s) => this.show(s))));
  getSession = (account: AccountCredential, id: string) => this.ofId('getSession', account, id, (s) => this.show(s));
  createSession = (account: AccountCredential, settings: ProviderSessionSettings) =>
    this.answer('createSession', () =>
      this.ofAccount(account, () => this.show(this.addSession({ ...account, status: 'disconnected', phone: null, settings }))),
    );
  updateSession = (account: AccountCredential, id: string, settings: ProviderSessionSettings) =>
    this.ofId('updateSession', account, id, (s) => {
      Object.assign(s.settings, settings);
      return this.show(s);
    });
  deleteSession = (account: AccountCredential, id: string) =>
    this.ofId<void>('deleteSession', account, id, () => void this.sessions.delete(id));
  connectSession = (account: AccountCredential, id: string) =>
    this.ofId<LinkAnswer>('connectSession', account, id, (s) => {
      const answer = this.links.shift() ?? { kind: 'scan', qr: this.nextQr() };
      if (answer.kind === 'scan') s.status = 'need_scan';
      return answer;
    });
  sessionQr = (account: AccountCredential, id: string) => this.ofId('sessionQr', account, id, () => ({ qr: this.nextQr() }));
  disconnectSession = (account: AccountCredential, id: string) =>
    this.ofId<{ status: ProviderSessionStatus }>('disconnectSession', account, id, (s) => ({ status: (s.status = 'disconnected') }));
  restartSession = (account: AccountCredential, id: string) => this.ofId<void>('restartSession', account, id, () => undefined);
  regenerateKey = (account: AccountCredential, id: string) =>
    this.ofId('regenerateKey', account, id, (s) => ({ apiKey: (s.apiKey = randomBytes(32).toString('hex')) }));

  send = (): Promise<SendOutcome> => Promise.reject(new Error('This fake sends nothing.'));
  messageInfo = (): Promise<ProviderResult<MessageInfo>> => Promise.reject(new Error('This fake sends nothing.'));
  messageLog = (): Promise<ProviderResult<MessageLogPage>> => Promise.reject(new Error('This fake sends nothing.'));
  onWhatsApp = (): Promise<ProviderResult<{ exists: boolean }>> => Promise.reject(new Error('This fake checks no numbers.'));
  markRead = (): Promise<ProviderResult<void>> => Promise.reject(new Error('This fake sends nothing.'));
  uploadMedia = (): Promise<ProviderResult<MediaCopy>> => Promise.reject(new Error('This fake keeps no files.'));
  showTyping = (): Promise<ProviderResult<void>> => Promise.reject(new Error('This fake sends nothing.'));
  parseHook = (): ParsedHook => ({ kind: 'malformed', reason: 'This fake reads no hooks.' });

  private nextQr(): string {
    return `qr-${++this.qrs}`;
  }

  private show(s: FakeSession): ProviderSession {
    return {
      providerSessionId: s.id,
      name: s.settings.name ?? 'Front desk',
      phone: s.phone,
      status: s.status,
      rawStatus: s.status,
      accountProtection: true,
      logMessages: s.settings.logMessages ?? true,
      webhookUrl: s.settings.webhookUrl ?? null,
      webhookEnabled: s.settings.webhookEnabled ?? null,
      apiKey: s.apiKey,
      webhookSecret: s.webhookSecret,
    };
  }

  private ofKey<T>(call: string, apiKey: string, work: (session: FakeSession) => T): Promise<ProviderResult<T>> {
    return this.answer(call, () => {
      const session = [...this.sessions.values()].find((s) => s.apiKey === apiKey);
      return session ? { ok: true, value: work(session), feedback: {} } : refusal('unauthorised');
    });
  }

  private ofId<T>(call: string, account: AccountCredential, id: string, work: (session: FakeSession) => T): Promise<ProviderResult<T>> {
    return this.answer(call, () => {
      const session = this.sessions.get(id);
      if (!session || session.accessToken !== account.accessToken) return refusal('not_found');
      return { ok: true, value: work(session), feedback: {} };
    });
  }

  private ofAccount<T>({ accessToken }: AccountCredential, work: () => T): ProviderResult<T> {
    return this.accessTokens.has(accessToken) ? { ok: true, value: work(), feedback: {} } : refusal('unauthorised');
  }

  private answer<T>(call: string, work: () => ProviderResult<T>): Promise<ProviderResult<T>> {
    this.calls.push(call);
    return Promise.resolve(this.faults.get(call)?.shift() ?? work());
  }
}

function refusal(reason: Fault['reason']): Fault {
  return { ok: false, reason, detail: 'no such thing here', httpStatus: 404, feedback: {} };
}
