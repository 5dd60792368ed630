import { Tab, Tabs } from '@mui/material';
import { Link, useLocation } from 'react-router-dom';

/** Links between pages that belong together, as tabs. The first one is marked on every page that is not listed. */
export function PageTabs({ label, pages }: { label: string; pages: readonly { to: string; label: string }[] }) {
  const { pathname } = useLocation();
  return (
    <Tabs
      component="nav"
      value={(pages.find(({ to }) => to === pathname) ?? pages[0])?.to}
      aria-label={label}
      variant="scrollable"
      scrollButtons={false}
      role="navigation"
      slotProps={{ list: { role: 'group' } }}
      sx={{ marginBottom: 2 }}
    >
      {pages.map((page) => (
        <Tab
          key={page.to}
          value={page.to}
          component={Link}
          to={page.to}
          role="link"
          aria-selected={undefined}
          aria-current={page.to === pathname ? 'page' : undefined}
          disableRipple
          label={page.label}
        />
      ))}
    </Tabs>
  );
}
