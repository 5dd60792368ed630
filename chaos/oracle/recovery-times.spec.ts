import type { Blow } from '../havoc';
import { recoveryOf } from './recovery-times';

const kill = (atMs: number): Blow => ({ atMs, what: 'SIGKILL worker-0', isKill: true });
const hold = (atMs: number, holdsMs: number): Blow => ({ atMs, what: 'SIGSTOP worker-1', isKill: false, holdsMs });
const sent = (sessionId: number, ...times: number[]) => times.map((wallMs) => ({ sessionId, wallMs }));

describe('the recovery from a kill', () => {
  it('ends when the last session sends again', () => {
    const blows = [kill(100), kill(200)];
    expect(recoveryOf(blows, [...sent(1, 50, 110, 205), ...sent(2, 150, 290)])).toEqual({ median: 90, longest: 90, unheld: 90 });
    expect(blows.map(({ recoveryMs }) => recoveryMs)).toEqual([50, 90]);
  });

  it('does not count the time for which other blows held something, and counts no moment of it twice', () => {
    const blows = [hold(40, 80), kill(100), hold(110, 30), hold(130, 20), hold(400, 1_000)];
    expect(recoveryOf(blows, sent(1, 300))).toEqual({ median: 200, longest: 200, unheld: 150 });
  });

  it('is nothing where no session sends later', () => {
    expect(recoveryOf([kill(100)], sent(1, 50))).toEqual({ median: 0, longest: 0, unheld: 0 });
    expect(recoveryOf([], sent(1, 50))).toEqual({ median: 0, longest: 0, unheld: 0 });
  });
});
