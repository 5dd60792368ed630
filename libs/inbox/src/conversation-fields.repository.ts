import { lastTimeSql, selectionFields, type SelectionPlace } from '@heliograph/contacts';

/** SQL that is true when a conversation of the contact meets a condition on `conversations k`; `conversations_contact_uq` finds them. */
const hasConversation = ({ tenant }: SelectionPlace, condition: string) =>
  `EXISTS (SELECT 1 FROM conversations k WHERE k.tenant_id = ${tenant} AND k.contact_id = c.id AND k.last_inbound_at IS NOT NULL AND ${condition})`;

selectionFields.register({
  name: 'last_reply',
  type: 'time',
  label: 'Last message from the contact',
  area: 'conversations',
  sql: (operator, value, place) =>
    lastTimeSql(operator, value, place.add, (condition) => hasConversation(place, condition('k.last_inbound_at'))),
});
