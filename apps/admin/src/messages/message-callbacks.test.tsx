import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import { AuthContext, type AuthProvider, I18nContextProvider, memoryStore, StoreContextProvider } from 'react-admin';
import { MemoryRouter } from 'react-router-dom';
import { i18nOf } from '../i18n';
import { en } from '../i18n/en';
import { useMe } from '../providers/me';
import { MessageCallbacks } from './message-callbacks';

/** Answers requests as the api does. The client keeps the fetch that it found when it was made. */
const server = vi.hoisted(() => {
  const made: { answer: (url: URL) => object } = { answer: () => ({}) };
  vi.stubGlobal('fetch', (request: Request) => Promise.resolve(Response.json(made.answer(new URL(request.url)))));
  return made;
});

const message = { id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a1', created_at: '2026-11-24T09:00:00.000Z', state: 'delivered' as const };
const callback = { event_id: 'e1', type: 'message.sent', state: 'delivered', attempts: 1, at: '2026-11-24T09:00:02.000Z' };
const later = { ...callback, event_id: 'e2', type: 'message.delivered', state: 'dead', attempts: 3, at: '2026-11-24T09:00:04.000Z' };
const told: Record<string, object[]> = { core: [later, callback], other: [] };

/** Appears when the rights of the person are known. */
const Known = () => (useMe() ? <p>Known</p> : null);

/** Shows the card to a person with these rights, where these endpoints exist. @returns the requests for callbacks */
function show(endpoints: string[], permissions = ['callbacks:read']) {
  const asked: URL[] = [];
  server.answer = (url) => {
    if (url.pathname === '/v1/callback-endpoints') return { data: endpoints.map((id) => ({ id, name: id })) };
    asked.push(url);
    return { data: told[url.pathname.split('/')[3] ?? ''] ?? [], next_cursor: null };
  };
  const nothing = () => Promise.resolve();
  const authProvider: AuthProvider = {
    login: nothing,
    logout: nothing,
    checkAuth: nothing,
    checkError: nothing,
    getIdentity: () => Promise.resolve({ id: 'ines', permissions, tenant_permissions: {} }),
  };
  render(
    <QueryClientProvider client={new QueryClient()}>
      <AuthContext.Provider value={authProvider}>
        <StoreContextProvider value={memoryStore({ locale: 'en' })}>
          <I18nContextProvider value={i18nOf('en', en)}>
            <MemoryRouter>
              <MessageCallbacks message={message} tenant="kettle" />
              <Known />
            </MemoryRouter>
          </I18nContextProvider>
        </StoreContextProvider>
      </AuthContext.Provider>
    </QueryClientProvider>,
  );
  return asked;
}

describe('callbacks of a message', () => {
  it('are those of every endpoint that told of it, the first one first, each with a link to its delivery', async () => {
    const asked = show(['core', 'other']);
    const links = await screen.findAllByRole('link');
    expect(links.map((link) => [link.textContent, link.getAttribute('href')])).toEqual([
      ['message.sent', '/endpoints/core/deliveries/e1'],
      ['message.delivered', '/endpoints/core/deliveries/e2'],
    ]);
    expect(screen.getByText(en.message_page.tries.split(' |||| ')[1]?.replace('%{smart_count}', '3') ?? '')).toBeVisible();
    expect(asked.map((url) => [url.pathname, url.searchParams.get('about'), url.searchParams.get('from')])).toEqual(
      ['core', 'other'].map((id) => [`/v1/callback-endpoints/${id}/callbacks`, message.id, message.created_at]),
    );
  });

  it('are said to be none when no endpoint told of it', async () => {
    show(['other']);
    expect(await screen.findByText(en.message_page.no_callbacks)).toBeVisible();
  });

  it('are not asked for by who may not see them', async () => {
    const asked = show(['core'], []);
    expect(await screen.findByText('Known')).toBeVisible();
    expect([asked, screen.queryByRole('heading')]).toEqual([[], null]);
  });
});
