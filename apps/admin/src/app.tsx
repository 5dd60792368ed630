import '@fontsource-variable/inter';
import './theme/parts.css';
import { CacheProvider } from '@emotion/react';
import createCache from '@emotion/cache';
import rtlPlugin from '@mui/stylis-plugin-rtl';
import { ThemeProvider } from '@mui/material';
import { type ComponentType, lazy, type ReactNode, useEffect, useMemo, useState } from 'react';
import { AdminContext, AdminUI, CustomRoutes, type I18nProvider, Resource, useLocale } from 'react-admin';
import { createBrowserRouter, Route, RouterProvider } from 'react-router-dom';
import { prefixer } from 'stylis';
import { Layout } from './layout/layout';
import { authProvider } from './providers/auth-provider';
import { loadBrand, logoOf, useBrand } from './providers/brand';
import { dataProvider } from './providers/data-provider';
import { queryClient } from './providers/query-client';
import { ForgotPasswordPage, LinkPage, SetPasswordPage } from './sign-in/password-pages';
import { SignInPage } from './sign-in/sign-in-page';
import { panelTheme } from './theme/theme';

/** A page of its own chunk. */
function page<K extends string>(load: () => Promise<Record<K, ComponentType>>, name: K): ComponentType {
  return lazy(async () => {
    const component: ComponentType = (await load())[name];
    return { default: component };
  });
}

const OverviewPage = page(() => import('./overview/overview-page'), 'OverviewPage');
const MessageList = page(() => import('./messages/message-list'), 'MessageList');
const MessagePage = page(() => import('./messages/message-page'), 'MessagePage');
const DeadLetterList = page(() => import('./dead-letters/dead-letter-list'), 'DeadLetterList');
const DeadLetterPage = page(() => import('./dead-letters/dead-letter-page'), 'DeadLetterPage');
const NumberList = page(() => import('./numbers/number-list'), 'NumberList');
const NumberPage = page(() => import('./numbers/number-page'), 'NumberPage');
const AuditList = page(() => import('./audit/audit-list'), 'AuditList');
const SettingsPage = page(() => import('./settings/settings-page'), 'SettingsPage');
const AddNumber = page(() => import('./numbers/add-number'), 'AddNumber');

const caches = {
  ltr: createCache({ key: 'mui' }),
  rtl: createCache({ key: 'mui-rtl', stylisPlugins: [prefixer, rtlPlugin] }),
};

/** React-Admin hands props to its first page that ours does not take. */
function Start() {
  return <OverviewPage />;
}

/** Turns the page round for languages that are written from right to left. */
function Direction({ children }: { children: ReactNode }) {
  const locale = useLocale();
  const direction = locale.startsWith('ar') ? 'rtl' : 'ltr';
  useEffect(() => {
    document.documentElement.lang = locale;
    document.documentElement.dir = direction;
  }, [locale, direction]);
  return (
    <CacheProvider value={caches[direction]}>
      <ThemeProvider theme={(outer) => ({ ...outer, direction })}>{children}</ThemeProvider>
    </CacheProvider>
  );
}

/** Themes with the colours of the brand. */
function useThemes() {
  const { ink } = useBrand();
  const light = useMemo(() => panelTheme('light', ink.light ?? undefined), [ink.light]);
  const dark = useMemo(() => panelTheme('dark', ink.dark ?? undefined), [ink.dark]);
  return { light, dark };
}

function Panel({ i18nProvider }: { i18nProvider: I18nProvider }) {
  const brand = useBrand();
  const { light, dark } = useThemes();
  useEffect(() => void loadBrand(), []);
  useEffect(() => document.querySelector('link[rel=icon]')?.setAttribute('href', logoOf(brand)), [brand]);
  return (
    <AdminContext
      dataProvider={dataProvider}
      authProvider={authProvider}
      i18nProvider={i18nProvider}
      queryClient={queryClient}
      theme={light}
      darkTheme={dark}
    >
      <Direction>
        <AdminUI title={brand.name} layout={Layout} loginPage={SignInPage} dashboard={Start} requireAuth disableTelemetry>
          <CustomRoutes noLayout>
            <Route path="/forgot-password" element={<ForgotPasswordPage />} />
            <Route path="/set-password" element={<SetPasswordPage />} />
            <Route path="/sign-in-link" element={<LinkPage />} />
          </CustomRoutes>
          <CustomRoutes>
            <Route path="/dead-letters" element={<DeadLetterList />} />
            <Route path="/dead-letters/:id" element={<DeadLetterPage />} />
            <Route path="/audit/:id?" element={<AuditList />} />
            <Route path="/settings/:tab?" element={<SettingsPage />} />
          </CustomRoutes>
          <Resource name="messages" list={MessageList}>
            <Route path=":id" element={<MessagePage />} />
          </Resource>
          <Resource name="numbers" list={NumberList} create={AddNumber} edit={NumberPage} />
        </AdminUI>
      </Direction>
    </AdminContext>
  );
}

/** The panel. */
export function App({ i18nProvider }: { i18nProvider: I18nProvider }) {
  const [router] = useState(() =>
    createBrowserRouter([{ path: '*', element: <Panel i18nProvider={i18nProvider} /> }], { basename: '/admin' }),
  );
  return <RouterProvider router={router} />;
}
