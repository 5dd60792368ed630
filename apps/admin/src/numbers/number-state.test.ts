import fc from 'fast-check';
import { looks } from '../parts/state-chip';
import { capThisHour, capToday, isSending, type Lane, needsLink, stateOf, urgency, type WhatsAppNumber } from './number-state';

const statuses = [
  'new',
  'connecting',
  'connected',
  'disconnected',
  'need_scan',
  'need_passkey',
  'logged_out',
  'expired',
  'credentials_invalid',
  'unknown',
] as const;
const number = (status: string, held_reason: string | null = null) => ({ status, held_reason }) as WhatsAppNumber;
const lane = (over: Partial<Lane>) => ({ closed_until: null, closed_reason: null, ...over }) as Lane;

describe('the chip of a number', () => {
  it('has a word and an icon for every status', () => {
    for (const status of statuses) expect(Object.keys(looks.number)).toContain(stateOf(number(status)));
  });

  it('says what holds a connected number, before that it is connected', () => {
    expect(stateOf(number('connected'))).toBe('connected');
    expect(stateOf(number('connected', 'phone_changed'))).toBe('number_changed');
    expect(stateOf(number('connected', 'paused'))).toBe('paused');
    expect(stateOf(number('connected'), lane({ closed_until: '2026-11-29T12:00:00Z', closed_reason: 'throttled' }))).toBe('asked_to_wait');
    expect(stateOf(number('connected'), lane({ closed_until: '2026-11-29T12:00:00Z', closed_reason: 'daily_cap' }))).toBe('connected');
    expect(stateOf(number('connected'), lane({ closed_until: '2026-11-29T12:00:00Z', closed_reason: 'lane_invalid' }))).toBe(
      'limits_invalid',
    );
    expect(looks.number).toHaveProperty('limits_invalid');
    expect(stateOf(number('logged_out', 'paused'))).toBe('logged_out');
  });
});

describe('the order of numbers', () => {
  it('puts what needs a person before all that does not', () => {
    const needy = ['logged_out', 'need_scan', 'disconnected', 'credentials_invalid'].map((status) => urgency(number(status)));
    const others = [number('connected'), number('connected', 'paused'), number('connecting')].map(urgency);
    expect(Math.max(...needy)).toBeLessThan(Math.min(...others));
    expect(urgency(number('connected'))).toBe(Math.max(...others));
  });

  it('offers a link for every status but those that send, connect or lack a key', () => {
    expect(statuses.filter((status) => !needsLink(number(status)))).toEqual(['connecting', 'connected', 'credentials_invalid']);
  });
});

describe('what the caps allow', () => {
  it('is what was sent and what is left, or nothing to show', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.option(fc.nat(10_000)), (sent, left) => {
        const at = lane({ sent_today: sent, left_today: left, sent_this_hour: sent, left_this_hour: left });
        expect([capToday(at), capThisHour(at)]).toEqual(left === null ? [null, null] : [sent + left, sent + left]);
      }),
    );
  });

  it('counts only for a number that is connected, free and open', () => {
    expect(isSending(number('connected'), lane({}))).toBe(true);
    expect(isSending(number('connected', 'paused'), lane({}))).toBe(false);
    expect(isSending(number('connected'), lane({ closed_until: '2026-11-29T12:00:00Z' }))).toBe(false);
    expect(isSending(number('logged_out'), lane({}))).toBe(false);
  });
});
