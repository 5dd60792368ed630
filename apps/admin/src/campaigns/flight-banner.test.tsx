import { screen } from '@testing-library/react';
import { en } from '../i18n/en';
import { show } from '../testing/show';
import type { Campaign, CampaignResults } from './api';
import { FlightBanner } from './flight-banner';

const running = { state: 'processing', schedule: {} } as Campaign;
const resultsOf = (waits_for: CampaignResults['waits_for']) => ({ counts: { waiting: 1_200 }, waits_for }) as CampaignResults;

describe('the banner of a running campaign', () => {
  it('says for what it waits, and when it goes on', () => {
    const until = new Date();
    until.setHours(23, 59, 0, 0);
    show(<FlightBanner campaign={running} results={resultsOf({ cause: 'provider', until: until.toISOString() })} />);
    expect(screen.getByText(en.campaigns.waits.provider)).toBeVisible();
    expect(screen.getByRole('note').textContent).toMatch(/It goes on today at 23:59\. 1,200 messages wait\./);
  });

  it('leads to the numbers when all of them are down, and names no end', () => {
    show(<FlightBanner campaign={running} results={resultsOf({ cause: 'session', until: null })} />);
    expect(screen.getByRole('alert').textContent).not.toContain('goes on');
    expect(screen.getByRole('link', { name: en.campaigns.banner.to_numbers })).toHaveAttribute('href', '/numbers');
  });

  it('says nothing while it sends', () => {
    show(<FlightBanner campaign={running} results={resultsOf(null)} />);
    expect(screen.queryByRole('note')).toBeNull();
    expect(screen.queryByRole('alert')).toBeNull();
  });
});
