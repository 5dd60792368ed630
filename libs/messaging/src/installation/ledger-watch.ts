import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { APP_CONFIG, HealthChecks, type Loop, Loops, Metrics } from '@heliograph/kernel';
import type { MessagingConfig } from '../messaging.config';
import { InstallationFile, type InstallationRecord, type LedgerMark } from './installation-file';
import { type HoldProgress, type LedgerHold, type LedgerHome, type LedgerState, LedgerStates } from './ledger-state.repository';

const checkMs = 5_000;
/** Checks in a row that must find the file unchanged before it counts as written by no other ledger. */
const stillChecks = 3;
/** Checks after which a hold or a refusal is logged again. */
const remindChecks = 12;

/**
 * Relation of the ledger to a mark. `succeeded`: the ledger ended that lineage itself. `other`: another history was written in the same
 * lineage.
 */
type Standing = 'same' | 'succeeded' | 'behind' | 'other';

export type WatchConfig = Pick<MessagingConfig, 'INSTALLATION_ID' | 'INSTALLATION_FILE' | 'LEDGER_MAX_AGE_S' | 'LEDGER_MAX_LOSS_S'>;

/** True when both are known and differ. */
const differs = (now: string | null, before: string | null): boolean => now !== null && before !== null && now !== before;

/**
 * Compares the ledger with what the installation file and this process remember of it. An older copy is held: drips, broadcasts and all
 * messages that it had accepted wait until a person releases them. A ledger is refused when another ledger is being written under its
 * installation file: this process then sends nothing.
 */
@Injectable()
export class LedgerWatch implements OnApplicationBootstrap {
  private readonly log = new Logger(LedgerWatch.name);
  private readonly file: InstallationFile | null;
  private loop: Loop | null = null;
  private checking: Promise<void> | null = null;
  /** The newest mark that this process saw; null until its first check has passed. */
  private mark: LedgerMark | null = null;
  private still = { key: '', checks: 0 };
  private currentHold: LedgerHold | null = null;
  private progress: HoldProgress | null = null;
  private refusal: string | null = 'not_checked';
  private reminded = 0;

  constructor(
    private readonly states: LedgerStates,
    @Inject(APP_CONFIG) private readonly config: WatchConfig,
    @Optional() health?: HealthChecks,
    @Optional() metrics?: Metrics,
    @Optional() private readonly loops?: Loops,
  ) {
    this.file = config.INSTALLATION_FILE === undefined ? null : new InstallationFile(config.INSTALLATION_FILE);
    health?.inform('ledger', () => this.describe());
    metrics?.gauge('ledger_held', '1 while drips and broadcasts are held because the database is an older copy.', [], (gauge) =>
      gauge.set(this.currentHold ? 1 : 0),
    );
    metrics?.gauge('ledger_refused', '1 while this process sends nothing because another database is in use under its id.', [], (gauge) =>
      gauge.set(this.refusal === null ? 0 : 1),
    );
    metrics?.gauge('ledger_may_duplicate', 'Held messages without evidence; counted up to 100,000.', [], (gauge) =>
      gauge.set(this.progress?.mayDuplicate ?? 0),
    );
  }

  /** The current hold, as of the last check. */
  get hold(): LedgerHold | null {
    return this.currentHold;
  }

  /** True while this process must not send at all. */
  get isRefused(): boolean {
    return this.refusal !== null;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.start();
  }

  /**
   * Runs the first check and repeats it until the process drains. Nothing may be claimed before the first check. A second call does
   * nothing.
   */
  async start(): Promise<void> {
    if (this.loop) return this.checking ?? undefined;
    this.loop = this.loops?.start({ name: 'ledger_watch', everyMs: checkMs, firstMs: checkMs, work: () => this.check() }) ?? null;
    await this.file?.removeDrafts().catch((error: Error) => this.log.warn({ event: 'ledger.drafts_unseen', error: error.message }));
    // This process is refused, and sends nothing, until one check passes.
    await this.check().catch((error: Error) => this.log.warn({ event: 'ledger.check_failed', error: error.message }));
  }

  async stop(): Promise<void> {
    await this.loop?.stop();
    await this.checking?.catch(() => undefined); // reported to the caller of that check
  }

  /**
   * Runs one check, or joins the running one.
   * @throws when the check could not be made; the result of the last one stays
   */
  check(): Promise<void> {
    this.checking ??= this.run().finally(() => (this.checking = null));
    return this.checking;
  }

