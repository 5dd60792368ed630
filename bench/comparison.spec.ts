import { compared, comparedLine } from './comparison';
import type { Figure } from './figures';

const round = (values: Record<string, number>): Figure[] =>
  Object.entries(values).map(([what, value]) => ({ part: 'a', what, value, unit: 'x' }));

describe('two builds', () => {
  it('are compared by the medians of their rounds, with the lowest and the highest ratio of a round', () => {
    const before = [round({ rate: 100 }), round({ rate: 200 }), round({ rate: 400 })];
    const after = [round({ rate: 150 }), round({ rate: 100 }), round({ rate: 600 })];
    const { figures, others } = compared(before, after);
    expect(figures).toEqual([{ what: 'rate', unit: 'x', before: 200, after: 150, ratio: 0.75, range: [0.5, 1.5] }]);
    expect(others).toEqual([]);
    expect(comparedLine(figures[0] as (typeof figures)[number], false)).toEqual({
      what: 'rate',
      revision: '200 x',
      'working tree': '150 x',
      ratio: '0.750',
      rounds: '0.500 to 1.500',
    });
  });

  it('may have other names, and show no range of a single round', () => {
    const { figures } = compared([round({ rate: 100 })], [round({ rate: 90 })]);
    expect(comparedLine(figures[0] as (typeof figures)[number], true, ['alone', 'beside a campaign'])).toEqual({
      what: 'rate',
      alone: '100 x',
      'beside a campaign': '90 x',
      ratio: '0.900',
    });
  });

  it('have no ratio where the former value is 0, and none of a figure that one of them lacks', () => {
    const { figures, others } = compared([round({ doubled: 0, old: 1 })], [round({ doubled: 0, young: 2 })]);
    expect(figures).toEqual([{ what: 'doubled', unit: 'x', before: 0, after: 0, ratio: null, range: null }]);
    expect(others).toEqual(['old', 'young']);
  });
});
