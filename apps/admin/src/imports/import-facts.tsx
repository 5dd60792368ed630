import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import '../contacts/people.css';
import { Card, Facts } from '../parts/page';
import { Tags, Words } from '../parts/person-text';
import { ClientName } from '../parts/values';
import { useCountryNames } from '../i18n/country-names';
import { useClients } from '../providers/clients';
import { useTenant } from '../providers/tenant';
import { useNamesOf } from '../segments/segments';
import type { ContactImport } from './imports';

/** Settings by which the rows of a file are read, in words. */
export function HowRowsAreRead({ one, act }: { one: ContactImport; act?: ReactNode }) {
  const translate = useTranslate();
  const countryName = useCountryNames();
  const tenant = useTenant();
  const { data: clients = [] } = useClients();
  const { settings } = one;
  const listId = settings?.list_id;
  const list = useNamesOf(listId ? [{ kind: 'list', id: listId }] : []).get(listId ?? '');
  if (!settings) return null;
  const say = (key: string, args?: Record<string, unknown>): string => translate(`imports.${key}`, args);
  const country = settings.default_country;
  const client = clients.find(({ id }) => id === tenant);
  const variables = one.columns.flatMap(({ variable }) => variable ?? []);
  const dated = settings.columns?.find(({ to }) => to === 'consent_at')?.column;
  return (
    <Card title={say('how')} acts={act}>
      <Facts
        rows={[
          [say('client'), client && <ClientName key="client" id={client.id} name={client.name} />],
          [say('default_country'), country && countryName(country)],
          [
            say('consent'),
            settings.consent ? (
              <span key="consent">
                {say('consent_from')} <Words>{settings.consent.source}</Words>
                {dated && (
                  <>
                    , <Words className="mono">{dated}</Words>
                  </>
                )}
              </span>
            ) : (
              say('consent_none')
            ),
          ],
          [say('known'), settings.known && say(`known_short.${settings.known}`)],
          [say('blank'), settings.blank && say(`blank_short.${settings.blank}`)],
          [say('list'), list && <Words key="list">{list}</Words>],
          [say('tags'), settings.tags && settings.tags.length > 0 && <Tags key="tags" of={settings.tags} max={6} />],
          [say('variables'), settings.keep_rows && variables.length > 0 && <Tags key="variables" of={variables} max={12} />],
          [say('audience'), settings.keep_rows ? say('audience_yes') : say('audience_no')],
        ].map(([label, value]) => [label as string, value || null])}
      />
    </Card>
  );
}
