import { campaignSchedule } from '../campaign-body';
import { hourMs } from '../time/zone-clock';
import { endOfWork } from './estimated-end';

const now = Date.parse('2027-03-01T12:00:00Z');
const windows = [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }];
const ends = (over: object, zones: string[], hours: number, quiet: { from: string; to: string } | null = null) => {
  const end = endOfWork(campaignSchedule.parse(over), zones, quiet, now, hours * hourMs);
  return end === null ? null : new Date(end).toISOString().slice(5, 16);
};

describe('the end of work that goes on while a schedule is open', () => {
  it('is the time that it takes from now on without windows', () => {
    expect(ends({}, ['Europe/London'], 30)).toBe('03-02T18:00');
  });

  it('leaves out nights, weekends and quiet hours', () => {
    expect(ends({ windows }, ['UTC'], 7)).toBe('03-02T10:00');
    // Six hours are left of Monday, nine of each of the four days after it.
    expect(ends({ windows }, ['UTC'], 43)).toBe('03-08T10:00');
    expect(ends({}, ['UTC'], 9, { from: '20:00', to: '08:00' })).toBe('03-02T09:00');
  });

  it('goes on while it is open for people in one of the zones', () => {
    expect(ends({ windows, recipient_zone: true }, ['UTC', 'Asia/Tokyo'], 7)).toBe('03-02T01:00');
  });

  it('is the last open time before the end of the campaign when more is left', () => {
    expect(ends({ windows, ends_at: '2027-03-02T20:00:00Z' }, ['UTC'], 100)).toBe('03-02T18:00');
    expect(ends({ ends_at: '2027-03-02T20:00:00Z' }, ['UTC'], 100)).toBe('03-02T20:00');
  });

  it('is not known when it lies beyond a year', () => {
    expect(ends({ windows }, ['UTC'], 10_000)).toBeNull();
  });
});
