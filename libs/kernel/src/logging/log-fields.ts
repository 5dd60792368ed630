/** Members of log lines that a lib brings along. */
export interface LogFields {
  /** Members that never reach a line, wherever they stand: secrets, addresses, and what people write to each other. */
  hidden?: readonly string[];
  /** Members whose value is a plain id that the caller gave and that is to be found again: nothing in it is masked. */
  ids?: readonly string[];
  /** Secrets inside a text: what they look like, with the flag `g`, and what is shown instead. */
  secrets?: readonly (readonly [pattern: RegExp, shown: string])[];
}

const hidden = new Set<string>();
const ids = new Set<string>();
const secrets: (readonly [RegExp, string])[] = [];

/** Declares what log lines do with members of a lib. It does so when it is loaded, before it can log anything. */
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

/** Hides the declared secrets inside a text. */
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
