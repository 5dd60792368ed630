import { type Figure, medians, shown } from './figures';

/** One figure of two builds. */
export interface Compared {
  what: string;
  unit: string;
  before: number;
  after: number;
  /** `after / before`; null: there is none, since `before` is 0. */
  ratio: number | null;
  /** Lowest and highest ratio of a round; null: no round has one. */
  range: [lowest: number, highest: number] | null;
}

/** Compares the medians of two builds, figure by figure. Both have one entry a round. Figures that only one build has are named in `others`. */
export function compared(before: Figure[][], after: Figure[][]): { figures: Compared[]; others: string[] } {
  const [former, present] = [medians(before), medians(after)];
  const names = new Set(former.map(({ what }) => what));
  const both = new Set(present.map(({ what }) => what).filter((what) => names.has(what)));
  const valueOf = (figures: Figure[] | undefined, what: string) => figures?.find((figure) => figure.what === what)?.value;
  const figures = present
    .filter(({ what }) => both.has(what))
    .map(({ what, unit, value }) => {
      const ratios = before
        .map((round, i) => ratioOf(valueOf(round, what), valueOf(after[i], what)))
        .filter((ratio) => ratio !== null)
        .sort((a, b) => a - b);
      const base = valueOf(former, what) as number;
      const [lowest, highest] = [ratios[0], ratios.at(-1)];
      return {
        ...{ what, unit, before: base, after: value, ratio: ratioOf(base, value) },
        range: lowest === undefined || highest === undefined ? null : ([lowest, highest] as [number, number]),
      };
    });
  const others = [...former, ...present].map(({ what }) => what).filter((what) => !both.has(what));
  return { figures, others };
}

/** A line of the printed table. @param names columns of the former and of the present figure */
export function comparedLine(
  { what, unit, before, after, ratio, range }: Compared,
  isOneRound: boolean,
  names: readonly [string, string] = ['revision', 'working tree'],
): Record<string, string> {
  return {
    what,
    [names[0]]: shown(before, unit),
    [names[1]]: shown(after, unit),
    ratio: ratio === null ? '' : ratio.toFixed(3),
    ...(!isOneRound && { rounds: range === null ? '' : `${range[0].toFixed(3)} to ${range[1].toFixed(3)}` }),
  };
}

function ratioOf(before: number | undefined, after: number | undefined): number | null {
  return before === undefined || after === undefined || before === 0 ? null : after / before;
}
