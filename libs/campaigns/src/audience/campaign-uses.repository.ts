import { type PeopleUse, registerPeopleUses } from '@heliograph/contacts';

/** Campaigns of which a list, a segment or an import is a source, or an import fills in the message: first those that hold it, which are not over, each newest first. */
registerPeopleUses((tx, tenantId, { kind, id }) =>
  tx.query<PeopleUse>(
    `SELECT 'campaign' AS kind, c.id, c.name, c.state, c.state NOT IN ('completed', 'cancelled', 'failed') AS "isHolding" FROM campaigns c
     WHERE c.tenant_id = $1 AND (c.audience @> jsonb_build_object('include', $2::jsonb) OR c.audience @> jsonb_build_object('exclude', $2::jsonb)
       OR c.message @> jsonb_build_object('import_ids', $3::jsonb)) ORDER BY "isHolding" DESC, c.id DESC LIMIT 100`,
    [tenantId, JSON.stringify([{ kind, id }]), kind === 'import' ? JSON.stringify([id]) : null],
  ),
);
