import '@fontsource-variable/inter';
import './theme/frame.css';
import './theme/lists.css';
import './theme/parts.css';
import './theme/forms.css';
import './theme/narrow.css';
import { CacheProvider } from '@emotion/react';
import createCache from '@emotion/cache';
import rtlPlugin from '@mui/stylis-plugin-rtl';
import { CssBaseline, ThemeProvider } from '@mui/material';
import { type ComponentType, lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from 'react';
import { CoreAdminContext, CoreAdminUI, CustomRoutes, type I18nProvider, Resource, useLocale } from 'react-admin';
import { createBrowserRouter, Route, RouterProvider } from 'react-router-dom';
import { FaultPage, LoadingPage, MayNotPage, NotFoundPage, UncheckedPage } from './layout/fallback-pages';
import { Notices } from './layout/notices';
import { authProvider } from './providers/auth-provider';
import { loadBrand, logoOf, useBrand } from './providers/brand';
import { dataProvider } from './providers/data-provider';
import { queryClient } from './providers/query-client';
import { panelStore } from './providers/store';
import { ForgotPasswordPage, LinkPage, SetPasswordPage } from './sign-in/password-pages';
import { SignInPage } from './sign-in/sign-in-page';
import { useThemeMode } from './theme/mode';
import { panelTheme } from './theme/theme';

/** A page of its own chunk. */
function page<K extends string>(load: () => Promise<Record<K, ComponentType>>, name: K): ComponentType {
  return lazy(async () => {
    const component: ComponentType = (await load())[name];
    return { default: component };
  });
}

/** A page without the panel around it. */
const alone = (Page: ComponentType) => (
  <Suspense fallback={null}>
    <Page />
  </Suspense>
);

const Layout = lazy(async () => ({ default: (await import('./layout/layout')).Layout }));
const OverviewPage = page(() => import('./overview/overview-page'), 'OverviewPage');
const MessageList = page(() => import('./messages/message-list'), 'MessageList');
const MessagePage = page(() => import('./messages/message-page'), 'MessagePage');
const DeadLetterList = page(() => import('./dead-letters/dead-letter-list'), 'DeadLetterList');
const DeadLetterPage = page(() => import('./dead-letters/dead-letter-page'), 'DeadLetterPage');
const EndpointList = page(() => import('./endpoints/endpoint-list'), 'EndpointList');
const EndpointPage = page(() => import('./endpoints/endpoint-page'), 'EndpointPage');
const DeliveryPage = page(() => import('./endpoints/delivery-page'), 'DeliveryPage');
const EventList = page(() => import('./events/event-list'), 'EventList');
const EventPage = page(() => import('./events/event-page'), 'EventPage');
const RuleList = page(() => import('./rules/rule-list'), 'RuleList');
const RulePage = page(() => import('./rules/rule-page'), 'RulePage');
const NewRule = page(() => import('./rules/new-rule'), 'NewRule');
const EventTypesPage = page(() => import('./event-types/event-types-page'), 'EventTypesPage');
const QueuesPage = page(() => import('./queues/queues-page'), 'QueuesPage');
const JobList = page(() => import('./jobs/job-list'), 'JobList');
const NumberList = page(() => import('./numbers/number-list'), 'NumberList');
const NumberPage = page(() => import('./numbers/number-page'), 'NumberPage');
const AuditList = page(() => import('./audit/audit-list'), 'AuditList');
const SettingsPage = page(() => import('./settings/settings-page'), 'SettingsPage');
const AddNumber = page(() => import('./numbers/add-number'), 'AddNumber');
const KeyList = page(() => import('./keys/key-list'), 'KeyList');
const AccountList = page(() => import('./accounts/account-list'), 'AccountList');
const PoolList = page(() => import('./pools/pool-list'), 'PoolList');
const ClientList = page(() => import('./clients/client-list'), 'ClientList');
const ClientPage = page(() => import('./clients/client-page'), 'ClientPage');
const StaffList = page(() => import('./staff/staff-list'), 'StaffList');
const StaffPage = page(() => import('./staff/staff-page'), 'StaffPage');
const RolesPage = page(() => import('./staff/staff-list'), 'RolesPage');
const OwnAccount = page(() => import('./account/own-account'), 'OwnAccount');

const InboxPage = page(() => import('./conversations/inbox-page'), 'InboxPage');
const CampaignList = page(() => import('./campaigns/campaign-list'), 'CampaignList');
const CampaignPage = page(() => import('./campaigns/campaign-page'), 'CampaignPage');
const CampaignCalendar = page(() => import('./campaigns/campaign-calendar'), 'CampaignCalendar');
const ContactList = page(() => import('./contacts/contact-list'), 'ContactList');
const ContactPage = page(() => import('./contacts/contact-page'), 'ContactPage');
const TemplateList = page(() => import('./templates/template-list'), 'TemplateList');
const TemplatePage = page(() => import('./templates/template-page'), 'TemplatePage');
const NewTemplate = page(() => import('./templates/new-template'), 'NewTemplate');
const ContactEdits = page(() => import('./contacts/contact-edits'), 'ContactEdits');
const ImportList = page(() => import('./imports/import-list'), 'ImportList');
const NewImport = page(() => import('./imports/new-import'), 'NewImport');
const ImportPage = page(() => import('./imports/import-page'), 'ImportPage');
const SegmentList = page(() => import('./segments/segment-list'), 'SegmentList');
const SegmentPage = page(() => import('./segments/segment-page'), 'SegmentPage');
const ContactLists = page(() => import('./lists/contact-lists'), 'ContactLists');
const ContactListPage = page(() => import('./lists/contact-list-page'), 'ContactListPage');
const ReviewList = page(() => import('./opt-outs/review-list'), 'ReviewList');
const SuppressionList = page(() => import('./opt-outs/suppression-list'), 'SuppressionList');
const KeywordsPage = page(() => import('./opt-outs/keywords-page'), 'KeywordsPage');

const LinkPhonePage = page(() => import('./link-phone/link-phone-page'), 'LinkPhonePage');
const ReportPage = page(() => import('./report/report-page'), 'ReportPage');
const StaffReportPage = page(() => import('./report/report-page'), 'StaffReportPage');
const ApprovalPage = page(() => import('./report/approval-page'), 'ApprovalPage');
const SimulatorPage = page(() => import('./simulator/simulator-page'), 'SimulatorPage');

const store = panelStore();

const caches = {
  ltr: createCache({ key: 'mui' }),
  // Without the prefixer of stylis: it reads members that the stylis inside of emotion does not have, and throws at ::placeholder.
  rtl: createCache({ key: 'mui-rtl', stylisPlugins: [rtlPlugin] }),
};

/** React-Admin hands props to its first page that ours does not take. */
function Start() {
  return <OverviewPage />;
}

/** The frame around the pages, which the sign-in page does not need. */
function Framed({ children }: { children?: ReactNode }) {
  return (
    <Suspense fallback={<LoadingPage />}>
      <Layout>{children}</Layout>
    </Suspense>
  );
}

/** The theme that is chosen, with the colours of the brand, turned round for languages that are written from right to left. */
function Look({ children }: { children: ReactNode }) {
  const locale = useLocale();
  const [mode] = useThemeMode();
  const direction = locale.startsWith('ar') ? 'rtl' : 'ltr';
  useEffect(() => {
    document.documentElement.lang = locale;
    document.documentElement.dir = direction;
  }, [locale, direction]);
  const brandInk = useBrand().ink[mode] ?? undefined;
  const theme = useMemo(() => ({ ...panelTheme(mode, brandInk), direction }), [mode, brandInk, direction]);
  return (
    <CacheProvider value={caches[direction]}>
      <ThemeProvider theme={theme}>
        <CssBaseline enableColorScheme />
        {children}
        <Notices />
      </ThemeProvider>
    </CacheProvider>
  );
}

/** React-Admin's core, without the look that it comes with: its bars, lists and forms would be loaded with the first page. */
function Panel({ i18nProvider }: { i18nProvider: I18nProvider }) {
  const brand = useBrand();
  useEffect(() => void loadBrand(), []);
  useEffect(() => document.querySelector('link[rel=icon]')?.setAttribute('href', logoOf(brand)), [brand]);
  return (
    <CoreAdminContext
      dataProvider={dataProvider}
      authProvider={authProvider}
      i18nProvider={i18nProvider}
      queryClient={queryClient}
      store={store}
    >
      <Look>
        <CoreAdminUI
          title={brand.name}
          layout={Framed}
          loginPage={SignInPage}
          dashboard={Start}
          catchAll={NotFoundPage}
          loading={LoadingPage}
          accessDenied={MayNotPage}
          authenticationError={UncheckedPage}
          error={FaultPage}
          requireAuth
          disableTelemetry
        >
          <CustomRoutes noLayout>
            <Route path="/forgot-password" element={<ForgotPasswordPage />} />
            <Route path="/set-password" element={<SetPasswordPage />} />
            <Route path="/sign-in-link" element={<LinkPage />} />
            <Route path="/link-phone" element={alone(LinkPhonePage)} />
            <Route path="/report" element={alone(ReportPage)} />
            <Route path="/approval" element={alone(ApprovalPage)} />
            <Route path="/campaigns/:id/report" element={alone(StaffReportPage)} />
          </CustomRoutes>
          <CustomRoutes>
            <Route path="/keys" element={<KeyList />} />
            <Route path="/accounts" element={<AccountList />} />
            <Route path="/pools" element={<PoolList />} />
            <Route path="/clients" element={<ClientList />} />
            <Route path="/clients/:id" element={<ClientPage />} />
            <Route path="/staff" element={<StaffList />} />
            <Route path="/staff/roles" element={<RolesPage />} />
            <Route path="/staff/:id" element={<StaffPage />} />
            <Route path="/account" element={<OwnAccount />} />
            <Route path="/conversations" element={<InboxPage />} />
            <Route path="/conversations/:id" element={<InboxPage />} />
            <Route path="/campaigns" element={<CampaignList />} />
            <Route path="/campaigns/calendar" element={<CampaignCalendar />} />
            <Route path="/campaigns/:id" element={<CampaignPage />} />
            <Route path="/contacts" element={<ContactList />} />
            <Route path="/contacts/edits" element={<ContactEdits />} />
            <Route path="/contacts/imports" element={<ImportList />} />
            <Route path="/contacts/imports/new" element={<NewImport />} />
            <Route path="/contacts/imports/:id" element={<ImportPage />} />
            <Route path="/contacts/:id" element={<ContactPage />} />
            <Route path="/segments" element={<SegmentList />} />
            <Route path="/segments/new" element={<SegmentPage />} />
            <Route path="/segments/:id" element={<SegmentPage />} />
            <Route path="/lists" element={<ContactLists />} />
            <Route path="/lists/:id" element={<ContactListPage />} />
            <Route path="/templates" element={<TemplateList />} />
            <Route path="/templates/new" element={<NewTemplate />} />
            <Route path="/templates/:id" element={<TemplatePage />} />
            <Route path="/opt-outs" element={<ReviewList />} />
            <Route path="/opt-outs/suppressions" element={<SuppressionList />} />
            <Route path="/opt-outs/keywords" element={<KeywordsPage />} />
            <Route path="/endpoints" element={<EndpointList />} />
            <Route path="/endpoints/:id" element={<EndpointPage />} />
            <Route path="/endpoints/:id/deliveries/:eventId" element={<DeliveryPage />} />
            <Route path="/events" element={<EventList />} />
            <Route path="/events/:id" element={<EventPage />} />
            <Route path="/rules" element={<RuleList />} />
            <Route path="/rules/new" element={<NewRule />} />
            <Route path="/rules/:id" element={<RulePage />} />
            <Route path="/event-types" element={<EventTypesPage />} />
            <Route path="/queues" element={<QueuesPage />} />
            <Route path="/jobs" element={<JobList />} />
            <Route path="/simulator" element={<SimulatorPage />} />
            <Route path="/dead-letters" element={<DeadLetterList />} />
            <Route path="/dead-letters/:id" element={<DeadLetterPage />} />
            <Route path="/audit/:id?" element={<AuditList />} />
            <Route path="/settings/:tab?" element={<SettingsPage />} />
          </CustomRoutes>
          <Resource name="messages" list={MessageList}>
            <Route path=":id" element={<MessagePage />} />
          </Resource>
          <Resource name="numbers" list={NumberList} create={AddNumber} edit={NumberPage} />
        </CoreAdminUI>
      </Look>
    </CoreAdminContext>
  );
}

/** The panel. */
export function App({ i18nProvider }: { i18nProvider: I18nProvider }) {
  const [router] = useState(() =>
    createBrowserRouter([{ path: '*', element: <Panel i18nProvider={i18nProvider} /> }], { basename: '/admin' }),
  );
  return <RouterProvider router={router} />;
}
