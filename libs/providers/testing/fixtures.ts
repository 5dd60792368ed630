import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A recorded or documented exchange with WasenderApi. */
export interface Fixture {
  name: string;
  kind: 'api' | 'webhook';
  request: { method: string; path?: string; headers: Record<string, string>; body?: unknown };
  response?: { status: number; headers: Record<string, string>; body?: unknown; bodyText?: string };
}

/** All fixtures, by file name. */
export function fixtures(): Fixture[] {
  const dir = join(__dirname, 'wasender-fixtures');
  return readdirSync(dir)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ ...(JSON.parse(readFileSync(join(dir, file), 'utf8')) as Fixture), name: file.replace('.json', '') }));
}

/** Returns the fixture whose file name starts with this number. */
export function fixture(number: string): Fixture {
  const found = fixtures().find((one) => one.name.startsWith(number));
  if (!found) throw new Error(`Fixture ${number} does not exist.`);
  return found;
}
