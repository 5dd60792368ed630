import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpApp, loadConfig } from '@heliograph/kernel';
import { createTestDatabase, type FlakyProxy } from '@heliograph/kernel/testing';
import { type ApiKeyScope, ApiKeys, apiKeyScopes, SessionCredentials, Sessions, Tenants } from '@heliograph/tenants';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import { WorkerModule } from '../../apps/worker/src/worker.module';
import { allConfig, type ApiConfig } from '../../apps/api/src/api.config';
import { ApiModule } from '../../apps/api/src/api.module';
import { Rig } from '../../apps/simulator/test/rig';

interface Operation {
  security?: unknown[];
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: unknown; example?: unknown }> };
  responses: Record<
    string,
    { content?: Record<string, { schema?: unknown; example?: unknown; examples?: Record<string, { value: unknown }> }> }
  >;
}

/** The committed document. */
export const openapi = JSON.parse(readFileSync(join(__dirname, '../../docs/openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { example?: unknown }> };
};

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(openapi, 'openapi');
const validators = new Map<string, ValidateFunction>();

/** What is wrong with a value by the schema at a JSON pointer of the document; null when nothing is. */
export function wrongWith(pointer: string[], value: unknown): string | null {
  const ref = `openapi#/${pointer.map((part) => encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1'))).join('/')}`;
  let validate = validators.get(ref);
  if (!validate) validators.set(ref, (validate = ajv.compile({ $ref: ref })));
  return validate(value) ? null : ajv.errorsText(validate.errors);
}

/** Every operation of the document. */
export const operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
);

/** An answer of the api, held against the document. */
export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  body: Record<string, unknown>;
}

/** Two api processes over one database, as two pods, and the provider's simulator. */
export class ApiRig {
  readonly urls: string[] = [];
  private constructor(
    readonly provider: Rig,
    readonly apps: NestFastifyApplication[],
    private readonly config: ApiConfig,
    private readonly drop: () => Promise<void>,
  ) {}

  /** @param line puts something between the processes and their database */
  static async start(env: Record<string, string> = {}, line?: (url: string) => Promise<FlakyProxy>): Promise<ApiRig> {
    const { url: direct, drop } = await createTestDatabase();
    const proxy = await line?.(direct);
    const url = proxy?.url ?? direct;
    const provider = await Rig.start();
    const config = loadConfig(allConfig, {
      DATABASE_URL: url,
      KEYRING: `k1:${randomBytes(32).toString('base64')}`,
      PUBLIC_URL: 'https://hooks.example.com',
      WASENDER_BASE_URL: `${provider.simulator.url}/api`,
      RATE_LIMIT_PER_MINUTE: '0',
      RATE_LIMIT_PER_ADDRESS: '0',
      LOG_LEVEL: 'fatal',
      PAGES_OPEN: 'true',
      ...env,
    }) as unknown as ApiConfig;
    const apps: NestFastifyApplication[] = [];
    const rig = new ApiRig(provider, apps, config, async () => {
      await proxy?.close();
      await drop();
    });
    for (let i = 0; i < 2; i++) {
      const app = await createHttpApp(ApiModule.forRoot(config), config);
      app.useLogger(false);
      Logger.overrideLogger(false);
      await app.listen(0, '127.0.0.1');
      apps.push(app);
      rig.urls.push((await app.getUrl()).replace('[::1]', '127.0.0.1'));
    }
    return rig;
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
    await this.provider.stop();
    await this.drop();
  }

  /** Starts a worker with every role; it stops with the rest. @param over configuration that differs for it */
  async work(over: Partial<ApiConfig> = {}): Promise<NestFastifyApplication> {
    const config = { ...this.config, ...over };
    const worker = await createHttpApp(WorkerModule.forRoot(config), config);
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
    return (await this.get(ApiKeys).create(tenantId, { name: 'Test', scopes: [...scopes] })).secret;
  }

  /** A new session of the simulator's, registered, and where its hooks go. */
  async session(tenantId: string) {
    const there = this.provider.simulator.accounts.add({ status: 'connected' });
    const { apiKey, webhookSecret } = there;
    const { session, hookUrl } = await this.get(Sessions).register(tenantId, { apiKey, webhookSecret, name: 'Line' });
    await this.get(SessionCredentials).byHookToken(hookUrl.split('/').at(-1) as string);
    const hookPath = new URL(hookUrl).pathname;
    Object.assign(there, { webhookUrl: `${this.urls[0]}${hookPath}`, webhookEnabled: true });
    return { id: session.id, hookPath, secret: webhookSecret, apiKey, there };
  }

  /** A call. The answer has to be one that the document knows, of the documented form. */
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
    const text = await answer.text();
    const type = answer.headers.get('content-type') ?? '';
    const parsed = /json(;|$)/.test(type) && !type.includes('ndjson') ? (JSON.parse(text) as Record<string, unknown>) : {};
    const reply = { status: answer.status, headers: answer.headers, text, body: parsed };
    if (options.of) this.holdAgainst(options.of, method, reply, type);
    return reply;
  }

  private holdAgainst(template: string, method: string, { status, body, text }: Reply, type: string): void {
    const documented = openapi.paths[template]?.[method.toLowerCase()]?.responses[status];
    const where = `${method} ${template} answered ${status}: ${text.slice(0, 300)}`;
    if (!documented) throw new Error(`Not documented: ${where}`);
    const mime = type.split(';')[0] ?? '';
    if (!documented.content) return;
    if (!(mime in documented.content)) throw new Error(`${where} came as ${mime}`);
    if (mime === 'application/x-ndjson' || mime === 'text/csv') return;
    const wrong = wrongWith(['paths', template, method.toLowerCase(), 'responses', String(status), 'content', mime, 'schema'], body);
    if (wrong) throw new Error(`${where} — not as documented: ${wrong}`);
  }
}

export const text = (to: string, over: object = {}) => ({ to, type: 'text', text: 'Hello', ...over });
