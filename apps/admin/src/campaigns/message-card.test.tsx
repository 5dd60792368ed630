import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { AuthContext, type AuthProvider, I18nContextProvider, memoryStore, StoreContextProvider } from 'react-admin';
import { MemoryRouter } from 'react-router-dom';
import { i18nOf } from '../i18n';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { MessageCard } from './message-card';
import type { EditedDraft } from './use-draft';

/** Answers requests as the api does. The client keeps the fetch that it found when it was made. */
const server = vi.hoisted(() => {
  const made: { preview: (contactId: string) => Promise<Response> } = { preview: () => Promise.resolve(Response.json({})) };
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/v1/contacts') return Response.json({ data: ['Ada', 'Bob'].map((name) => ({ id: name, name })), next_cursor: null });
    if (pathname === '/v1/templates/preview') return made.preview(((await request.json()) as { contact_id: string }).contact_id);
    return Response.json({
      id: 't',
      name: 'Recall',
      version: 1,
      content: { type: 'text', text: 'Hello {{ name }}' },
      languages: [],
      defaults: {},
    });
  });
  return made;
});

const previewOf = (name: string) => Response.json({ body: { type: 'text', text: `Hello ${name}` }, missing: [], failed: null });

function show(flush = () => Promise.resolve(true)): void {
  chooseTenant('kettle');
  const nothing = () => Promise.resolve();
  const authProvider: AuthProvider = {
    login: nothing,
    logout: nothing,
    checkAuth: nothing,
    checkError: nothing,
    getIdentity: () => Promise.resolve({ id: 'ines', permissions: ['campaigns:manage', 'contacts:read'], tenant_permissions: {} }),
  };
  const draft = { audience: { include: [] }, message: { template_id: 't', template_version: null } };
  render(
    <QueryClientProvider client={new QueryClient()}>
      <AuthContext.Provider value={authProvider}>
        <StoreContextProvider value={memoryStore({ locale: 'en' })}>
          <I18nContextProvider value={i18nOf('en', en)}>
            <MemoryRouter>
              <MessageCard id="c" edited={{ draft, revision: '"1"', flush } as unknown as EditedDraft} />
            </MemoryRouter>
          </I18nContextProvider>
        </StoreContextProvider>
      </AuthContext.Provider>
    </QueryClientProvider>,
  );
}

describe('the message of a campaign', () => {
  it('names the person whose text it shows, also while that of the next one is read', async () => {
    let show2: () => void = () => undefined;
    server.preview = (id) =>
      id === 'Ada' ? Promise.resolve(previewOf('Ada')) : new Promise((done) => (show2 = () => done(previewOf('Bob'))));
    show();
    await screen.findByText('Hello Ada');
    await userEvent.click(screen.getByRole('button', { name: en.campaigns.preview_other }));
    expect(screen.getByText('Hello Ada')).toBeVisible();
    expect(screen.getByText(/as Ada/i)).toBeVisible();
    show2();
    await screen.findByText('Hello Bob');
    expect(screen.getByText(/as Bob/i)).toBeVisible();
  });

  it('is not shown as the template when the preview fails', async () => {
    server.preview = () => Promise.resolve(Response.json({ code: 'invalid_template', detail: 'A variable has no end.' }, { status: 422 }));
    show();
    await screen.findByText(/A variable has no end/);
    expect(screen.queryByText('Hello {{ name }}')).toBeNull();
  });

  it('is not tested while the last change is not saved, and says so', async () => {
    server.preview = (id) => Promise.resolve(previewOf(id));
    show(() => Promise.resolve(false));
    await userEvent.click(await screen.findByRole('button', { name: en.campaigns.test_send }));
    expect((await screen.findByRole('alert')).textContent).toBe(en.campaigns.not_saved);
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});
