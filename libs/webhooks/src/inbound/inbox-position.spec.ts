import { InboxPosition } from './inbox-position';

/** A look that is answered at once. */
const saw = (position: InboxPosition, id: bigint, at: number) => position.saw(id, at, at);

describe('the position of a process in the inbox', () => {
  it('follows the oldest unread hook once every insert of that time has ended', () => {
    const position = new InboxPosition(5_000);
    expect(position.next(0)).toBe(0n);
    saw(position, 100n, 0);
    saw(position, 200n, 1_000);
    expect(position.next(1_000)).toBe(0n);
    saw(position, 300n, 2_000);
    expect(position.next(2_000)).toBe(100n);
    saw(position, 400n, 4_000);
    expect(position.next(4_000)).toBe(300n);
  });

  it('counts from the start of a look whose answer is read late', () => {
    const position = new InboxPosition(5_000);
    position.next(0);
    saw(position, 500n, 0);
    // It began when an insert of before the first look could still be under way.
    position.saw(700n, 1_400, 2_100);
    expect(position.next(2_100)).toBe(0n);
    saw(position, 450n, 2_200);
    expect(position.next(2_200)).toBe(450n);
  });

  it('does not pass a hook that was stored late and is not read yet', () => {
    const position = new InboxPosition(5_000);
    position.next(0);
    saw(position, 500n, 0);
    saw(position, 400n, 1_000);
    saw(position, 400n, 2_000);
    expect(position.next(2_000)).toBe(400n);
  });

  it('stays at a hook that became unread below it until that hook is read', () => {
    const position = new InboxPosition(5_000);
    position.next(0);
    for (const at of [0, 2_000, 4_000]) saw(position, BigInt(100 + at), at);
    expect(position.next(4_500)).toBe(2_100n);
    expect(position.next(5_000)).toBe(0n);
    // Another reader holds the hook of this session.
    saw(position, 7n, 5_000);
    for (const at of [5_100, 7_000, 7_100]) {
      expect(position.next(at)).toBe(7n);
      saw(position, 7n, at);
    }
    saw(position, 9_000n, 7_200);
    expect(position.next(7_200)).toBe(7n);
    saw(position, 9_500n, 9_200);
    expect(position.next(9_200)).toBe(7n);
    saw(position, 9_600n, 9_900);
    saw(position, 9_900n, 11_500);
    expect(position.next(11_500)).toBe(0n);
    expect(position.next(11_600)).toBe(9_500n);
  });

  it('is left for a full look again and again, whatever is seen', () => {
    const position = new InboxPosition(5_000);
    const full = Array.from({ length: 40 }, (_, s) => s).filter((s) => {
      saw(position, BigInt(s + 1), s * 1_000);
      return s > 3 && position.next(s * 1_000) === 0n;
    });
    expect(full).toEqual([4, 9, 14, 19, 24, 29, 34, 39]);
  });
});
