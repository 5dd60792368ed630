import { TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Card, Empty, Failed, Skeleton } from '../parts/page';
import { Dash } from '../parts/values';
import { api, ok } from '../providers/client';
import type { components } from '../providers/api-types';

type Key = components['schemas']['InstallationSettings']['data'][number]['keys'][number];

/** Keys of the environment with their values. A secret shows only whether it is set. */
export function Configuration() {
  const translate = useTranslate();
  const [text, setText] = useState('');
  const { data, error, refetch } = useQuery({ queryKey: ['settings', 'configuration'], queryFn: () => ok(api.GET('/admin/v1/settings')) });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton />;
  const fits = ({ name, description }: Key): boolean => `${name} ${description}`.toLowerCase().includes(text.trim().toLowerCase());
  const parts = data.data.map(({ title, keys }) => ({ title, keys: keys.filter(fits) })).filter(({ keys }) => keys.length > 0);
  return (
    <div className="settings-cards">
      <p className="text">{translate('settings.configuration.note')}</p>
      <TextField
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder={translate('settings.configuration.find')}
        slotProps={{ htmlInput: { 'aria-label': translate('settings.configuration.find') } }}
        sx={{ maxWidth: 360 }}
      />
      {parts.length === 0 && <Empty title={translate('list.no_match')} />}
      {parts.map(({ title, keys }) => (
        <Card key={title} title={title} pad={false}>
          <table className="settings-keys">
            <thead>
              <tr>
                <th scope="col" className="wide">
                  {translate('settings.configuration.key')}
                </th>
                <th scope="col">{translate('settings.configuration.value')}</th>
                <th scope="col">{translate('settings.configuration.fallback')}</th>
                <th scope="col">{translate('settings.configuration.source')}</th>
              </tr>
            </thead>
            <tbody>
              {keys.map((key) => (
                <tr key={key.name}>
                  <th scope="row">
                    <bdi dir="ltr" className="mono strong">
                      {key.name}
                    </bdi>
                    <p lang="en" dir="ltr">
                      {key.description}
                    </p>
                  </th>
                  <td>
                    <KeyValue of={key} />
                  </td>
                  <td className="mute">
                    {key.default === null ? (
                      <Dash />
                    ) : (
                      <bdi dir="ltr" className="mono">
                        {key.default}
                      </bdi>
                    )}
                  </td>
                  <td>{translate(`settings.configuration.sources.${key.source}`)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
      ))}
    </div>
  );
}

function KeyValue({ of }: { of: Key }) {
  const translate = useTranslate();
  if (of.is_secret) return <i className="mute">{translate(of.is_set ? 'settings.configuration.set' : 'settings.configuration.unset')}</i>;
  if (of.value === null) return <Dash />;
  return (
    <bdi dir="ltr" className="mono">
      {of.value}
    </bdi>
  );
}
