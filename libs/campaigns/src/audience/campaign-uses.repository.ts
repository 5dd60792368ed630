import { type PeopleUse, registerPeopleUses } from '@heliograph/contacts';
import { listSql, overStates } from '../launch/campaign-moves';

/**
 * Campaigns that use a list, a segment or an import, as a source or for variables, or whose segments named a list at the launch. Those that are not
 * over come first, since they hold it.
 */
registerPeopleUses((tx, tenantId, { kind, id }) =>
  tx.query<PeopleUse>(
    `SELECT 'campaign' AS kind, c.id, c.name, c.state, c.state NOT IN ${listSql(overStates)} AS "isHolding" FROM campaigns c
     WHERE c.tenant_id = $1 AND (c.audience @> jsonb_build_object('include', $2::jsonb) OR c.audience @> jsonb_build_object('exclude', $2::jsonb)
       OR c.message @> jsonb_build_object('import_ids', $3::jsonb)
       -- Segments may have other rules by now. Of an audience that is written nobody asks them again.
       OR c.id IN (SELECT r.campaign_id FROM campaign_runs r WHERE r.tenant_id = $1 AND r.expanded_at IS NULL AND position($4::text IN r.segments::text) > 0))
     ORDER BY "isHolding" DESC, c.id DESC LIMIT 100`,
    [tenantId, JSON.stringify([{ kind, id }]), kind === 'import' ? JSON.stringify([id]) : null, kind === 'list' ? id : null],
  ),
);
