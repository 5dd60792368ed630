import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver } from './driver';
import type { Lab } from './lab/lab';
import type { Intent } from './oracle/oracle';
import {
  judgeCallbacks,
  type EndpointEvidence,
  type CallbackEvidence,
  type CallbackVerdict,
  type CallbackViolation,
} from './oracle/callbacks';
import type { ReceiverFaults } from './receiver/receiver-log';
import type { Rng } from './rng';

/** One event a POST, and batches; both in order. As fast as it goes, so that what a kill holds up is soon made up for. */
const endpoints = [
  { path: '/each', settings: { batch_size: 1 } },
  { path: '/batches', settings: { batch_size: 50 } },
] as const;
const allWell: ReceiverFaults = { error: 0, cut: 0, hang: 0, throttle: 0 };
/** Ms within which the work of a dead worker is taken over and failed calls are tried again. */
const quietMs = 25_000;
/** Maximum wait for the last callback, in ms. */
const maxJudgeMs = 30 * 60_000;
/** Violations that a later callback may still settle. */
const mayHeal = new Set<CallbackViolation['kind']>(['missing', 'false', 'inbound missing', 'inbound phantom', 'undelivered']);

interface ReportedEvent {
  event_key: string;
  state: string;
  reason: string | null;
  detail: string | null;
  results: { message_ids: string[] }[];
}

/** The core application: its endpoints at the receiver, the people it talks with, what happens there, and the callbacks that it got in the end. */
export class CoreApp {
  private readonly ids = new Map<string, string>();
  /** Intents of the events that were reported, by key. */
  private readonly events = new Map<string, Intent>();

  constructor(
    private readonly lab: Lab,
    private readonly driver: Driver,
  ) {}

  /** Makes the endpoints, and has the receiver fail. */
  async listen(faults: ReceiverFaults): Promise<void> {
    const secrets: Record<string, string> = {};
    for (const { path, settings } of endpoints) {
      const body = { name: path, url: this.lab.receiver.url + path, ordered: true, rate_per_s: 1_000, concurrency: 64, ...settings };
      const made = await this.driver.insist<{ id: string; secret: string }>('POST', '/v1/callback-endpoints', body);
      this.ids.set(path, made.id);
      secrets[path] = made.secret;
    }
    await this.lab.receiver.trust(secrets);
    await this.lab.receiver.fail(faults);
  }

  /** Adds rules that make a message of each event, one for each session it is to leave through. */
  async rule(sessionIds: ReadonlyMap<number, string>): Promise<void> {
    for (const [session, sessionId] of sessionIds) {
      const event = eventOf(session);
      await this.driver.insist('PUT', `/v1/event-types/${event}`, { schema: {} });
      const message = { type: 'text', text: '{{ payload.text }}', session_id: sessionId };
      await this.driver.insist('POST', '/v1/event-rules', { name: event, event, actions: [{ type: 'send_message', message }] });
    }
  }

  /** Reports events, each of which makes one message. */
  async postEvents(intents: Intent[], durationMs: number): Promise<void> {
    const startedAt = Date.now();
    for (const [n, intent] of intents.entries()) {
      const pause = startedAt + (durationMs * n) / intents.length - Date.now();
      if (pause > 0) await sleep(pause);
      const id = `event-${intent.id}`;
      const event = { name: eventOf(intent.session), id, subject: { phone: intent.to }, payload: { text: intent.text } };
      await this.driver.insist('POST', '/v1/events', event);
      this.events.set(id, intent);
    }
  }

  /**
   * Waits until every event was read, and notes which message it made: the oracle misses the message of one that made none.
   * Redrives events as a person would whose process was killed each time it read them.
   * @returns the number of events that were redriven
   */
  async read(): Promise<number> {
    await this.readAll();
    const redriven = await this.redrive('event');
    if (redriven > 0) await this.readAll();
    const events = await this.driver.all<ReportedEvent>('/v1/events');
    const made = new Map(events.map((event) => [event.event_key, event]));
    for (const [key, intent] of this.events) {
      const event = made.get(key);
      const id = event?.results.flatMap((result) => result.message_ids)[0];
      intent.messageId =
        id ?? `of ${key} (${event?.state ?? 'not stored'}, ${event?.reason ?? 'no reason'}: ${event?.detail ?? 'no detail'})`;
    }
    return redriven;
  }

  /** Redrives what the process was killed over each time it read it, as a person would. @returns its number */
  async redrive(kind: 'event' | 'hook'): Promise<number> {
    const letters = await this.driver.all<{ id: string; cause: string }>(`/v1/dead-letters?kind=${kind}`);
    const unreadable = letters.filter(({ cause }) => cause === `unreadable_${kind}`);
    for (const { id } of unreadable) await this.driver.insist('POST', `/v1/dead-letters/${id}/redrive`, {});
    return unreadable.length;
  }

