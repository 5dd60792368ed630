import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { server } from '../testing/server';
import { show } from '../testing/show';
import type { Campaign, CampaignDraft } from './api';
import { MessageStep } from './message-step';
import type { EditedDraft } from './use-draft';

const templates = ['Summer', 'Autumn', 'Winter'].map((name, at) => ({
  id: `t${at}`,
  name,
  version: 1,
  newest_version: 1,
  variables: [],
  content: { type: 'text', text: name, variants: [] },
}));

function Step() {
  const [draft, setDraft] = useState({
    message: { template_id: null, template_version: null, variables: {} },
    audience: { include: [] },
  } as unknown as CampaignDraft);
  const change = (patch: Partial<CampaignDraft>): void => setDraft({ ...draft, ...patch });
  return <MessageStep campaign={{ id: 'c1' } as Campaign} edited={{ draft, change, revision: null } as EditedDraft} />;
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
});
