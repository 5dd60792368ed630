import { declaredConfig } from './declared-config';
import { givenKeys } from './load-config';

/** A configuration key of a running process. */
export interface ConfigKey {
  name: string;
  description: string;
  /** Value as text; null: none. Never a secret: see `isSet`. */
  value: string | null;
  isSet: boolean;
  isSecret: boolean;
  fallback: string | null;
  source: 'environment' | 'default';
}

/** Keys whose values are shown to nobody: secrets, and all URLs but `openUrls`, since a URL may hold a secret. */
const secret = /(?:KEYRING|SECRET|TOKEN|PASSWORD|_KEY|_CA|URL|URLS|ENDPOINT|DSN|CONNECTION)$|SASL|USERNAME|^INGEST_SOURCES$/;
const openUrls = new Set(['PUBLIC_URL', 'WASENDER_BASE_URL']);

/** True when the value of this key is shown to nobody. */
export const isSecretKey = (name: string): boolean => secret.test(name) && !openUrls.has(name);

/** Returns the keys of all loaded libs by section, with the values of this process. A secret shows only whether it is set. */
export function describeConfig(config: Readonly<object>): { title: string; keys: ConfigKey[] }[] {
  const given = givenKeys(config);
  const values = config as Record<string, unknown>;
  return declaredConfig().map(({ title, shape }) => ({
    title,
    keys: Object.entries(shape).map(([name, type]) => {
      const isSecret = isSecretKey(name);
      const unset = type.safeParse(undefined);
      return {
        name,
        description: type.description ?? '',
        value: isSecret ? null : shown(values[name]),
        isSet: shown(values[name]) !== null,
        isSecret,
        fallback: isSecret || !unset.success ? null : shown(unset.data),
        source: given.has(name) ? ('environment' as const) : ('default' as const),
      };
    }),
  }));
}

function shown(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(String).join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
