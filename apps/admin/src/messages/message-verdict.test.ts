import { i18nOf } from '../i18n';
import { words as ar } from '../i18n/ar';
import { en } from '../i18n/en';
import { formatter } from '../i18n/format';
import type { components } from '../providers/api-types';
import type { Reason } from '../providers/reasons';
import { movingStates, verdictOf } from './message-verdict';

type Message = components['schemas']['Message'];
type Wait = components['schemas']['MessageWhy']['waits_for'][number];
type Step = Partial<Message['timeline'][number]>;

const accepted = '2026-11-29T12:00:00.000Z';
const after = (ms: number) => new Date(Date.parse(accepted) + ms).toISOString();
const reasons = new Map([
  ['outcome_unknown', { code: 'outcome_unknown', text: 'The answer was lost.', what_to_do: 'Look at the phone.' } as Reason],
  ['missed_window', { code: 'missed_window', text: 'Its window was over.', what_to_do: 'Send it anew.' } as Reason],
  ['invalid_recipient', { code: 'invalid_recipient', text: 'The number is not on WhatsApp.', what_to_do: 'Correct it.' } as Reason],
]);

function verdict(
  over: Partial<Message>,
  timeline: Step[] = [],
  why?: Partial<components['schemas']['MessageWhy']>,
  [locale, words]: [string, typeof en] = ['en', en],
): string {
  const message = {
    created_at: accepted,
    timeline,
    cause: null,
    detail: null,
    attempts: 1,
    expires_at: after(3_600_000),
    ...over,
  } as Message;
  const said = verdictOf(message, {
    why: why && ({ waits_for: [], ahead: 0, earliest_slot_at: null, ...why } as components['schemas']['MessageWhy']),
    reasons,
    translate: (key, options) => i18nOf(locale, words).translate(key, options),
    format: formatter(locale),
  });
  return said.join(' ').replace(/[\u00a0\u202f]/g, ' ');
}

describe('what became of a message', () => {
  it('is a sentence of its own for every state', () => {
    const states = [...movingStates, 'delivered', 'read', 'played', 'failed', 'suppressed', 'cancelled', 'expired'] as Message['state'][];
    const said = states.map((state) => verdict({ state }));
    // People see both claimed and calling as being sent.
    expect(new Set(said).size).toBe(states.length - 1);
    for (const text of said) expect(text).not.toMatch(/message_page|%\{|undefined|NaN/);
  });

  it('says how long it took', () => {
    expect(verdict({ state: 'delivered', delivered_at: after(2_400) })).toMatch(
      /^It reached the phone \*\*2\.4 s\*\* after it was accepted\./,
    );
    expect(verdict({ state: 'read', read_at: null }, [{ to: 'read', at: after(29_000) }])).toBe('Read **29 s** after it was accepted.');
  });

  it('says the cause of a failure and what to do, or what the provider said', () => {
    expect(verdict({ state: 'failed', cause: 'invalid_recipient' })).toContain('The number is not on WhatsApp. Correct it.');
    expect(verdict({ state: 'failed', cause: null, detail: 'Said so.' })).toContain('Said so.');
  });

  it('asks a person only about what is parked', () => {
    expect(verdict({ state: 'uncertain', cause: 'outcome_unknown' })).toContain(
      'A person decides. The answer was lost. Look at the phone.',
    );
    expect(verdict({ state: 'uncertain', cause: 'answer_lost' })).not.toContain('A person decides');
  });

  it('tells of tries before, and of an answer that was lost and found', () => {
    const steps: Step[] = [
      { from: 'calling', to: 'queued', cause: 'not_sent', at: after(1_000) },
      { from: 'calling', to: 'uncertain', at: after(5_000) },
      { from: 'uncertain', to: 'sent', at: after(8_000) },
    ];
    const said = verdict({ state: 'sent', sent_at: after(8_000) }, steps);
    expect(said).toContain('1 attempt before did not reach the provider');
    expect(said).toContain('**3 s** later evidence proved that it had gone out, **once**');
  });

  it('says what a message waits for, and nothing holds up what waits for nothing', () => {
    const waiting = { state: 'queued' } as const;
    expect(verdict(waiting, [], { waits_for: [] })).toContain('It is next: nothing holds it up.');
    const said = verdict(waiting, [], { waits_for: ['session', 'pace', 'lane'], session_status: 'logged_out', ahead: 2 });
    expect(said).toContain('It waits for its number (logged out) and the next slot of its number. 2 messages go first.');
    for (const [reason, words] of Object.entries(en.message_page.waits).filter(([name]) => !['and', 'lane', 'session'].includes(name))) {
      const one = verdict(waiting, [], { waits_for: [reason as Wait] });
      expect(one).toContain(`It waits for ${words}.`);
      expect(one).not.toContain('nothing holds it up');
    }
  });

  it('names the state of a number in words, also one that is held', () => {
    const said = (why: object) => verdict({ state: 'queued' }, [], { waits_for: ['session'], ...why });
    expect(said({ session_status: 'connected', held_reason: 'paused' })).toContain('its number (paused).');
    expect(said({ session_status: 'need_scan' })).toContain('its number (needs scan).');
  });

  it('takes the form of a number that the language has', () => {
    const said = (ahead: number) => verdict({ state: 'queued' }, [], { waits_for: [], ahead }, ['ar', ar]);
    expect([said(1), said(2), said(3)].map((text) => text.split('. ').at(-1))).toEqual([
      'رسالة واحدة قبلها.',
      'رسالتان قبلها.',
      '3 رسائل قبلها.',
    ]);
  });

  it('says when a window ended that a message missed, before its expiry, and what to do', () => {
    const said = verdict({ state: 'expired', cause: 'missed_window' }, [{ to: 'expired', at: after(600_000) }]);
    expect(said).toContain(
      formatter('en')
        .full(new Date(after(600_000)))
        .replace(/[\u00a0\u202f]/g, ' '),
    );
    expect(said).toContain('Its window was over. Send it anew.');
    const atExpiry = verdict({ state: 'expired', cause: 'expired' }, [{ to: 'expired', at: after(3_605_000) }]);
    expect(atExpiry).toContain(
      formatter('en')
        .full(new Date(after(3_600_000)))
        .replace(/[\u00a0\u202f]/g, ' '),
    );
  });

  it('names the person who took it back', () => {
    expect(verdict({ state: 'cancelled' }, [{ to: 'cancelled', actor: { kind: 'person', name: 'Ines' } as never }])).toContain('by Ines');
    expect(verdict({ state: 'cancelled' }, [{ to: 'cancelled', actor: { kind: 'system', name: 'system' } as never }])).not.toContain(
      'system',
    );
  });
});
