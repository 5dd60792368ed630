import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ContactEditing } from '@heliograph/contacts';
import { APP_CONFIG, ChangeFeed, Database, isStorageDown, LoneReading, Loops, Metrics, type Tx } from '@heliograph/kernel';
import { DeadLetters } from '@heliograph/dead-letters';
import { MessageIntake } from '@heliograph/messaging';
import type { PlannedAction, Rule } from '../rules/rule-plan';
import { EventEvaluation, type EventToEvaluate } from './event-evaluation';
import { eventLetters } from './event-letters';
import type { EventsConfig } from './events.config';
import { type EventResult, Events, type ReadEvent } from './events.repository';

/** Pause of the reader when no event waits, in ms. */
const restMs = 100;

type Draft = Extract<PlannedAction, { type: 'send_message' }>['draft'];

/**
 * Runs the actions of rules, in the role `events`. The effects of a batch are stored in the transaction that marks it as read, so that each
 * event acts once. One process at a time does this, in the order of arrival; the others wait for it to die.
 */
@Injectable()
export class EventReader implements OnApplicationBootstrap {
  private readonly log = new Logger(EventReader.name);
  private readonly alone = new LoneReading();
  private readonly read;
  private readonly lag;
  /** True once this process has read the events that waited at its start. */
  private isProven = false;

