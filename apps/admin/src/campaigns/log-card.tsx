import { Button } from '@mui/material';
import { useTranslate } from 'react-admin';
import { useSearchParams } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { MoreButton } from '../parts/more-button';
import { Card, Failed, Skeleton } from '../parts/page';
import { Time } from '../parts/values';
import { useBrand } from '../providers/brand';
import { type Campaign, type CampaignDraft, type CampaignLogEntry, useLog } from './api';
import { perMinuteOf } from './campaign-draft';

/** Kinds of entries that have words under `campaigns.log`. */
const kinds = [
  'created',
  'checked',
  'launched',
  'started',
  'expanded',
  'paused',
  'held',
  'resumed',
  'completed',
  'cancelled',
  'failed',
  'changed',
  'moved',
  'reopened',
  'approved',
  'changes_asked',
  'retried',
  'retry_stopped',
  'retry_refused',
] as const;

/** Acts on a campaign and their actors, newest first. `max`: only so many, with a link to all. */
export function LogCard({ campaign, max }: { campaign: Campaign; max?: number }) {
  const translate = useTranslate();
  const [, setSearch] = useSearchParams();
  const pages = useLog(campaign);
  const { data, error, refetch } = pages;
  const all = data?.pages.flatMap((page) => page.data);
  const entries = max === undefined ? all : all?.slice(0, max);
  return (
    <Card
      title={translate(max === undefined ? 'campaigns.tab.log' : 'campaigns.latest')}
      acts={
        max !== undefined && (
          <Button variant="text" onClick={() => setSearch({ tab: 'log' })}>
            {translate('campaigns.tab.log')}
          </Button>
        )
      }
    >
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !entries ? (
        <Skeleton rows={3} />
      ) : (
        <div className="stack">
          <ol className="log-lines" aria-label={translate('campaigns.tab.log')}>
            {entries.map((entry) => (
              <li key={entry.id}>
                <Time at={entry.at} />
                <LogWords entry={entry} />
              </li>
            ))}
          </ol>
          {max === undefined && <MoreButton pages={pages}>{translate('campaigns.more_log')}</MoreButton>}
        </div>
      )}
    </Card>
  );
}

/** Kinds whose data says more than their words. */
const kindsWithFacts: readonly string[] = ['failed', 'held', 'moved', 'paused', 'retry_refused'];

function LogWords({ entry: { kind, actor, detail } }: { entry: CampaignLogEntry }) {
  const translate = useTranslate();
  const format = useFormat();
  const brand = useBrand();
  // Of the holder of a link, what they typed is known and nothing else.
  const name = actor.kind === 'system' && actor.id !== 'approval_link' ? brand.name : actor.name;
  const known = (kinds as readonly string[]).includes(kind) ? (kind as (typeof kinds)[number]) : null;
  const facts = Object.entries(detail ?? {})
    .filter(([key, value]) => ['string', 'number', 'boolean'].includes(typeof value) && !(key === 'reason' && value === 'person'))
    .map(([key, value]) => `${key}: ${String(value)}`)
    .join(', ');
  const rate = kind === 'changed' && detail?.pace ? perMinuteOf(detail.pace as CampaignDraft['pace']) : null;
  return (
    <span style={{ overflowWrap: 'anywhere' }}>
      {known ? translate(`campaigns.log.${known}`, { name }) : `${kind}, ${name}`}
      {rate !== null && `: ${translate('campaigns.rate_words', { figure: format.number(rate) })}`}{' '}
      {typeof detail?.note === 'string' && <q dir="auto">{detail.note}</q>}{' '}
      {facts && (known === null || kindsWithFacts.includes(kind)) && <span className="mono mute">{facts}</span>}
    </span>
  );
}
