import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { type Asked, server } from '../testing/server';
import { show } from '../testing/show';
import type { Campaign, CampaignResults } from './api';
import { FailuresCard } from './failures-card';
import { PeopleTab } from './people-tab';
import { RepliesTab } from './replies-tab';

const campaign = { id: 'c1', name: 'Summer', state: 'completed' } as Campaign;
const results = { counts: { failed: 3 }, skips: { no_consent: 2 } } as unknown as CampaignResults;
const failures = ['refused', 'invalid_recipient'].map((reason) => ({
  state: 'failed',
  reason,
  count: 1,
  text: `It was ${reason}.`,
  what_to_do: null,
  retry_helps: false,
}));
const permissions = ['campaigns:read', 'campaigns:manage', 'conversations:read'];

describe('a campaign to people of another', () => {
  let made: unknown[] = [];
  let read: Asked[] = [];
  beforeEach(() => {
    made = [];
    read = [];
    server.answer = (asked) => {
      const { method, path, body } = asked;
      if (method === 'POST' && path === '/v1/campaigns/c1/follow-up') {
        made.push(body);
        return { id: 'c2' };
      }
      if (path.endsWith('/failures')) return { data: failures };
      if (path.endsWith('/people')) read.push(asked);
      return { data: [], next_cursor: null };
    };
    chooseTenant('kettle');
  });
  afterEach(() => act(() => chooseTenant(null)));

  it('goes to those who did not read it, or who failed for one reason', async () => {
    show(<PeopleTab campaign={campaign} results={results} />, { permissions });
    await userEvent.click(await screen.findByRole('combobox', { name: en.campaigns.filter_state }));
    await userEvent.click(screen.getByRole('option', { name: en.campaigns.not_read }));
    await userEvent.click(screen.getByRole('button', { name: en.campaigns.follow_up }));
    await waitFor(() => expect(made).toEqual([{ cell: 'not_read' }]));
    await userEvent.click(screen.getByRole('combobox', { name: en.campaigns.filter_state }));
    await userEvent.click(screen.getByRole('option', { name: en.campaigns.counts.failed }));
    await userEvent.click(await screen.findByRole('combobox', { name: en.campaigns.filter_reason }));
    await userEvent.click(screen.getByRole('option', { name: 'It was refused.' }));
    await waitFor(() => expect(read.at(-1)?.query.toString()).toContain('outcome=failed&reason=refused'));
    await userEvent.click(screen.getByRole('button', { name: en.campaigns.follow_up }));
    await waitFor(() => expect(made.at(-1)).toEqual({ cell: 'failed', reasons: ['refused'] }));
  });

  it('goes to those who replied, or did not', async () => {
    show(<RepliesTab campaign={campaign} />, { permissions });
    await userEvent.click(await screen.findByRole('button', { name: en.campaigns.follow_up_not_replied }));
    await waitFor(() => expect(made).toEqual([{ cell: 'not_replied' }]));
  });

  it('is not offered to whoever may not write campaigns', async () => {
    show(<RepliesTab campaign={campaign} />, { permissions: ['campaigns:read', 'conversations:read'] });
    await screen.findByText(en.campaigns.replies_none);
    expect(screen.queryByRole('button', { name: en.campaigns.follow_up_replied })).toBeNull();
  });

  it('is reached from the people behind a reason', async () => {
    show(<FailuresCard campaign={campaign} results={undefined} />, { permissions });
    await userEvent.click(await screen.findByRole('button', { name: /It was refused/ }));
    expect(await screen.findByRole('link', { name: en.campaigns.to_people })).toHaveAttribute(
      'href',
      expect.stringContaining('tab=people&outcome=failed&reason=refused'),
    );
  });
});
