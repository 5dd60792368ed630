/*
 * Checks from the outside that the core application got every callback once, unchanged and in order: compares what its receiver wrote
 * down against what the product shows of messages and conversations at the end, and with the hooks that the provider sent and saw acknowledged.
 * Shares no code with the product.
 */

/** One POST as the receiver wrote it down. */
export interface Post {
  seq: number;
  atMs: number;
  /** Tells the endpoints of the receiver apart. */
  path: string;
  webhookId: string;
  /** SHA-256 of the body. */
  hash: string;
  /** True when a third party's library found the signature good. */
  verified: boolean;
  /** Status it was answered; null: none. */
  answered: number | null;
  events: PostedEvent[];
}

/** One event of a POST. */
export interface PostedEvent {
  id: string;
  type: string;
  hash: string;
  messageId: string | null;
  attempt: number | null;
  conversationId: string | null;
  /** Id of an inbound entry at the product; `keyId` is its id at WhatsApp. */
  entryId: string | null;
  keyId: string | null;
}

/** An endpoint, and what the product says of each callback: event id to `delivered`, `pending` or `dead`. */
export interface EndpointEvidence {
  path: string;
  claims: Map<string, string>;
}

/** All there is to judge. Every endpoint takes every type, in order. */
export interface CallbackEvidence {
  posts: Post[];
  endpoints: EndpointEvidence[];
  /** Final states by message id. */
  states: Map<string, string>;
  /** Messages that a person is asked about. */
  parked: Set<string>;
  /** Messages that people wrote, and whether a hook with each was acknowledged. */
  inbound: { keyId: string; acked: boolean }[];
  /** Entry ids of what people wrote, conversation by conversation, oldest first. */
  conversations: string[][];
}

const kinds = [
  'forged',
  'unreadable',
  'changed',
  'missing',
  'doubled',
  'false',
  'out of order',
  'inbound missing',
  'inbound phantom',
  'undelivered',
  'claimed',
] as const;

/** One thing that went wrong, with the POSTs to look at. */
export interface CallbackViolation {
  kind: (typeof kinds)[number];
  detail: string;
  posts: Post[];
}

/** The judgement. */
export interface CallbackVerdict {
  counts: Record<string, number>;
  violations: CallbackViolation[];
}

/** Callbacks that a final state requires, and others that may have come before it. */
const implied: Record<string, { must: string[]; may: string[] }> = {
  sent: { must: ['sent'], may: ['uncertain', 'dead', 'failed'] },
  delivered: { must: ['sent', 'delivered'], may: ['uncertain', 'dead', 'failed'] },
  read: { must: ['sent', 'delivered', 'read'], may: ['uncertain', 'dead', 'failed'] },
  played: { must: ['sent', 'delivered', 'read'], may: ['uncertain', 'dead', 'failed'] },
  failed: { must: ['failed'], may: ['uncertain', 'dead', 'sent'] },
  expired: { must: ['failed'], may: ['uncertain', 'dead'] },
  suppressed: { must: ['failed'], may: ['uncertain', 'dead'] },
  uncertain: { must: ['uncertain'], may: ['dead'] },
};
const ofMessages = new Set(['uncertain', 'sent', 'delivered', 'read', 'failed', 'dead'].map((what) => `message.${what}`));
/** One after the other; what is not here may come at any time. */
const rank = ['message.uncertain', 'message.sent', 'message.delivered', 'message.read'];
/** A message may come to these again with another attempt. */
const perAttempt = new Set(['message.uncertain', 'message.failed', 'message.dead']);

