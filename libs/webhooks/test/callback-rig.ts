import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import {
  Database,
  Egress,
  type EgressOptions,
  type KernelConfig,
  kernelConfig,
  loadConfig,
  Metrics,
  newId,
  type Purges,
  SealedSecrets,
} from '@heliograph/kernel';
import { type TenantsConfig, tenantsConfig } from '@heliograph/tenants';
import { keyActor, moveClock, openTestDatabase, processLoops, testPurges, until } from '@heliograph/kernel/testing';
import { DeadLetters } from '@heliograph/dead-letters';
import { type CallbackEndpoint, CallbackEndpoints, type EndpointSettings } from '../src/outbound/callback-endpoints.repository';
import { CallbackEvents } from '../src/outbound/callback-events.repository';
import { CallbackLog } from '../src/outbound/callback-log.repository';
import { CallbackQueue } from '../src/outbound/callback-queue.repository';
import { CallbackRetention } from '../src/outbound/callback-retention.repository';
import { CallbackRunner } from '../src/outbound/callback-runner';
import { type CallbackEvent, callbackEvent, type CallbackType, callbackTypes } from '../src/outbound/callback-types';
import { type OutboundConfig, outboundConfig } from '../src/outbound/outbound.config';
import { Receiver } from '../testing';

export type Endpoint = Awaited<ReturnType<CallbackRig['endpoint']>>;

/** The callback part of workers, over one database and one receiver, without the feed that creates events. */
export class CallbackRig {
  private readonly stops: (() => Promise<void>)[] = [];
  private readonly workers: (() => Promise<void>)[] = [];
  readonly events = new CallbackEvents();
  readonly purges: Purges;
  readonly letters: DeadLetters;
  readonly log: CallbackLog;
  private readonly endpoints: CallbackEndpoints;
  private readonly secrets: SealedSecrets;

  private constructor(
    readonly db: Database,
    readonly url: string,
    readonly receiver: Receiver,
    readonly config: KernelConfig & TenantsConfig & OutboundConfig,
    private readonly options: EgressOptions,
    private readonly closeDatabase: () => Promise<void>,
  ) {
    this.secrets = new SealedSecrets(config);
    this.letters = new DeadLetters(db);
    this.log = new CallbackLog(db, this.letters, this.events);
    this.purges = testPurges(db).purges;
    new CallbackRetention(this.events, this.purges, config);
    const egress = new Egress(config, options);
    this.stops.push(() => egress.onApplicationShutdown());
    this.endpoints = new CallbackEndpoints(db, this.secrets, egress, this.events, config);
  }

  static async start(env: Record<string, string> = {}, options: EgressOptions = {}): Promise<CallbackRig> {
    Logger.overrideLogger(false);
    const database = await openTestDatabase();
    const receiver = await Receiver.start();
    const config = loadConfig([kernelConfig, tenantsConfig, outboundConfig], {
      DATABASE_URL: database.url,
      KEYRING: `k1:${randomBytes(32).toString('base64')}`,
      PUBLIC_URL: 'https://hooks.example.com',
      EGRESS_ALLOWED: receiver.address,
      ...env,
    }) as unknown as KernelConfig & TenantsConfig & OutboundConfig;
    return new CallbackRig(database.db, database.url, receiver, config, options, () => database.close());
  }

  /** Ends the workers and pauses all endpoints, so that the next test begins with what it makes itself, on the same database. */
  async clear(): Promise<void> {
    for (const stop of this.workers.splice(0).reverse()) await stop();
    await moveClock(this.db, 0);
    await this.db.query(`UPDATE callback_endpoints SET state = 'paused' WHERE state = 'active'`);
    this.receiver.clear();
  }

  async stop(): Promise<void> {
    for (const stop of this.workers.splice(0).reverse()) await stop();
    for (const stop of this.stops.splice(0).reverse()) await stop();
    await this.receiver.close();
    await this.closeDatabase();
  }

