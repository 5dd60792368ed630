import { clearMs, type Lane } from './number-state';

const lane = (over: Partial<Lane>) =>
  ({ waiting: 10, window_ms: 5_000, window_limit: 1, jitter_ms: 0, burst_size: 0, burst_pause_ms: 0, ...over }) as Lane;

describe('the time until what waits is sent', () => {
  it('follows the pace, the mean of the jitter and the pauses between bursts', () => {
    expect(clearMs(lane({}))).toBe(50_000);
    expect(clearMs(lane({ jitter_ms: 2_000 }))).toBe(60_000);
    expect(clearMs(lane({ burst_size: 5, burst_pause_ms: 30_000 }))).toBe(80_000);
    expect(clearMs(lane({ window_ms: 60_000, window_limit: 30 }))).toBe(20_000);
  });

  it('is not told where nothing waits, more waits than was counted, or there is no pace', () => {
    expect(clearMs(lane({ waiting: 0 }))).toBeNull();
    expect(clearMs(lane({ waiting: 1_000 }))).toBeNull();
    expect(clearMs(lane({ window_limit: 0 }))).toBeNull();
  });
});
