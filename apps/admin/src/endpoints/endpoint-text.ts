/** Stands for the value of a header that is stored and never shown. */
export const keptValue = '(kept)';

/** Writes the headers of an endpoint as lines that can be changed. */
export function headersText(names: string[]): string {
  return names.map((name) => `${name}: ${keptValue}`).join('\n');
}

/** Headers that were typed; none: they stay as they are. */
export type TypedHeaders = { headers: Record<string, string> | undefined } | { fault: 'line' | 'kept'; line: number };

/**
 * Reads headers, one per line. Unchanged lines leave all as they are; otherwise every value must be typed, since the stored ones
 * cannot be read back.
 */
export function headersOf(text: string, stored: string[]): TypedHeaders {
  if (text.trim() === headersText(stored).trim()) return { headers: undefined };
  const headers: Record<string, string> = {};
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, name, value] = /^\s*([A-Za-z0-9-]+)\s*:\s*(.*\S)\s*$/.exec(line) ?? [];
    if (!name || !value) return { fault: 'line', line: at + 1 };
    if (value === keptValue) return { fault: 'kept', line: at + 1 };
    headers[name] = value;
  }
  return { headers };
}

/** Returns what the API found wrong with a member or within it; undefined: nothing. */
export function faultAt(errors: Record<string, string>, path: string): string | undefined {
  const at = Object.keys(errors).find((one) => one === path || one.startsWith(`${path}.`));
  return at === undefined ? undefined : errors[at];
}