  constructor(
    private readonly db: Database,
    private readonly events: Events,
    private readonly evaluation: EventEvaluation,
    private readonly intake: MessageIntake,
    private readonly contacts: ContactEditing,
    private readonly letters: DeadLetters,
    private readonly loops: Loops,
    private readonly feed: ChangeFeed,
    @Inject(APP_CONFIG) private readonly config: EventsConfig,
    metrics: Metrics,
  ) {
    this.read = metrics.counter('events_read_total', 'Events that were read, by outcome.', ['outcome']);
    this.lag = metrics.gauge('event_lag_seconds', 'Age of the oldest event of the last batch.');
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'event_reader', everyMs: restMs, work: async () => (await this.readBatch()) > 0 });
  }

  /** Reads one batch. @returns the number of events; 0 also while another process reads */
  async readBatch(): Promise<number> {
    if (!this.isProven) {
      // An event that crashed the previous process crashes this one too, but its try is counted. Batches count no tries.
      const count = await this.readSingly();
      this.isProven = true;
      return count;
    }
    try {
      return await this.readAtOnce();
    } catch (error) {
      if (isStorageDown(error)) throw error;
      // One of them throws: read them one by one to find it.
      this.log.warn({ event: 'events.batch_failed', error: (error as Error).message });
      return this.readSingly();
    }
  }

  private async readAtOnce(): Promise<number> {
    return this.db.transaction(async (tx) => {
      const events = await this.events.take(tx, this.config.EVENT_BATCH);
      await this.follow(tx, events);
      return events.length;
    });
  }

  /** Reads events one by one, so that one that fails or crashes the process becomes a dead letter and no neighbour does. */
  private async readSingly(): Promise<number> {
    const waiting = await this.events.waiting(this.config.EVENT_BATCH);
    for (const one of waiting)
      await this.alone.read(
        one.id,
        () => this.events.countTry(one),
        (begin) =>
          this.db.transaction(async (tx) => {
            const events = await this.events.take(tx, 1, one);
            // Another process reads, or the event was read: a counted try that did not happen could make a sound event a dead letter.
            const turn = events.length > 0 ? await begin() : null;
            if (turn?.giveUp) await this.settle(tx, events, [unreadable(turn.giveUp)]);
            else if (turn) await this.follow(tx, events);
          }),
        (error) => this.log.error({ event: 'event.failed', id: one.id, error: error.message }),
      );
    return waiting.length;
  }

  /** Runs the actions of evaluated events. */
  private async follow(tx: Tx, events: EventToEvaluate[]): Promise<void> {
    if (events.length === 0) return;
    const evaluations = await this.evaluation.evaluate(tx, events);
    const todo: Todo[] = [];
    const read = events.map((event, i): ReadEvent => {
      const evaluation = evaluations[i];
      if (!evaluation || evaluation.kind === 'rejected') {
        const { reason = null, detail = null } = evaluation ?? {};
        return { state: 'rejected', reason, detail, results: [], contactId: null };
      }
      const { contactId } = evaluation.contact;
      const results = evaluation.plans.map(({ rule, plan }): EventResult => {
        const of = { rule_id: rule.id, rule_version: rule.version };
        if (plan.outcome !== 'matched') return { ...of, outcome: plan.outcome, detail: plan.detail, message_ids: [] };
        const refused = plan.actions.flatMap((action) => (action.type === 'set_attributes' ? action.refused : []));
        const result: EventResult = { ...of, outcome: 'acted', detail: refused.join(' ') || null, message_ids: [] };
        todo.push(...plan.actions.map((action) => ({ event, rule, action, contactId, result })));
        return result;
      });
      return { state: 'done', reason: null, detail: null, results, contactId };
    });
    await this.send(tx, todo);
    await this.change(tx, todo);
    for (const of of read) failIfARuleDid(of);
    await this.settle(tx, events, read);
  }

  private async send(tx: Tx, todo: Todo[]): Promise<void> {
    const sends = todo.flatMap(({ action, ...of }) => (action.type === 'send_message' ? [{ ...of, draft: action.draft }] : []));
    for (const [tenantId, all] of Map.groupBy(sends, ({ event }) => event.tenantId)) {
      const routes = await this.intake.routesOf(
        tenantId,
        all.map(({ draft }) => draft),
      );
      const routed: (Draft & { sessionId: string })[] = [];
      all.forEach(({ draft, result }, i) => {
        const route = routes[i];
        if (!route || 'code' in route) Object.assign(result, { outcome: 'failed', detail: route?.message ?? null });
        else {
          routed.push({ ...draft, sessionId: route.sessionId });
          result.message_ids.push(draft.id);
        }
      });
      await this.intake.storeWithin(tx, tenantId, routed);
    }
  }

  private async change(tx: Tx, todo: Todo[]): Promise<void> {
    for (const { event, action, contactId } of todo) {
      if (action.type === 'set_attributes') await this.contacts.change(tx, event.tenantId, contactId, { attributes: action.attributes });
    }
  }

  /** Writes the results of events. Opens a dead letter for a failed event, and resolves the letter of an event that succeeds. */
  private async settle(tx: Tx, events: EventToEvaluate[], read: ReadEvent[]): Promise<void> {
    const lag = await this.events.settle(tx, events, read);
    await this.letters.open(
      tx,
      events.flatMap(({ tenantId, id }, i) => {
        const { state, reason, detail } = read[i] as ReadEvent;
        if (state === 'done') return [];
        return { tenantId, kind: eventLetters.name, subjectId: id, sessionId: null, cause: reason ?? state, detail };
      }),
    );
    tx.afterCommit(() => events.forEach(({ tenantId }) => this.feed.notifyAll('events', tenantId)));
    this.lag.set(lag);
    for (const { state } of read) this.read.inc({ outcome: state });
  }
}

const unreadable = (detail: string): ReadEvent => ({
  state: 'failed',
  reason: 'unreadable_event',
  detail,
  results: [],
  contactId: null,
});

/** An action with the result it belongs to. */
interface Todo {
  event: EventToEvaluate;
  rule: Rule;
  action: PlannedAction;
  contactId: string;
  result: EventResult;
}

function failIfARuleDid(read: ReadEvent): void {
  const failed = read.results.find((result) => result.outcome === 'failed');
  if (failed) Object.assign(read, { state: 'failed', reason: 'rule_failed', detail: failed.detail } satisfies Partial<ReadEvent>);
}
