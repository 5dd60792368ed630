/** Removes characters that PostgreSQL cannot store: U+0000 and lone surrogates. Keeps everything else byte for byte. */
export function cleanText(text: string): string {
  const noNul = text.includes('\u0000') ? text.replaceAll('\u0000', '') : text;
  return noNul.isWellFormed() ? noNul : noNul.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '');
}

/** Receives a member name that cannot be kept, with its path. */
type OnLostName = (name: string, path: (string | number)[]) => void;

/**
 * Cleans every text inside a JSON value, member names included. Of two members that have one name without the removed characters the first
 * stays; `__proto__` is left out. @param onLost is called for each member that is left out, and may throw
 */
export function cleanDeep<T>(value: T, onLost?: OnLostName): T {
  return cleaned(value, onLost, []) as T;
}

/** @param path steps to the value; one array for all levels, which each level leaves as it found it */
function cleaned(value: unknown, onLost: OnLostName | undefined, path: (string | number)[]): unknown {
  if (typeof value === 'string') return cleanText(value);
  const within = (step: string | number, member: unknown) => {
    path.push(step);
    const clean = cleaned(member, onLost, path);
    path.pop();
    return clean;
  };
  if (Array.isArray(value)) return value.map((one, i) => within(i, one));
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const members: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const name = cleanText(key);
    if (name === '__proto__' || Object.hasOwn(members, name)) onLost?.(name, [...path, name]);
    else members[name] = within(name, member);
  }
  return members;
}
