import { useLive } from './live-store';

/** Time between two reads of what moves, in ms: rarely while the stream tells of changes, never while the person reads, else often. */
export function usePollMs(moves: boolean): number | false {
  const { state } = useLive();
  if (!moves || state === 'paused') return false;
  return state === 'live' ? 10_000 : 2_000;
}
