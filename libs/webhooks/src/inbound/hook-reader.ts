import { hash } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, Database, isStorageDown, Loops, Metrics, SealedSecrets, type Tx } from '@heliograph/kernel';
import { DeadLetters } from '@heliograph/messaging';
import { type HookFact, type ParsedHook, type UnreadableReason, WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { FactApplication } from './fact-application';
import { isSealed, opened } from './hook-inbox';
import type { InboundConfig } from './inbound.config';
import type { Told } from './told';
import { ParkedFacts } from './parked-facts.repository';

/** How long a reader rests when the inbox is empty, in ms. */
const restMs = 150;
/** A hook that failed this often is a dead letter. */
const mostTries = 3;
/** Batches whose hooks are looked at for one that may be read: others are being read meanwhile. */
const windowOfBatches = 4;
/** Slots that sessions are shared out by among readers. */
const slots = 64;
const lockOf = (slot: string) => `pg_try_advisory_xact_lock(hashtext('heliograph hooks'), ${slot})`;
const slotOf = (of: string) => `(hashtext(${of}.session_id::text) & ${slots - 1})`;
/** An own message that none of ours fits after so many tries (about half a minute) was typed on the phone. */
const strangerTries = 5;

interface StoredHook {
  tenant_id: string;
  id: string;
  session_id: string;
  body: string;
  tries: number;
}

/** What became of a hook; `reason` with `dead`. */
interface HookOutcome {
  outcome: 'applied' | 'duplicate' | 'unhandled' | 'parked' | 'dead';
  reason?: string;
  /** Items that cannot be read, by reason. */
  unreadable?: Partial<Record<UnreadableReason, number>>;
}

/**
 * Reads the inbox in batches: parses, applies, parks what came too early, marks. Loops in the role `hooks`, so that it
 * depends on no queue. The batch and its sessions are locked while it is read; a process that dies leaves it to the next reader,
 * and reading twice changes nothing.
 */
@Injectable()
export class HookReader implements OnApplicationBootstrap {
  private readonly log = new Logger(HookReader.name);
  private readonly unknownLogged = new Map<string, number>();
  private readonly read;
  private readonly contentless;
  private readonly unreadable;
  private readonly lag;
  /** Set once this process has read what waited when it began. */
  private isProven = false;
  private proof: Promise<number> | null = null;

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
    this.read = metrics.counter('hooks_read_total', 'Hooks read from the inbox by what became of them.', ['outcome']);
    this.contentless = metrics.counter('hook_contentless_total', 'Items of hooks that nobody wrote, by kind.', ['kind']);
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

  /** Reads one batch. Returns how many hooks it held. */
  async readBatch(most = this.config.HOOK_BATCH): Promise<number> {
    if (!this.isProven) return (this.proof ??= this.prove(most));
    try {
      return await this.db.transaction(async (tx) => {
        const hooks = await this.take(tx, most);
        if (hooks.length > 0) await this.mark(tx, hooks, await this.applyAll(hooks));
        return hooks.length;
      });
    } catch (error) {
      if (most === 1 || isStorageDown(error)) throw error;
      // One of them throws: find out which by reading them alone.
      this.log.warn({ event: 'hook.batch_failed', error: (error as Error).message });
      return this.readSingly(most);
    }
  }

  /**
   * Reads what a batch may have held when the process before died, one by one: a hook that ends processes ends this one too, but
   * its try is counted, so that it becomes a dead letter. Nothing is counted for batches.
   */
  private async prove(most: number): Promise<number> {
    try {
      const count = await this.readSingly(windowOfBatches * most);
      this.isProven = true;
      return count;
    } finally {
      this.proof = null;
    }
  }

  /** Offers parked facts again. Returns how many. */
  async retryParked(): Promise<number> {
    return this.parked.retryDue(this.config.HOOK_BATCH, async (facts) => {
      const stays = (await this.facts.apply(facts)).map((outcome) => outcome === 'parked');
      await this.facts.applyStrangers(facts.filter(({ tries }, i) => stays[i] && tries >= strangerTries));
      return stays;
    });
  }

  /**
   * The oldest hooks, of sessions that nobody else is reading: what a person wrote is taken in in its order. Readers share the
   * sessions that wait by slots, each taking half of what is left, so that they go on beside each other.
   */
  private take(tx: Tx, most: number): Promise<StoredHook[]> {
    return tx.query<StoredHook>(
      `WITH oldest AS MATERIALIZED (
         SELECT h.tenant_id, h.id, ${slotOf('h')} AS slot FROM hook_inbox h WHERE h.processed_at IS NULL ORDER BY h.id LIMIT ${windowOfBatches} * $1
       ), waiting AS MATERIALIZED (
         SELECT DISTINCT slot FROM oldest
       ), mine AS MATERIALIZED (
         SELECT slot FROM waiting WHERE ${lockOf('slot')} LIMIT ((SELECT count(*) FROM waiting) + 1) / 2
       )
       SELECT h.tenant_id, h.id, h.session_id, h.body, h.tries FROM (SELECT o.tenant_id, o.id FROM oldest o JOIN mine USING (slot) ORDER BY o.id LIMIT $1) o
       JOIN hook_inbox h ON h.tenant_id = o.tenant_id AND h.id = o.id WHERE h.processed_at IS NULL ORDER BY h.id FOR UPDATE OF h SKIP LOCKED`,
      [most],
    );
  }

  private async applyAll(hooks: StoredHook[]): Promise<HookOutcome[]> {
    const parsed = hooks.map((hook) => this.parse(hook));
    const told: (Told<HookFact> & { hook: number })[] = parsed.flatMap((p, hook) =>
      p.kind === 'facts'
        ? p.facts.map((fact) => ({
            tenantId: (hooks[hook] as StoredHook).tenant_id,
            sessionId: (hooks[hook] as StoredHook).session_id,
            fact,
            hook,
          }))
        : [],
    );
    const outcomes = await this.facts.apply(told);
    const parkedNow = told.filter((_, i) => outcomes[i] === 'parked');
    await this.parked.park(parkedNow);
    const parkedHooks = new Set(parkedNow.map((t) => t.hook));
    const freshHooks = new Set(told.filter((_, i) => outcomes[i] === 'applied').map((t) => t.hook));
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

  /** One line for a hook; an event whose items are read is one of a few. */
  private noteUnreadable<T extends Partial<Record<UnreadableReason, number>>>(hook: StoredHook, event: string, reasons: T): T {
    for (const [reason, count] of Object.entries(reasons)) this.unreadable.inc({ event, reason }, count);
    this.log.warn({ event: 'hook.items_unreadable', hook: hook.id, session: hook.session_id, hook_event: event, reasons });
    return reasons;
  }

  private async mark(tx: Tx, hooks: StoredHook[], outcomes: HookOutcome[]): Promise<void> {
    const [row] = await tx.query<{ lag: number | null }>(
      `WITH m AS (
         UPDATE hook_inbox h SET processed_at = heliograph_now(), outcome = d.outcome, body = CASE WHEN d.used THEN '' ELSE h.body END, unreadable = d.unreadable
         FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bool[], $5::jsonb[]) AS d(tenant_id, id, outcome, used, unreadable)
         WHERE h.tenant_id = d.tenant_id AND h.id = d.id RETURNING h.received_at
       )
       SELECT extract(epoch FROM heliograph_now() - min(received_at))::float8 AS lag FROM m`,
      [
        hooks.map((h) => h.tenant_id),
        hooks.map((h) => h.id),
        outcomes.map((o) => o.outcome),
        hooks.map((hook) => isSealed(hook.body)),
        outcomes.map((o) => (o.unreadable ? JSON.stringify(o.unreadable) : null)),
      ],
    );
    await this.letters.open(
      tx,
      hooks.flatMap((hook, i) => {
        const { outcome, reason = null } = outcomes[i] as HookOutcome;
        if (outcome !== 'dead') return [];
        return {
          tenantId: hook.tenant_id,
          kind: 'hook',
          subjectId: hook.id,
          sessionId: hook.session_id,
          cause: 'unreadable_hook',
          detail: reason,
          contentHash: hash('sha256', `${hook.session_id}\0${hook.body}`, 'buffer'),
        };
      }),
    );
    this.lag.set(row?.lag ?? 0);
    for (const { outcome } of outcomes) this.read.inc({ outcome });
  }

  /** One by one; each try is counted before it is made, so that a hook that kills the process is found too. */
  private async readSingly(most: number): Promise<number> {
    const hooks = await this.db.query<StoredHook>(
      `SELECT tenant_id, id, session_id, body, tries FROM hook_inbox WHERE processed_at IS NULL ORDER BY id LIMIT $1`,
      [most],
    );
    // Tried again at once: left for later, it would make the next batches fail too.
    for (const hook of hooks) while (!(await this.readAlone(hook)));
    return hooks.length;
  }

  /** @returns false: it failed and is to be tried again */
  private async readAlone(hook: StoredHook): Promise<boolean> {
    let tries: number | null = null;
    try {
      await this.db.transaction(async (tx) => {
        const [slot] = await tx.query<{ held: boolean }>(`SELECT ${lockOf(slotOf('h'))} AS held FROM (SELECT $1::uuid AS session_id) h`, [
          hook.session_id,
        ]);
        if (!slot?.held) return;
        tries ??= await this.countTry(hook);
        if (tries === null) return;
        const outcomes =
          tries > mostTries ? [{ outcome: 'dead' as const, reason: `Reading it failed ${mostTries} times.` }] : await this.applyAll([hook]);
        await this.mark(tx, [hook], outcomes);
      });
      return true;
    } catch (error) {
      if (isStorageDown(error)) throw error;
      this.log.error({ event: 'hook.failed', hook: hook.id, tries, error: (error as Error).message });
      return tries === null || tries > mostTries;
    }
  }

  /** By itself, so that the count stays whatever becomes of the try. @returns the try's number, from 1; null: it was read */
  private async countTry(hook: StoredHook): Promise<number | null> {
    const [counted] = await this.db.query<{ tries: number }>(
      `UPDATE hook_inbox SET tries = tries + 1 WHERE tenant_id = $1 AND id = $2 AND processed_at IS NULL RETURNING tries`,
      [hook.tenant_id, hook.id],
    );
    return counted?.tries ?? null;
  }

  private logUnknown(event: string): void {
    const minute = Math.floor(Date.now() / 60_000);
    if (this.unknownLogged.get(event) === minute) return;
    if (this.unknownLogged.size > 1_000) this.unknownLogged.clear();
    this.unknownLogged.set(event, minute);
    this.log.warn({ event: 'hook.unhandled', hook_event: event });
  }
}