  /**
   * Starts the duties of the role `callbacks`.
   * @param over.schedule seconds between attempts, as configuration has them
   * @param over.deadlineMs timeout of a call
   */
  work({ schedule, deadlineMs }: { schedule?: string; deadlineMs?: number } = {}): { stop: () => Promise<void> } {
    const { loops, drain } = processLoops();
    const egress = new Egress(this.config, deadlineMs === undefined ? this.options : { ...this.options, deadlineMs });
    const queue = new CallbackQueue(this.db, this.letters, this.events);
    const config =
      schedule === undefined ? this.config : { ...this.config, CALLBACK_SCHEDULE_S: outboundConfig.CALLBACK_SCHEDULE_S.parse(schedule) };
    new CallbackRunner(this.db, queue, this.endpoints, this.events, egress, loops, config, new Metrics()).onApplicationBootstrap();
    let isStopped = false;
    const stop = async (): Promise<void> => {
      if (isStopped) return;
      isStopped = true;
      await drain();
      await egress.onApplicationShutdown();
    };
    this.workers.push(stop);
    return { stop };
  }

  async tenant(): Promise<string> {
    const id = newId();
    await this.db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Test agency', 'GB')`, [id]);
    return id;
  }

  /** Creates an endpoint at its own path, for a new tenant unless one is given. */
  async endpoint(over: Partial<EndpointSettings> & { tenantId?: string } = {}) {
    const { tenantId = await this.tenant(), ...settings } = over;
    const path = `/${newId()}`;
    const { endpoint, secret } = await this.endpoints.create(tenantId, keyActor('Test'), {
      name: 'Core',
      url: this.receiver.url + path,
      types: ['endpoint.test'],
      sessionIds: null,
      onlyActionable: false,
      headers: {},
      ordered: false,
      batchSize: 1,
      ratePerS: 1_000,
      concurrency: 8,
      ...settings,
    });
    const { id } = endpoint;
    return {
      tenantId,
      id,
      path,
      secret,
      posts: () => this.receiver.at(path),
      /** Ids of the events that were posted, each once. */
      reported: () => new Set(this.receiver.at(path).flatMap((post) => post.json.events?.map((event) => event.id) ?? [post.json.id])),
      now: (): Promise<CallbackEndpoint> => this.endpoints.get(tenantId, id),
      update: (changes: Partial<EndpointSettings>) => this.endpoints.update(tenantId, keyActor('Test'), id, changes),
      pause: () => this.endpoints.pause(tenantId, keyActor('Test'), id),
      resume: () => this.endpoints.resume(tenantId, keyActor('Test'), id),
      rotate: async () => (await this.endpoints.rotateSecret(tenantId, keyActor('Test'), id)).secret,
      drained: (deadlineMs = 30_000) => until(async () => (await this.endpoints.get(tenantId, id)).pending === 0, deadlineMs),
    };
  }

  /** Stores `count` events of a tenant in one transaction, spread over the conversations. @returns the events */
  async happen(tenantId: string, count: number, conversations = 1): Promise<CallbackEvent[]> {
    const at = new Date();
    const events = Array.from({ length: count }, (_, i) =>
      callbackEvent(
        'endpoint.test',
        { tenantId, sessionId: null, orderKey: `conversation ${i % conversations}`, at },
        { endpoint_id: tenantId, text: `${i % conversations}` },
      ),
    );
    await this.db.transaction((tx) => this.events.store(tx, events));
    return events;
  }

  /** Stores events of these types and conversations in one transaction. */
  async store(tenantId: string, given: { type: CallbackType; conversation: string }[]): Promise<CallbackEvent[]> {
    const events = given.map(({ type, conversation: orderKey }) =>
      callbackEvent(type, { tenantId, sessionId: null, orderKey, at: new Date() }, callbackTypes[type].example as never),
    );
    await this.db.transaction((tx) => this.events.store(tx, events));
    return events;
  }
}
