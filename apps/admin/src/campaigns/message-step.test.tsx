import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { server } from '../testing/server';
import { show } from '../testing/show';
import type { TemplateDraft } from '../templates/templates';
import type { Campaign, CampaignDraft } from './api';
import { MessageStep } from './message-step';
import type { EditedDraft } from './use-draft';

const templates = ['Summer', 'Autumn', 'Winter'].map((name, at) => ({
  id: `t${at}`,
  name,
  version: 1,
  newest_version: 1,
  variables: [],
  languages: [],
  content: { type: 'text', text: name, variants: [] },
}));

function Step() {
  const [draft, setDraft] = useState({
    name: 'Spring sale',
    message: { template_id: null, template_version: null, variables: {} },
    audience: { include: [] },
  } as unknown as CampaignDraft);
  const change = (patch: Partial<CampaignDraft>): void => setDraft({ ...draft, ...patch });
  const [written, setWritten] = useState<TemplateDraft | null>(null);
  const edited = { draft, change, revision: null } as EditedDraft;
  return <MessageStep campaign={{ id: 'c1' } as Campaign} edited={edited} written={written} onWrite={setWritten} />;
}

describe('the template of a campaign', () => {
  afterEach(() => act(() => chooseTenant(null)));

  it('is chosen among all templates again after one was chosen, and after a search was left', async () => {
    server.answer = ({ path, query }) => {
      if (path === '/v1/templates')
        return { data: templates.filter(({ name }) => name.toLowerCase().includes((query.get('name') ?? '').toLowerCase())) };
      return templates.find(({ id }) => path.endsWith(id)) ?? { data: [] };
    };
    chooseTenant('kettle');
    show(<Step />, { permissions: ['campaigns:read', 'campaigns:manage'] });
    const field = await screen.findByLabelText(en.campaigns.template);
    const offered = (names: string[]) =>
      waitFor(() => expect(screen.getAllByRole('option').map(({ textContent }) => textContent)).toEqual(names));
    await userEvent.click(field);
    await userEvent.click(await screen.findByRole('option', { name: 'Summer' }));
    await userEvent.click(screen.getByRole('button', { name: 'Open' }));
    await offered(['Summer', 'Autumn', 'Winter']);
    await userEvent.clear(field);
    await userEvent.type(field, 'win');
    await offered(['Winter']);
    await userEvent.tab();
    await userEvent.click(field);
    await offered(['Summer', 'Autumn', 'Winter']);
  });

  it('is written here when none of them fits, with the name of the campaign', async () => {
    const made: unknown[] = [];
    server.answer = ({ path, method, body }) => {
      if (path === '/v1/templates/preview') return { variables: [], missing: [], findings: [], wordings: 1, wording: 0, language: 'en' };
      if (path === '/v1/templates' && method === 'POST') {
        made.push(body);
        return { ...templates[1], name: 'Spring sale' };
      }
      return path === '/v1/templates' ? { data: [] } : (templates.find(({ id }) => path.endsWith(id)) ?? { data: [] });
    };
    chooseTenant('kettle');
    show(<Step />, { permissions: ['campaigns:read', 'campaigns:manage'] });
    await userEvent.click(await screen.findByRole('button', { name: en.campaigns.write_here }));
    expect(await screen.findByLabelText(en.templates.name)).toHaveValue('Spring sale');
    await userEvent.type(screen.getByRole('textbox', { name: en.templates.text }), 'Hello');
    await userEvent.click(screen.getByRole('button', { name: en.campaigns.write_use }));
    // The template that was made is the chosen one.
    expect(await screen.findByLabelText(en.campaigns.template)).toHaveValue('Autumn');
    expect(made).toMatchObject([{ name: 'Spring sale', language: 'en', content: { type: 'text', text: 'Hello' } }]);
  });

  it('can still be chosen after a text was begun here', async () => {
    server.answer = ({ path }) => (path === '/v1/templates' ? { data: templates } : {});
    chooseTenant('kettle');
    show(<Step />, { permissions: ['campaigns:read', 'campaigns:manage'] });
    await userEvent.click(await screen.findByRole('button', { name: en.campaigns.write_here }));
    await userEvent.click(await screen.findByRole('button', { name: en.campaigns.write_not }));
    expect(await screen.findByLabelText(en.campaigns.template)).toHaveValue('');
  });
});
