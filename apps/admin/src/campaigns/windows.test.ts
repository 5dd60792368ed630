import { windowAt } from './windows';

const work = { days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' };
const at = (text: string): Date => new Date(text);

describe('windows of a campaign', () => {
  it('are always open when there are none', () => {
    expect(windowAt({ windows: [], time_zone: 'UTC' }, at('2026-11-24T03:00Z'))).toEqual({ isOpen: true, opens: null });
  });

  it('are read in their own zone', () => {
    // A Tuesday: half past eight in London, half past nine in Berlin.
    expect(windowAt({ windows: [work], time_zone: 'Europe/London' }, at('2026-11-24T08:30Z')).isOpen).toBe(false);
    expect(windowAt({ windows: [work], time_zone: 'Europe/Berlin' }, at('2026-11-24T08:30Z')).isOpen).toBe(true);
  });

  it('open with the next one: later today, or on a later day', () => {
    const time_zone = 'UTC';
    expect(windowAt({ windows: [work], time_zone }, at('2026-11-24T08:30Z')).opens).toEqual({ day: 2, from: '09:00' });
    expect(windowAt({ windows: [work], time_zone }, at('2026-11-27T18:00Z')).opens).toEqual({ day: 1, from: '09:00' });
    const sunday = { days: [7], from: '10:00', to: '11:00' };
    expect(windowAt({ windows: [sunday], time_zone }, at('2026-11-29T11:00Z')).opens).toEqual({ day: 7, from: '10:00' });
  });

  it('include their begin and not their end', () => {
    const window = { windows: [work], time_zone: 'UTC' };
    expect([windowAt(window, at('2026-11-24T09:00Z')).isOpen, windowAt(window, at('2026-11-24T18:00Z')).isOpen]).toEqual([true, false]);
  });
});
