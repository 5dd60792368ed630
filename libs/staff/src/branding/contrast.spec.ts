import fc from 'fast-check';
import { colourFault, contrastOf, minTextContrast, textOn } from './contrast';

const colour = fc.integer({ min: 0, max: 0xffffff }).map((n) => `#${n.toString(16).padStart(6, '0').toUpperCase()}`);

describe('the contrast of colours', () => {
  it('is that of WCAG', () => {
    expect(contrastOf('#FFFFFF', '#000000')).toBeCloseTo(21, 5);
    expect(contrastOf('#767676', '#FFFFFF')).toBeCloseTo(4.54, 2);
    expect(contrastOf('#3B55D9', '#3B55D9')).toBe(1);
  });

  it('is enough for the text that is chosen, for any colour that is accepted', () => {
    fc.assert(
      fc.property(colour, fc.constantFrom('light' as const, 'dark' as const), (of, mode) => {
        if (colourFault(mode, of) === null) expect(contrastOf(of, textOn(of))).toBeGreaterThanOrEqual(minTextContrast);
      }),
    );
  });

  it('refuses a colour that is lost on its ground, and says which way to go', () => {
    expect(colourFault('light', '#F2F2A0')).toMatch(/light ground is 1\.\d; at least 3 is needed\. Choose a darker/);
    expect(colourFault('dark', '#1B2A3A')).toMatch(/dark ground.*Choose a lighter/);
    expect([colourFault('light', '#0B5D66'), colourFault('dark', '#7DE3DC')]).toEqual([null, null]);
  });
});
