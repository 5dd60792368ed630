import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { letterKinds } from '@heliograph/dead-letters';
import { apiSurfaces, workerRoles } from '@heliograph/kernel';
import '../apps/api/src/api.module';
import '../apps/worker/src/worker.module';
import plugin from '../scripts/lint/plugin.cjs';
import { openapi } from './api/document';

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!spec)\.ts$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

const root = join(__dirname, '../libs');
const kernel = sourcesIn(join(root, 'kernel/src')).join('\n');
const tables = readdirSync(root)
  .filter((lib) => lib !== 'kernel' && readdirSync(join(root, lib)).includes('migrations'))
  .flatMap((lib) => sourcesIn(join(root, lib, 'migrations')))
  .flatMap((migration) => [...migration.matchAll(/CREATE (?:UNLOGGED )?TABLE (\w+)/g)].map(([, table]) => table as string))
  .filter((table) => plugin.owners[table] !== 'kernel');

/** Names that stand in the kernel's code as a whole string. */
const quoted = (names: string[]): string[] => names.filter((name) => new RegExp(`['"]${name}['"]`).test(kernel));

describe('the kernel', () => {
  it('has no statement about a table of another lib', () => {
    expect(tables).toContain('messages');
    const named = [...kernel.matchAll(/(?:\b(?:FROM|INTO|UPDATE|JOIN|ONLY)\s+|to_regclass\(')(\w+)/g)].map(([, table]) => table as string);
    expect(named).toContain('feed_readers');
    expect(named.filter((table) => tables.includes(table))).toEqual([]);
  });

  it('names no role, surface or kind of dead letter', () => {
    const names = [...workerRoles.names, ...apiSurfaces.names, ...letterKinds().map(({ name }) => name)];
    expect(names).toEqual(expect.arrayContaining(['lanes', 'public', 'callback']));
    // Every log line has a member `event`.
    expect(quoted(names.filter((name) => name !== 'event'))).toEqual([]);
  });

  it('names no route of the api', () => {
    const starts = [...new Set(Object.keys(openapi.paths).map((path) => `/${path.split('/')[1]}`)), '/docs'];
    expect(starts).toContain('/v1');
    expect(starts.filter((start) => new RegExp(`['"\`]${start}\\b`).test(kernel))).toEqual([]);
  });
});
