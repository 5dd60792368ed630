import { lastTimeSql, selectionFields, type SelectionPlace } from '@heliograph/contacts';

/** SQL that is true when a conversation of the contact meets a condition on `conversations k`; `conversations_contact_uq` finds them. */
const hasConversation = ({ tenant }: SelectionPlace, condition: string) =>
  `EXISTS (SELECT 1 FROM conversations k WHERE k.tenant_id = ${tenant} AND k.contact_id = c.id AND k.last_inbound_at IS NOT NULL AND ${condition})`;

/** SQL: true when the contact wrote from the address after that time. */
export const wroteSinceSql = (tenantId: string, contactId: string, address: string, since: string): string =>
  `EXISTS (SELECT 1 FROM conversations k WHERE k.tenant_id = ${tenantId} AND k.contact_id = ${contactId} AND k.address = ${address} AND k.last_inbound_at > ${since})`;

selectionFields.register({
  name: 'last_reply',
  type: 'time',
  label: 'Last message from the contact',
  area: 'conversations',
  sql: (operator, value, place) =>
    lastTimeSql(operator, value, place.add, (condition) => hasConversation(place, condition('k.last_inbound_at'))),
});
