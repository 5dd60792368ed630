import type { Blow } from '../havoc';
import { recoveryOf, sendsOf } from './recovery-times';

const kill = (atMs: number): Blow => ({ atMs, what: 'SIGKILL worker-0', isKill: true });
const hold = (atMs: number, holdsMs: number): Blow => ({ atMs, what: 'SIGSTOP worker-1', isKill: false, holdsMs });
const sent = (sessionId: number, ...times: number[]) => times.map((wallMs) => ({ sessionId, wallMs, storedMs: 0 }));

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

  it('begins when the session has a message', () => {
    const late = { sessionId: 1, wallMs: 300, storedMs: 260 };
    expect(recoveryOf([hold(150, 120), kill(100)], [late])).toEqual({ median: 40, longest: 40, unheld: 30 });
    // A later message was there before.
    expect(recoveryOf([kill(100)], [late, { sessionId: 1, wallMs: 310, storedMs: 120 }])).toMatchObject({ longest: 180 });
  });

  it('ends with a message of a campaign, and does not begin with one', () => {
    const ofCampaign = { sessionId: 1, wallMs: 150, storedMs: Infinity };
    expect(recoveryOf([kill(100)], [ofCampaign, ...sent(1, 300)])).toMatchObject({ longest: 50 });
    expect(recoveryOf([kill(100)], [ofCampaign])).toMatchObject({ longest: 0 });
  });

  it('counts the session that was held least, which is not the one that was silent longest', () => {
    const blows = [hold(100, 300), kill(100)];
    const sends = [...sent(1, 510), { sessionId: 2, wallMs: 700, storedMs: 310 }];
    expect(recoveryOf(blows, sends)).toEqual({ median: 410, longest: 410, unheld: 300 });
  });

  it('is nothing where no session sends later', () => {
    expect(recoveryOf([kill(100)], sent(1, 50))).toEqual({ median: 0, longest: 0, unheld: 0 });
    expect(recoveryOf([], sent(1, 50))).toEqual({ median: 0, longest: 0, unheld: 0 });
  });
});

describe('the sends of some messages', () => {
  it('know when their messages were stored, and tell those of a campaign', () => {
    const accept = { seq: 1, hash: '', sessionId: 7, wallMs: 500 };
    const intents = [
      { to: '+44 7700 1', messageId: '00000000-0100-7000-8000-000000000000' },
      { to: '+447700 2', messageId: null },
    ];
    const accepts = ['4477001', '4477002', '4477003'].map((recipient) => ({ ...accept, recipient }));
    expect(sendsOf(intents, accepts)).toEqual([
      { sessionId: 7, wallMs: 500, storedMs: 256 },
      { sessionId: 7, wallMs: 500, storedMs: 0 },
      { sessionId: 7, wallMs: 500, storedMs: Infinity },
    ]);
  });
});
