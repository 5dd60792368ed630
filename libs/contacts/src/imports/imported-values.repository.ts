/**
 * SQL: the columns that imports have for a contact, as a JSON object by name; of several imports the first with a value counts.
 * @param tenantId SQL of the tenant's id
 * @param imports SQL of an array of ids
 * @param isOne true when the array has one id, which costs less
 */
export function importedValuesSql(tenantId: string, imports: string, contactId: string, isOne: boolean): string {
  const rows = (from: string) =>
    `FROM ${from} WHERE ir.tenant_id = ${tenantId} AND ir.import_id = ANY (${imports}) AND ir.contact_id = ${contactId}`;
  const vars = isOne
    ? `SELECT ir.vars ${rows('contact_import_rows ir')}`
    : // Of two values with one name the later stays.
      `SELECT jsonb_object_agg(cell.key, cell.value ORDER BY array_position(${imports}, ir.import_id) DESC)
         ${rows('contact_import_rows ir CROSS JOIN LATERAL jsonb_each(ir.vars) cell')} AND cell.value #>> '{}' ~ '\\S'`;
  return `coalesce((${vars}), '{}'::jsonb)`;
}
