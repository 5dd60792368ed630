import { declareContactUse } from '@heliograph/contacts';

const conversationsOf = (columns: string, tenantId: string, contactIds: string): string =>
  `SELECT ${columns} FROM conversations v WHERE v.tenant_id = ${tenantId} AND v.contact_id = ANY (${contactIds})`;

declareContactUse('conversation', {
  contacts: (...of) => conversationsOf('v.contact_id', ...of),
  addresses: (...of) => conversationsOf('v.contact_id, v.address', ...of),
});
