import { createTheme, type Shadows } from '@mui/material/styles';
import { charts, type Mode, series, states, tokens } from './tokens';

declare module '@mui/material/styles' {
  interface Palette {
    panel: (typeof tokens)[Mode];
    state: (typeof states)[Mode];
    chart: (typeof charts)[Mode];
    series: string[];
  }
  interface PaletteOptions {
    panel?: (typeof tokens)[Mode];
    state?: (typeof states)[Mode];
    chart?: (typeof charts)[Mode];
    series?: string[];
  }
}

export const sans = '"Inter Variable", system-ui, sans-serif';
export const mono = '"JetBrains Mono Variable", ui-monospace, Menlo, Consolas, monospace';

const dashed = (name: string) => name.replace(/[A-Z0-9]+/g, (part) => `-${part.toLowerCase()}`);

/** The tokens as custom properties, for our own parts (the style sheets of this folder). */
function properties(mode: Mode): Record<string, string> {
  const all: Record<string, string> = { colorScheme: mode };
  for (const [name, value] of Object.entries(tokens[mode])) all[`--${dashed(name)}`] = value;
  for (const [name, value] of Object.entries(states[mode])) {
    all[`--${name}`] = value.text;
    for (const part of ['soft', 'line', 'solid'] as const) all[`--${name}-${part}`] = value[part];
  }
  for (const [name, value] of Object.entries(charts[mode])) all[`--c-${name}`] = value;
  all['--on-tag'] = tokens.light.onInk;
  all['--pop'] = mode === 'light' ? `0 10px 32px ${tokens.light.text}29` : `0 10px 32px ${tokens.dark.scrim}`;
  return all;
}

