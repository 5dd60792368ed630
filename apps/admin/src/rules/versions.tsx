import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import type { EventRule } from '../events/events';
import { useFormat } from '../i18n/format';
import { lineDiff } from '../parts/line-diff';
import { Card, Failed, Skeleton } from '../parts/page';
import { Time } from '../parts/values';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { versionText } from './rule-draft';

/** Versions of a rule, newest first, and what each changed. */
export function Versions({ rule: { id, version } }: { rule: EventRule }) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const [open, setOpen] = useState<number | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ['rules', tenant, id, 'versions', version],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/event-rules/{id}/versions', { params: { path: { id } }, signal }))).data,
    enabled: !!tenant,
  });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton rows={3} />;
  return (
    <Card title={translate('rules.versions')} pad={false}>
      <ol className="lines" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {data.map((one, at) => {
          const before = data[at + 1];
          const isOpen = open === one.version;
          return (
            <li key={one.version} style={{ flexWrap: 'wrap' }}>
              <b className="num">{translate('rules.version_number', { version: one.version })}</b>
              <span className="mute">{one.actor.name}</span>
              <Time at={one.created_at} />
              <span className="mute small num">
                {translate('rules.matched_of', {
                  matched: format.number(one.counts.matched),
                  all: format.number(one.counts.matched + one.counts.not_matched + one.counts.failed),
                })}
              </span>
              <span className="grow" />
              <Button variant="text" aria-expanded={isOpen} onClick={() => setOpen(isOpen ? null : one.version)}>
                {translate(isOpen ? 'rules.hide' : before ? 'rules.show_change' : 'rules.show_version')}
              </Button>
              {isOpen && <Diff before={before ? versionText(before) : ''} after={versionText(one)} isFirst={!before} />}
            </li>
          );
        })}
      </ol>
    </Card>
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
