import { AppError } from '../errors/app-error';
import { cleanDeep } from '../text/clean-text';

/** Deeper JSON is refused: it would parse, and overflow the stack of whatever writes it again. */
const deepest = 64;
const unstorable = /\\u(0000|d[89a-f])/i;

/**
 * Parses a JSON body strictly, without what PostgreSQL cannot store: U+0000 and lone surrogates, which only an escape can bring in.
 * @throws AppError `invalid_json` when it is not JSON, nests deeper than 64 levels, or names `__proto__`
 */
export function parseJson(text: string): unknown {
  if (depthOf(text) > deepest) throw new AppError('invalid', 'invalid_json', `The body nests deeper than ${deepest} levels.`);
  let value: unknown;
  try {
    value = text.includes('__proto__') ? JSON.parse(text, refuseProto) : JSON.parse(text);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('invalid', 'invalid_json', 'The body is not valid JSON.');
  }
  return unstorable.test(text) ? cleanDeep(value) : value;
}

function refuseProto(name: string, member: unknown): unknown {
  if (name === '__proto__') throw new AppError('invalid', 'invalid_json', 'The body names a member that is not allowed.');
  return member;
}

/** Largest number of open brackets outside texts; a scan without recursion. */
function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inText) {
      if (c === 92) i++;
      else if (c === 34) inText = false;
    } else if (c === 34) inText = true;
    else if (c === 123 || c === 91) {
      if (++depth > most && (most = depth) > deepest) return most;
    } else if (c === 125 || c === 93) depth--;
  }
  return most;
}
