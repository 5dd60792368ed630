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

/** The part of a source that the intake reads. */
export interface SourceFacts {
  name: string;
  /** Tenant of all its messages; absent: each message names its tenant. */
  tenantId?: string | undefined;
  /** Poison stays with the broker, so what follows it in its group must stay too. */
  keepsPoison?: boolean;
}

type Verdict = { outcome: 'stored' | 'repeated' } | ({ outcome: 'poison'; tenantId: string | null } & BrokerFault) | Later;
/** Not the message's fault. `aside`: others must not wait for it. */
interface Later {
  outcome: 'later';
  why: string;
  aside?: { tenantId: string };
}

const uuid = z.uuid();

/** Stores what brokers bring, each message once, and says of each what became of it. */
@Injectable()
export class BrokerIntake {
  private readonly settled;
  /** Sources whose messages wait, with why. */
  private readonly held;
  /** Messages in hand per source that wait for something to come back. */
  private readonly waiting = new Map<string, number>();

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
    this.settled = metrics.counter('broker_messages_total', 'Messages of brokers by what became of them.', ['source', 'outcome']);
  }

  /**
   * Settles messages, groups in order and everything else at the same time. Waits while storage is away or the tenant may not be
   * served; what it answers is committed.
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
    for (const { outcome } of settlements) this.settled.inc({ source: source.name, outcome });
    return settlements;
  }

  /** Takes a message up that was kept. */
  async takeAgain(kept: BrokerMessageAgain): Promise<void> {
    const { tenantId, id, source, naturalKey, contentType, headers } = kept;
    const message = { naturalKey, contentType, headers, body: Buffer.from(kept.body) };
    const verdict = await this.judge({ name: source, tenantId }, message);
    if (verdict.outcome === 'later') return; // its lease runs out, and it comes again
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
        // Of what cannot be read the tenant cannot be read either: that is the lesser reason.
        const isUnreadable = !read.ok && tenant.outcome === 'poison' && tenant.tenantId === null;
        return isUnreadable ? unreadable(read, null) : tenant;
      }
      tenantId = tenant.id;
      if (tenant.suspended) {
        // What a broker keeps for one tenant alone may wait there. Where tenants share a source, nobody waits for another's sake.
        return { outcome: 'later', why: 'tenant_suspended', ...(!source.tenantId && { aside: { tenantId: tenant.id } }) };
      }
      if (!read.ok) return unreadable(read, tenantId);
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
      const own = await this.tenants.get(source.tenantId);
      if (!own) return { outcome: 'later', why: 'unknown_tenant_of_source' };
      if (named !== null && named.toLowerCase() !== own.id)
        return poison('wrong_tenant', 'It names another tenant than its source.', own.id);
      return own;
    }
    if (named === null) return poison('no_tenant', 'It has no attribute heliographtenant.');
    const known = uuid.safeParse(named).success ? await this.tenants.get(named.toLowerCase()) : null;
    return known ?? poison('unknown_tenant', 'There is no such tenant.');
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
      throw new AppError('unprocessable', 'unknown_type', 'The type is neither message.send nor event.');
    }
    const body = bulkMessageBody.safeParse(event.data);
    if (!body.success) {
      const errors = body.error.issues.map(({ path, code, message: said }) => ({ path: path.join('/'), code, message: said }));
      throw new AppError('invalid', 'invalid_message', 'The message is not as it must be.', { errors });
    }
    if (!body.data.idempotency_key && !key) {
      throw new AppError(
        'invalid',
        'no_key',
        'Nothing tells a repeat of it from a second one: no key, no CloudEvents id, no id of the broker.',
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

/** Codes that say nothing against the message. */
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
  // What the database or the code stumbles over will be so for ever; anything else says nothing against the message.
  if (isValueFault(error)) return poison('refused_by_storage', 'It holds a value that cannot be stored.');
  if (isItemFault(error)) return poison('not_readable', `Reading it failed: ${wordsOf(error)}`);
  return { outcome: 'later', why: wordsOf(error) };
}

function asKept(source: SourceFacts, { naturalKey, contentType, headers, body }: BrokerMessage, reason: string) {
  return {
    source: source.name,
    naturalKey: naturalKeyOf(naturalKey, body, attributesOf(headers)),
    contentType,
    headers,
    // What is too large to be taken is too large to be kept whole.
    body: body.subarray(0, maxMessageBytes).toString('utf8'),
    reason,
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300) : String(error);
}
