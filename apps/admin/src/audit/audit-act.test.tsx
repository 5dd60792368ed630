import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { render } from '@testing-library/react';
import { I18nContextProvider, memoryStore, StoreContextProvider } from 'react-admin';
import { i18nOf } from '../i18n';
import { en } from '../i18n/en';
import { AuditAct } from './audit-act';

/** Names of actions that a source of the API or of the commands writes. */
function actionsOf(file: string): string[] {
  const source = readFileSync(join(import.meta.dirname, '../../../..', file), 'utf8');
  return [...source.matchAll(/'((?:[a-z]+_)*[a-z]+\.(?:[a-z]+_)*[a-z]+)'/g)].map(([, name]) => name as string);
}

function shown(action: string): string | null {
  const { container } = render(
    <StoreContextProvider value={memoryStore({ locale: 'en' })}>
      <I18nContextProvider value={i18nOf('en', en)}>
        <AuditAct action={action} />
      </I18nContextProvider>
    </StoreContextProvider>,
  );
  return container.textContent;
}

describe('an action of the audit log', () => {
  it('has words, and no words are without an action', () => {
    const named = ['apps/api/src/http/audit/audited-routes.ts', 'apps/cli/src/staff-commands.ts'].flatMap(actionsOf);
    const inWords = Object.entries(en.audit.acts).flatMap(([kind, verbs]) => Object.keys(verbs).map((verb) => `${kind}.${verb}`));
    expect(inWords.toSorted()).toEqual([...new Set(named)].toSorted());
  });

  it('is shown in words with its stable name, or by the name alone', () => {
    expect(shown('session.paused')).toBe('Paused sendingsession.paused');
    expect(shown('lane.shaken')).toBe('lane.shaken');
  });
});
