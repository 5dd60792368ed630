import { type Database, newId } from '@heliograph/kernel';
import { CapPools, GroupSettling, type LaneBell, LaneSettings, MessageGroups, MessageMoves, MessageWindows } from '@heliograph/messaging';
import { aLane } from '@heliograph/messaging/testing';
import { defaultTenantSettings, type KnownTenants, type TenantSettings } from '@heliograph/tenants';
import {
  type CampaignBody,
  campaignBody,
  CampaignChecks,
  CampaignLaunches,
  CampaignPaces,
  CampaignRetries,
  Campaigns,
  FlightPlans,
  FollowUps,
  NumberCheckFigures,
} from '../src';
import { CampaignExpansion } from '../src/launch/expansion.repository';
import { CampaignTimes } from '../src/launch/campaign-times.repository';
import { KnownZones } from '../src/time/known-zones.repository';
import { MergedPeople } from '../src/launch/merged-people.repository';
import { Overlaps } from '../src/launch/overlaps.repository';
import { SessionMoves } from '../src/launch/session-moves.repository';
import { TemplateVersions } from '../src/templates/template-versions';
import { VerdictPeople } from '../src/launch/verdict-people.repository';
import { Verdicts } from '../src/launch/verdict.repository';

export * from './ended-campaigns';

/** The parts of campaigns over a real database. Bells do not ring. */
export function campaignParts(db: Database, settings: Partial<TenantSettings> = {}) {
  const known = { name: 'Larkspur Fitness', defaultCountry: 'GB', suspended: false, settings: { ...defaultTenantSettings, ...settings } };
  const tenants = { find: (id: string) => Promise.resolve({ ...known, id }) } as unknown as KnownTenants;
  const bell = { ring: jest.fn() } as unknown as LaneBell;
  const groups = new MessageGroups(db, new GroupSettling(db, bell));
  const zones = new KnownZones(db);
  const verdicts = new Verdicts(db, tenants, new TemplateVersions(db), zones);
  const times = new CampaignTimes(db, new MessageWindows(db, bell), zones);
  const campaigns = new Campaigns(db);
  const overlaps = new Overlaps(db);
  const checks = new NumberCheckFigures(db, tenants, new LaneSettings(db));
  const readiness = new CampaignChecks(db, campaigns, verdicts, tenants, zones, overlaps, checks);
  const launches = new CampaignLaunches(db, campaigns, readiness, groups);
  const followUps = new FollowUps(db, campaigns);
  const retries = new CampaignRetries(db, followUps, readiness, launches);
  const paces = new CampaignPaces(db, groups);
  const expansion = new CampaignExpansion(db, verdicts, groups, bell, times);
  const moves = new SessionMoves(db, new MessageMoves(db, bell));
  const people = new MergedPeople(db, new MessageMoves(db, bell));
  const plans = new FlightPlans(db, campaigns, verdicts, zones, new LaneSettings(db), new CapPools(db), overlaps, checks);
  const judged = new VerdictPeople(db, verdicts);
  return {
    checks,
    followUps,
    retries,
    readiness,
    paces,
    tenants,
    people,
    judged,
    overlaps,
    moves,
    campaigns,
    verdicts,
    launches,
    expansion,
    groups,
    times,
    plans,
  };
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

/** Creates an import that was run, with the values of each contact by column. @returns its id */
export async function anImport(db: Database, tenantId: string, people: Record<string, Record<string, string>>): Promise<string> {
  const id = newId();
  await db.query(
    `INSERT INTO contact_imports (tenant_id, id, state, file_name, settings, actor) VALUES ($1, $2, 'done', 'people.csv', '{"keep_rows": true}', 'Test')`,
    [tenantId, id],
  );
  await db.query(
    `INSERT INTO contact_import_rows (tenant_id, import_id, contact_id, line, vars)
     SELECT $1, $2, key::uuid, row_number() OVER (), value FROM jsonb_each($3::jsonb)`,
    [tenantId, id, JSON.stringify(people)],
  );
  return id;
}

/** Creates a template with one version. @returns its id */
export async function aTemplate(db: Database, tenantId: string, text = 'Hello'): Promise<string> {
  const id = newId();
  await db.query(`INSERT INTO message_templates (tenant_id, id, version, name, created_by) VALUES ($1, $2, 1, 'Summer', 'Test')`, [
    tenantId,
    id,
  ]);
  await db.query(
    `INSERT INTO message_template_versions (tenant_id, template_id, version, name, language, content, languages, defaults, actor)
     VALUES ($1, $2, 1, 'Summer', 'en', $3, '[]', '{}', 'Test')`,
    [tenantId, id, JSON.stringify({ type: 'text', text, variants: [] })],
  );
  return id;
}

/** The body of a campaign that can be launched: a template, and a list of all contacts of the tenant that exist now. */
export async function aCampaignBody(db: Database, tenantId: string, over: object = {}): Promise<CampaignBody> {
  return campaignBody.parse({
    name: 'Summer sale',
    audience: { include: [{ kind: 'list', id: await aListOfAll(db, tenantId) }] },
    message: { template_id: await aTemplate(db, tenantId) },
    ...over,
  });
}
