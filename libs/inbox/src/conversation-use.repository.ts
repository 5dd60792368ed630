import { declareContactUse } from '@heliograph/contacts';

const conversationOf = (tenantId: string, contactId: string): string =>
  `SELECT 1 FROM conversations v WHERE v.tenant_id = ${tenantId} AND v.contact_id = ${contactId}`;

declareContactUse('conversation', {
  contact: (tenantId, contactId) => `EXISTS (${conversationOf(tenantId, contactId)})`,
  address: (tenantId, contactId, address) => `EXISTS (${conversationOf(tenantId, contactId)} AND v.address = ${address})`,
});
