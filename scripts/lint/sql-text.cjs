/** The text of a string or template of an ESTree, `${}` in place of each expression; null for anything else. */
function textOf(node) {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null;
  if (node.type === 'TemplateLiteral') return node.quasis.map((quasi) => quasi.value.cooked ?? quasi.value.raw).join('${}');
  return null;
}

const name = String.raw`("?[a-z_]\w*"?|\$\{\})`;
const written = new RegExp(
  String.raw`\b(?:INSERT\s+INTO|DELETE\s+FROM(?:\s+ONLY)?|TRUNCATE(?:\s+TABLE)?|MERGE\s+INTO)\s+${name}|\bUPDATE\s+(?:ONLY\s+)?${name}\s+(?:(?:AS\s+)?[a-z]\w*\s+)?SET\b`,
  'g',
);

/** The tables that SQL in this text writes; `${}` where the name is an expression. Function bodies count, comments do not. */
function tablesWritten(text) {
  return [...text.replace(/--.*$/gm, '').matchAll(written)].map(([, into, update]) => (into ?? update).replaceAll('"', ''));
}

const read = /\b(?:FROM|JOIN|USING)\s+(?:ONLY\s+)?([a-z_]\w*)(?!\w|\s*\()/g;

/** The names that SQL in this text reads from: tables, and names of its own parts. */
function tablesRead(text) {
  return [...text.replace(/--.*$/gm, '').matchAll(read)].map(([, table]) => table);
}

// Keywords in capitals, as the code writes SQL everywhere; prose does not use them so.
const statement =
  /\b(?:SELECT\b(?!ED)|INSERT INTO|DELETE FROM|UPDATE (?:"?[a-z_]\w*"?|\$\{\}) (?:\w+ )?SET|(?:LEFT |CROSS )?JOIN (?:LATERAL|[a-z_]\w*)|CASE (?:\S+ )?WHEN|ON CONFLICT|ORDER BY|GROUP BY|FOR UPDATE|IS (?:NOT )?NULL|IS (?:NOT )?DISTINCT FROM|(?:CREATE|ALTER|DROP) (?:TABLE|INDEX|VIEW|FUNCTION|TRIGGER)|SET (?:LOCAL )?lock_timeout)\b|\bWHERE [a-z$(]|::(?:uuid|text|int|bigint|bool|jsonb|timestamptz|interval)\b/;

/** True when the text is SQL or a part of it. */
const isSql = (text) => statement.test(text);

module.exports = { isSql, tablesRead, tablesWritten, textOf };
