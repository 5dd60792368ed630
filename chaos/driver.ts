import { setTimeout as sleep } from 'node:timers/promises';
import type { Intent } from './oracle/oracle';

const timeoutMs = 10_000;

/** A core application that does not give up: it asks any api again, with the same key, until it gets an answer. */
export class Driver {
  private turn = 0;

  constructor(
    private readonly apiUrls: string[],
    private readonly apiKey: string,
  ) {}

  /** Posts rows under one idempotency key and notes the ids of the answers. */
  async send(
    key: string,
    intents: Intent[],
    sessionIds: ReadonlyMap<number, string>,
    of: 'transactional' | 'broadcast' = 'transactional',
  ): Promise<string> {
    const messages = intents.map((intent) => ({
      to: intent.to,
      type: 'text',
      text: intent.text,
      class: of,
      session_id: sessionIds.get(intent.session),
    }));
    const answer = await this.insist<{ group_id: string; results: { status: string; id?: string; errors?: unknown }[] }>(
      'POST',
      '/v1/messages/bulk',
      { messages },
      key,
    );
    answer.results.forEach((verdict, i) => {
      if (verdict.status === 'refused') throw new Error(`Row ${i} was refused: ${JSON.stringify(verdict.errors)}`);
      (intents[i] as Intent).messageId = verdict.id ?? null;
    });
    return answer.group_id;
  }

  get<T>(path: string): Promise<T> {
    return this.insist('GET', path);
  }

  /** Every row of a list, page after page. */
  async all<T>(path: string): Promise<T[]> {
    const rows: T[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { data: T[]; next_cursor: string | null } = await this.get(
        `${path}${path.includes('?') ? '&' : '?'}limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      rows.push(...page.data);
      cursor = page.next_cursor;
    }
    return rows;
  }

  /** State of every message, by id. */
  async states(): Promise<Map<string, string>> {
    const messages = await this.all<{ id: string; state: string }>('/v1/messages');
    return new Map(messages.map((message) => [message.id, message.state]));
  }

  /** True when no message is in one of these states. */
  async isNoneAt(states: string[]): Promise<boolean> {
    for (const state of states) {
      const { data } = await this.get<{ data: unknown[] }>(`/v1/messages?limit=1&state=${state}`);
      if (data.length > 0) return false;
    }
    return true;
  }

  /** @throws what is the caller's own fault; everything else is tried again for three minutes */
  async insist<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
    for (const endsAt = Date.now() + 180_000; ; await sleep(100)) {
      const url = this.apiUrls[this.turn++ % this.apiUrls.length] as string;
      const answer = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${this.apiKey}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(key && { 'idempotency-key': key }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      }).catch(() => null);
      // An answer may break off in the middle of its body too.
      const text = await answer?.text().catch(() => null);
      if (answer?.ok && typeof text === 'string') return JSON.parse(text) as T;
      const isOurs = answer && answer.status >= 400 && answer.status < 500 && answer.status !== 409 && answer.status !== 429;
      if (isOurs || Date.now() > endsAt) throw new Error(`${method} ${path}: ${answer ? `${answer.status} ${text}` : 'no answer'}`);
    }
  }
}
