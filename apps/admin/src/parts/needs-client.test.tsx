import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { I18nContextProvider } from 'react-admin';
import { i18nOf } from '../i18n';
import { en } from '../i18n/en';
import { chooseTenant, currentTenant } from '../providers/tenant';
import { ChooseClient } from './needs-client';

function shown(names: string[]): void {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  queries.setQueryData(
    ['clients', 'mine'],
    names.map((name) => ({ id: `id of ${name}`, name })),
  );
  render(
    <QueryClientProvider client={queries}>
      <I18nContextProvider value={i18nOf('en', en)}>
        <ChooseClient />
      </I18nContextProvider>
    </QueryClientProvider>,
  );
}

describe('a page of one client, while none is chosen', () => {
  afterEach(() => chooseTenant(null));

  it('offers the clients, and a press chooses one', async () => {
    shown(['Brightwater Dental', 'Northgate Lettings']);
    await userEvent.click(screen.getByRole('button', { name: 'Northgate Lettings' }));
    expect(currentTenant()).toBe('id of Northgate Lettings');
  });

  it('offers a dozen of many and leaves the rest to the search at the top', () => {
    shown(Array.from({ length: 40 }, (_, at) => `Client ${at}`));
    expect(screen.getAllByRole('button')).toHaveLength(12);
  });
});
