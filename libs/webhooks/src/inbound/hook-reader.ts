import { hash } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, Database, isStorageDown, LoneReading, Loops, Metrics, SealedSecrets, type Tx } from '@heliograph/kernel';
import { DeadLetters } from '@heliograph/dead-letters';
import { type HookFact, type ParsedHook, type UnreadableReason, WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { FactApplication } from './fact-application';
import { isSealed, opened } from './hook-inbox';
import { countFirstTry, countTry, lockSlot, markHooks, oldestHooks, type StoredHook, takeHooks } from './hook-inbox.repository';
import { hookLetters } from './hook-letters';
import type { InboundConfig } from './inbound.config';
import { InboxPosition } from './inbox-position';
import type { Reported } from './reported-fact';
import { ParkedFacts } from './parked-facts.repository';

/** Pause of a reader when the inbox is empty, in ms. */
const restMs = 150;
/** Batches of hooks that are scanned for readable ones, since other readers hold some of them. */
const windowOfBatches = 4;
/** Tries (about half a minute) after which an own message that matches none of ours counts as typed on the phone. */
const strangerTries = 5;

/** Outcome of a hook; `reason` is set for `dead`. */
interface HookOutcome {
  outcome: 'applied' | 'duplicate' | 'unhandled' | 'parked' | 'dead';
  reason?: string;
  /** Items that cannot be read, by reason. */
  unreadable?: Partial<Record<UnreadableReason, number>>;
}

/**
 * Reads the inbox in batches: parses hooks, applies facts, parks early ones, marks the hooks. Runs as a loop in the role `hooks`, so that
 * it depends on no queue. The batch and its sessions are locked while it is read; if the process dies, the next reader reads the batch
 * again, which changes nothing.
 */
@Injectable()
export class HookReader implements OnApplicationBootstrap {
  private readonly log = new Logger(HookReader.name);
  private readonly alone = new LoneReading();
  private readonly position = new InboxPosition();
  private readonly unknownLogged = new Map<string, number>();
  private readonly read;
  private readonly contentless;
  private readonly unreadable;
  private readonly lag;
  /** True once this process has read the hooks that waited at its start. */
  private isProven = false;
  private proof: Promise<void> | null = null;

  constructor(
    private readonly db: Database,
    private readonly facts: FactApplication,
    private readonly parked: ParkedFacts,
    private readonly letters: DeadLetters,
    private readonly loops: Loops,
    private readonly secrets: SealedSecrets,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
    @Inject(APP_CONFIG) private readonly config: InboundConfig,
    metrics: Metrics,
  ) {
    this.read = metrics.counter('hooks_read_total', 'Hooks read from the inbox, by outcome.', ['outcome']);
    this.contentless = metrics.counter('hook_contentless_total', 'Items of hooks without content, by kind.', ['kind']);
    this.unreadable = metrics.counter('hook_items_unreadable_total', 'Items of hooks that cannot be read, by event and reason.', [
      'event',
      'reason',
    ]);
    this.lag = metrics.gauge('hook_lag_seconds', 'Age of the oldest hook of the last batch.');
  }

  onApplicationBootstrap(): void {
    const loop = (name: string, work: () => Promise<number>) =>
      this.loops.start({ name, everyMs: restMs, work: async () => (await work()) > 0 });
    for (let i = 0; i < this.config.HOOK_READERS; i++) loop('hook_reader', () => this.readBatch());
    loop('parked_facts', () => this.retryParked());
  }

  /** Reads one batch. @returns the number of hooks */
  async readBatch(maxHooks = this.config.HOOK_BATCH): Promise<number> {
    if (!this.isProven) await (this.proof ??= this.prove(windowOfBatches * maxHooks));
    try {
      return await this.db.transaction(async (tx) => {
        const lookedAt = performance.now();
        const { hooks, oldest } = await takeHooks(tx, maxHooks, windowOfBatches * maxHooks, this.position.next(lookedAt));
        if (oldest !== null) this.position.saw(oldest, lookedAt);
        if (hooks.length > 0) await this.mark(tx, hooks, await this.applyAll(hooks));
        return hooks.length;
      });
    } catch (error) {
      if (maxHooks === 1 || isStorageDown(error)) throw error;
      // One of them throws: read them one by one to find it.
      this.log.warn({ event: 'hook.batch_failed', error: (error as Error).message });
      return this.readSingly(maxHooks);
    }
  }

  /**
   * Finds hooks that crash processes, before the first batch. The hooks of that batch count as tried once; those that an earlier process
   * left tried and unread are read one by one, with each try counted, so that one that crashes this process too becomes a dead letter.
   * Later batches count no tries.
   */
  private async prove(window: number): Promise<void> {
    try {
      await this.readEach((await oldestHooks(this.db, window)).filter((hook) => hook.tries > 0));
      await countFirstTry(this.db, window);
      this.isProven = true;
    } finally {
      this.proof = null;
    }
  }

  /** Applies parked facts again. @returns their number */
  async retryParked(): Promise<number> {
    return this.parked.retryDue(this.config.HOOK_BATCH, async (facts) => {
      const stays = (await this.facts.apply(facts)).map((outcome) => outcome === 'parked');
      await this.facts.applyStrangers(facts.filter(({ tries }, i) => stays[i] && tries >= strangerTries));
      return stays;
    });
  }

  private async applyAll(hooks: StoredHook[]): Promise<HookOutcome[]> {
    const parsed = hooks.map((hook) => this.parse(hook));
    const reported: (Reported<HookFact> & { hook: number })[] = parsed.flatMap((p, hook) =>
      p.kind === 'facts'
        ? p.facts.map((fact) => ({
            tenantId: (hooks[hook] as StoredHook).tenant_id,
            sessionId: (hooks[hook] as StoredHook).session_id,
            fact,
            hook,
          }))
        : [],
    );
    const outcomes = await this.facts.apply(reported);
    const parkedNow = reported.filter((_, i) => outcomes[i] === 'parked');
    await this.parked.park(parkedNow);
    const parkedHooks = new Set(parkedNow.map((t) => t.hook));
    const freshHooks = new Set(reported.filter((_, i) => outcomes[i] === 'applied').map((t) => t.hook));
    return parsed.map((p, i) => {
      const outcome = this.outcomeOf(p, parkedHooks.has(i), freshHooks.has(i));
      return p.kind === 'facts' && p.unreadable
        ? { ...outcome, unreadable: this.noteUnreadable(hooks[i] as StoredHook, p.event, p.unreadable) }
        : outcome;
    });
  }

  private parse({ tenant_id: tenantId, session_id: sessionId, body }: StoredHook): ParsedHook {
    if (!isSealed(body)) return this.provider.parseHook(body);
    let text: string;
    try {
      text = opened(this.secrets, { tenantId, sessionId }, body);
    } catch {
      return { kind: 'malformed', reason: 'not_openable' };
    }
    return this.provider.parseHook(text);
  }

  private outcomeOf(parsed: ParsedHook, isParked: boolean, isFresh: boolean): HookOutcome {
    switch (parsed.kind) {
      case 'malformed':
        return { outcome: 'dead', reason: parsed.reason };
      case 'unhandled':
        this.logUnknown(parsed.event);
        return { outcome: 'unhandled' };
      case 'facts':
        for (const kind of parsed.contentless ?? []) this.contentless.inc({ kind });
        if (parsed.facts.length === 0) return { outcome: 'unhandled' };
        return { outcome: isParked ? 'parked' : isFresh ? 'applied' : 'duplicate' };
    }
  }

  /** Logs one line per hook and counts its unreadable items. The label `event` has few values: only known events have items. */
  private noteUnreadable<T extends Partial<Record<UnreadableReason, number>>>(hook: StoredHook, event: string, reasons: T): T {
    for (const [reason, count] of Object.entries(reasons)) this.unreadable.inc({ event, reason }, count);
    this.log.warn({ event: 'hook.items_unreadable', hook: hook.id, session: hook.session_id, hook_event: event, reasons });
    return reasons;
  }

  private async mark(tx: Tx, hooks: StoredHook[], outcomes: HookOutcome[]): Promise<void> {
    const lag = await markHooks(
      tx,
      hooks.map((hook, i) => {
        const { outcome, unreadable = null } = outcomes[i] as HookOutcome;
        return { tenantId: hook.tenant_id, id: hook.id, outcome, isBodyDropped: isSealed(hook.body), unreadable };
      }),
    );
    await this.letters.open(
      tx,
      hooks.flatMap((hook, i) => {
        const { outcome, reason = null } = outcomes[i] as HookOutcome;
        if (outcome !== 'dead') return [];
        return {
          tenantId: hook.tenant_id,
          kind: hookLetters.name,
          subjectId: hook.id,
          sessionId: hook.session_id,
          cause: 'unreadable_hook',
          detail: reason,
          contentHash: hash('sha256', `${hook.session_id}\0${hook.body}`, 'buffer'),
        };
      }),
    );
    this.lag.set(lag);
    for (const { outcome } of outcomes) this.read.inc({ outcome });
  }

  /** Reads the oldest hooks one by one. @returns their number */
  private async readSingly(maxHooks: number): Promise<number> {
    const hooks = await oldestHooks(this.db, maxHooks);
    await this.readEach(hooks);
    return hooks.length;
  }

  /** Reads hooks one by one, so that one that fails or crashes the process becomes a dead letter and no neighbour does. */
  private async readEach(hooks: StoredHook[]): Promise<void> {
    for (const hook of hooks)
      await this.alone.read(
        `${hook.tenant_id}/${hook.id}`,
        () => countTry(this.db, hook),
        (begin) =>
          this.db.transaction(async (tx) => {
            if (!(await lockSlot(tx, hook))) return;
            const turn = await begin();
            if (!turn) return;
            await this.mark(tx, [hook], turn.giveUp ? [{ outcome: 'dead', reason: turn.giveUp }] : await this.applyAll([hook]));
          }),
        (error) => this.log.error({ event: 'hook.failed', hook: hook.id, error: error.message }),
      );
  }

  private logUnknown(event: string): void {
    const minute = Math.floor(Date.now() / 60_000);
    if (this.unknownLogged.get(event) === minute) return;
    if (this.unknownLogged.size > 1_000) this.unknownLogged.clear();
    this.unknownLogged.set(event, minute);
    this.log.warn({ event: 'hook.unhandled', hook_event: event });
  }
}
