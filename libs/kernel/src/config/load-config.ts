import { z } from 'zod';

/** Keys of one lib, by environment name, with their zod types. Every type has a `.describe()` of one sentence, shown in .env.example. */
export type ConfigShape = Record<string, z.ZodType>;

/** Thrown at boot. Its message lists every fault and no value, since a value may be a secret. */
export class ConfigError extends Error {
  constructor(readonly faults: { key: string; message: string }[]) {
    super(`The configuration has ${faults.length} fault(s):\n${faults.map((f) => `  ${f.key}: ${f.message}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads and validates the environment against the shapes of all libs. An empty string counts as not set.
 * @param together sets of keys that are all given, or none of them
 * @throws ConfigError with every fault at once
 */
export function loadConfig(
  shapes: ConfigShape[],
  env: NodeJS.ProcessEnv = process.env,
  together: readonly (readonly string[])[] = [],
): Readonly<Record<string, unknown>> {
  const merged: ConfigShape = Object.assign({}, ...shapes) as ConfigShape;
  const given = Object.fromEntries(
    Object.keys(merged)
      .filter((key) => env[key] !== undefined && env[key] !== '')
      .map((key) => [key, env[key]]),
  );
  const parsed = z.object(merged).safeParse(given);
  const faults = [
    ...(parsed.error?.issues ?? []).map((issue) => ({
      key: issue.path.join('.') || '(environment)',
      message: given[String(issue.path[0])] === undefined ? 'is required' : issue.message,
    })),
    ...together.flatMap((keys) =>
      halfGiven(
        keys.filter((key) => key in merged),
        given,
      ),
    ),
  ];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const config = Object.freeze(parsed.data);
  sources.set(config, new Set(Object.keys(given)));
  return config;
}

/** Returns a fault for each of the keys that is missing beside others of them. */
function halfGiven(keys: string[], given: Record<string, unknown>): { key: string; message: string }[] {
  const present = keys.filter((key) => key in given);
  if (present.length === 0) return [];
  return keys.filter((key) => !(key in given)).map((key) => ({ key, message: `is required with ${present.join(', ')}` }));
}

const sources = new WeakMap<object, ReadonlySet<string>>();

/** Returns the keys that the environment set in a configuration of `loadConfig`. */
export function givenKeys(config: Readonly<object>): ReadonlySet<string> {
  return sources.get(config) ?? new Set();
}
