// Styles of shared parts come with the frame: a page looks the same whatever page was open before.
import '../parts/records.css';
import '../parts/access.css';
import '../parts/code.css';
import MenuOutlined from '@mui/icons-material/MenuOutlined';
import { IconButton } from '@mui/material';
import { type ReactNode, Suspense, useEffect, useState } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { useTranslate } from 'react-admin';
import { useLocation } from 'react-router-dom';
import { Failed, Skeleton } from '../parts/page';
import { LeaveGuard } from '../parts/unsaved';
import { AlertsBell } from '../live/alerts-bell';
import { LiveButton } from '../live/live-button';
import { useClientOfAddress, useLeaveUnknownClient } from './client-of-address';
import { ClientSwitcher } from './client-switcher';
import { LanguageMenu } from './language-menu';
import { Palette } from './palette';
import { PersonMenu } from './person-menu';
import { SideBar } from './side-bar';
import { useSignInWatch } from './sign-in-watch';
import { ThemeButton } from './theme-button';
import { UnreadNote } from './unread-note';

/** The frame of every page: side bar from top to bottom, bar over the rest, the page below it. */
export function Layout({ children }: { children?: ReactNode }) {
  const translate = useTranslate();
  const { pathname } = useLocation();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [pathname]);
  const isClientChosen = useClientOfAddress();
  useLeaveUnknownClient();
  useSignInWatch();
  return (
    <div className="app">
      <a className="skip" href="#main-content">
        {translate('frame.skip')}
      </a>
      <SideBar isOpen={isOpen} onClose={() => setOpen(false)} />
      <div style={{ minWidth: 0 }}>
        <header className="bar">
          <IconButton
            className="only-narrow"
            aria-label={translate('frame.menu')}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
            sx={{ display: { xs: 'inline-flex', md: 'none' } }}
          >
            <MenuOutlined />
          </IconButton>
          <ClientSwitcher />
          <span className="grow" />
          <Palette />
          <span className="grow" />
          <LiveButton />
          <AlertsBell />
          {/* On a phone both stand on the page of the own account. */}
          <span className="row narrow-hide" style={{ flex: 'none', flexWrap: 'nowrap' }}>
            <ThemeButton />
            <LanguageMenu />
          </span>
          <PersonMenu />
        </header>
        <main id="main-content" tabIndex={-1}>
          <UnreadNote />
          <LeaveGuard />
          <ErrorBoundary
            key={pathname}
            fallbackRender={({ error, resetErrorBoundary }) => <Failed error={error} retry={resetErrorBoundary} />}
          >
            <Suspense fallback={<Skeleton />}>{isClientChosen ? children : <Skeleton />}</Suspense>
          </ErrorBoundary>
        </main>
      </div>
    </div>
  );
}
