/** A text read as a JSON object, or where it is wrong. */
export type JsonText = { ok: true; value: Record<string, unknown> } | { ok: false; line: number | undefined; message: string };

/** Reads a JSON object that a person typed. */
export function readObject(text: string): JsonText {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return { ok: false, line: 1, message: 'not an object' };
    return { ok: true, value: value as Record<string, unknown> };
  } catch (error) {
    const { message } = error as SyntaxError;
    return { ok: false, line: lineOf(message, text), message };
  }
}

/** Returns the line that an engine's message names; undefined: it names none. */
function lineOf(message: string, text: string): number | undefined {
  const line = /\bline (\d+)/.exec(message)?.[1];
  if (line) return Number(line);
  const position = /\bposition (\d+)/.exec(message)?.[1];
  if (position) return text.slice(0, Number(position)).split('\n').length;
  return /end of (JSON input|data)|unterminated/i.test(message) ? text.split('\n').length : undefined;
}

/** Writes a value as people read it. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? '';
}

/** Writes a body as people read it; what is not JSON stays as it is. */
export function prettyText(text: string): string {
  const read = readObject(text);
  return read.ok ? pretty(read.value) : text;
}
