import { act, renderHook } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { pauseLive, useEveryMs, usePollMs } from './live-store';

describe('the time between two reads', () => {
  afterEach(() => act(() => pauseLive(false)));

  it('is none while a person has paused the panel', () => {
    const { result } = renderHook(() => [useEveryMs(15_000), usePollMs(true, { live: 9_000, otherwise: 4_000 })]);
    expect(result.current).toEqual([15_000, 4_000]);
    act(() => pauseLive(true));
    expect(result.current).toEqual([false, false]);
    act(() => pauseLive(false));
    expect(result.current).toEqual([15_000, 4_000]);
  });
});
