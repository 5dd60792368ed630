/**
 * SQL condition of a DELETE that finds some rows by their place in the table. A look-up by key would read all rows of the tenant once for each
 * of them, while the statistics do not know the tenant.
 * @param which SQL condition of the rows
 * @param limit SQL of their number
 */
export const someRowsSql = (table: string, which: string, limit: string): string =>
  `ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${which} LIMIT ${limit}))`;
