/** One measured line; `row` is the line of the goals it answers, `floor` what must hold, `met` whether it did. */
export interface Figure {
  part: string;
  what: string;
  value: string;
  row?: string;
  floor?: string;
  met?: boolean;
}

/** Collects what was measured. */
export class Figures {
  readonly all: Figure[] = [];

  constructor(private readonly part: string) {}

  add(what: string, value: number | string, unit = ''): void {
    this.all.push({ part: this.part, what, value: shown(value, unit) });
  }

  /** A figure that has a floor (or, with `most`, a ceiling). */
  goal(row: string, what: string, value: number, unit: string, bound: { least?: number; most?: number }): void {
    const met = (bound.least === undefined || value >= bound.least) && (bound.most === undefined || value <= bound.most);
    const floor = [
      bound.least !== undefined && `>= ${shown(bound.least, unit)}`,
      bound.most !== undefined && `<= ${shown(bound.most, unit)}`,
    ]
      .filter(Boolean)
      .join(', ');
    this.all.push({ part: this.part, what, value: shown(value, unit), row, floor, met });
  }
}

function shown(value: number | string, unit: string): string {
  if (typeof value === 'string') return value;
  const text = Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Math.round(value * 1_000) / 1_000);
  return unit ? `${text} ${unit}` : text;
}
