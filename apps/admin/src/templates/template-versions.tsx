import { diffWordsWithSpace } from 'diff';
import { useTranslate } from 'react-admin';
import { Versions } from '../parts/versions';
import { api, ok } from '../providers/client';
import { type Template, textsOf } from './templates';
import './templates.css';

/** Versions of a template, and which words each changed. */
export function TemplateVersions({ template: { id, newest_version } }: { template: Template }) {
  return (
    <Versions<Template>
      of={['templates', id]}
      newest={newest_version}
      isOpen
      read={async (signal) => (await ok(api.GET('/v1/templates/{id}/versions', { params: { path: { id } }, signal }))).data}
      madeBy={({ changed_by, changed_at }) => ({ name: changed_by.name, at: changed_at })}
      change={(before, after) => <Changes before={before} after={after} />}
    />
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
