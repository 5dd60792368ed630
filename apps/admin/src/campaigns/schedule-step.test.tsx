import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { server } from '../testing/server';
import { show } from '../testing/show';
import type { CampaignDraft } from './api';
import { ScheduleStep } from './schedule-step';
import type { EditedDraft } from './use-draft';

let schedule: CampaignDraft['schedule'];

function Step() {
  const [draft, setDraft] = useState({
    name: 'Spring sale',
    message: { template_id: null, template_version: null, variables: {} },
    audience: { include: [], exclude: [], max_people: null, random_order: false },
    schedule: {
      ...{ start: 'now', at: null, local: null, time_zone: 'UTC', recipient_zone: false, windows: [], holidays: ['DE'], ends_at: null },
      max_late_min: 60,
    },
    numbers: { session_ids: [], tag: null, weights: {}, sticky: true, when_down: 'hold' },
    pace: { window_ms: 60_000, window_limit: null, daily_cap: null, weight: 1 },
    caps: { obeys: true, counts: true },
    stop_rules: [],
  } as unknown as CampaignDraft);
  ({ schedule } = draft);
  const change = (patch: Partial<CampaignDraft>): void => setDraft({ ...draft, ...patch });
  return <ScheduleStep id="c1" edited={{ draft, change, revision: null } as EditedDraft} />;
}

describe('the schedule of a campaign', () => {
  afterEach(() => act(() => chooseTenant(null)));

  it('skips what is late, and takes the holidays of each country for its own people, when a person asks for it', async () => {
    server.answer = () => ({ data: [], next_cursor: null });
    chooseTenant('kettle');
    show(<Step />, { permissions: ['campaigns:read', 'campaigns:manage'] });
    const skips = await screen.findByRole('checkbox', { name: new RegExp(en.campaigns.skip_late) });
    const own = screen.getByRole('checkbox', { name: new RegExp(en.campaigns.recipient_holidays) });
    expect([skips, own].map((box) => (box as HTMLInputElement).checked)).toEqual([false, false]);
    await userEvent.click(skips);
    await userEvent.click(own);
    expect(schedule).toMatchObject({ when_closed: 'skip', recipient_holidays: true });
    await userEvent.click(skips);
    expect(schedule).toMatchObject({ when_closed: 'hold', recipient_holidays: true });
    // Without holidays it is not asked.
    await userEvent.click(screen.getByRole('combobox', { name: en.campaigns.holidays }));
    await userEvent.keyboard('{Backspace}');
    expect(screen.queryByRole('checkbox', { name: new RegExp(en.campaigns.recipient_holidays) })).toBeNull();
  });
});
