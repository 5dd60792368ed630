import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Accounts, type LimitPlan } from './accounts';
import { ControlApi } from './control-api';
import { Faults } from './faults';
import { HookSender } from './hooks';
import { type Call, readBody, send } from './http';
import { Ledger } from './ledger';
import { ProviderApi } from './provider-api';
import { Random } from './random';
import { Sends } from './sends';
import { defaultSettings, type SimulatorSettings } from './settings';

/** How a simulator begins. */
export interface SimulatorOptions {
  host?: string;
  port?: number;
  seed?: number;
  /** Sessions that are there and connected from the start; their ids, phones and keys follow from the seed. */
  sessions?: number;
  accessToken?: string;
  limits?: LimitPlan;
  settings?: Partial<SimulatorSettings>;
}

/** A stand-in for WasenderApi that keeps a ledger of what reached WhatsApp. */
export class Simulator {
  readonly settings: SimulatorSettings;
  readonly ledger = new Ledger();
  readonly accounts: Accounts;
  readonly faults: Faults;
  readonly hooks: HookSender;
  private readonly provider: ProviderApi;
  private readonly sends: Sends;
  private readonly control: ControlApi;
  private readonly server: Server;

  constructor(private readonly options: SimulatorOptions = {}) {
    const random = new Random(options.seed ?? 1);
    this.settings = { ...defaultSettings(), ...options.settings };
    this.accounts = new Accounts(
      options.accessToken ?? 'sim-personal-access-token',
      new Random((options.seed ?? 1) + 1),
      options.limits ?? 'paid',
    );
    for (let i = 0; i < (options.sessions ?? 0); i++) this.accounts.add({ status: 'connected' });
    this.faults = new Faults(random);
    this.hooks = new HookSender(() => this.settings, random);
    this.provider = new ProviderApi(this.accounts, this.ledger, this.hooks, () => this.settings);
    this.sends = new Sends(this.ledger, this.faults, this.hooks, random, () => this.settings);
    this.control = new ControlApi(this.accounts, this.ledger, this.faults, this.hooks, this.provider, random, this.settings);
    this.server = createServer((request, response) => void this.route(request, response));
    this.server.keepAliveTimeout = 60_000;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.options.port ?? 0, this.options.host ?? '127.0.0.1', resolve);
    });
  }

  get url(): string {
    const { address, port } = this.server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  async stop(): Promise<void> {
    await this.hooks.stop();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrivedAt = performance.now();
    const url = request.url ?? '/';
    const bytes = await readBody(request);
    if (!bytes) return send(response, 413, { success: false, error: 'Too large' });
    const token = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    let body: unknown;
    try {
      body = bytes.length > 0 ? (JSON.parse(bytes.toString('utf8')) as unknown) : undefined;
    } catch {
      body = undefined; // raw uploads, or junk: the route decides
    }
    if (url === '/api/send-message' && request.method === 'POST') {
      const session = this.accounts.ofKey(token);
      if (!session) return send(response, 401, { success: false, message: 'API key not valid' });
      return this.sends.handle(session, body, response, arrivedAt);
    }
    const [pathText = '', queryText = ''] = url.split('?');
    const segments = pathText.split('/').filter(Boolean).map(decode);
    const call: Call = {
      method: request.method ?? 'GET',
      path: segments.slice(1),
      query: new URLSearchParams(queryText),
      token,
      body,
      request,
      response,
    };
    if (segments[0] === 'sim') return this.control.handle(call);
    if (segments[0] !== 'api') return send(response, 404, { success: false, message: 'Not found' });
    if (segments[1] === 'whatsapp-sessions') return this.provider.account(call);
    const session = this.accounts.ofKey(token);
    if (!session) return send(response, 401, { success: false, message: 'API key not valid' });
    this.provider.session(call, session);
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
