import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AccountApi } from './account-api';
import { Accounts, type KeptAccounts, type LimitPlan, type SimSession } from './accounts';
import { AimedKiller } from './aimed-killer';
import { ControlApi } from './control-api';
import { Faults, refusals } from './faults';
import { HookSender } from './hooks';
import { type Call, parseJson, readBody, send } from './http';
import { Ledger } from './ledger';
import { tooMany } from './limits';
import { Linking } from './linking';
import { Random } from './random';
import { Sends } from './sends';
import { SessionApi } from './session-api';
import { defaultSettings, patchSettings, type SettingsPatch, type SimulatorSettings } from './settings';
import { Uploads } from './uploads';

/** Options of a simulator. */
export interface SimulatorOptions {
  host?: string;
  port?: number;
  seed?: number;
  /** Number of sessions that are connected at the start; their ids, phones and keys are derived from the seed. */
  sessions?: number;
  /** Sessions of an earlier run, used instead of new ones. */
  kept?: KeptAccounts;
  accessToken?: string;
  limits?: LimitPlan;
  settings?: SettingsPatch;
}

/** A stand-in for WasenderApi that keeps a ledger of what reached WhatsApp. */
export class Simulator {
  readonly settings: SimulatorSettings = defaultSettings();
  readonly ledger = new Ledger();
  readonly accounts: Accounts;
  readonly hooks: HookSender;
  private readonly linking: Linking;
  private readonly account: AccountApi;
  private readonly session: SessionApi;
  private readonly sends: Sends;
  private readonly control: ControlApi;
  readonly uploads: Uploads;
  private readonly server: Server;
  private readonly random: Random;

  constructor(private readonly options: SimulatorOptions = {}) {
    const seed = options.seed ?? 1;
    const settings = () => this.settings;
    patchSettings(this.settings, options.settings ?? {});
    this.random = new Random(seed);
    this.accounts = new Accounts(options.accessToken ?? 'sim-personal-access-token', new Random(seed + 1), options.limits ?? 'paid');
    if (options.kept) this.accounts.restore(options.kept, new Random(Date.now()));
    this.accounts.fill(options.sessions ?? 0);
    const faults = new Faults(this.random);
    const killer = new AimedKiller();
    this.hooks = new HookSender(settings, this.random);
    this.linking = new Linking(this.accounts, this.hooks, this.random, settings);
    this.account = new AccountApi(this.accounts, this.ledger, this.linking, settings);
    this.uploads = new Uploads(settings);
    this.session = new SessionApi(this.ledger, this.hooks, this.random, this.uploads, settings);
    this.sends = new Sends(this.ledger, faults, killer, this.hooks, this.random, settings);
    this.control = new ControlApi(this.accounts, this.ledger, faults, killer, this.hooks, this.linking, this.random, this.settings);
    this.server = createServer((request, response) => void this.serve(request, response));
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
    this.linking.stop();
    await this.hooks.stop();
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrivedAt = performance.now();
    const bytes = await readBody(request);
    if (!bytes) return send(response, 413, { success: false, error: 'Too large' });
    const [pathText = '', queryText = ''] = (request.url ?? '/').split('?');
    const [surface, ...path] = pathText.split('/').filter(Boolean).map(decode);
    const call: Call = {
      method: request.method ?? 'GET',
      path,
      query: new URLSearchParams(queryText),
      token: /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '',
      contentType: request.headers['content-type'] ?? '',
      origin: `http://${request.headers.host ?? new URL(this.url).host}`,
      body: parseJson(bytes),
      bytes,
      response,
      arrivedAt,
    };
    try {
      if (surface === 'sim') this.control.handle(call);
      else if (surface === 'api') await this.provide(call);
      else if (surface === 'media') this.uploads.serve(call);
      else send(response, 404, { success: false, message: 'Not found' });
    } catch (error) {
      if (!response.headersSent) send(response, 500, { success: false, error: (error as Error).message });
    }
  }

  private async provide(call: Call): Promise<void> {
    const { response, method, path } = call;
    const isSend = path[0] === 'send-message' && path.length === 1 && method === 'POST';
    const { latencyMs } = this.settings;
    if (!isSend && latencyMs[1] > 0) await new Promise((resolve) => setTimeout(resolve, this.random.between(latencyMs)));
    if (path[0] === 'whatsapp-sessions') return this.account.handle(call);
    const session = this.accounts.ofKey(call.token);
    if (!session) return send(response, refusals.badKey.status, refusals.badKey.body);
    if (!this.enter(session, response)) return;
    if (isSend) await this.sends.handle(session, call);
    else await this.session.handle(call, session);
  }

  /** Counts the call among the session's simultaneous ones; false when it exceeds the limit. */
  private enter(session: SimSession, response: ServerResponse): boolean {
    const { concurrency } = this.settings;
    if (concurrency === 0) return true;
    if (session.inFlight >= concurrency) {
      const { status, body, headers } = tooMany(1, 'Too many simultaneous requests', {}, this.settings);
      send(response, status, body, headers);
      return false;
    }
    session.inFlight++;
    response.once('close', () => session.inFlight--);
    return true;
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
