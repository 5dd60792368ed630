import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpApp, declaredShapes, type KernelConfig, loadConfig, systemActor } from '@heliograph/kernel';
import { createTestDatabase, type FlakyProxy } from '@heliograph/kernel/testing';
import type { MessagingConfig } from '@heliograph/messaging';
import type { ProvidersConfig } from '@heliograph/providers';
import { type Grant, Invitations, StaffPeople } from '@heliograph/staff';
import { type ApiKeyScope, ApiKeys, apiKeyScopes, SessionCredentials, Sessions, Tenants, type TenantsConfig } from '@heliograph/tenants';
import type { ContactsConfig } from '@heliograph/contacts';
import type { BrokersConfig, EventsConfig } from '@heliograph/ingestion';
import type { InboundConfig, OutboundConfig } from '@heliograph/webhooks';
import { WorkerModule } from '../../apps/worker/src/worker.module';
import { servePanel } from '../../apps/api/src/admin/panel';
import { ApiModule } from '../../apps/api/src/api.module';
import { Rig } from '../../apps/simulator/test/rig';
import { faultOfAnswer, faultOfLines, templateOf } from './document';

type RigConfig = KernelConfig &
  ProvidersConfig &
  TenantsConfig &
  MessagingConfig &
  InboundConfig &
  OutboundConfig &
  EventsConfig &
  ContactsConfig &
  BrokersConfig;

/** The password of `ApiRig.person`. */
export const passwordOfPeople = 'correct horse battery';

/** An answer of the api. */
export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  body: Record<string, unknown>;
}

/** A browser with its cookies, at an address of its own where the rig trusts the proxy 127.0.0.1. It says that its pages are ours. */
export class Browser {
  private static count = 0;
  readonly cookies = new Map<string, string>();
  /** Set-Cookie headers of the last answer that had some. */
  setCookies: string[] = [];
  readonly address = `198.18.${++Browser.count >> 8}.${Browser.count & 255}`;

  constructor(private readonly rig: ApiRig) {}

  /** A call with the cookies. @param options.tenant the tenant the person acts for */
  async call(method: string, path: string, options: Parameters<ApiRig['call']>[2] & { tenant?: string } = {}): Promise<Reply> {
    const { tenant, headers, ...rest } = options;
    const reply = await this.rig.call(method, path, {
      ...rest,
      headers: {
        'x-forwarded-for': this.address,
        'sec-fetch-site': 'same-origin',
        ...(this.cookies.size > 0 && { cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') }),
        ...(tenant && { 'heliograph-tenant': tenant }),
        ...headers,
      },
    });
    const given = reply.headers.getSetCookie();
    if (given.length > 0) this.setCookies = given;
    for (const cookie of given) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '' || /max-age=0/i.test(cookie)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return reply;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
    server.once('error', reject);
  });
}

/** Two api processes over one database, as two pods, or one with the panel, and the provider's simulator. */
export class ApiRig {
  readonly urls: string[] = [];
  /** Answers that the document does not describe. */
  private readonly faults: string[] = [];

  private constructor(
    readonly provider: Rig,
    readonly apps: NestFastifyApplication[],
    readonly config: RigConfig,
    private readonly drop: () => Promise<void>,
  ) {}

  /** @param line puts something between the processes and their database @param hasPanel serves the built panel, at the address that links name */
  static async start(env: Record<string, string> = {}, line?: (url: string) => Promise<FlakyProxy>, hasPanel = false): Promise<ApiRig> {
    const port = hasPanel ? await freePort() : 0;
    const { url: direct, drop } = await createTestDatabase();
    const proxy = await line?.(direct);
    const url = proxy?.url ?? direct;
    const provider = await Rig.start();
    const files = await mkdtemp(join(tmpdir(), 'heliograph-media-'));
    const config = loadConfig(declaredShapes(), {
      DATABASE_URL: url,
      KEYRING: `k1:${randomBytes(32).toString('base64')}`,
      PUBLIC_URL: hasPanel ? `http://127.0.0.1:${port}` : 'https://hooks.example.com',
      WASENDER_BASE_URL: `${provider.simulator.url}/api`,
      SIMULATOR_URL: provider.simulator.url,
      RATE_LIMIT_PER_MINUTE: '0',
      RATE_LIMIT_PER_ADDRESS: '0',
      LOG_LEVEL: 'fatal',
      PAGES_OPEN: 'true',
      MEDIA_DIR: files,
      ...env,
    }) as unknown as RigConfig;
    const apps: NestFastifyApplication[] = [];
    const rig = new ApiRig(provider, apps, config, async () => {
      await proxy?.close();
      await drop();
      await rm(files, { recursive: true });
    });
    for (let i = 0; i < (hasPanel ? 1 : 2); i++) {
      const app = await createHttpApp(ApiModule.forRoot(config), config);
      app.useLogger(false);
      Logger.overrideLogger(false);
      rig.holdAgainstDocument(app);
      if (hasPanel) await servePanel(app);
      await app.listen(i === 0 ? port : 0, '127.0.0.1');
      apps.push(app);
      rig.urls.push((await app.getUrl()).replace('[::1]', '127.0.0.1'));
    }
    return rig;
  }

  /** @throws Error when an answer was not as documented */
  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
    await this.provider.stop();
    await this.drop();
    this.refuseFaults();
  }

