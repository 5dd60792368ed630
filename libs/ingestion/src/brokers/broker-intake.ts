import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppError, isItemFault, isValueFault, Loops, Metrics } from '@heliograph/kernel';
import { bulkMessageBody, MessageIntake, MessageReader } from '@heliograph/messaging';
import { type KnownTenant, KnownTenants } from '@heliograph/tenants';
import { z } from 'zod';
import { EventIntake } from '../events/event-intake';
import { type BrokerFault, type BrokerMessageAgain, BrokerPoison } from './broker-poison.repository';
import { attributesOf, maxMessageBytes, type ReadCloudEvent, readCloudEvent } from './cloud-event';
import type { BrokerMessage, Settlement } from './ingest-source';
import { keyOf, naturalKeyOf } from './message-key';
import { backoffMs } from './source-line';

/** Properties of a source that the intake needs. */
export interface SourceFacts {
  name: string;
  /** Tenant of all its messages; absent: each message names its tenant. */
  tenantId?: string | undefined;
  /** True when poison stays with the broker, so that later messages of its group must stay too. */
  keepsPoison?: boolean;
}

type Verdict = { outcome: 'stored' | 'repeated' } | ({ outcome: 'poison'; tenantId: string | null } & BrokerFault) | Later;
/** A failure that is not the message's fault. `aside`: other messages must not wait for it. */
interface Later {
  outcome: 'later';
  why: string;
  aside?: { tenantId: string };
}

const uuid = z.uuid();

/** Messages of a source that this process settled. */
export interface SettledCounts {
  stored: number;
  repeated: number;
  poison: number;
  setAside: number;
  lastAt: Date | null;
}

/** Stores messages of brokers, each once, and returns one settlement per message. */
@Injectable()
export class BrokerIntake {
  private readonly settled;
  /** Sources with waiting messages, with the reason. */
  private readonly held;
  /** Messages per source that wait for a service to return. */
  private readonly waiting = new Map<string, number>();
  private readonly counts = new Map<string, SettledCounts>();

  constructor(
    private readonly tenants: KnownTenants,
    private readonly reader: MessageReader,
    private readonly messages: MessageIntake,
    private readonly poison: BrokerPoison,
    private readonly events: EventIntake,
    loops: Loops,
    metrics: Metrics,
  ) {
    this.held = loops.watch('broker_intake');
    this.settled = metrics.counter('broker_messages_total', 'Messages of brokers, by outcome.', ['source', 'outcome']);
  }

  /**
   * Settles messages: groups in order, everything else in parallel. Waits while storage is not available or the tenant is suspended;
   * returned settlements are committed.
   * @throws when `signal` is aborted first
   */
  async take(source: SourceFacts, messages: BrokerMessage[], signal: AbortSignal): Promise<Settlement[]> {
    const settlements = new Array<Settlement>(messages.length);
    const groups = new Map<unknown, number[]>();
    messages.forEach(({ group }, i) => {
      const key = group ?? i;
      const members = groups.get(key);
      if (members) members.push(i);
      else groups.set(key, [i]);
    });
    await Promise.all(
      [...groups.values()].map(async (members) => {
        let isStopped = false;
        for (const i of members) {
          settlements[i] = isStopped ? { outcome: 'untouched' } : await this.settle(source, messages[i] as BrokerMessage, signal);
          if (settlements[i].outcome === 'poison' && source.keepsPoison) isStopped = true;
        }
      }),
    );
    const counts = this.countsOf(source.name);
    for (const { outcome } of settlements) {
      this.settled.inc({ source: source.name, outcome });
      if (outcome === 'untouched') continue;
      counts[outcome === 'set_aside' ? 'setAside' : outcome]++;
      counts.lastAt = new Date();
    }
    return settlements;
  }

  /** Returns what this process settled of a source since it started. */
  countsOf(source: string): SettledCounts {
    const known = this.counts.get(source) ?? { stored: 0, repeated: 0, poison: 0, setAside: 0, lastAt: null };
    this.counts.set(source, known);
    return known;
  }

  /** Retries a kept message. */
  async takeAgain(kept: BrokerMessageAgain): Promise<void> {
    const { tenantId, id, source, naturalKey, contentType, headers, body } = kept;
    const message = { naturalKey, contentType, headers, body };
    const verdict = await this.judge({ name: source, tenantId }, message);
    if (verdict.outcome === 'later') return; // its lease expires, and the message is retried
    if (verdict.outcome === 'poison') await this.poison.refused(tenantId, id, verdict);
    else await this.poison.taken(tenantId, id);
    this.settled.inc({ source, outcome: verdict.outcome });
  }

  private async settle(source: SourceFacts, message: BrokerMessage, signal: AbortSignal): Promise<Settlement> {
    let isWaiting = false;
    try {
      for (let attempt = 1; ; attempt++) {
        signal.throwIfAborted();
        const settlement = await this.tryOnce(source, message);
        if (settlement.outcome !== 'later') return settlement;
        this.held.failed(source.name, new Error(settlement.why));
        if (!isWaiting) this.waiting.set(source.name, (this.waiting.get(source.name) ?? 0) + 1);
        isWaiting = true;
        await sleep(backoffMs(attempt), undefined, { signal });
      }
    } finally {
      if (isWaiting) this.goOn(source.name);
    }
  }

