/** Grounds of the panel on which the colour of a brand stands, and the texts that may stand on it. */
export const grounds = { light: '#FFFFFF', dark: '#14171C' } as const;
export type BrandMode = keyof typeof grounds;
const texts = ['#FFFFFF', '#14171C'] as const;

/** Least contrast of a control with the ground behind it (WCAG 2.2, 1.4.11), and of a text (1.4.3). */
export const minControlContrast = 3;
export const minTextContrast = 4.5;

/** Returns the relative luminance of a colour `#RRGGBB`, as WCAG defines it. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Returns the contrast ratio of two colours, 1 to 21. */
export function contrastOf(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Returns the text with the higher contrast on a colour. */
export function textOn(colour: string): string {
  return contrastOf(colour, texts[0]) >= contrastOf(colour, texts[1]) ? texts[0] : texts[1];
}

/** Returns the fault of a brand's colour in a theme as a sentence; null: the contrasts with the ground and with text on it suffice. */
export function colourFault(mode: BrandMode, colour: string): string | null {
  const [onGround, onText] = [contrastOf(colour, grounds[mode]), contrastOf(colour, textOn(colour))];
  const low = (ratio: number, least: number, beside: string) =>
    `The contrast with ${beside} is ${(Math.floor(ratio * 10) / 10).toFixed(1)}; at least ${least} is needed. Choose a ${mode === 'light' ? 'darker' : 'lighter'} colour.`;
  if (onGround < minControlContrast) return low(onGround, minControlContrast, `the ${mode} ground`);
  return onText < minTextContrast ? low(onText, minTextContrast, 'the text on it') : null;
}