export function judgeCallbacks(evidence: CallbackEvidence): CallbackVerdict {
  const violations: CallbackViolation[] = [];
  const counts: Record<string, number> = {
    posts: evidence.posts.length,
    repeats: 0,
    events: 0,
    'messages reported': 0,
    'inbound reported': 0,
  };
  for (const endpoint of evidence.endpoints) {
    const judge = new EndpointJudge(
      endpoint,
      evidence.posts.filter((post) => post.path === endpoint.path),
    );
    judge.judgePosts();
    judge.judgeMessages(evidence);
    judge.judgeInbound(evidence);
    judge.judgeClaims();
    violations.push(...judge.violations);
    for (const [what, count] of Object.entries(judge.counts)) counts[what] = (counts[what] ?? 0) + count;
  }
  for (const kind of kinds) counts[kind] = violations.filter((violation) => violation.kind === kind).length;
  return { counts, violations };
}

/** Place of an event in what one endpoint got. */
interface Place {
  event: PostedEvent;
  /** The POSTs with it, oldest first. */
  posts: Post[];
}

/** Judges the callbacks that one endpoint got. */
class EndpointJudge {
  readonly violations: CallbackViolation[] = [];
  private readonly places = new Map<string, Place>();

  constructor(
    private readonly endpoint: EndpointEvidence,
    private readonly posts: Post[],
  ) {
    for (const post of posts)
      for (const event of post.events) {
        const place = this.places.get(event.id);
        if (place) place.posts.push(post);
        else this.places.set(event.id, { event, posts: [post] });
      }
  }

  get counts(): Record<string, number> {
    const reported = [...this.places.values()].map((place) => place.event);
    return {
      repeats: this.posts.length - new Set(this.posts.map((post) => post.webhookId)).size,
      events: reported.length,
      'messages reported': new Set(reported.flatMap((event) => (ofMessages.has(event.type) ? [event.messageId] : []))).size,
      'inbound reported': reported.filter((event) => event.type === 'message.received').length,
    };
  }

  /** A repeat is the same POST: the same id, the same bytes, and the same events in it. */
  judgePosts(): void {
    const first = new Map<string, Post>();
    for (const post of this.posts) {
      if (!post.verified) this.blame('forged', `the signature of ${post.webhookId} does not verify`, [post]);
      if (post.events.length === 0) this.blame('unreadable', `${post.webhookId} is no event`, [post]);
      const known = first.get(post.webhookId);
      if (!known) first.set(post.webhookId, post);
      else if (known.hash !== post.hash) this.blame('changed', `${post.webhookId} came with another body`, [known, post]);
    }
    for (const { event, posts } of this.places.values()) {
      const ids = new Set(posts.map((post) => post.webhookId));
      if (ids.size > 1) this.blame('changed', `event ${event.id} came under ${ids.size} ids`, posts);
      const hashes = new Set(posts.flatMap((post) => post.events.flatMap((e) => (e.id === event.id ? [e.hash] : []))));
      if (hashes.size > 1) this.blame('changed', `event ${event.id} came in ${hashes.size} forms`, posts);
    }
  }

  judgeMessages({ states, parked }: CallbackEvidence): void {
    const byMessage = Map.groupBy(
      [...this.places.values()].filter(({ event }) => ofMessages.has(event.type)),
      ({ event }) => event.messageId ?? '',
    );
    for (const [messageId, state] of states) {
      const { must, may } = implied[state] ?? { must: [], may: ['uncertain'] };
      const needed = [...must, ...(parked.has(messageId) ? ['dead'] : [])];
      const reported = byMessage.get(messageId) ?? [];
      const types = new Set(reported.map(({ event }) => event.type));
      const missing = needed.filter((what) => !types.has(`message.${what}`));
      const postsOf = reported.flatMap((place) => place.posts);
      if (missing.length > 0) this.blame('missing', `${messageId} is ${state}, and ${missing.join(', ')} was not reported`, postsOf);
      const allowed = new Set([...needed, ...may].map((what) => `message.${what}`));
      const wrong = [...types].filter((type) => !allowed.has(type));
      if (wrong.length > 0) this.blame('false', `${messageId} is ${state}, and ${wrong.join(', ')} was reported`, postsOf);
      this.judgeOnce(reported, ({ type, attempt }) => `${type} of ${messageId}${perAttempt.has(type) ? `, attempt ${attempt}` : ''}`);
      const ranked = reported.filter(({ event }) => rank.includes(event.type));
      this.judgeOrder(ranked.sort((a, b) => rank.indexOf(a.event.type) - rank.indexOf(b.event.type)));
    }
    for (const [messageId, reported] of byMessage)
      if (!states.has(messageId))
        this.blame(
          'false',
          `${messageId} is not there`,
          reported.flatMap((place) => place.posts),
        );
  }

