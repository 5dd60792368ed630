import DarkModeOutlined from '@mui/icons-material/DarkModeOutlined';
import LightModeOutlined from '@mui/icons-material/LightModeOutlined';
import { IconButton, Tooltip } from '@mui/material';
import { useTranslate } from 'react-admin';
import { useThemeMode } from '../theme/mode';

/** Switches between light and dark; the system's choice holds until it is pressed once. */
export function ThemeButton() {
  const translate = useTranslate();
  const [theme, setTheme] = useThemeMode();
  const isDark = theme === 'dark';
  const label = translate(isDark ? 'frame.light' : 'frame.dark');
  return (
    <Tooltip title={label}>
      <IconButton aria-label={label} onClick={() => setTheme(isDark ? 'light' : 'dark')}>
        {isDark ? <LightModeOutlined /> : <DarkModeOutlined />}
      </IconButton>
    </Tooltip>
  );
}
