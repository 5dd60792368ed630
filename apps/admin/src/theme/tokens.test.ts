import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { charts, clientTints, modes, series, stateNames, states, tokens } from './tokens';

const channels = (hex: string) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
const linear = (hex: string) => channels(hex).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
const luminance = (hex: string) => linear(hex).reduce((sum, c, at) => sum + c * ([0.2126, 0.7152, 0.0722][at] ?? 0), 0);
const contrast = (a: string, b: string): number => {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};

/** Smallest contrast of text, and of what is seen beside text: marks, edges of fields, series of charts. */
const [ofText, ofMarks] = [4.5, 3];
const grounds = ['bg', 'surface', 'raised', 'sunken', 'hover', 'selected'] as const;
const shownSeries = ['sent', 'delivered', 'read', 'failed', 'uncertain'] as const;

type Pair = [what: string, front: string, back: string, least: number];
function pairsOf(mode: (typeof modes)[number]): Pair[] {
  const t = tokens[mode];
  const on = (front: keyof typeof t, backs: readonly (keyof typeof t)[], least: number): Pair[] =>
    backs.map((back) => [`${front} on ${back}`, t[front], t[back], least]);
  return [
    ...on('text', [...grounds, 'current'], ofText),
    ...on('text2', [...grounds, 'current'], ofText),
    ...on('text3', grounds, ofText),
    ...on('accent', ['surface', 'bg', 'raised', 'selected'], ofText),
    ...on('onInk', ['ink', 'inkHover'], ofText),
    ...on('onDanger', ['dangerFill'], ofText),
    ...on('borderStrong', ['surface', 'bg', 'raised', 'sunken'], ofMarks),
    ...stateNames.flatMap((name): Pair[] => {
      const { text, soft, solid } = states[mode][name];
      return [
        [`${name} on its ground`, text, soft, ofText],
        [`text on the ground of ${name}`, t.text, soft, ofText],
        ...(['surface', 'raised', 'hover', 'selected'] as const).map((back): Pair => [`${name} on ${back}`, text, t[back], ofText]),
        ...(['surface', 'raised'] as const).map((back): Pair => [`mark of ${name} on ${back}`, solid, t[back], ofMarks]),
        [`mark of ${name} on its ground`, solid, soft, ofMarks],
      ];
    }),
    ...shownSeries.map((name): Pair => [`series ${name}`, charts[mode][name], t.surface, ofMarks]),
    ...Object.entries(clientTints).map(([name, tint]): Pair => [`initials on ${name}`, tokens.light.onInk, tint, ofText]),
  ];
}

type Matrix = number[][];
/** Colours as they look without one kind of cone (Machado, Oliveira, Fernandes 2009). */
const sights: Record<string, Matrix> = {
  'full sight': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
const times = (matrix: Matrix, v: number[]) => matrix.map((row) => row.reduce((sum, k, at) => sum + k * (v[at] ?? 0), 0));
const lmsOf: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const labOf: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];
const oklab = (rgb: number[]) =>
  times(
    labOf,
    times(lmsOf, rgb).map((c) => Math.cbrt(Math.max(0, c))),
  );
/** Distance of two colours as such eyes see them, in hundredths of OKLab. */
function distance(a: string, b: string, sight: Matrix): number {
  const [x = [], y = []] = [a, b].map((hex) => oklab(times(sight, linear(hex)).map((c) => Math.min(1, Math.max(0, c)))));
  return 100 * Math.hypot(...x.map((c, at) => c - (y[at] ?? 0)));
}
/** Colours nearer than this are taken for each other in a chart. */
const tooNear = 7;

describe.each(modes)('colours of the %s theme', (mode) => {
  it('have the contrast that text and marks need', () => {
    const weak = pairsOf(mode).filter(([, front, back, least]) => contrast(front, back) < least);
    expect(weak.map(([what, front, back]) => `${what}: ${contrast(front, back).toFixed(2)}`)).toEqual([]);
  });

  it.each(Object.entries(sights))('are told apart in charts with %s', (_name, sight) => {
    const { read, delivered, sent, failed } = charts[mode];
    for (const set of [[read, delivered, sent, failed], series[mode]]) {
      const near = set.flatMap((a, at) =>
        set
          .slice(at + 1)
          .filter((b) => distance(a, b, sight) < tooNear)
          .map((b) => `${a} and ${b}`),
      );
      expect(near).toEqual([]);
    }
  });
});

describe('colours', () => {
  /** Files that name colours of their own: a page on paper, WhatsApp's own look, and the ground of a QR code. */
  const excepted = ['theme/tokens.ts', 'report/report.css', 'templates/templates.css', 'parts/access.css'];
  const source = join(import.meta.dirname, '..');

  it('are named in the tokens alone', () => {
    const files = readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:css|tsx?)$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
      .map((entry) => relative(source, join(entry.parentPath, entry.name)))
      // Words may name a colour as an example.
      .filter((file) => !file.startsWith('i18n') && !file.includes('api-types'));
    const naming = files.filter((file) =>
      /(?<![\w&])#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b|\brgba?\(\s*\d/i.test(readFileSync(join(source, file), 'utf8')),
    );
    expect(naming.sort()).toEqual([...excepted].sort());
  });
});
