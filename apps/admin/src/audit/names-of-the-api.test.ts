import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventReasons } from '../events/events';
import { subjectKinds } from './audit-list';

const root = join(import.meta.dirname, '../../../..');
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
const found = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].toSorted();

/** Names that the panel offers as filters, and that the document of the api gives as text. */
describe('filters offer every', () => {
  it('kind of subject that the audit log has', () => {
    const migrations = readdirSync(join(root, 'libs'))
      .flatMap((lib) => {
        const folder = join('libs', lib, 'migrations');
        try {
          return readdirSync(join(root, folder)).map((file) => read(folder, file));
        } catch {
          return [];
        }
      })
      .join('\n');
    const ofTables = found(migrations, /heliograph_audit_table\('\w+', '(\w+)'/g);
    const ofRoutes = found(read('apps/api/src/http/audit/audited-routes.ts'), /: (?:late\()?'(\w+)\.\w+'/g);
    expect(ofTables).toContain('session');
    expect(ofRoutes).toContain('session');
    expect([...subjectKinds].toSorted()).toEqual(expect.arrayContaining([...new Set([...ofTables, ...ofRoutes])].toSorted()));
  });

  it('reason why an event failed', () => {
    const codes = found(read('libs/ingestion/src/events/event-letters.ts'), /\bcode: '(\w+)'/g);
    expect([...eventReasons].toSorted()).toEqual(codes);
  });
});
