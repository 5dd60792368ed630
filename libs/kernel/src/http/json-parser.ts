import { AppError } from '../errors/app-error';
import { cleanDeep } from '../text/clean-text';

/** Maximum nesting. Deeper JSON would parse, but overflow the stack when it is serialized again. */
const maxDepth = 64;
/** Default maximum number of values in a text: work and memory grow with values more than with bytes. */
const maxValues = 100_000;
/** Number of digits that every double preserves. */
const safeDigits = 15;
const unstorable = /\\u(0000|d[89a-f])/i;

/** Limits of one JSON text. */
export interface JsonLimits {
  /** Maximum nesting of arrays and objects. */
  maxDepth?: number;
  /** Maximum number of members, elements and containers in total. */
  maxValues?: number;
}

/**
 * Parses JSON strictly, without silent loss of data. Refuses two members with one name, numbers that a double cannot
 * represent digit by digit, and `__proto__`, each with its path. Drops what PostgreSQL cannot store: U+0000 and lone
 * surrogates, which only an escape can contain. Names are compared without these characters too.
 *
 * One linear scan limits the work before the native parser runs. The exact reader, which tracks paths, runs only for suspects.
 * @throws AppError `invalid_json`, `duplicate_member`, `number_not_exact`, `too_deep`, `too_many_values`
 */
export function parseJson(text: string, limits: JsonLimits = {}): unknown {
  const seen = scan(text, limits.maxDepth ?? maxDepth, limits.maxValues ?? maxValues);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AppError('invalid', 'invalid_json', 'The body is not valid JSON.');
  }
  // A member that a later one overwrote is missing from the parsed value.
  if (seen.doubtfulNumber || seen.members !== membersOf(value)) refuseInexact(text);
  return unstorable.test(text) ? cleanDeep(value, refuseName) : value;
}

/** Removes a leading byte order mark. */
export function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/**
 * Parses JSON from others that must not be refused: integers beyond 2^53 become texts of their exact digits; everything else is
 * parsed as by `JSON.parse`. Ignores a byte order mark.
 * @throws SyntaxError
 */
export function parseKeepingDigits(text: string): unknown {
  const plain = withoutMark(text);
  if (!/[:,[\s]-?\d{16,}/.test(plain)) return JSON.parse(plain);
  type Reviver = (name: string, value: unknown, context: { source?: string }) => unknown;
  const keep: Reviver = (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined && /^-?\d{16,}$/.test(source) && String(value) !== source ? source : value;
  return JSON.parse(plain, keep as (name: string, value: unknown) => unknown);
}

const isDigit = (c: number): boolean => c >= 48 && c <= 57;

/** Returns the index after the text whose opening quote is at `start`. */
function afterText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 92) slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
  return text.length;
}

/** Returns the index after the number at `start`. */
function afterNumber(text: string, start: number): number {
  let end = start + 1;
  for (; end < text.length; end++) {
    const c = text.charCodeAt(end);
    // + - . E e
    if (!isDigit(c) && c !== 43 && c !== 45 && c !== 46 && (c | 32) !== 101) break;
  }
  return end;
}

/** Counts members and finds numbers that may not be exact, without recursion or copies. */
function scan(text: string, depthLimit: number, valueLimit: number): { members: number; doubtfulNumber: boolean } {
  let depth = 0;
  let values = 0;
  let members = 0;
  let doubtfulNumber = false;
  for (let i = 0; i < text.length;) {
    const c = text.charCodeAt(i);
    if (c === 34) {
      i = afterText(text, i);
      continue;
    }
    if (c === 45 || isDigit(c)) {
      const end = afterNumber(text, i);
      doubtfulNumber ||= end - i > safeDigits || hasExponent(text, i, end);
      i = end;
      continue;
    }
    if (c === 58) members++;
    else if (c === 123 || c === 91) {
      values++;
      if (++depth > depthLimit) throw new AppError('invalid', 'too_deep', `The body nests deeper than ${depthLimit} levels.`);
    } else if (c === 125 || c === 93) depth--;
    else if (c === 44) values++;
    i++;
    if (values > valueLimit) throw new AppError('too_large', 'too_many_values', `The body has more than ${valueLimit} values.`);
  }
  return { members, doubtfulNumber };
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((text.charCodeAt(i) | 32) === 101) return true;
  return false;
}

/** Counts the members of all objects in a value. Returns NaN when one is named `__proto__`, so that no count equals it. */
function membersOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const one of value) if (one !== null && typeof one === 'object') count += membersOf(one);
    return count;
  }
  for (const name in value) {
    if (name === '__proto__') return NaN;
    count++;
    const member = (value as Record<string, unknown>)[name];
    if (member !== null && typeof member === 'object') count += membersOf(member);
  }
  return count;
}

/** Refuses a member whose name is `__proto__`, or the second one of its object. */
function refuseName(name: string, path: (string | number)[]): never {
  const details = { path: path.join('/') };
  if (name === '__proto__') throw new AppError('invalid', 'invalid_json', 'The body contains a member whose name is not allowed.', details);
  throw new AppError('invalid', 'duplicate_member', 'Two members of one object have this name.', details);
}

interface Level {
  /** Names read so far; null in an array. */
  names: Set<string> | null;
  step: string | number;
}

/** Reads valid JSON token by token and refuses the first member or number that parsing would lose, with its path. */
function refuseInexact(text: string): void {
  const levels: Level[] = [];
  const path = () => levels.map(({ step }) => String(step)).join('/');
  for (let i = 0; i < text.length;) {
    const c = text.charCodeAt(i);
    const level = levels.at(-1);
    if (c === 34) {
      const end = afterText(text, i);
      if (level?.names && isName(text, end)) {
        level.step = JSON.parse(text.slice(i, end)) as string;
        if (level.step === '__proto__' || level.names.has(level.step))
          refuseName(
            level.step,
            levels.map(({ step }) => step),
          );
        level.names.add(level.step);
      }
      i = end;
    } else if (c === 45 || isDigit(c)) {
      const end = afterNumber(text, i);
      if (!isExact(text.slice(i, end)))
        throw new AppError('unprocessable', 'number_not_exact', 'A double cannot hold this number exactly; send it as a text.', {
          path: path(),
        });
      i = end;
    } else {
      if (c === 123) levels.push({ names: new Set(), step: '' });
      else if (c === 91) levels.push({ names: null, step: 0 });
      else if (c === 125 || c === 93) levels.pop();
      else if (c === 44 && level && typeof level.step === 'number') level.step++;
      i++;
    }
  }
}

/** True when a colon follows: the text before it is a member name. */
function isName(text: string, end: number): boolean {
  while (/\s/.test(text.charAt(end))) end++;
  return text.charCodeAt(end) === 58;
}

/** True when the number, parsed as a double, has the same digits when it is written again. */
function isExact(token: string): boolean {
  const value = Number(token);
  return Number.isFinite(value) && decimalOf(token) === decimalOf(String(value));
}

/** Normalises a decimal: its significant digits and the power of ten of the last one, without the sign. */
function decimalOf(token: string): string {
  const [, whole = '', fraction = '', power = '0'] = /^-?(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  // A loop instead of a pattern: `0+$` is quadratic on long inner runs of zeros.
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end--;
  return end === 0 ? '0' : `${digits.slice(0, end)}e${Number(power) - fraction.length + digits.length - end}`;
}
