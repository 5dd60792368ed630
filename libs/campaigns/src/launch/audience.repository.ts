import type { Campaign } from '../campaign';

/** Returns SQL of the contacts of an audience, as a query of `contact_id`. `values[0]` is the tenant; the query adds its parameters. */
export function audienceOf(values: unknown[], campaign: Pick<Campaign, 'id' | 'audience'>): string {
  const { max_people: max } = campaign.audience;
  const limit = max === null ? '' : ` ORDER BY c.id LIMIT $${values.push(max)}`;
  return `SELECT c.id AS contact_id FROM contacts c WHERE c.tenant_id = $1 AND c.merged_into IS NULL${limit}`;
}

/** Returns SQL of the columns that imports of the audience have for a contact, as a JSON object by name. @param contactId SQL of the contact */
export function importedValuesOf(_values: unknown[], _campaign: Pick<Campaign, 'audience'>, _contactId: string): string {
  return `'{}'::jsonb`;
}
