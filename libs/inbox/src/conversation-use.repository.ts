import { declareContactUse } from '@heliograph/contacts';

declareContactUse(
  'conversation',
  (tenantId, contactId) => `EXISTS (SELECT 1 FROM conversations v WHERE v.tenant_id = ${tenantId} AND v.contact_id = ${contactId})`,
);
