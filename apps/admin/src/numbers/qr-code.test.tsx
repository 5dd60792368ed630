import { act, renderHook } from '@testing-library/react';
import { byOwnClock } from '../providers/server-clock';
import { useRenewals } from './qr-code';

describe('codes that are renewed', () => {
  afterEach(() => vi.restoreAllMocks());

  it('are asked for once each, until nobody seems to look; a person may ask again', () => {
    const renew = vi.fn();
    const { result, rerender } = renderHook(({ lacking }) => useRenewals(lacking, renew), {
      initialProps: { lacking: null as string | null },
    });
    expect(renew).not.toHaveBeenCalled();
    for (let at = 0; at < 8; at++) for (let twice = 0; twice < 2; twice++) rerender({ lacking: `code ${at}` });
    expect([renew.mock.calls.length, result.current.isStopped]).toEqual([8, false]);
    rerender({ lacking: 'code 8' });
    expect([renew.mock.calls.length, result.current.isStopped]).toEqual([8, true]);
    act(() => result.current.again());
    expect([renew.mock.calls.length, result.current.isStopped]).toEqual([9, false]);
  });

  it('are asked for when a hidden page comes into sight', () => {
    const renew = vi.fn();
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    const { rerender } = renderHook(() => useRenewals('code', renew));
    expect(renew).not.toHaveBeenCalled();
    hidden.mockReturnValue(false);
    rerender();
    expect(renew).toHaveBeenCalledTimes(1);
  });
});

describe('an instant of the server', () => {
  it('is moved by what the clock of this browser is ahead', () => {
    const hour = 3_600_000;
    const server = new Date(Math.floor(Date.now() / 1_000) * 1_000 - hour);
    const answer = new Response(null, { headers: { date: server.toUTCString() } });
    const ends = new Date(server.getTime() + 20_000).toISOString();
    const moved = byOwnClock(ends, answer) ?? 0;
    expect(moved - Date.parse(ends)).toBeGreaterThanOrEqual(hour);
    expect(moved - Date.parse(ends)).toBeLessThan(hour + 60_000);
    expect(byOwnClock(ends, new Response())).toBe(Date.parse(ends));
    expect(byOwnClock(null, answer)).toBeNull();
  });
});
