import { InboxPosition } from './inbox-position';

describe('the position of a process in the inbox', () => {
  it('follows the oldest unread hook once every insert of that time has ended', () => {
    const position = new InboxPosition();
    expect(position.next(0)).toBe(0n);
    position.saw(100n, 0);
    position.saw(200n, 1_000);
    expect(position.next(1_000)).toBe(0n);
    position.saw(300n, 2_000);
    expect(position.next(2_000)).toBe(100n);
    position.saw(400n, 4_000);
    expect(position.next(4_000)).toBe(300n);
  });

  it('does not pass a hook that was stored late and is not read yet', () => {
    const position = new InboxPosition();
    position.next(0);
    position.saw(500n, 0);
    position.saw(400n, 1_000);
    position.saw(400n, 2_000);
    expect(position.next(2_000)).toBe(400n);
  });

  it('stays at a hook that became unread below it until that hook is read', () => {
    const position = new InboxPosition();
    position.next(0);
    for (const at of [0, 2_000, 4_000]) position.saw(BigInt(100 + at), at);
    expect(position.next(4_500)).toBe(2_100n);
    expect(position.next(5_000)).toBe(0n);
    // Another reader holds the hook of this session.
    position.saw(7n, 5_000);
    for (const at of [5_100, 7_000, 7_100]) {
      expect(position.next(at)).toBe(7n);
      position.saw(7n, at);
    }
    position.saw(9_000n, 7_200);
    expect(position.next(7_200)).toBe(7n);
    position.saw(9_500n, 9_200);
    expect(position.next(9_200)).toBe(7n);
    position.saw(9_600n, 9_900);
    position.saw(9_900n, 11_500);
    expect(position.next(11_500)).toBe(0n);
    expect(position.next(11_600)).toBe(9_500n);
  });

  it('is left for a full look every few seconds, whatever is seen', () => {
    const position = new InboxPosition();
    const full = Array.from({ length: 40 }, (_, s) => s).filter((s) => {
      position.saw(BigInt(s + 1), s * 1_000);
      return s > 3 && position.next(s * 1_000) === 0n;
    });
    expect(full).toEqual([4, 9, 14, 19, 24, 29, 34, 39]);
  });
});
