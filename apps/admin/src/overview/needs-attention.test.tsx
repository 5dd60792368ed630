import { screen } from '@testing-library/react';
import { en } from '../i18n/en';
import { server } from '../testing/server';
import { show } from '../testing/show';
import type { Alert } from '../live/live-alerts';
import { NeedsAttention } from './needs-attention';

const alert = (kind: Alert['kind'], over: Partial<Alert> = {}): Alert => ({
  ...{ id: kind, kind, severity: 'failed', tenant_id: 'kettle', subject: { id: 's1', name: 'Viewings' }, cause: null },
  ...{ count: null, of: null, waiting: null, phones: null, since: null, until: null },
  ...over,
});

/** Shows one alert. @returns its title, its text and the page that its button opens */
async function told(one: Alert): Promise<{ title: string; text: string; to: string | null }> {
  server.answer = ({ path }) => {
    if (path === '/admin/v1/tenants') return { data: [{ id: 'kettle', name: 'Copper Kettle' }], next_cursor: null };
    if (path === '/v1/reasons')
      return { data: [{ code: 'unknown_event', text: '', what_to_do: '', redrive_helps: true, may_duplicate: false }] };
    return { data: [one], counts: {} };
  };
  show(<NeedsAttention />, { permissions: ['overview:read'] });
  await screen.findByText(/^Copper Kettle\./);
  const [title = '', text = ''] = [...document.querySelectorAll('.need li [dir="auto"]')].map((element) => element.textContent);
  return { title, text, to: screen.getByRole('link').getAttribute('href') };
}

describe('what needs attention', () => {
  it.each([
    [null, 'Its messages wait until a phone is linked again.'],
    [1, '1 message waits until a phone is linked again.'],
    [318, '318 messages wait until a phone is linked again.'],
    [1_000, '1,000 messages or more wait until a phone is linked again.'],
  ])('says how many messages wait for a number: %s', async (waiting, text) => {
    expect(await told(alert('number_logged_out', { waiting }))).toEqual({
      title: 'Viewings is logged out',
      text: `Copper Kettle. ${text}`,
      to: '/numbers/s1',
    });
  });

  it('names both phones of a number that changed', async () => {
    const { text } = await told(alert('number_changed', { waiting: 2, phones: { confirmed: '+447700900615', linked: '+447700900688' } }));
    expect(text.replace(/[\u2066\u2069]/g, '')).toMatch(
      /Expected \+44.*0615, found \+44.*0688\. 2 messages wait until someone confirms the phone\.$/,
    );
  });

  it('says until when a number stops at its cap', async () => {
    const until = new Date();
    until.setDate(until.getDate() + 1);
    until.setHours(0, 0, 0, 0);
    const { title, text } = await told(alert('cap_near', { count: 0, of: 100, until: until.toISOString() }));
    expect([title, text]).toEqual(['Viewings has 0 of 100 left today', expect.stringMatching(/until .*00:00\.$/)]);
  });

  it('counts callbacks that wait for an endpoint', async () => {
    expect((await told(alert('endpoint_disabled', { waiting: 412 }))).text).toBe(
      'Copper Kettle. It failed for too long. 412 callbacks wait.',
    );
  });

  it('says why a campaign stopped, and leads to it', async () => {
    expect(await told(alert('campaign_held', { cause: 'no_sessions', waiting: 40 }))).toEqual({
      title: 'Viewings was stopped',
      text: 'Copper Kettle. None of its numbers is left. Give it others, then resume it. 40 messages wait.',
      to: '/campaigns/s1',
    });
  });

  it('leads to a campaign that somebody paused', async () => {
    expect((await told(alert('campaign_paused', { waiting: 3 }))).to).toBe('/campaigns/s1');
  });

  it('leads to the reviews of opt-outs', async () => {
    expect(await told(alert('opt_out_reviews', { subject: null, count: 3 }))).toMatchObject({
      title: '3 messages may be opt-outs',
      to: '/opt-outs',
    });
  });

  it('says why a broker cannot be reached', async () => {
    const subject = { id: 'orders', name: 'orders' };
    expect(await told(alert('broker_down', { subject, cause: 'ECONNREFUSED' }))).toEqual({
      title: 'The broker orders cannot be reached',
      text: 'Copper Kettle. What it carries waits there: ECONNREFUSED',
      to: '/queues',
    });
  });

  it('says that no worker reads a broker', async () => {
    expect((await told(alert('broker_down', { subject: { id: 'orders', name: 'orders' } }))).text).toContain('No worker reads it.');
  });

  it('tells rejected events by their cause', async () => {
    const { to } = await told(alert('events_rejected', { subject: null, cause: 'unknown_event', count: 2 }));
    const cause = en.events.reasons.unknown_event.text.replace(/\.$/, '');
    expect(await screen.findByText(`2 events were not followed: ${cause}`)).toBeVisible();
    expect(decodeURIComponent(to ?? '')).toContain('"cause":"unknown_event"');
  });
});
