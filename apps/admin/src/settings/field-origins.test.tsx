import { screen } from '@testing-library/react';
import { en } from '../i18n/en';
import { server, withTag } from '../testing/server';
import { show } from '../testing/show';
import type { StoredSettings } from './client-form';
import { ClientSettings } from './client-settings';
import { type AuditEntry, fieldChangesOf } from './field-changes';

const defaults: StoredSettings = {
  routing: { rule: 'sticky' },
  uncertain: { transactional: 'park', reply: 'park', drip: 'park', broadcast: 'park' },
  content_guard_s: { transactional: 0, reply: 60, drip: 86_400, broadcast: 86_400 },
  dead_letter_days: null,
  opt_out: { exempt_classes: ['reply'], confirm_opt_out: null, confirm_opt_in: null },
  bad_numbers: { days: 90, after_failures: 5 },
  number_checks: { per_day: 500, valid_days: 90 },
  actionable: { reasons: ['reply', 'question'], group_reasons: [], keywords: [], reply_window_hours: 72 },
  quiet_hours: null,
  frequency_caps: [],
  min_gap_s: 0,
  campaign_approval: 'off',
  seed_list_id: null,
};
const entry = (at: string, name: string, before: object | null, after: object | null): AuditEntry => ({
  at,
  actor: { kind: 'person', id: name, name },
  changes: [{ kind: 'tenant', id: 'kettle', name: 'Kettle', before: before as never, after: after as never }],
});
const entries = [
  entry(
    '2026-11-24T09:00:00.000Z',
    'Ines',
    { settings: { bad_numbers: { days: 30 } } },
    { settings: { bad_numbers: { days: 30, after_failures: 3 } } },
  ),
  entry(
    '2026-11-23T09:00:00.000Z',
    'Tom',
    { settings: {}, name: 'Kettle' },
    { settings: { bad_numbers: { days: 30 } }, name: 'Kettle Coffee' },
  ),
  entry('2026-11-22T09:00:00.000Z', 'Ann', { settings: {} }, { settings: { bad_numbers: { days: 60 } } }),
  entry('2026-11-21T09:00:00.000Z', 'Ann', null, { settings: { min_gap_s: 60 } }),
];

describe('changes of settings', () => {
  it('are told field by field, the last one of each', () => {
    const changes = fieldChangesOf(entries, defaults);
    expect([...changes].sort()).toEqual([
      ['bad_days', { at: '2026-11-23T09:00:00.000Z', by: 'Tom' }],
      ['failures', { at: '2026-11-24T09:00:00.000Z', by: 'Ines' }],
      ['name', { at: '2026-11-23T09:00:00.000Z', by: 'Tom' }],
    ]);
  });

  it('are not guessed from settings that the log has only the begin of', () => {
    const long = entry('2026-11-24T09:00:00.000Z', 'Ines', { settings: '{"actionable": …' }, { settings: '{"actionable": …' });
    expect(fieldChangesOf([long], defaults).size).toBe(0);
  });
});

describe('settings of a client', () => {
  const settings = { ...defaults, bad_numbers: { days: 30, after_failures: 3 }, opt_out: { ...defaults.opt_out, exempt_classes: [] } };

  it('say which differ from their default, and who set them', async () => {
    server.answer = ({ path }) => {
      if (path === '/admin/v1/audit') return { data: entries, next_cursor: null };
      if (path !== '/v1/tenant') return { data: [], next_cursor: null };
      return withTag({ id: 'kettle', name: 'Kettle Coffee', default_country: 'GB', settings, default_settings: defaults }, '"1"');
    };
    show(<ClientSettings tenant="kettle" />, { permissions: ['audit:read', 'sessions:read'] });
    const helpOf = async (label: string) => {
      const field = await screen.findByLabelText(label);
      return document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent?.trim();
    };
    await screen.findByText(/Set by Ines/);
    expect(await helpOf(en.settings.client.failures)).toMatch(/^Default: 5\. Set by Ines, /);
    expect(await helpOf(en.settings.client.bad_days)).toMatch(/Default: 90\. Set by Tom, /);
    expect(await helpOf(en.settings.client.name)).toMatch(/^Set by Tom, /);
    expect(await helpOf(en.settings.client.reply_hours)).toBe('');
    // Set before the log begins, or by somebody whose entry is gone.
    expect(screen.getByText('Default: Reply.')).toBeTruthy();
    expect(screen.queryByText(/Default: empty/)).toBeNull();
  });
});