  private async readAll(): Promise<void> {
    for (const endsAt = Date.now() + 120_000; Date.now() < endsAt; await sleep(500)) {
      const { data } = await this.driver.get<{ data: unknown[] }>('/v1/events?limit=1&state=received');
      if (data.length === 0) return;
    }
  }

  /** Has people write to the sessions, some of whom are written to as well, two or three messages at a time. */
  async writeToSessions(sessions: number[], count: number, durationMs: number, rng: Rng): Promise<void> {
    const startedAt = Date.now();
    for (let n = 0; n < count;) {
      const pause = startedAt + (durationMs * n) / count - Date.now();
      if (pause > 0) await sleep(pause);
      const place = Math.floor(rng.next() * sessions.length);
      const person = rng.next() < 0.5 ? { from: `447700${String(place).padStart(6, '0')}` } : personOf(place);
      for (const endsAt = Math.min(count, n + 1 + Math.floor(rng.next() * 3)); n < endsAt; n++) {
        const events = rng.next() < 0.5 ? ['messages.received'] : ['messages.received', 'messages.upsert'];
        await this.lab.sim.write(sessions[place] as number, { ...person, text: `Note ${n}`, events });
      }
    }
  }

  /** The receiver is well again: waits until no callback is left or none comes any more, and judges. */
  async judge(onProgress?: (line: string) => void): Promise<CallbackVerdict> {
    await this.lab.receiver.fail(allWell);
    let seen = '';
    let movedAt = Date.now();
    for (const endsAt = Date.now() + maxJudgeMs; ; await sleep(1_000)) {
      const { pending, progress } = await this.deliveries();
      const isQuiet = Date.now() - movedAt > quietMs || Date.now() > endsAt;
      onProgress?.(`waiting: ${pending} callbacks to come`);
      if (pending > 0 && !isQuiet) {
        if (seen !== progress) [seen, movedAt] = [progress, Date.now()];
        continue;
      }
      const evidence = await this.evidence();
      const verdict = judgeCallbacks(evidence);
      if (isQuiet || verdict.violations.every(({ kind }) => !mayHeal.has(kind))) return verdict;
      const now = `${evidence.posts.length} ${[...evidence.states.values()].join()}`;
      if (seen !== now) [seen, movedAt] = [now, Date.now()];
    }
  }

  /** Callbacks to come, of which the api counts a part only, and what changes with each that is delivered. */
  private async deliveries(): Promise<{ pending: number; progress: string }> {
    const { data } = await this.driver.get<{ data: { pending: number; last_day: unknown }[] }>('/v1/callback-endpoints');
    return {
      pending: data.reduce((sum, endpoint) => sum + endpoint.pending, 0),
      progress: JSON.stringify(data.map(({ pending, last_day }) => [pending, last_day])),
    };
  }

  private async evidence(): Promise<CallbackEvidence> {
    const { driver, lab } = this;
    const messages = await driver.all<{ id: string; state: string; cause: string | null }>('/v1/messages');
    const endpoints: EndpointEvidence[] = [];
    for (const [path, id] of this.ids) {
      const callbacks = await driver.all<{ event_id: string; state: string }>(`/v1/callback-endpoints/${id}/callbacks`);
      endpoints.push({ path, claims: new Map(callbacks.map((callback) => [callback.event_id, callback.state])) });
    }
    const conversations: string[][] = [];
    for (const { id } of await driver.all<{ id: string }>('/v1/conversations')) {
      const entries = await driver.all<{ id: string; direction: string }>(`/v1/conversations/${id}/entries`);
      conversations.push(entries.flatMap((entry) => (entry.direction === 'in' ? [entry.id] : [])).reverse());
    }
    const isParked = (message: (typeof messages)[number]) => message.state === 'uncertain' && message.cause === 'outcome_unknown';
    return {
      posts: await lab.receiver.log(),
      endpoints,
      states: new Map(messages.map((message) => [message.id, message.state])),
      parked: new Set(messages.filter(isParked).map((message) => message.id)),
      inbound: await lab.sim.inbound(),
      conversations,
    };
  }
}

const eventOf = (session: number): string => `noted_${session}`;

/** Somebody nobody writes to: named by phone, by privacy id, or by both. */
function personOf(place: number): { from: string; address: string } {
  return { from: `447911${String(place).padStart(6, '0')}`, address: ['phone', 'lid', 'lid-with-phone'][place % 3] as string };
}
