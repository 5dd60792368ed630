import { shownEnd, storedEnd } from './window-end';

it('shows a window until the end of the day as one until midnight, and makes one of it', () => {
  expect(shownEnd('24:00')).toBe('00:00');
  expect(storedEnd('00:00')).toBe('24:00');
  for (const time of ['00:01', '18:00', '23:59']) expect([shownEnd(time), storedEnd(time)]).toEqual([time, time]);
});
