import { Tab, Tabs } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Link, useLocation } from 'react-router-dom';

const pages = ['/segments', '/lists'] as const;
const words = ['segments', 'lists'] as const;

/** Segments and lists: people by rules, and people that somebody put together. */
export function PeopleTabs() {
  const translate = useTranslate();
  const { pathname } = useLocation();
  return (
    <Tabs
      component="nav"
      value={pages.find((page) => page === pathname) ?? pages[0]}
      aria-label={translate('segments.pages')}
      role="navigation"
      slotProps={{ list: { role: 'group' } }}
      sx={{ marginBottom: 2 }}
    >
      {pages.map((page, at) => (
        <Tab
          key={page}
          value={page}
          component={Link}
          to={page}
          role="link"
          aria-selected={undefined}
          aria-current={page === pathname ? 'page' : undefined}
          disableRipple
          label={translate(`segments.tab.${words[at]}`)}
        />
      ))}
    </Tabs>
  );
}
