import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { diffWordsWithSpace } from 'diff';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Card, Failed, Skeleton } from '../parts/page';
import { Words } from '../parts/person-text';
import { Time } from '../parts/values';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { type Template, textsOf } from './templates';
import './templates.css';

/** Versions of a template, newest first, and which words each changed. */
export function TemplateVersions({ template: { id, newest_version } }: { template: Template }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const [open, setOpen] = useState<number | null>(newest_version);
  const { data, error, refetch } = useQuery<Template[], ApiError>({
    queryKey: ['templates', tenant, id, 'versions', newest_version],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/templates/{id}/versions', { params: { path: { id } }, signal }))).data,
    enabled: !!tenant,
  });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton rows={3} />;
  return (
    <Card title={translate('templates.versions')} pad={false}>
      <ol className="lines" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {data.map((one, at) => {
          const before = data[at + 1];
          const isOpen = open === one.version;
          return (
            <li key={one.version} style={{ flexWrap: 'wrap' }}>
              <b className="num">{translate('templates.version_number', { version: one.version })}</b>
              <Words className="mute">{one.changed_by.name}</Words>
              <Time at={one.changed_at} />
              <span className="grow" />
              <Button variant="text" aria-expanded={isOpen} onClick={() => setOpen(isOpen ? null : one.version)}>
                {translate(isOpen ? 'templates.hide' : before ? 'templates.show_change' : 'templates.show_version')}
              </Button>
              {isOpen && <Changes before={before} after={one} />}
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

/** Texts that differ, word by word; all texts of the first version. */
function Changes({ before, after }: { before: Template | undefined; after: Template }) {
  const translate = useTranslate();
  const old = new Map(before && textsOf(before));
  const now = new Map(textsOf(after));
  const places = [...new Set([...old.keys(), ...now.keys()])].filter((place) => !before || old.get(place) !== now.get(place));
  return (
    <div className="wide-form" style={{ flexBasis: '100%', minWidth: 0, gap: 10 }}>
      {places.length === 0 && <p className="small mute">{translate('templates.same')}</p>}
      {places.map((place) => (
        <div key={place}>
          <div className="small mute mono">{place}</div>
          <div className="word-diff" dir="auto">
            {before ? <WordDiff before={old.get(place) ?? ''} after={now.get(place) ?? ''} /> : now.get(place)}
          </div>
        </div>
      ))}
    </div>
  );
}

function WordDiff({ before, after }: { before: string; after: string }) {
  return diffWordsWithSpace(before, after).map(({ value, added, removed }, at) =>
    added ? <ins key={at}>{value}</ins> : removed ? <del key={at}>{value}</del> : <span key={at}>{value}</span>,
  );
}
