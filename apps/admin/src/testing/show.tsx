import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import {
  AuthContext,
  type AuthProvider,
  DataProviderContext,
  I18nContextProvider,
  memoryStore,
  NotificationContextProvider,
  StoreContextProvider,
} from 'react-admin';
import { MemoryRouter } from 'react-router-dom';
import { i18nOf } from '../i18n';
import { en } from '../i18n/en';
import type { Words } from '../i18n/words';
import { dataProvider } from '../providers/data-provider';

/**
 * Shows a part of the panel to a person with these rights for all clients.
 * @param options.hasRouter the part brings a router of its own
 * @param options.language English by default
 * @returns the cache of what it reads, and a function that shows the part with other properties
 */
export function show(
  shown: ReactNode,
  {
    permissions = [],
    at = '/',
    hasRouter = false,
    language = { locale: 'en', words: en },
  }: { permissions?: string[]; at?: string; hasRouter?: boolean; language?: { locale: string; words: Words<typeof en> } } = {},
): { queries: QueryClient; again: (shown: ReactNode) => void } {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const nothing = () => Promise.resolve();
  const authProvider: AuthProvider = {
    login: nothing,
    logout: nothing,
    checkAuth: nothing,
    checkError: nothing,
    getIdentity: () => Promise.resolve({ id: 'ines', grants: [], permissions, tenant_permissions: {} }),
  };
  const framed = (part: ReactNode) => (
    <QueryClientProvider client={queries}>
      <AuthContext.Provider value={authProvider}>
        <DataProviderContext.Provider value={dataProvider}>
          <StoreContextProvider value={memoryStore({ locale: language.locale })}>
            <I18nContextProvider value={i18nOf(language.locale, language.words)}>
              <NotificationContextProvider>
                {hasRouter ? part : <MemoryRouter initialEntries={[at]}>{part}</MemoryRouter>}
              </NotificationContextProvider>
            </I18nContextProvider>
          </StoreContextProvider>
        </DataProviderContext.Provider>
      </AuthContext.Provider>
    </QueryClientProvider>
  );
  const { rerender } = render(framed(shown));
  return { queries, again: (part) => rerender(framed(part)) };
}
