import '@fontsource-variable/inter';
import './theme/parts.css';
import { CacheProvider } from '@emotion/react';
import createCache from '@emotion/cache';
import rtlPlugin from '@mui/stylis-plugin-rtl';
import { type ComponentType, lazy, type ReactNode, useEffect } from 'react';
import { Admin, CustomRoutes, Resource, useLocale } from 'react-admin';
import { createBrowserRouter, Route, RouterProvider } from 'react-router-dom';
import { prefixer } from 'stylis';
import { i18nProvider } from './i18n';
import { Layout } from './layout/layout';
import { authProvider } from './providers/auth-provider';
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

const MessageList = page(() => import('./messages/message-list'), 'MessageList');
const MessagePage = page(() => import('./messages/message-page'), 'MessagePage');
const DeadLetterList = page(() => import('./dead-letters/dead-letter-list'), 'DeadLetterList');
const DeadLetterPage = page(() => import('./dead-letters/dead-letter-page'), 'DeadLetterPage');
const NumberList = page(() => import('./numbers/number-list'), 'NumberList');
const NumberPage = page(() => import('./numbers/number-page'), 'NumberPage');
const AuditList = page(() => import('./audit/audit-list'), 'AuditList');
const AddNumber = page(() => import('./numbers/add-number'), 'AddNumber');

const light = panelTheme('light');
const dark = panelTheme('dark');

const caches = {
  ltr: createCache({ key: 'mui' }),
  rtl: createCache({ key: 'mui-rtl', stylisPlugins: [prefixer, rtlPlugin] }),
};

/** Turns the page round for languages that are written from right to left. */
function Direction({ children }: { children: ReactNode }) {
  const locale = useLocale();
  const direction = locale.startsWith('ar') ? 'rtl' : 'ltr';
  useEffect(() => {
    document.documentElement.lang = locale;
    document.documentElement.dir = direction;
  }, [locale, direction]);
  return <CacheProvider value={caches[direction]}>{children}</CacheProvider>;
}

function FramedLayout({ children }: { children?: ReactNode }) {
  return (
    <Direction>
      <Layout>{children}</Layout>
    </Direction>
  );
}

function Panel() {
  return (
    <Admin
      title="Heliograph"
      dataProvider={dataProvider}
      authProvider={authProvider}
      i18nProvider={i18nProvider}
      queryClient={queryClient}
      layout={FramedLayout}
      loginPage={SignInPage}
      theme={light}
      darkTheme={dark}
      requireAuth
      disableTelemetry
    >
      <CustomRoutes noLayout>
        <Route path="/forgot-password" element={<ForgotPasswordPage />} />
        <Route path="/set-password" element={<SetPasswordPage />} />
        <Route path="/sign-in-link" element={<LinkPage />} />
      </CustomRoutes>
      <CustomRoutes>
        <Route path="/dead-letters" element={<DeadLetterList />} />
        <Route path="/dead-letters/:id" element={<DeadLetterPage />} />
        <Route path="/audit/:id?" element={<AuditList />} />
      </CustomRoutes>
      <Resource name="messages" list={MessageList}>
        <Route path=":id" element={<MessagePage />} />
      </Resource>
      <Resource name="numbers" list={NumberList} create={AddNumber} edit={NumberPage} />
    </Admin>
  );
}

const router = createBrowserRouter([{ path: '*', element: <Panel /> }], { basename: '/admin' });

/** The panel. */
export function App() {
  return <RouterProvider router={router} />;
}