  /** Starts a worker with every role; it stops with the rest. @param over configuration that differs for it @param more modules besides the worker's */
  async work(over: Partial<RigConfig> = {}, more: Type[] = []): Promise<NestFastifyApplication> {
    const config = { ...this.config, ...over };
    const root = WorkerModule.forRoot(config);
    const worker = await createHttpApp({ ...root, imports: [...(root.imports ?? []), ...more] }, config);
    worker.useLogger(false);
    await worker.listen(0, '127.0.0.1');
    this.apps.push(worker);
    return worker;
  }

  get<T>(type: new (...args: never[]) => T): T {
    return (this.apps[0] as NestFastifyApplication).get(type, { strict: false });
  }

  /** A tenant with a key of these scopes. */
  async tenant(scopes: readonly ApiKeyScope[] = apiKeyScopes) {
    const { id } = await this.get(Tenants).create({ name: `Agency ${randomUUID()}`, defaultCountry: 'GB' });
    return { id, key: await this.key(id, scopes) };
  }

  async key(tenantId: string, scopes: readonly ApiKeyScope[] = apiKeyScopes): Promise<string> {
    return (await this.get(ApiKeys).create(tenantId, systemActor('test'), { name: 'Test', scopes: [...scopes] })).secret;
  }

  /** A person with these roles, without a password yet. The first person of the rig is an owner besides. */
  async invited(grants: Grant[]): Promise<{ id: string; email: string }> {
    const people = this.get(StaffPeople);
    const all: Grant[] = [{ role: 'owner', tenantId: null }];
    if (await people.isEmpty()) await people.add({ name: 'First owner', email: 'first@agency.example', grants: all });
    return people.get(await people.add({ name: 'Ines', email: `${randomUUID()}@agency.example`, grants }));
  }

  /** A person with these roles who set a password, in the browser where they are signed in. */
  async person(grants: Grant[]) {
    const { id } = await this.invited(grants);
    const { url, person } = await this.get(Invitations).link(id);
    const browser = new Browser(this);
    const set = await browser.call('POST', '/admin/v1/password', { body: { token: url.split('#')[1], password: passwordOfPeople } });
    if (set.body.status !== 'signed_in') throw new Error(`The person was not signed in: ${set.text}`);
    return { id, email: person.email, browser, call: browser.call.bind(browser) };
  }

  /** A new session of the simulator's, registered, and where its hooks go. */
  async session(tenantId: string) {
    const there = this.provider.simulator.accounts.add({ status: 'connected' });
    const { apiKey, webhookSecret } = there;
    const { session, hookUrl } = await this.get(Sessions).register(tenantId, systemActor('test'), { apiKey, webhookSecret, name: 'Line' });
    await this.get(SessionCredentials).byHookToken(hookUrl.split('/').at(-1) as string);
    const hookPath = new URL(hookUrl).pathname;
    Object.assign(there, { webhookUrl: `${this.urls[0]}${hookPath}`, webhookEnabled: true });
    return { id: session.id, hookPath, secret: webhookSecret, apiKey, there };
  }

  /** A call. The answer has to be as documented. @param options.of the path of the document that answers */
  async call(
    method: string,
    path: string,
    options: { key?: string; body?: unknown; headers?: Record<string, string>; pod?: number; of?: string } = {},
  ): Promise<Reply> {
    const { key, body, headers = {}, pod = 0 } = options;
    const isText = typeof body === 'string' || Buffer.isBuffer(body);
    const answer = await fetch(this.urls[pod] + path, {
      method: method.toUpperCase(),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key && { authorization: `Bearer ${key}` }),
        ...headers,
      },
      ...(body !== undefined && { body: isText ? (body as string) : JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const type = answer.headers.get('content-type') ?? '';
    const text = type.startsWith('text/event-stream') ? await firstEvent(answer) : await answer.text();
    const parsed = /json(;|$)/.test(type) && !type.includes('ndjson') ? (JSON.parse(text) as Record<string, unknown>) : {};
    const reply = { status: answer.status, headers: answer.headers, text, body: parsed };
    this.refuseFaults();
    const template = templateOf(method, path);
    if (options.of && options.of !== template) throw new Error(`${method} ${path} is ${template}, not ${options.of}`);
    const fault = template && type.includes('ndjson') && faultOfLines(method, template, reply);
    if (fault) throw new Error(`Not as documented: ${fault}`);
    return reply;
  }

  /** Every answer of the process, whoever asked, is one that the document describes: see `call` and `stop`. */
  private holdAgainstDocument(app: NestFastifyApplication): void {
    const fastify = app.getHttpAdapter().getInstance();
    fastify.addHook('onSend', (request, reply, payload, done) => {
      const type = String(reply.getHeader('content-type') ?? '');
      const fault = faultOfAnswer(request.method, request.routeOptions.url, { status: reply.statusCode, type, payload });
      if (fault) this.faults.push(fault);
      done(null, payload);
    });
  }

  private refuseFaults(): void {
    const [fault] = this.faults.splice(0);
    if (fault) throw new Error(`Not as documented: ${fault}`);
  }
}

const boundary = 'heliograph-boundary';

/** A file as a form: what `call` takes as body and headers. */
export const fileForm = (content: string | Buffer, { name = 'people.csv', field = 'file' } = {}) => ({
  body: Buffer.concat([
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${field}"; filename="${name}"\r\n\r\n`),
    Buffer.from(content as string),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]),
  headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
});

export const text = (to: string, over: object = {}) => ({ to, type: 'text', text: 'Hello', ...over });

/** Reads a stream of events up to its first one, and leaves it. */
async function firstEvent({ body }: Response): Promise<string> {
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('\n\n')) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}
