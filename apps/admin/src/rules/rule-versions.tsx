import { useTranslate } from 'react-admin';
import type { EventRule } from '../events/events';
import { useFormat } from '../i18n/format';
import { lineDiff } from '../parts/line-diff';
import { Versions } from '../parts/versions';
import { api, ok } from '../providers/client';
import { versionText } from './rule-draft';

/** Versions of a rule, how often each matched, and what each changed. */
export function RuleVersions({ rule: { id, version } }: { rule: EventRule }) {
  const translate = useTranslate();
  const format = useFormat();
  return (
    <Versions
      of={['rules', id]}
      newest={version}
      read={async (signal) => (await ok(api.GET('/v1/event-rules/{id}/versions', { params: { path: { id } }, signal }))).data}
      madeBy={({ actor, created_at }) => ({ name: actor.name, at: created_at })}
      figures={({ counts: { matched, not_matched, failed } }) =>
        translate('rules.matched_of', { matched: format.number(matched), all: format.number(matched + not_matched + failed) })
      }
      change={(before, after) => <Diff before={before ? versionText(before) : ''} after={versionText(after)} isFirst={!before} />}
    />
  );
}

const marks = { same: ' ', old: '−', new: '+' } as const;
const hues = { same: undefined, old: 'failed', new: 'read' } as const;

function Diff({ before, after, isFirst }: { before: string; after: string; isFirst: boolean }) {
  const translate = useTranslate();
  const lines = isFirst ? after.split('\n').map((text) => ({ kind: 'same' as const, text })) : lineDiff(before, after);
  const isSame = !isFirst && lines.every(({ kind }) => kind === 'same');
  return (
    <div style={{ flexBasis: '100%', minWidth: 0 }}>
      {isSame && <p className="small mute">{translate('rules.same')}</p>}
      <div className="diff mono" role="group" tabIndex={0} aria-label={translate('rules.change')}>
        {lines.map(({ kind, text }, at) => (
          <div key={at} data-state={hues[kind]}>
            <span aria-hidden="true">{marks[kind]}</span>
            <span>
              {kind !== 'same' && <span className="hidden">{translate(`rules.line_${kind}`)} </span>}
              {text || ' '}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}
