/** Stands for the API key in a command that is copied. */
const placeholder = '$HELIOGRAPH_KEY';

/** A request to the API. With a body it is a POST. */
export interface Call {
  path: string;
  body?: object;
}

/** A text that the shell leaves as it is. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * Returns the command that makes a request to the API.
 * @param secret the key; without one the command reads it from the variable HELIOGRAPH_KEY
 * @param idempotencyKey so that the command, run twice, does nothing more
 */
export function curlOf(
  origin: string,
  { path, body }: Call,
  { secret, idempotencyKey }: { secret?: string; idempotencyKey?: string } = {},
): string {
  const parts = [`curl -s ${quoted(origin + path)}`];
  parts.push(secret === undefined ? `-H "authorization: Bearer ${placeholder}"` : `-H ${quoted(`authorization: Bearer ${secret}`)}`);
  if (body) {
    parts.push(`-H 'content-type: application/json'`);
    if (idempotencyKey) parts.push(`-H 'idempotency-key: ${idempotencyKey}'`);
    parts.push(`-d ${quoted(JSON.stringify(body))}`);
  }
  return parts.join(' ');
}
