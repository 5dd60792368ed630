import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { Post, PostedEvent } from '../oracle/callbacks';
import { Rng } from '../rng';

/** Shares, from 0 to 1, of POSTs that are answered 500, cut off after they were read, never answered, or answered 429. */
export interface ReceiverFaults {
  error: number;
  cut: number;
  hang: number;
  throttle: number;
}

/** The envelope of an event, as far as the log keeps it. */
interface Envelope {
  id: string;
  type: string;
  data: { message_id?: string; attempt?: number; conversation_id?: string; whatsapp_id?: string; entry_id?: string };
  events?: Envelope[];
}

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Every POST as it came, and what it was answered. Shares no code with the product; a third party's library verifies. */
export class ReceiverLog {
  private readonly posts: Post[] = [];
  private readonly verifiers = new Map<string, Webhook>();
  private readonly hanging = new Set<ServerResponse>();
  private readonly rng: Rng;
  private faults: ReceiverFaults = { error: 0, cut: 0, hang: 0, throttle: 0 };

  constructor(seed: number) {
    this.rng = new Rng(seed);
  }

  /** The secret that signs what is posted to each path. */
  trust(secrets: Record<string, string>): void {
    for (const [path, secret] of Object.entries(secrets)) this.verifiers.set(path, new Webhook(secret));
  }

  /** Without hangs, those that hang are let go. */
  fail(faults: ReceiverFaults): void {
    this.faults = faults;
    if (faults.hang > 0) return;
    for (const response of this.hanging) response.destroy();
    this.hanging.clear();
  }

  take(path: string, headers: IncomingHttpHeaders, body: Buffer, response: ServerResponse): void {
    const post: Post = {
      seq: this.posts.length,
      atMs: Date.now(),
      path,
      webhookId: String(headers['webhook-id']),
      hash: sha256(body),
      verified: this.verifies(path, headers, body),
      answered: null,
      events: eventsOf(body.toString('utf8')),
    };
    this.posts.push(post);
    const { error, cut, hang, throttle } = this.faults;
    const dice = this.rng.next();
    if (dice < error) return this.answer(post, response, 500);
    if (dice < error + cut) return void response.destroy();
    if (dice < error + cut + hang) return void this.hanging.add(response);
    if (dice < error + cut + hang + throttle) return this.answer(post, response, 429, { 'retry-after': '1' });
    this.answer(post, response, 200);
  }

  /** One JSON line a POST. */
  write(response: ServerResponse): void {
    for (let from = 0; from < this.posts.length; from += 500)
      response.write(
        this.posts
          .slice(from, from + 500)
          .map((post) => `${JSON.stringify(post)}\n`)
          .join(''),
      );
    response.end();
  }

  private answer(post: Post, response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
    post.answered = status;
    response.writeHead(status, headers).end();
  }

  private verifies(path: string, headers: IncomingHttpHeaders, body: Buffer): boolean {
    try {
      this.verifiers.get(path)?.verify(body.toString('utf8'), headers as Record<string, string>);
      return this.verifiers.has(path);
    } catch {
      return false;
    }
  }
}

/** The events of a POST: itself, or those of a batch, each hashed by itself; none when it cannot be read. */
function eventsOf(text: string): PostedEvent[] {
  let envelope: Envelope;
  try {
    envelope = JSON.parse(text) as Envelope;
  } catch {
    return [];
  }
  return (envelope.events ?? [envelope]).map((event) => ({
    id: event.id,
    type: event.type,
    hash: sha256(JSON.stringify(event)),
    messageId: event.data.message_id ?? null,
    attempt: event.data.attempt ?? null,
    conversationId: event.data.conversation_id ?? null,
    entryId: event.data.entry_id ?? null,
    keyId: event.data.whatsapp_id ?? null,
  }));
}