  private async tryOnce(source: SourceFacts, message: BrokerMessage): Promise<Settlement | Later> {
    const verdict = await this.judge(source, message);
    try {
      if (verdict.outcome === 'later' && verdict.aside) {
        await this.poison.setAside({ ...asKept(source, message, verdict.why), tenantId: verdict.aside.tenantId });
        return { outcome: 'set_aside' };
      }
      if (verdict.outcome === 'poison') {
        const { tenantId, reason, detail } = verdict;
        if (tenantId !== null) await this.poison.keep({ ...asKept(source, message, reason), tenantId }, verdict);
        return { outcome: 'poison', reason, detail };
      }
      return verdict;
    } catch (error) {
      return { outcome: 'later', why: wordsOf(error) };
    }
  }

  private async judge(source: SourceFacts, message: BrokerMessage): Promise<Verdict> {
    let tenantId: string | null = null;
    try {
      const read = readCloudEvent(message);
      const tenant = await this.tenantOf(source, read.tenant);
      if ('outcome' in tenant) {
        // An unreadable message has no readable tenant either, which is the lesser reason.
        const isUnreadable = !read.ok && tenant.outcome === 'poison' && tenant.tenantId === null;
        return isUnreadable ? unreadable(read, null) : tenant;
      }
      tenantId = tenant.id;
      if (!read.ok) return unreadable(read, tenantId);
      if (tenant.suspended) {
        // A source of one tenant may wait. Where tenants share a source, none waits for another.
        return { outcome: 'later', why: 'tenant_suspended', ...(!source.tenantId && { aside: { tenantId: tenant.id } }) };
      }
      return { outcome: (await this.store(source, message, tenant, read)) ? 'repeated' : 'stored' };
    } catch (error) {
      return verdictOf(error, tenantId);
    }
  }

  private async tenantOf(source: SourceFacts, named: string | null): Promise<KnownTenant | Verdict> {
    const poison = (reason: string, detail: string, tenantId: string | null = null): Verdict => {
      return { outcome: 'poison', tenantId, cause: 'refused_broker_message', reason, detail };
    };
    if (source.tenantId) {
      const own = await this.tenants.find(source.tenantId);
      if (!own) return { outcome: 'later', why: 'unknown_tenant_of_source' };
      if (named !== null && named.toLowerCase() !== own.id)
        return poison('wrong_tenant', 'The message names another tenant than its source.', own.id);
      return own;
    }
    if (named === null) return poison('no_tenant', 'The message has no attribute heliographtenant.');
    const known = uuid.safeParse(named).success ? await this.tenants.find(named.toLowerCase()) : null;
    return known ?? poison('unknown_tenant', 'The tenant does not exist.');
  }

  /** @returns whether it was stored before */
  private async store(
    source: SourceFacts,
    message: BrokerMessage,
    tenant: KnownTenant,
    event: ReadCloudEvent & { ok: true },
  ): Promise<boolean> {
    const key =
      event.id !== null
        ? keyOf('ce', event.source, event.id)
        : message.naturalKey !== null
          ? keyOf('broker', source.name, message.naturalKey)
          : undefined;
    if (event.type === 'event') {
      const of = { source: `broker:${source.name}`, ...(key && { fallbackId: key }) };
      return (await this.events.accept(tenant.id, event.data, of)).replayed;
    }
    if (event.type !== 'message.send') {
      throw new AppError('unprocessable', 'unknown_type', 'The type must be message.send or event.');
    }
    const body = bulkMessageBody.safeParse(event.data);
    if (!body.success) {
      const errors = body.error.issues.map(({ path, code, message: said }) => ({ path: path.join('/'), code, message: said }));
      throw new AppError('invalid', 'invalid_message', 'The message is not valid.', { errors });
    }
    if (!body.data.idempotency_key && !key) {
      throw new AppError(
        'invalid',
        'no_key',
        'A repeat of the message could not be recognised: it has no key, no CloudEvents id and no id of the broker.',
      );
    }
    const read = this.reader.read(tenant, body.data, 'transactional', key);
    if (!read.ok) throw new AppError('unprocessable', 'invalid_message', 'The message cannot be sent as it is.', { errors: read.errors });
    return (await this.messages.accept(tenant.id, read.draft)).replayed;
  }

  private goOn(source: string): void {
    const left = (this.waiting.get(source) ?? 1) - 1;
    this.waiting.set(source, left);
    if (left === 0) this.held.succeeded(source);
  }
}

function unreadable({ reason, detail }: ReadCloudEvent & { ok: false }, tenantId: string | null): Verdict {
  return { outcome: 'poison', tenantId, cause: 'unreadable_broker_message', reason, detail };
}

/** Codes that are not the message's fault. */
const passing = new Set(['unavailable', 'internal', 'throttled']);

function verdictOf(error: unknown, tenantId: string | null): Verdict {
  const poison = (reason: string, detail: string): Verdict => {
    return { outcome: 'poison', tenantId, cause: 'refused_broker_message', reason, detail };
  };
  if (error instanceof AppError) {
    if (passing.has(error.code) || error.reason === 'request_in_progress') return { outcome: 'later', why: error.reason };
    const faults = error.details.errors?.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    return poison(error.reason, (faults?.length ? faults.join('; ') : error.message).slice(0, 1_000));
  }
  // A fault of the database or of the code is permanent for this message; other errors are not its fault.
  if (isValueFault(error)) return poison('refused_by_storage', 'The message contains a value that cannot be stored.');
  if (isItemFault(error)) return poison('not_readable', `Reading the message failed: ${wordsOf(error)}`);
  return { outcome: 'later', why: wordsOf(error) };
}

function asKept(source: SourceFacts, { naturalKey, contentType, headers, body }: BrokerMessage, reason: string) {
  return {
    source: source.name,
    naturalKey: naturalKeyOf(naturalKey, body, attributesOf(headers)),
    contentType,
    headers,
    // The rest of a message that is too large is not kept.
    body: body.subarray(0, maxMessageBytes),
    reason,
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300) : String(error);
}
