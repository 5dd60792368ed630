import type { Sql } from '@heliograph/kernel';
import type { DeadLetterFilter, LetterPart, LetterPartCount } from './dead-letter';
import type { LetterKind } from './letter-kinds';

/** Maximum number of letters of a cause that are parted, the newest, and of parts that are returned. */
const maxParted = 100_000;
const maxParts = 100;

/**
 * Matches what differs between two answers that say the same: ids, phone numbers, times and waits. Numbers of fewer digits stay: codes of errors
 * are among them.
 */
const variable = [
  '[[:xdigit:]]{8}(-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}',
  String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z?`,
  String.raw`\+?\d{7,}`,
  String.raw`\d+(\.\d+)?(?= ?(ms|s|seconds|minutes)\M)`,
].join('|');

const declared = new Map<LetterPart, Map<string, (letter: string) => string>>();

/**
 * Declares how letters of a kind are parted by something that only their subject knows.
 * @param valueSql a query of one text about the subject of the letter with this alias
 */
export function declareLetterPart(part: LetterPart, kind: LetterKind, valueSql: (letter: string) => string): void {
  declared.set(part, (declared.get(part) ?? new Map<string, (letter: string) => string>()).set(kind.name, valueSql));
}

/** SQL: the value, as text, by which the letter `d` is parted; null: it has none. */
function valueOf(part: LetterPart, d: string): string {
  switch (part) {
    case 'detail':
      return `regexp_replace(left(${d}.detail, 300), '${variable}', '…', 'g')`;
    case 'session':
      return `${d}.session_id::text`;
    case 'group':
      return `${d}.group_id::text`;
    case 'prefix':
    case 'template': {
      const kinds = [...(declared.get(part) ?? [])].map(([kind, valueSql]) => `WHEN '${kind}' THEN (${valueSql(d)})`);
      return kinds.length > 0 ? `CASE ${d}.kind ${kinds.join(' ')} END` : 'NULL::text';
    }
  }
}

/** Returns the conditions of a filter by parts on the letter `d`. No index serves them. */
export function partConditions(
  d: string,
  { detail, prefix, templateId, without }: DeadLetterFilter,
  given: <V>(value: V | undefined, condition: (parameter: string) => string) => string[],
): string[] {
  return [
    ...given(detail, (p) => `${valueOf('detail', d)} = ${p}`),
    ...given(prefix, (p) => `${valueOf('prefix', d)} = ${p}`),
    ...given(templateId, (p) => `${valueOf('template', d)} = ${p}`),
    ...(without ? [`${valueOf(without, d)} IS NULL`] : []),
  ];
}

/**
 * Counts the letters that satisfy the conditions by the values of a part, the most first. Of many letters the newest are parted.
 * @returns the parts with the most letters, and the letters of all parts together
 */
export async function countParts(
  sql: Sql,
  by: LetterPart,
  where: string[],
  values: unknown[],
): Promise<{ parts: LetterPartCount[]; parted: number }> {
  const rows = await sql.query<LetterPartCount & { parted: number }>(
    `SELECT value, count(*)::int AS count, min(created_at) AS "firstAt", max(created_at) AS "lastAt", (sum(count(*)) OVER ())::int AS parted
     FROM (
       SELECT ${valueOf(by, 'd')} AS value, d.created_at
       FROM (SELECT d.* FROM dead_letters d WHERE ${where.join(' AND ')} ORDER BY d.created_at DESC LIMIT ${maxParted}) d
     ) v GROUP BY value ORDER BY count(*) DESC, value LIMIT ${maxParts}`,
    values,
  );
  return { parts: rows.map(({ parted: _, ...part }) => part), parted: rows[0]?.parted ?? 0 };
}
