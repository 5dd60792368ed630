import type { JobProducer } from '@heliograph/kernel';
import { LaneBell } from './lane-bell';

/** A bell and how often it was heard. */
function aBell() {
  const heard: number[] = [];
  const addMany = jest.fn(() => Promise.resolve(void heard.push(Date.now())));
  return { heard, bell: new LaneBell({ addMany } as unknown as JobProducer), addMany };
}

describe('LaneBell', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('rings at once, also again after a moment of quiet', async () => {
    const { heard, bell } = aBell();
    for (let nth = 1; nth <= 5; nth++) {
      bell.ring('lane');
      await jest.advanceTimersByTimeAsync(1);
      expect(heard).toHaveLength(nth);
      await jest.advanceTimersByTimeAsync(49);
    }
  });

  it('rings a flooded lane 5 times a second and never forgets the last ring', async () => {
    const { heard, bell } = aBell();
    for (let ms = 0; ms < 10_000; ms += 10) {
      bell.ring('lane');
      await jest.advanceTimersByTimeAsync(10);
    }
    expect(heard.length).toBeGreaterThan(45);
    expect(heard.length).toBeLessThan(60);
    await jest.advanceTimersByTimeAsync(1_000);
    const before = heard.length;
    bell.ring('lane');
    await jest.advanceTimersByTimeAsync(1);
    bell.ring('lane');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(heard.length).toBe(before + 2);
  });

  it('rings once for all that waits for the same slot, and again when something may go sooner', async () => {
    const { heard, addMany, bell } = aBell();
    for (let ms = 0; ms < 3_000; ms += 100) {
      bell.ring('paced', 4_000 - ms);
      await jest.advanceTimersByTimeAsync(100);
    }
    expect(heard).toHaveLength(1);
    bell.ring('paced');
    await jest.advanceTimersByTimeAsync(1);
    expect(heard).toHaveLength(2);
    expect(JSON.stringify(addMany.mock.calls.at(-1))).toContain('"delayMs":0');
    await jest.advanceTimersByTimeAsync(5_000);
    bell.ring('paced', 500);
    await jest.advanceTimersByTimeAsync(1);
    expect(heard).toHaveLength(3);
  });

  it('does not let one lane’s flood keep another silent', async () => {
    const { addMany, bell } = aBell();
    for (let i = 0; i < 100; i++) bell.ring('flooded');
    bell.ring('other');
    await jest.advanceTimersByTimeAsync(1);
    expect(JSON.stringify(addMany.mock.calls)).toContain('other');
  });
});
