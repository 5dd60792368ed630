/** One measured number. `row` is the goal it answers; `min` and `max` bound what must hold. */
export interface Figure {
  part: string;
  what: string;
  value: number;
  unit: string;
  row?: string;
  min?: number;
  max?: number;
}

/** Collects what one run of a part measured. */
export class Figures {
  readonly all: Figure[] = [];

  constructor(private readonly part: string) {}

  add(what: string, value: number, unit = ''): void {
    this.all.push({ part: this.part, what, value, unit });
  }

  /** A figure that must reach `min` or stay within `max`. */
  goal(row: string, what: string, value: number, unit: string, bound: { min?: number; max?: number }): void {
    this.all.push({ part: this.part, what, value, unit, row, ...bound });
  }
}

/** True when a figure keeps its bound; undefined without one. */
export function isMet({ value, min, max }: Figure): boolean | undefined {
  if (min === undefined && max === undefined) return undefined;
  return value >= (min ?? -Infinity) && value <= (max ?? Infinity);
}

/** The median of every figure over several runs of the same part. */
export function medians(runs: Figure[][]): Figure[] {
  const byName = Map.groupBy(runs.flat(), ({ what }) => what);
  return [...byName.values()].map((same) => {
    const sorted = same.toSorted((a, b) => a.value - b.value);
    return sorted[(sorted.length - 1) >> 1] as Figure;
  });
}

/** A line of the printed table. */
export function tableLine(figure: Figure): Record<string, string> {
  const { what, value, unit, row, min, max } = figure;
  const met = isMet(figure);
  return {
    what,
    value: shown(value, unit),
    row: row ?? '',
    floor: min !== undefined ? `>= ${shown(min, unit)}` : max !== undefined ? `<= ${shown(max, unit)}` : '',
    '': met === undefined ? '' : met ? 'met' : 'MISSED',
  };
}

/** Rows of the goals, each met when all its figures are. */
export function verdicts(figures: Figure[]): { row: string; met: boolean; missed: string }[] {
  const rows = Map.groupBy(
    figures.filter((f) => f.row),
    (f) => f.row as string,
  );
  return [...rows]
    .map(([row, of]) => ({
      row,
      met: of.every(isMet),
      missed: of
        .filter((f) => !isMet(f))
        .map((f) => f.what)
        .join('; '),
    }))
    .sort((a, b) => Number(a.row) - Number(b.row));
}

/** A value with its unit, as tables show it. */
export function shown(value: number, unit: string): string {
  const text = Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Math.round(value * 1_000) / 1_000);
  return unit ? `${text} ${unit}` : text;
}
