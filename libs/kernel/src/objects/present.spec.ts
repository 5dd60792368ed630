import { present } from './present';

describe('present', () => {
  it('leaves out members without a value, and keeps every other', () =>
    expect(Object.entries(present({ a: undefined, b: null, c: 0, d: '', e: false }))).toEqual([
      ['b', null],
      ['c', 0],
      ['d', ''],
      ['e', false],
    ]));

  it('returns no members of nothing', () => expect(present(undefined)).toEqual({}));
});
