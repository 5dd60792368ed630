import { messageClasses } from '../messages/class-names';
import { capLines, capsOf, changesOf, chosenOf, formOf, reasons, type StoredClient } from './client-form';

const stored: StoredClient = {
  name: 'Kettle',
  default_country: 'GB',
  settings: {
    routing: { rule: 'sticky' },
    uncertain: { transactional: 'park', reply: 'park', drip: { resend_after_s: 600 }, broadcast: 'park' },
    content_guard_s: { transactional: 0, reply: 60, drip: 86_400, broadcast: 86_400 },
    dead_letter_days: null,
    opt_out: { exempt_classes: ['reply'], confirm_opt_out: null, confirm_opt_in: 'Welcome back' },
    bad_numbers: { days: 90, after_failures: 5 },
    number_checks: { per_day: 500, valid_days: 90 },
    actionable: { reasons: ['question', 'reply'], group_reasons: [], keywords: ['refund'], reply_window_hours: 72 },
    quiet_hours: { from: '21:00', to: '08:00', classes: ['broadcast'] },
    frequency_caps: [{ messages: 3, hours: 168 }],
    min_gap_s: 0,
    campaign_approval: 'off',
    seed_list_id: null,
  },
};
const changed = (over: Partial<ReturnType<typeof formOf>>) => changesOf({ ...formOf(stored), ...over }, stored);

describe('a form of client settings', () => {
  it('changes nothing when nothing was typed', () => {
    expect(changed({})).toEqual({});
  });

  it('sends only what was changed', () => {
    expect(changed({ name: 'Kettle Coffee ', country: 'de' })).toEqual({ name: 'Kettle Coffee', default_country: 'DE' });
    expect(changed({ rule: 'weighted', tag: 'uk' }).settings).toEqual({ routing: { rule: 'weighted', tag: 'uk' } });
    expect(changed({ rule: 'fixed', session: 'one' }).settings).toEqual({ routing: { rule: 'fixed', session_id: 'one' } });
    expect(changed({ guard_reply: '120', failures: '3' }).settings).toEqual({
      content_guard_s: { reply: 120 },
      bad_numbers: { after_failures: 3 },
    });
    expect(changed({ checks_per_day: '200' }).settings).toEqual({ number_checks: { per_day: 200 } });
  });

  it('sends a list as a whole, and only when it was changed', () => {
    expect(changed({ exempt: '' }).settings).toEqual({ opt_out: { exempt_classes: [] } });
    expect(changed({ exempt: chosenOf(messageClasses, ['reply', 'transactional']) }).settings).toEqual({
      opt_out: { exempt_classes: ['transactional', 'reply'] },
    });
    expect(changed({ group_reasons: 'reply', keywords: 'refund\n\n cancel order ' }).settings).toEqual({
      actionable: { group_reasons: ['reply'], keywords: ['refund', 'cancel order'] },
    });
    expect(changed({ reasons: chosenOf(reasons, ['reply', 'question']) })).toEqual({});
  });

  it('sends quiet hours and frequency caps as a whole', () => {
    expect(changed({ quiet_to: '09:00' }).settings).toEqual({ quiet_hours: { from: '21:00', to: '09:00', classes: ['broadcast'] } });
    expect(changed({ quiet_from: '', quiet_to: '' }).settings).toEqual({ quiet_hours: null });
    expect(changed({ caps: capLines([...capsOf('3/168'), { messages: '1', hours: '24' }]) }).settings).toEqual({
      frequency_caps: [
        { messages: 3, hours: 168 },
        { messages: 1, hours: 24 },
      ],
    });
    expect(changed({ caps: '' }).settings).toEqual({ frequency_caps: [] });
    expect(changed({ gap: '3600', approval: 'client' }).settings).toEqual({ min_gap_s: 3_600, campaign_approval: 'client' });
  });

  it('reads an empty field as never, none, or left to a person', () => {
    expect(changed({ resend_drip: '', bad_days: '', confirm_opt_in: '' }).settings).toEqual({
      uncertain: { drip: 'park' },
      bad_numbers: { days: null },
      opt_out: { confirm_opt_in: null },
    });
    expect(changed({ resend_reply: '300', letter_days: '30' }).settings).toEqual({
      uncertain: { reply: { resend_after_s: 300 } },
      dead_letter_days: 30,
    });
  });
});
