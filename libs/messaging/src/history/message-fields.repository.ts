import {
  addressesOfContact,
  allAddressesSql,
  lastTimeSql,
  negated,
  type SelectionField,
  selectionFields,
  type SelectionPlace,
} from '@heliograph/contacts';
import type { OutcomeKind } from '../outcomes/message-outcomes.repository';

/**
 * SQL that is true when a message to one of the contact's addresses meets a condition on `messages m`. Sent messages are read from
 * `messages_sent_to_idx`, unsent ones from `messages_not_sent_to_idx`, those of a group from the first, by their recipient.
 */
const hasMessage = (place: SelectionPlace, condition: string): string =>
  place.isWhole
    ? `c.id IN (SELECT ma.contact_id FROM (${allAddressesSql(place)}) ma JOIN messages m ON m.tenant_id = ${place.tenant} AND m.recipient = ma.address AND ${condition})`
    : `EXISTS (SELECT 1 FROM (${addressesOfContact(place)}) ma JOIN messages m ON m.tenant_id = ${place.tenant} AND m.recipient = ma.address AND ${condition})`;

const sent = 'm.sent_at IS NOT NULL';
const unsent = 'm.sent_at IS NULL AND m.due_at IS NULL';

const failed = [`${unsent} AND m.state = 'failed'`, `${sent} AND m.state = 'failed'`];

/** SQL that is true when a message meets one of the conditions, each of which has its index. */
const hasOneOf = (place: SelectionPlace, conditions: string[]): string =>
  `(${conditions.map((condition) => hasMessage(place, condition)).join(' OR ')})`;

/** Returns a field of the time of the last message of some kinds. @param time its column @param kinds conditions */
const lastMessage = (name: string, label: string, time: string, ...kinds: string[]): SelectionField => ({
  name,
  type: 'time',
  label,
  area: 'messages',
  sql: (operator, value, place) =>
    lastTimeSql(operator, value, place.add, (condition) =>
      hasOneOf(
        place,
        kinds.map((kind) => `${kind} AND ${condition(time)}`),
      ),
    ),
});

/** Returns a field of the campaigns whose message to the contact meets one of the conditions. */
const ofCampaign = (name: string, label: string, ...kinds: (string | ((place: SelectionPlace) => string))[]): SelectionField => ({
  name,
  type: 'reference',
  refersTo: 'campaign',
  label,
  area: 'messages',
  sql: (operator, value, place) => {
    const ids = place.add(value);
    const has = hasOneOf(
      place,
      kinds.map((kind) => `${typeof kind === 'string' ? kind : kind(place)} AND m.group_id = ANY (${ids}::uuid[])`),
    );
    return operator === 'is_one_of' ? has : negated(operator, () => has);
  },
});

/** SQL that is true when the contact answered the message, or opted out by it. */
const isAnswered =
  (kind: OutcomeKind) =>
  ({ tenant }: SelectionPlace): string =>
    `${sent} AND EXISTS (SELECT 1 FROM message_outcomes o WHERE o.tenant_id = ${tenant} AND o.message_id = m.id AND o.kind = '${kind}')`;

const fields = [
  lastMessage('last_sent', 'Last message sent', 'm.sent_at', sent),
  lastMessage('last_delivered', 'Last message delivered', 'm.delivered_at', `${sent} AND m.delivered_at IS NOT NULL`),
  lastMessage('last_read', 'Last message read', 'm.read_at', `${sent} AND m.read_at IS NOT NULL`),
  lastMessage('last_failed', 'Last message failed', 'm.created_at', ...failed),
  ofCampaign('campaign_sent', 'Was sent the campaign', sent),
  ofCampaign('campaign_delivered', 'Received the campaign', `${sent} AND m.delivered_at IS NOT NULL`),
  ofCampaign('campaign_read', 'Read the campaign', `${sent} AND m.read_at IS NOT NULL`),
  ofCampaign('campaign_replied', 'Replied to the campaign', isAnswered('reply')),
  ofCampaign('campaign_opted_out', 'Opted out by the campaign', isAnswered('opt_out')),
  ofCampaign('campaign_failed', 'The campaign failed for', ...failed),
];
fields.forEach((field) => selectionFields.register(field));
