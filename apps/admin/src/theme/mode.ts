import { useMediaQuery } from '@mui/material';
import { useStore } from 'react-admin';
import type { Mode } from './tokens';

/** The theme that a person has chosen in this browser, else that of the system; and a way to choose. */
export function useThemeMode(): [mode: Mode, choose: (mode: Mode) => void] {
  const isDark = useMediaQuery('(prefers-color-scheme: dark)', { noSsr: true });
  // The name under which public/first-paint.js reads it.
  const [chosen, choose] = useStore<Mode | null>('theme', null);
  return [chosen ?? (isDark ? 'dark' : 'light'), choose];
}
