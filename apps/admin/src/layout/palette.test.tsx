import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useLocation } from 'react-router-dom';
import { en } from '../i18n/en';
import { chooseTenant, currentTenant } from '../providers/tenant';
import { type Asked, server } from '../testing/server';
import { show } from '../testing/show';
import { useClientOfAddress } from './client-of-address';
import { Palette } from './palette';

const clients = [
  { id: 'kettle', name: 'Copper Kettle' },
  { id: 'dental', name: 'Bright Dental' },
];
const id = '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e0';
const all = ['tenants:read', 'sessions:read', 'contacts:read', 'messages:read', 'overview:read', 'campaigns:read'];

function Here() {
  const { pathname, search } = useLocation();
  useClientOfAddress();
  return <p data-testid="here">{pathname + search}</p>;
}

/** Shows the palette over a page with acts. @returns what was asked for, and what was pressed */
function open(permissions = all, answers: Record<string, object> = {}) {
  const asked: Asked[] = [];
  const pressed: string[] = [];
  server.answer = (request) => {
    asked.push(request);
    if (request.path === '/admin/v1/tenants') return { data: clients, next_cursor: null };
    return answers[request.path] ?? { data: [], next_cursor: null };
  };
  show(
    <>
      <Palette />
      <Here />
      <main id="main-content">
        <div className="head">
          <div className="acts">
            <button type="button" onClick={() => pressed.push('test')}>
              Send a test
            </button>
            <button type="button" aria-disabled="true">
              Send nothing
            </button>
          </div>
        </div>
      </main>
    </>,
    { permissions },
  );
  return { asked, pressed };
}

async function type(text: string): Promise<void> {
  await userEvent.keyboard('{Control>}k{/Control}');
  await userEvent.type(await screen.findByRole('combobox'), text);
}
const here = () => screen.getByTestId('here').textContent;
/** Hits by their headings. */
const hits = (): Record<string, string[]> =>
  Object.fromEntries(
    screen.getAllByRole('group').map((group): [string, string[]] => [
      group.firstElementChild?.textContent ?? '',
      within(group)
        .getAllByRole('option')
        .map(({ textContent }) => textContent),
    ]),
  );

describe('the palette', () => {
  afterEach(() => act(() => chooseTenant(null)));

  it.each([
    ['campaign', 'Autumn sale', null, `/campaigns/${id}`, 'Campaign Autumn sale'],
    ['dead_letter', null, null, `/dead-letters/${id}`, 'Dead letter 0192…39e0'],
    ['message_group', 'Invoices', null, `/messages?filter=%7B%22group_id%22%3A%22${id}%22%7D`, 'Message group Invoices'],
    ['callback', 'Core', 'e1', `/endpoints/e1/deliveries/${id}`, 'Callback Core'],
  ])('opens the page of any id, under its own client: %s', async (kind, name, parent_id, page, label) => {
    const { asked } = open(all, { '/admin/v1/find': { data: [{ kind, tenant_id: 'dental', name, parent_id }] } });
    await type(id);
    await userEvent.click(await screen.findByRole('option', { name: `${label} Bright Dental` }));
    await waitFor(() => expect(decodeURIComponent(here() ?? '')).toBe(decodeURIComponent(page)));
    expect(currentTenant()).toBe('dental');
    expect(asked.find(({ path }) => path === '/admin/v1/find')?.query.get('id')).toBe(id);
  });

  it('says that nothing has an id', async () => {
    open();
    await type(id);
    expect(await screen.findByText(en.palette.nothing)).toBeVisible();
  });

  it('finds numbers by their name, with their client while none is chosen', async () => {
    const number = { id: 'n1', name: 'Viewings', phone: '+447700900123', tenant_id: 'kettle' };
    const { asked } = open(all, { '/admin/v1/sessions': { data: [number], next_cursor: null } });
    await type('view');
    await userEvent.click(await screen.findByRole('option', { name: /^Viewings .*, Copper Kettle$/ }));
    await waitFor(() => expect([here(), currentTenant()]).toEqual(['/numbers/n1', 'kettle']));
    const queries = asked.filter(({ path }) => path === '/admin/v1/sessions').map(({ query }) => query);
    expect(queries.map((query) => [query.get('search'), query.get('tenant_id')])).toEqual([['view', null]]);
    await type('view');
    await screen.findByRole('option', { name: /^Viewings/ });
    expect(asked.findLast(({ path }) => path === '/admin/v1/sessions')?.query.get('tenant_id')).toBe('kettle');
  });

  it('opens the contact of a phone, when it is known', async () => {
    chooseTenant('kettle');
    open(all, { '/v1/contacts': { data: [{ id: 'c1', name: 'Ada', addresses: ['+447700900123'] }], next_cursor: null } });
    await type('+447700900123');
    await screen.findByRole('option', { name: 'Contact Ada' });
    expect(hits()).toEqual({ [en.palette.found]: ['Contact Ada', 'Messages to +447700900123'] });
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(here()).toBe('/contacts/c1'));
  });

  it('offers no contact for a phone that is not known, nor to those who may not see contacts', async () => {
    chooseTenant('kettle');
    const { asked } = open(all.filter((permission) => permission !== 'contacts:read'));
    await type('+447700900123');
    await waitFor(() => expect(asked.some(({ path }) => path === '/admin/v1/sessions')).toBe(true));
    expect(hits()).toEqual({ [en.palette.found]: ['Messages to +447700900123'] });
    expect(asked.some(({ path }) => path === '/v1/contacts')).toBe(false);
  });

  it('does what the head of the page offers, and not what is off', async () => {
    const { pressed } = open();
    await type('send');
    expect(hits()).toEqual({ [en.palette.acts]: ['Send a test'] });
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(pressed).toEqual(['test']));
  });

  it('goes through its hits by keyboard, over all headings', async () => {
    open();
    await type('c');
    const order = Object.keys(hits());
    expect(order).toEqual([en.palette.pages, en.palette.clients]);
    const selected = () => screen.getByRole('option', { selected: true }).textContent;
    expect(selected()).toBe('Campaigns');
    for (const { textContent } of screen.getAllByRole('option').slice(1)) {
      await userEvent.keyboard('{ArrowDown}');
      expect(selected()).toBe(textContent);
    }
    expect(selected()).toBe('Copper Kettle');
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(currentTenant()).toBe('kettle'));
  });
});