/** The theme of the panel: the frame is ink, colour is state. */
export function panelTheme(mode: Mode, ink?: { main: string; text: string }) {
  const t = tokens[mode];
  const s = states[mode];
  const role = (of: (typeof s)['read']) => ({ main: of.solid, dark: of.text, light: of.soft, contrastText: t.onInk });
  const ring = { outline: `2px solid ${t.accent}`, outlineOffset: 2, borderRadius: 4 };
  const inkMain = ink?.main ?? t.ink;
  const onInk = ink?.text ?? t.onInk;
  const raised = { backgroundColor: t.raised, backgroundImage: 'none', boxShadow: 'var(--pop)', border: `1px solid ${t.border}` };
  return createTheme({
    palette: {
      mode,
      primary: { main: inkMain, dark: ink?.main ?? t.inkHover, contrastText: onInk },
      secondary: { main: t.accent },
      success: role(s.read),
      warning: role(s.uncertain),
      error: role(s.failed),
      info: role(s.sent),
      background: { default: t.surface, paper: t.surface },
      text: { primary: t.text, secondary: t.text2, disabled: t.text3 },
      divider: t.border,
      action: { hover: t.hover, selected: t.selected, disabled: t.text3, disabledBackground: t.sunken, active: t.text2 },
      panel: t,
      state: s,
      chart: charts[mode],
      series: series[mode],
    },
    shape: { borderRadius: 6 },
    shadows: Array(25).fill('none') as Shadows,
    transitions: {
      duration: { shortest: 120, shorter: 120, short: 120, standard: 120, complex: 160, enteringScreen: 160, leavingScreen: 120 },
    },
    typography: {
      fontFamily: sans,
      fontSize: 13,
      h1: { fontSize: 20, lineHeight: '28px', fontWeight: 600, letterSpacing: '-0.015em' },
      h2: { fontSize: 15, lineHeight: '22px', fontWeight: 600, letterSpacing: '-0.006em' },
      h3: { fontSize: 13, lineHeight: '20px', fontWeight: 600 },
      h4: { fontSize: 22, lineHeight: '28px', fontWeight: 600, letterSpacing: '-0.02em' },
      subtitle1: { fontSize: 18, lineHeight: '29px' },
      subtitle2: { fontSize: 15, lineHeight: '24px', fontWeight: 400 },
      body1: { fontSize: 14, lineHeight: '20px' },
      body2: { fontSize: 13, lineHeight: '18px' },
      button: { fontSize: 13, lineHeight: '18px', fontWeight: 500, textTransform: 'none' },
      caption: { fontSize: 12, lineHeight: '16px' },
    },
    components: {
      MuiCssBaseline: {
        styleOverrides: {
          ':root': { ...properties(mode), ...(ink && { '--ink': ink.main, '--ink-hover': ink.main, '--on-ink': ink.text }) },
          body: { fontSize: 14, lineHeight: '20px', WebkitFontSmoothing: 'antialiased' },
          ':focus-visible': ring,
          '@media (prefers-reduced-motion: reduce)': {
            '*, *::before, *::after': { animation: 'none !important', transition: 'none !important' },
          },
        },
      },
      MuiButtonBase: { defaultProps: { disableRipple: true }, styleOverrides: { root: { '&.Mui-focusVisible': ring } } },
      MuiButton: {
        defaultProps: { size: 'small', disableElevation: true },
        styleOverrides: {
          root: {
            height: 32,
            padding: '0 12px',
            minWidth: 0,
            whiteSpace: 'nowrap',
            '@media (pointer: coarse), (max-width: 699px)': { height: 40 },
          },
          startIcon: { marginInlineStart: 0, marginInlineEnd: 7, '& > *:nth-of-type(1)': { fontSize: 16 } },
          contained: { '&:hover': { backgroundColor: ink?.main ?? t.inkHover } },
          outlined: {
            color: t.text,
            backgroundColor: t.raised,
            borderColor: t.buttonBorder,
            '&:hover': { backgroundColor: t.hover, borderColor: t.buttonBorder },
          },
          text: { color: t.text2, padding: '0 8px' },
        },
        variants: [
          {
            props: { variant: 'contained', color: 'error' },
            style: { backgroundColor: t.dangerFill, color: t.onDanger, '&:hover': { backgroundColor: t.dangerFill } },
          },
          { props: { variant: 'outlined', color: 'error' }, style: { color: s.failed.text } },
        ],
      },
      MuiIconButton: {
        defaultProps: { size: 'small' },
        styleOverrides: { root: { width: 32, height: 32, borderRadius: 6, color: t.text2, '& svg': { fontSize: 18 } } },
      },
      MuiTextField: { defaultProps: { variant: 'outlined', size: 'small', margin: 'none', fullWidth: true } },
      MuiOutlinedInput: {
        defaultProps: { notched: false },
        styleOverrides: {
          root: {
            minHeight: 32,
            fontSize: 13,
            backgroundColor: t.surface,
            '@media (pointer: coarse), (max-width: 699px)': { minHeight: 40 },
            '&.Mui-focused .MuiOutlinedInput-notchedOutline': { borderColor: t.accent },
          },
          input: {
            padding: '6px 10px',
            height: 20,
            '&:focus-visible': { outline: 'none' },
            '&::placeholder': { color: t.text3, opacity: 1 },
          },
          multiline: { padding: 0 },
          adornedStart: { paddingInlineStart: 10 },
          inputAdornedStart: { paddingInlineStart: 0 },
          notchedOutline: { top: 0, borderColor: t.borderStrong, '& legend': { display: 'none' } },
        },
      },
      MuiInputLabel: {
        defaultProps: { shrink: true },
        styleOverrides: {
          root: {
            position: 'static',
            transform: 'none',
            maxWidth: 'none',
            marginBottom: 5,
            fontSize: 13,
            fontWeight: 500,
            lineHeight: '18px',
            whiteSpace: 'normal',
            '&, &.Mui-focused, &.Mui-error': { color: t.text },
          },
        },
      },
      MuiFormHelperText: {
        styleOverrides: {
          root: { margin: '5px 0 0', fontSize: 12, lineHeight: '16px', color: t.text3, '&.Mui-error': { color: s.failed.text } },
        },
      },
      MuiSelect: { styleOverrides: { select: { minHeight: '20px !important', display: 'flex', alignItems: 'center' } } },
      MuiAutocomplete: {
        styleOverrides: {
          root: {
            '& .MuiOutlinedInput-root.MuiInputBase-sizeSmall': { padding: '0 39px 0 0' },
            '& .MuiOutlinedInput-root.MuiInputBase-sizeSmall .MuiAutocomplete-input': { padding: '6px 10px' },
          },
          paper: raised,
        },
      },
      MuiCheckbox: { styleOverrides: { root: { padding: 6, color: t.borderStrong, '& svg': { fontSize: 18 } } } },
      MuiPaper: { styleOverrides: { root: { backgroundImage: 'none' } } },
      MuiMenu: { styleOverrides: { paper: raised, list: { padding: 4 } } },
      MuiPopover: { styleOverrides: { paper: raised } },
      MuiMenuItem: {
        styleOverrides: { root: { fontSize: 13, minHeight: 32, borderRadius: 4, gap: 8, '& svg': { fontSize: 18, color: t.text3 } } },
      },
      MuiDialog: { styleOverrides: { paper: { ...raised, borderRadius: 10 } } },
      MuiDialogTitle: { styleOverrides: { root: { fontSize: 15, lineHeight: '22px', fontWeight: 600, padding: '16px 20px 4px' } } },
      MuiDialogContent: { styleOverrides: { root: { padding: '8px 20px 16px' } } },
      MuiDialogActions: { styleOverrides: { root: { padding: '12px 20px 16px', borderTop: `1px solid ${t.border}` } } },
      MuiBackdrop: { styleOverrides: { root: { backgroundColor: t.scrim }, invisible: { backgroundColor: 'transparent' } } },
      MuiDrawer: { styleOverrides: { paper: { ...raised, border: 0, borderInlineStart: `1px solid ${t.border}` } } },
      MuiTooltip: {
        defaultProps: { enterDelay: 400, arrow: false },
        styleOverrides: { tooltip: { backgroundColor: tokens.light.ink, color: tokens.light.onInk, fontSize: 12, lineHeight: '16px' } },
      },
      MuiLink: { styleOverrides: { root: { color: t.accent, textUnderlineOffset: 2 } } },
      MuiTab: {
        styleOverrides: {
          root: {
            minHeight: 34,
            minWidth: 0,
            padding: '0 0 8px',
            marginInlineEnd: 20,
            color: t.text2,
            '&.Mui-selected': { color: t.text },
          },
        },
      },
      MuiTabs: { styleOverrides: { root: { minHeight: 34, borderBottom: `1px solid ${t.border}` } } },
      MuiSnackbarContent: {
        styleOverrides: { root: { backgroundColor: tokens.light.ink, color: tokens.light.onInk, fontSize: 13, borderRadius: 6 } },
      },
      MuiSwitch: { defaultProps: { size: 'small' } },
    },
  });
}