  private async run(): Promise<void> {
    // Read before the database: the file holds what was read from the database, so a ledger is never behind its own file.
    const record = (await this.file?.read()) ?? null;
    const state = await this.states.read();
    const home = this.mark ? state : await this.states.home();
    const [seen, onFile] = [this.standing(this.mark, state), this.standing(record?.mark ?? null, state)];
    const hasMoved = differs(home.server, state.server) || differs(home.table, state.table);

    const isTolerated =
      !hasMoved && this.lossIsTolerated(this.mark, seen, state) && this.lossIsTolerated(record?.mark ?? null, onFile, state);
    const isEstablished = this.mark !== null && isTolerated;
    if (record?.mark && (onFile !== 'same' || hasMoved) && !isEstablished && !this.isStill(record.mark))
      return this.refuse('other_ledger_in_use');
    this.still = { key: '', checks: 0 };

    if (!isTolerated && state.hasMessages) {
      const isRestored = seen === 'behind' || seen === 'other' || onFile === 'behind' || onFile === 'other';
      await this.states.hold(isRestored ? 'ledger_restored' : 'server_changed', state, home, true);
    } else {
      if (seen === 'behind' || onFile === 'behind')
        this.log.warn({ event: 'ledger.behind', detail: 'Within LEDGER_MAX_LOSS_S, as after a failover.' });
      if (!this.mark) await this.admit(state, record, home);
    }
    await this.settle(record);
  }

  /** Runs the first check of this process: the id must be that of the ledger, and the ledger must have been written lately. */
  private async admit(state: LedgerState, record: InstallationRecord | null, home: LedgerHome): Promise<void> {
    const { INSTALLATION_ID: given, LEDGER_MAX_AGE_S: maxAgeS } = this.config;
    const outside = given !== undefined && record && record.id !== given ? null : (given ?? record?.id ?? null);
    const isEmpty = !state.hasMessages;
    if (isEmpty || state.installationId === null) {
      let id = outside ?? given ?? state.installationId ?? (this.file ? randomUUID() : null);
      // When several processes start together, the file or the row decides which of them wins.
      if (id !== null && this.file && !record) ({ id } = await this.file.create({ id, mark: null }));
      await this.states.adopt(id, home, isEmpty);
    } else if (outside !== state.installationId) {
      if (!state.hold) await this.states.hold('installation_differs', state, home, false);
      return;
    }
    if (state.server === null || state.table === null) await this.states.adopt(null, home, false);
    const isStale = maxAgeS > 0 && state.ageMs !== null && state.ageMs > maxAgeS * 1_000;
    if (isStale && !isEmpty && !state.hold) await this.states.hold('ledger_stale', state, home, false);
  }

  /** Stores the state of the ledger in memory and records that the ledger is in use. */
  private async settle(record: InstallationRecord | null): Promise<void> {
    const state = await this.states.read();
    const mark = await this.states.beat(state.lineage);
    if (!mark) return; // another process just changed the lineage: the next check reads it
    this.mark = mark;
    const id = this.config.INSTALLATION_ID ?? record?.id ?? state.installationId;
    if (this.file && id !== null) await this.file.write({ id, mark });
    this.progress = state.hold ? await this.states.progress() : null;
    if (this.refusal !== null && this.refusal !== 'not_checked') this.log.log({ event: 'ledger.accepted' });
    this.refusal = null;
    if (this.currentHold && !state.hold) this.log.log({ event: 'ledger.released', by: state.releasedBy });
    if (state.hold && (!this.currentHold || ++this.reminded % remindChecks === 0))
      this.log.error({ event: 'ledger.held', ...this.describeHold(state.hold) });
    this.currentHold = state.hold;
  }

  private refuse(reason: string): void {
    if (this.refusal !== reason || ++this.reminded % remindChecks === 0)
      this.log.error({
        event: 'ledger.refused',
        reason,
        detail: 'Another database uses the installation file of this one; this process sends nothing.',
      });
    this.refusal = reason;
  }

  private standing(mark: LedgerMark | null, state: LedgerState): Standing {
    if (!mark) return 'same';
    if (mark.lineage === state.lineage) return mark.beats <= state.beats ? 'same' : 'behind';
    return state.superseded.includes(mark.lineage) ? 'succeeded' : 'other';
  }

  private lossIsTolerated(mark: LedgerMark | null, standing: Standing, state: LedgerState): boolean {
    if (standing === 'other') return false;
    if (standing !== 'behind' || !mark) return true;
    return state.beatAt !== null && mark.at.getTime() - state.beatAt.getTime() <= this.config.LEDGER_MAX_LOSS_S * 1_000;
  }

  private isStill(mark: LedgerMark): boolean {
    const key = `${mark.lineage}/${mark.beats}`;
    this.still = { key, checks: this.still.key === key ? this.still.checks + 1 : 0 };
    return this.still.checks >= stillChecks;
  }

  private describeHold(hold: LedgerHold): Record<string, unknown> {
    return {
      reason: hold.reason,
      held_at: hold.heldAt.toISOString(),
      written_until: hold.writtenUntil.toISOString(),
      ...(this.progress && {
        sessions: this.progress.sessions,
        compared: this.progress.compared,
        found_sent: this.progress.found,
        may_duplicate: this.progress.mayDuplicate,
      }),
      release: 'heliograph ledger:release --by <name>',
    };
  }

  private describe(): Record<string, unknown> {
    if (this.refusal !== null) return { state: 'refused', reason: this.refusal };
    return this.currentHold ? { state: 'held', ...this.describeHold(this.currentHold) } : { state: 'in_use' };
  }
}
