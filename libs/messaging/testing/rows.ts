import { newId } from '@heliograph/kernel';
import type { MessageDraft, SourcedDraft } from '../src/intake/message-draft';
import type { RowPlace } from '../src/intake/message-store.repository';

/** Returns a row to store, with defaults for all members that the test does not set. */
export function aRow(over: Partial<MessageDraft & RowPlace> & { tenantId: string; sessionId: string }): MessageDraft & RowPlace {
  return {
    id: newId(),
    groupId: null,
    recipient: `+4477009${Math.floor(Math.random() * 100_000)
      .toString()
      .padStart(5, '0')}`,
    class: 'broadcast',
    body: { content: { kind: 'text', text: 'Hello' } },
    sendAt: null,
    expiresAt: null,
    expiresAfterMs: 86_400_000,
    clientRef: null,
    tags: null,
    replyTo: null,
    contentHash: null,
    contentWindowS: null,
    idempotencyKey: null,
    requestHash: null,
    ...over,
  };
}

/** Returns a row with a source instead of a body. */
export function aSourcedRow(over: Partial<SourcedDraft & RowPlace> & { tenantId: string; sessionId: string }): SourcedDraft & RowPlace {
  const { body: _, contentHash: __, source: ___, ...row } = aRow({ tenantId: over.tenantId, sessionId: over.sessionId });
  return { ...row, body: null, contentHash: null, source: { text: 'Hello' }, origin: { kind: 'campaign', campaignId: newId() }, ...over };
}
