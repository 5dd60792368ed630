import { describe, expect, it } from 'vitest';
import { heldRows, isJoined, mergePages } from './merge-pages';

const line = (id: string, at: string, text = id) => ({ id, at, text });

describe('pages of a conversation', () => {
  it('are one list in the order of time, each line once, as it was read last', () => {
    const pages = [[line('c', '3'), line('b', '2')], [line('a', '1')]];
    expect(mergePages(pages, [line('d', '4'), line('c', '3', 'edited')])).toEqual([
      line('a', '1'),
      line('b', '2'),
      line('c', '3', 'edited'),
      line('d', '4'),
    ]);
    expect(mergePages([], [line('b', '1'), line('a', '1')]).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('are joined when they share a line with the newest page, or when that is all there is', () => {
    const read = [[line('b', '2'), line('a', '1')]];
    expect(isJoined(read, [line('c', '3'), line('b', '2')], false)).toBe(true);
    expect(isJoined(read, [line('e', '5'), line('d', '4')], false)).toBe(false);
    expect(isJoined(read, [line('e', '5')], true)).toBe(true);
    expect(isJoined([], [], false)).toBe(true);
  });
});

describe('rows that somebody reads', () => {
  const row = (id: string, at: number, unread = 0) => ({ id, at: String(at), unread });
  const timeOf = ({ at }: { at: string }) => at;
  const held = [row('c', 3), row('b', 2), row('a', 1)];

  it('stay where they are and show what they are now; what came or would move is counted', () => {
    const now = [row('d', 9), row('b', 8, 1), row('c', 3)];
    expect(heldRows(held, now, timeOf)).toEqual({ rows: [row('c', 3), row('b', 8, 1), row('a', 1)], waiting: 2 });
  });

  it('wait for nothing when only the first of them changed, and are all new when there were none', () => {
    expect(heldRows(held, [row('c', 9, 1), row('b', 2)], timeOf)).toMatchObject({ waiting: 0, rows: [row('c', 9, 1), {}, {}] });
    expect(heldRows([], held, timeOf)).toEqual({ rows: held, waiting: 0 });
  });

  it('that left the first page are told, those further down are not', () => {
    const gone = (one: (typeof held)[number]) => ({ ...one, unread: -1 });
    expect(heldRows(held, [row('c', 3), row('x', 2)], timeOf, gone).rows.map(({ unread }) => unread)).toEqual([0, -1, 0]);
  });
});
