import { type Database, newId } from '@heliograph/kernel';
import { type LaneBell, MessageGroups } from '@heliograph/messaging';
import { aLane } from '@heliograph/messaging/testing';
import { defaultTenantSettings, type KnownTenants, type TenantSettings } from '@heliograph/tenants';
import { type CampaignBody, campaignBody, CampaignExpansion, CampaignLaunches, Campaigns, Verdicts } from '../src';

/** The parts of campaigns over a real database. Bells do not ring. */
export function campaignParts(db: Database, settings: Partial<TenantSettings> = {}) {
  const tenants = { get: () => Promise.resolve({ settings: { ...defaultTenantSettings, ...settings } }) } as unknown as KnownTenants;
  const bell = { ring: jest.fn() } as unknown as LaneBell;
  const groups = new MessageGroups(db, bell);
  const verdicts = new Verdicts(db, tenants);
  const campaigns = new Campaigns(db);
  const launches = new CampaignLaunches(db, campaigns, verdicts, groups, tenants);
  const expansion = new CampaignExpansion(db, verdicts, groups, bell);
  return { campaigns, verdicts, launches, expansion, groups };
}

/** A tenant with connected sessions. */
export async function aTenantWith(db: Database, sessions = 1): Promise<{ tenantId: string; sessionIds: string[] }> {
  const { tenantId, sessionId } = await aLane(db);
  const more = Array.from({ length: sessions - 1 }, () => newId());
  await db.query(
    `INSERT INTO sessions (tenant_id, id, provider, name, status) SELECT $1, s, 'wasender', 'Line', 'connected' FROM unnest($2::uuid[]) s`,
    [tenantId, more],
  );
  return { tenantId, sessionIds: [sessionId, ...more] };
}

/** Creates contacts with one phone number each, who agreed to marketing unless `consent` is null. @returns their ids, in order */
export async function someContacts(
  db: Database,
  tenantId: string,
  count: number,
  { consent = 'opt_in', from = 447_700_000_000 }: { consent?: 'opt_in' | 'opt_out' | null; from?: number } = {},
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId()).sort();
  await db.query(`INSERT INTO contacts (tenant_id, id, name) SELECT $1, id, 'Ann' FROM unnest($2::uuid[]) id`, [tenantId, ids]);
  await db.query(
    `INSERT INTO contact_addresses (tenant_id, address, contact_id) SELECT $1, '+' || ($3::bigint + place), id FROM unnest($2::uuid[]) WITH ORDINALITY u(id, place)`,
    [tenantId, ids, from],
  );
  if (consent !== null) await consentOfAll(db, tenantId, ids, consent);
  return ids;
}

/** Records marketing consents. */
export async function consentOfAll(db: Database, tenantId: string, ids: string[], action: 'opt_in' | 'opt_out'): Promise<void> {
  await db.query(
    `INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, source, actor) SELECT $1, gen_random_uuid(), id, '', 'marketing', $3, 'api', 'Test' FROM unnest($2::uuid[]) id`,
    [tenantId, ids, action],
  );
}

/** Creates a list of all contacts of the tenant. @returns its id */
export async function aListOfAll(db: Database, tenantId: string): Promise<string> {
  const id = newId();
  await db.query(`INSERT INTO contact_lists (tenant_id, id, name, created_by) VALUES ($1, $2, 'All', 'Test')`, [tenantId, id]);
  await db.query(`INSERT INTO contact_list_members (tenant_id, list_id, contact_id) SELECT $1, $2, id FROM contacts WHERE tenant_id = $1`, [
    tenantId,
    id,
  ]);
  return id;
}

/** The body of a campaign to a list that can be launched. */
export const aCampaignBody = (listId: string, over: object = {}): CampaignBody =>
  campaignBody.parse({
    name: 'Summer sale',
    audience: { include: [{ kind: 'list', id: listId }] },
    message: { template_id: newId(), template_version: 1 },
    ...over,
  });
