import '@fontsource-variable/jetbrains-mono';
import { Tab, Tabs } from '@mui/material';
import { useTranslate } from 'react-admin';
import { useNavigate, useParams } from 'react-router-dom';
import { ChooseClient } from '../parts/needs-client';
import { Card, Page } from '../parts/page';
import { useMay } from '../providers/acts';
import { useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';
import { BrandForm } from './brand-form';
import { ClientSettings } from './client-settings';
import { Configuration } from './configuration';
import '../parts/records.css';
import './settings.css';

const tabs = ['client', 'brand', 'configuration'] as const;

/** Settings of the client, the brand, and the configuration of the installation. */
export function SettingsPage() {
  const translate = useTranslate();
  const navigate = useNavigate();
  const tenant = useTenant();
  const me = useMe();
  const mayClient = useMay('tenant:manage');
  const isAdmin = me?.permissions.includes('settings:manage') ?? false;
  const { tab = 'client' } = useParams();
  const shown = tabs.find((name) => name === tab) ?? 'client';
  return (
    <Page title={translate('menu.settings')}>
      <Tabs
        value={shown}
        onChange={(_event, name: string) => void navigate(`/settings/${name}`)}
        aria-label={translate('menu.settings')}
        variant="scrollable"
        scrollButtons={false}
        sx={{ marginBottom: 2 }}
      >
        {tabs
          .filter((name) => name !== 'configuration' || isAdmin)
          .map((name) => (
            <Tab key={name} value={name} disableRipple label={translate(`settings.tabs.${name}`)} />
          ))}
      </Tabs>
      {shown === 'client' &&
        (!tenant ? (
          <ChooseClient />
        ) : mayClient === false ? (
          <p className="text">{translate('settings.may_not')}</p>
        ) : (
          mayClient && <ClientSettings key={tenant} tenant={tenant} />
        ))}
      {shown === 'brand' && (
        <div className="settings-cards">
          {isAdmin && (
            <Card title={translate('settings.brand.installation')} note={translate('settings.brand.installation_note')}>
              <BrandForm tenant={null} />
            </Card>
          )}
          {tenant && mayClient ? (
            <Card title={translate('settings.brand.client')} note={translate('settings.brand.client_note')}>
              <BrandForm key={tenant} tenant={tenant} />
            </Card>
          ) : (
            <p className="text">{translate(tenant ? 'settings.may_not' : 'settings.brand.choose')}</p>
          )}
        </div>
      )}
      {shown === 'configuration' && isAdmin && <Configuration />}
    </Page>
  );
}
