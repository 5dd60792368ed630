import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { I18nContextProvider, memoryStore, StoreContextProvider } from 'react-admin';
import { MemoryRouter } from 'react-router-dom';
import { i18nOf } from '../i18n';
import { en } from '../i18n/en';
import { chooseTenant, currentTenant } from '../providers/tenant';
import { AuditLinks } from './audit-links';

function show(links: Parameters<typeof AuditLinks>[0]) {
  render(
    <StoreContextProvider value={memoryStore({ locale: 'en' })}>
      <I18nContextProvider value={i18nOf('en', en)}>
        <MemoryRouter>
          <AuditLinks {...links} />
        </MemoryRouter>
      </I18nContextProvider>
    </StoreContextProvider>,
  );
  return screen
    .getAllByRole('link')
    .map((link): unknown => JSON.parse(new URL(link.getAttribute('href') ?? '', 'http://panel').searchParams.get('filter') ?? ''));
}

describe('links to the audit log', () => {
  it('show what was done to a record', () => {
    expect(show({ kind: 'session', id: 'one' })).toEqual([{ subject_kind: 'session', subject_id: 'one' }]);
  });

  it('show what a person did too, in all clients', async () => {
    chooseTenant('kettle');
    expect(show({ kind: 'person', id: 'ines', by: 'Ines', everywhere: true })).toEqual([
      { subject_kind: 'person', subject_id: 'ines' },
      { actor_id: 'ines' },
    ]);
    await userEvent.click(screen.getByRole('link', { name: 'Show all changes by Ines' }));
    expect(currentTenant()).toBeNull();
  });
});