  judgeInbound({ inbound, conversations }: CallbackEvidence): void {
    const received = [...this.places.values()].filter(({ event }) => event.type === 'message.received');
    this.judgeOnce(received, ({ keyId }) => `message.received of ${keyId}`);
    const reported = new Set(received.map(({ event }) => event.keyId));
    for (const { keyId, acked } of inbound)
      if (acked && !reported.has(keyId)) this.blame('inbound missing', `${keyId} was taken in, and not reported`, []);
    const written = new Set(inbound.map(({ keyId }) => keyId));
    const byEntry = new Map(received.map((place) => [place.event.entryId, place]));
    const shown = new Set(conversations.flat());
    for (const { event, posts } of received) {
      if (!written.has(event.keyId ?? '')) this.blame('inbound phantom', `${event.keyId} was reported, and nobody wrote it`, posts);
      if (!shown.has(event.entryId ?? '')) this.blame('inbound phantom', `${event.entryId} was reported, and is in no conversation`, posts);
    }
    for (const entryId of shown)
      if (!byEntry.has(entryId)) this.blame('inbound missing', `${entryId} is in a conversation, and not reported`, []);
    for (const entryIds of conversations) this.judgeOrder(entryIds.flatMap((id) => byEntry.get(id) ?? []));
  }

  /** Judges the states that the product reports for its own callbacks. */
  judgeClaims(): void {
    for (const [eventId, state] of this.endpoint.claims) {
      const posts = this.places.get(eventId)?.posts ?? [];
      if (state !== 'delivered') this.blame('undelivered', `${eventId} is still ${state}`, posts);
      else if (!posts.some(isTaken)) this.blame('claimed', `${eventId} is said to be delivered, and was never answered 2xx`, posts);
    }
    for (const [eventId, { posts }] of this.places)
      if (!this.endpoint.claims.has(eventId)) this.blame('false', `${eventId} is not in the log`, posts);
  }

  /** One thing is one event: never the same under two ids. */
  private judgeOnce(places: Place[], what: (event: PostedEvent) => string): void {
    for (const [thing, same] of Map.groupBy(places, ({ event }) => what(event)))
      if (same.length > 1)
        this.blame(
          'doubled',
          `${thing} is ${same.length} events`,
          same.flatMap((place) => place.posts),
        );
  }

  /** Each is first posted once the one before was answered 2xx, or after it in the same POST. */
  private judgeOrder(places: Place[]): void {
    for (let i = 1; i < places.length; i++) {
      const [before, after] = [places[i - 1] as Place, places[i] as Place];
      if (before.event.type === 'message.uncertain' && after.event.type === 'message.uncertain') continue;
      const first = after.posts[0] as Post;
      const at = (id: string) => first.events.findIndex((event) => event.id === id);
      const together = at(before.event.id);
      const isAfter = together >= 0 ? together < at(after.event.id) : before.posts.some((post) => post.seq < first.seq && isTaken(post));
      if (isAfter) continue;
      const detail = `${after.event.type} ${after.event.id} was reported before ${before.event.type} ${before.event.id} was taken`;
      this.blame('out of order', detail, [...before.posts, ...after.posts]);
    }
  }

  private blame(kind: CallbackViolation['kind'], detail: string, posts: Post[]): void {
    this.violations.push({ kind, detail: `${this.endpoint.path}: ${detail}`, posts });
  }
}

const isTaken = ({ answered }: Post): boolean => answered !== null && answered >= 200 && answered < 300;
