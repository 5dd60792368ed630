import { campaignSchedule } from '../campaign-body';
import { isEverOpen } from './ever-open';

const zones = Intl.supportedValuesOf('timeZone').slice(0, 100);
const now = new Date('2027-03-01T00:00:00Z');
const windows = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '18:00' }];
const schedule = campaignSchedule.parse({ windows, recipient_zone: true, holidays: ['DE', 'GB'] });

describe('isEverOpen', () => {
  it('lets other work of the process go on after each zone of a schedule that is never open', async () => {
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    expect(await isEverOpen(schedule, { from: '08:00', to: '20:00' }, zones, now)).toBe(false);
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(zones.length);
  });

  it('finds the one zone in which it is open, and needs none without windows', async () => {
    const once = { ...schedule, start: 'at' as const, at: '2027-03-01T00:00:00Z', ends_at: '2027-03-01T03:00:00Z' };
    expect(await isEverOpen(once, null, ['Europe/London'], now)).toBe(false);
    expect(await isEverOpen(once, null, ['Europe/London', 'Asia/Tokyo'], now)).toBe(true);
    expect(await isEverOpen(campaignSchedule.parse({}), null, [], now)).toBe(true);
  });
});
