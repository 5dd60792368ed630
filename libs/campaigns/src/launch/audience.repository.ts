import { audienceSql, importedValuesSql, type ReadAudience, readAudience, type SegmentRules } from '@heliograph/contacts';
import { AppError, type Sql } from '@heliograph/kernel';
import type { Campaign } from '../campaign';

type WithAudience = Pick<Campaign, 'id' | 'audience' | 'run'>;

/**
 * Reads the sources of an audience. Segments of a launched campaign have the rules that they had at its launch.
 * @throws AppError unknown_source, invalid_selection
 */
export async function readAudienceOf(sql: Sql, tenantId: string, { id, audience, run }: WithAudience): Promise<ReadAudience> {
  return readAudience(sql, tenantId, audience, run === null ? {} : await rulesAtLaunch(sql, tenantId, id));
}

/** Returns the rules that segments of a launched campaign had at its launch. A run of a former version stored none. */
async function rulesAtLaunch(sql: Sql, tenantId: string, id: string): Promise<SegmentRules> {
  const [row] = await sql.query<{ segments: SegmentRules | null }>(
    `SELECT segments FROM campaign_runs WHERE tenant_id = $1 AND campaign_id = $2`,
    [tenantId, id],
  );
  return row?.segments ?? {};
}

/** True when a source of an audience is gone or no longer fits, false when it could not be read for now. */
export const isUnreadable = (error: unknown): error is AppError => error instanceof AppError && error.code !== 'unavailable';

/** Returns why the sources of an audience cannot be read, such as one that is gone; null: they can. */
export async function faultOfAudience(sql: Sql, tenantId: string, campaign: WithAudience): Promise<AppError | null> {
  try {
    await readAudienceOf(sql, tenantId, campaign);
    return null;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return error;
  }
}

/** Returns SQL of the contacts of an audience, as a query of `contact_id`. `values[0]` is the tenant; the query adds its parameters. */
export function audienceOf(
  values: unknown[],
  { campaign, audience, cutoff }: { campaign: Pick<Campaign, 'id'>; audience: ReadAudience; cutoff?: string | null | undefined },
): string {
  return audienceSql(audience, campaign.id, { tenant: '$1', add: (value) => `$${values.push(value)}` }, cutoff);
}

/** Returns the imports whose columns are variables of the message: those of the audience, then those that the message names. */
export function valueImportsOf({ audience, message }: Pick<Campaign, 'audience' | 'message'>): string[] {
  const own = audience.include.filter(({ kind }) => kind === 'import').map(({ id }) => id);
  return [...new Set([...own, ...(message.import_ids ?? [])])];
}

/**
 * Returns SQL of the columns that imports have for a contact, as a JSON object by name; of several imports the first with a value counts.
 * @param contactId SQL of the contact
 */
export function importedValuesOf(values: unknown[], campaign: Pick<Campaign, 'audience' | 'message'>, contactId: string): string {
  const imports = valueImportsOf(campaign);
  return imports.length === 0
    ? `'{}'::jsonb`
    : importedValuesSql('$1', `$${values.push(imports)}::uuid[]`, contactId, imports.length === 1);
}

/** Reads the values that a campaign has for a contact besides the contact's own: columns of imports, before its `variables`. */
export async function campaignValuesOf(
  sql: Sql,
  tenantId: string,
  campaign: Pick<Campaign, 'audience' | 'message'>,
  contactId: string | undefined,
): Promise<{ imported: Record<string, unknown>; fallback: Record<string, unknown> }> {
  const fallback = campaign.message.variables;
  if (contactId === undefined) return { imported: {}, fallback };
  const values: unknown[] = [tenantId, contactId];
  const [row] = await sql.query<{ imported: Record<string, unknown> }>(
    `SELECT ${importedValuesOf(values, campaign, '$2')} AS imported WHERE $1::uuid IS NOT NULL AND $2::uuid IS NOT NULL`,
    values,
  );
  return { imported: row?.imported ?? {}, fallback };
}
