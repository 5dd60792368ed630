import type { ConfigShape } from './load-config';

/** Keys that a lib declares, under the title of their section in the reference. */
export interface ConfigPart {
  title: string;
  shape: ConfigShape;
  /** Sets of keys that are all given, or none of them. */
  together: readonly (readonly string[])[];
}

const parts: ConfigPart[] = [];

/**
 * Declares the keys of a lib. Every process that loads the lib validates them at start, and the reference lists them.
 * @param together sets of keys that are all given, or none of them
 * @throws Error when a key is declared already
 */
export function declareConfig<S extends ConfigShape>(
  title: string,
  shape: S,
  together: readonly (readonly (keyof S & string)[])[] = [],
): S {
  const twice = Object.keys(shape).filter((key) => parts.some((part) => key in part.shape));
  if (twice.length > 0) throw new Error(`Declared by two libs: ${twice.join(', ')}.`);
  parts.push({ title, shape, together });
  return shape;
}

/** Returns the declarations of all loaded libs, lower libs first. */
export function declaredConfig(): readonly ConfigPart[] {
  return parts;
}

/** Returns the keys of all loaded libs. */
export function declaredShapes(): ConfigShape[] {
  return parts.map(({ shape }) => shape);
}
