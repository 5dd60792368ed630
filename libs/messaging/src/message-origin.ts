import { z } from 'zod';

const id = z.uuid();

/** Origin of a message, as `messages.origin` stores it. A message of the API stores none. */
export const messageOrigin = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rule'), eventId: id, ruleId: id, ruleVersion: z.int() }),
  z.strictObject({ kind: z.literal('campaign'), campaignId: id, contactId: id.optional() }),
  z.strictObject({ kind: z.literal('drip'), dripId: id, enrolmentId: id, step: z.int().min(0) }),
  z.strictObject({ kind: z.literal('reply'), conversationId: id.nullable() }),
  z.strictObject({ kind: z.literal('api') }),
]);
export type MessageOrigin = z.output<typeof messageOrigin>;
export type OriginKind = MessageOrigin['kind'];

/** Origin of a message, as the API and callbacks show it. */
export const messageOriginView = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('rule'), event_id: id, rule_id: id, rule_version: z.int() }),
    z.object({ kind: z.literal('campaign'), campaign_id: id, contact_id: id.nullable() }),
    z.object({ kind: z.literal('drip'), drip_id: id, enrolment_id: id, step: z.int() }),
    z.object({ kind: z.literal('reply'), conversation_id: id.nullable() }),
    z.object({ kind: z.literal('api') }),
  ])
  .meta({
    description:
      'Origin of the message. rule: a rule, for an event. campaign, drip: a campaign or a drip. reply: an answer in a conversation; its `conversation_id` is null when it confirms an opt-out or opt-in. api: a request.',
  });
export type MessageOriginView = z.output<typeof messageOriginView>;

/** Value of the column. Rows of rules that were written before other origins existed name no kind. */
export type StoredOrigin = MessageOrigin | Omit<Extract<MessageOrigin, { kind: 'rule' }>, 'kind'> | null;

export function originOf(stored: StoredOrigin): MessageOrigin {
  if (stored === null) return { kind: 'api' };
  return 'kind' in stored ? stored : { kind: 'rule', ...stored };
}

export function originView(origin: MessageOrigin): MessageOriginView {
  switch (origin.kind) {
    case 'rule':
      return { kind: 'rule', event_id: origin.eventId, rule_id: origin.ruleId, rule_version: origin.ruleVersion };
    case 'campaign':
      return { kind: 'campaign', campaign_id: origin.campaignId, contact_id: origin.contactId ?? null };
    case 'drip':
      return { kind: 'drip', drip_id: origin.dripId, enrolment_id: origin.enrolmentId, step: origin.step };
    case 'reply':
      return { kind: 'reply', conversation_id: origin.conversationId };
    case 'api':
      return { kind: 'api' };
  }
}
