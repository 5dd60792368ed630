import { Inject, Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import { type HookFact, WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';

/** Maximum number of hooks of one message. */
export const maxHooksOfMessage = 50;
/** Rows that are searched in one span of time. */
const maxSearched = 20_000;
/** Times around a step of the message within which its hooks are searched, in ms: before and after it. */
const aroundCall = { before: 0, after: 2 * 60_000 };
const aroundReceipt = { before: 5 * 60_000, after: 10_000 };

/** Facts of a message by which its hooks are found. */
export interface TracedMessage {
  tenantId: string;
  sessionId: string;
  /** Ids of the message in WhatsApp. */
  keyIds: string[];
  /** Numeric id of the provider. */
  providerMessageId: string | null;
  /** Times at which calls began. */
  calledAt: Date[];
  /** Times at which receipts and evidence changed its state. */
  reportedAt: Date[];
}

/** A hook that names a message. */
export interface MessageHook {
  id: string;
  receivedAt: Date;
  /** Time at which it was read; null: it waits. */
  readAt: Date | null;
  outcome: string | null;
  /** Null for a body that cannot be read. */
  event: string | null;
  /** Statements about the message: states of receipts, and kinds of other facts. */
  says: string[];
  /** Body as received, without secrets. */
  body: string;
}

type HookRow = Omit<MessageHook, 'event' | 'says'>;

/**
 * Finds the kept hooks of a message. No index names the message of a hook, since storing and reading hooks must stay cheap: hooks of its session
 * are searched around the times of its calls and receipts.
 */
@Injectable()
export class MessageHooks {
  constructor(
    private readonly db: Database,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
  ) {}

  /** Returns the newest of the hooks that name the message, the oldest first. */
  async of(message: TracedMessage): Promise<MessageHook[]> {
    const ids = [...message.keyIds, ...(message.providerMessageId === null ? [] : [message.providerMessageId])];
    const spans = spansOf(message);
    if (ids.length === 0 || spans.length === 0) return [];
    const rows = await this.db.forTenant(message.tenantId, (tx) =>
      tx.query<HookRow>(
        `SELECT h.id::text, h.received_at AS "receivedAt", h.processed_at AS "readAt", h.outcome, h.body
         FROM unnest($3::timestamptz[], $4::timestamptz[]) AS s(from_at, until_at)
         CROSS JOIN LATERAL (
           SELECT i.* FROM hook_inbox i WHERE i.tenant_id = $1 AND i.session_id = $2 AND i.received_at >= s.from_at AND i.received_at < s.until_at
           ORDER BY i.id DESC LIMIT ${maxSearched}
         ) h
         WHERE EXISTS (SELECT 1 FROM unnest($5::text[]) AS named(id) WHERE strpos(h.body, named.id) > 0)
         ORDER BY h.id DESC LIMIT ${2 * maxHooksOfMessage}`,
        [message.tenantId, message.sessionId, spans.map(({ from }) => new Date(from)), spans.map(({ until }) => new Date(until)), ids],
      ),
    );
    return rows
      .flatMap((row) => this.read(row, message) ?? [])
      .slice(0, maxHooksOfMessage)
      .reverse();
  }

  /** Returns the hook with its statements about the message; null when digits of the provider's id stand in it by chance. */
  private read(row: HookRow, message: TracedMessage): MessageHook | null {
    const parsed = this.provider.parseHook(row.body);
    const facts = parsed.kind === 'facts' ? parsed.facts.filter((fact) => isAbout(fact, message)) : [];
    if (facts.length === 0 && !message.keyIds.some((id) => row.body.includes(id))) return null;
    const says = facts.map((fact) => (fact.type === 'receipt' ? fact.status : fact.type));
    return { ...row, event: parsed.kind === 'malformed' ? null : parsed.event, says: [...new Set(says)] };
  }
}

function isAbout(fact: HookFact, { keyIds, providerMessageId }: TracedMessage): boolean {
  if (fact.type === 'own_message' && providerMessageId !== null && fact.providerMessageId === providerMessageId) return true;
  if (fact.type === 'reaction') return keyIds.includes(fact.targetKeyId);
  return 'keyId' in fact && keyIds.includes(fact.keyId);
}

/** Returns the times to search in, in order and without overlaps. */
function spansOf({ calledAt, reportedAt }: TracedMessage): { from: number; until: number }[] {
  const around = (times: Date[], { before, after }: typeof aroundCall) =>
    times.map((at) => ({ from: at.getTime() - before, until: at.getTime() + after }));
  const merged: { from: number; until: number }[] = [];
  for (const span of [...around(calledAt, aroundCall), ...around(reportedAt, aroundReceipt)].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && span.from <= last.until) last.until = Math.max(last.until, span.until);
    else merged.push(span);
  }
  return merged;
}
