import { twinPrefixes, twinRules } from './phone-twins';

/** Returns SQL for the other spelling of an address, null where it has none: the same rules as `twinOf`. */
export function twinSql(address: string): string {
  const cases = twinRules.map(
    ({ from, to }) => `WHEN ${address} ~ '${from}' THEN regexp_replace(${address}, '${from}', '${to.replace(/\$(\d)/g, '\\$1')}')`,
  );
  return `CASE WHEN left(${address}, 3) IN (${twinPrefixes.map((p) => `'${p}'`).join(', ')}) THEN CASE ${cases.join(' ')} END END`;
}
