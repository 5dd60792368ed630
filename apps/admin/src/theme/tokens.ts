/** Colours of the panel: the only place that names any. Each has a light and a dark form. */
export const modes = ['light', 'dark'] as const;
export type Mode = (typeof modes)[number];

export const stateNames = ['queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'uncertain', 'suppressed'] as const;
export type StateName = (typeof stateNames)[number];

/** Text on soft ground is a chip; `solid` is for icons, meters and marks; `line` edges a note. */
export interface StateColours {
  text: string;
  soft: string;
  line: string;
  solid: string;
}

const surfaces = {
  light: {
    bg: '#F6F7F9',
    surface: '#FFFFFF',
    raised: '#FFFFFF',
    sunken: '#F1F3F6',
    hover: '#F4F5F8',
    selected: '#EEF1FD',
    current: '#E7EAEF',
    scrim: '#14171C33',
    border: '#E3E6EB',
    borderStrong: '#818997',
    buttonBorder: '#D3D8E0',
    text: '#14171F',
    text2: '#454C5A',
    text3: '#636B79',
    ink: '#181B22',
    inkHover: '#2E333E',
    onInk: '#FFFFFF',
    accent: '#3B55D9',
    dangerFill: '#C42B2B',
    onDanger: '#FFFFFF',
    sun: '#F2A20C',
  },
  dark: {
    bg: '#0D0F13',
    surface: '#14171C',
    raised: '#1B1F26',
    sunken: '#101317',
    hover: '#1C2027',
    selected: '#1A2036',
    current: '#20242C',
    scrim: '#00000080',
    border: '#272C35',
    borderStrong: '#6B7382',
    buttonBorder: '#3A414D',
    text: '#ECEEF2',
    text2: '#B2B9C5',
    text3: '#8F97A5',
    ink: '#ECEEF2',
    inkHover: '#FFFFFF',
    onInk: '#14171C',
    accent: '#9DB0FF',
    dangerFill: '#F0837A',
    onDanger: '#2A0C0A',
    sun: '#F2A20C',
  },
} as const;

export const states: Record<Mode, Record<StateName, StateColours>> = {
  light: {
    queued: { text: '#4F5765', soft: '#ECF0F7', line: '#CDD1D9', solid: '#778191' },
    sending: { text: '#6239A8', soft: '#F1EDFF', line: '#D5C8FD', solid: '#8D61E1' },
    sent: { text: '#0854A7', soft: '#E8F1FE', line: '#B4D4FE', solid: '#337FE0' },
    delivered: { text: '#06626B', soft: '#E3F4F6', line: '#B3D9DE', solid: '#14919C' },
    read: { text: '#046833', soft: '#E4F6E8', line: '#B5DDBE', solid: '#269853' },
    failed: { text: '#A40B13', soft: '#FFEBE8', line: '#FFBFB7', solid: '#DE3D38' },
    uncertain: { text: '#7A4A00', soft: '#FBEEDF', line: '#E9CBAC', solid: '#B97410' },
    suppressed: { text: '#615447', soft: '#F2EEE6', line: '#D7D0C4', solid: '#8D7D6C' },
  },
  dark: {
    queued: { text: '#BEC4D1', soft: '#272A2F', line: '#44484F', solid: '#969FAE' },
    sending: { text: '#C9B7FE', soft: '#2D2246', line: '#4C3E6E', solid: '#A789F0' },
    sent: { text: '#9EC7FE', soft: '#132A49', line: '#2B496F', solid: '#5FA0F5' },
    delivered: { text: '#8FD1D9', soft: '#0F2F33', line: '#284F53', solid: '#56AEB8' },
    read: { text: '#93D7A5', soft: '#12321C', line: '#2A5236', solid: '#5DB478' },
    failed: { text: '#FEABA1', soft: '#451B18', line: '#6C3530', solid: '#ED756A' },
    uncertain: { text: '#EBBA84', soft: '#3A250B', line: '#5D4122', solid: '#CD904A' },
    suppressed: { text: '#CDC2B5', soft: '#2E2924', line: '#4E463D', solid: '#A99C8D' },
  },
};

/** Series of charts that are states, in the order they are stacked, and what stands behind them. */
export const charts = {
  light: {
    sent: '#1D438C',
    delivered: '#02798B',
    read: '#3FA56A',
    failed: '#BE2323',
    uncertain: '#C27A05',
    waiting: '#D3D8E0',
    grid: '#ECEEF2',
  },
  dark: {
    sent: '#B6D3FE',
    delivered: '#30B1C4',
    read: '#258651',
    failed: '#FE9088',
    uncertain: '#EDB154',
    waiting: '#343A45',
    grid: '#20242B',
  },
} as const;

/** Series that are no states (clients, numbers), at most six. */
export const series: Record<Mode, string[]> = {
  light: ['#5468D6', '#03464C', '#774501', '#E263B1', '#5E9F50', '#515E75'],
  dark: ['#647BEB', '#7DE3DC', '#E7963D', '#B93C8C', '#357426', '#9DABC5'],
};

/** Tints of clients' tags, by the names of the API; white text on each. */
export const clientTints = {
  teal: '#14626E',
  rust: '#8A3B12',
  indigo: '#3F4FA8',
  amber: '#7A4A00',
  slate: '#49515F',
  plum: '#8B2F6B',
} as const;
export const clientColours = Object.keys(clientTints) as (keyof typeof clientTints)[];
export const allClientsTint = '#515E75';

export type Surfaces = Record<keyof (typeof surfaces)['light'], string>;
export const tokens: Record<Mode, Surfaces> = surfaces;
