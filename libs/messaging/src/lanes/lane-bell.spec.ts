import type { JobProducer } from '@heliograph/kernel';
import { LaneBell } from './lane-bell';

/** A bell, and the times of its rings. */
function aBell() {
  const rings: number[] = [];
  const addMany = jest.fn(() => Promise.resolve(void rings.push(Date.now())));
  return { rings, bell: new LaneBell({ addMany } as unknown as JobProducer), addMany };
}

describe('LaneBell', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('rings at once, and again after a short quiet time', async () => {
    const { rings, bell } = aBell();
    for (let nth = 1; nth <= 5; nth++) {
      bell.ring('lane');
      await jest.advanceTimersByTimeAsync(1);
      expect(rings).toHaveLength(nth);
      await jest.advanceTimersByTimeAsync(49);
    }
  });

  it('rings a flooded lane 5 times a second and never drops the last ring', async () => {
    const { rings, bell } = aBell();
    for (let ms = 0; ms < 10_000; ms += 10) {
      bell.ring('lane');
      await jest.advanceTimersByTimeAsync(10);
    }
    expect(rings.length).toBeGreaterThan(45);
    expect(rings.length).toBeLessThan(60);
    await jest.advanceTimersByTimeAsync(1_000);
    const before = rings.length;
    bell.ring('lane');
    await jest.advanceTimersByTimeAsync(1);
    bell.ring('lane');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(rings.length).toBe(before + 2);
  });

  it('rings once for all messages of the same slot, and again for an earlier one', async () => {
    const { rings, addMany, bell } = aBell();
    for (let ms = 0; ms < 3_000; ms += 100) {
      bell.ring('paced', 4_000 - ms);
      await jest.advanceTimersByTimeAsync(100);
    }
    expect(rings).toHaveLength(1);
    bell.ring('paced');
    await jest.advanceTimersByTimeAsync(1);
    expect(rings).toHaveLength(2);
    expect(JSON.stringify(addMany.mock.calls.at(-1))).toContain('"delayMs":0');
    await jest.advanceTimersByTimeAsync(5_000);
    bell.ring('paced', 500);
    await jest.advanceTimersByTimeAsync(1);
    expect(rings).toHaveLength(3);
  });

  it('rings a lane while another one is flooded', async () => {
    const { addMany, bell } = aBell();
    for (let i = 0; i < 100; i++) bell.ring('flooded');
    bell.ring('other');
    await jest.advanceTimersByTimeAsync(1);
    expect(JSON.stringify(addMany.mock.calls)).toContain('other');
  });
});
