import { Tab, Tabs } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Link, useLocation } from 'react-router-dom';

const pages = ['/opt-outs', '/opt-outs/suppressions', '/opt-outs/keywords'] as const;
const words = ['reviews', 'suppressions', 'keywords'] as const;

/** Pages about people who want no messages. */
export function OptOutTabs() {
  const translate = useTranslate();
  const { pathname } = useLocation();
  return (
    <Tabs
      component="nav"
      value={pages.find((page) => page === pathname) ?? pages[0]}
      aria-label={translate('opt_outs.pages')}
      variant="scrollable"
      scrollButtons={false}
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
          label={translate(`opt_outs.${words[at]}`)}
        />
      ))}
    </Tabs>
  );
}
