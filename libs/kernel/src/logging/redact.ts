import { types } from 'node:util';
import { isHidden, isPlainId, withoutSecrets } from './log-fields';
import { maskPhone } from './mask-phone';

const censor = '[redacted]';
const maxDepth = 8;

/** Returns what a log line may show of a value: no secret member at any depth, no secret and no full phone number inside a text. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  if (depth >= maxDepth) return censor;
  // The stack and detail of a driver's error may contain values.
  if (types.isNativeError(value)) return { type: value.name, message: redactText(value.message.split('\n')[0] ?? '') };
  if (Array.isArray(value)) return value.map((one) => redact(one, depth + 1));
  // Most lines contain nothing to hide; only others are copied.
  let shown: Record<string, unknown> | null = Object.getPrototypeOf(value) === Object.prototype ? null : {};
  for (const [name, member] of Object.entries(value)) {
    const seen: unknown = isHidden(name) ? censor : isPlainId(name) ? member : redact(member, depth + 1);
    if (seen !== member) shown ??= { ...value };
    if (shown) shown[name] = seen;
  }
  return shown ?? value;
}

/** A lower-case word, a UUID or a short number: most logged values, and never in need of masking. */
const harmless = /^(?:[a-z][a-z_.]{0,60}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{1,6})$/;

/** Masks secrets and phone numbers inside a text. */
export function redactText(text: string): string {
  if (harmless.test(text)) return text;
  const noSecrets = withoutSecrets(text)
    .replace(/\b(bearer)\s+\S+/gi, `$1 ${censor}`)
    .replace(/:\/\/[^\s:/@]*:[^\s/@]*@/g, `://${censor}@`)
    .replace(/\b[0-9a-f]{32,}\b/gi, censor);
  const noPhones = noSecrets.replace(/\+\d{7,15}|(?<![\w.-])\d{7,15}(?=(?::\d+)?@)/g, maskPhone);
  // A value of digits alone may be an id; digits in a sentence may be a phone number that the provider mentions.
  return /\s/.test(text) ? noPhones.replace(/(?<![\w.*-])\d{9,15}(?![\w.-]|\*)/g, maskPhone) : noPhones;
}
