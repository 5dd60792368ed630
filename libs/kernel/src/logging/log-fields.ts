/** Rules for members of log lines, declared by a lib. */
export interface LogFields {
  /** Members that are never logged, at any depth: secrets, addresses, and what people write to each other. */
  hidden?: readonly string[];
  /** Members whose value is a plain id that the caller supplied and must find again: it is not masked. */
  ids?: readonly string[];
  /** Secrets inside a text: a pattern with the flag `g`, and the replacement. */
  secrets?: readonly (readonly [pattern: RegExp, shown: string])[];
}

const hidden = new Set<string>();
const ids = new Set<string>();
const secrets: (readonly [RegExp, string])[] = [];

/** Declares rules for the log members of a lib. Call it when the lib is loaded, before it can log anything. */
export function declareLogFields(fields: LogFields): void {
  for (const name of fields.hidden ?? []) hidden.add(name);
  for (const name of fields.ids ?? []) ids.add(name);
  secrets.push(...(fields.secrets ?? []));
}

export function isHidden(member: string): boolean {
  return hidden.has(member);
}

export function isPlainId(member: string): boolean {
  return ids.has(member);
}

/** Replaces the declared secrets inside a text. */
export function withoutSecrets(text: string): string {
  return secrets.reduce((shown, [pattern, instead]) => shown.replace(pattern, instead), text);
}

declareLogFields({
  hidden: [
    'authorization',
    'cookie',
    'set-cookie',
    'signature',
    'secret',
    'secrets',
    'token',
    'password',
    'accessToken',
    'access_token',
    'body',
  ],
  ids: ['request_id', 'event', 'context'],
});
