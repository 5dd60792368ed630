import { Button } from '@mui/material';
import { useTranslate } from 'react-admin';
import { useSearchParams } from 'react-router-dom';
import { Card, Failed, Skeleton } from '../parts/page';
import { Time } from '../parts/values';
import { type Campaign, type CampaignLogEntry, useLog } from './api';

/** Kinds of entries that have words under `campaigns.log`. */
const kinds = [
  'created',
  'checked',
  'launched',
  'started',
  'expanded',
  'paused',
  'resumed',
  'completed',
  'cancelled',
  'failed',
  'changed',
  'moved',
  'approved',
] as const;

/** Who did what to a campaign, newest first. `max`: only so many, with a link to all. */
export function LogCard({ campaign, max }: { campaign: Campaign; max?: number }) {
  const translate = useTranslate();
  const [, setSearch] = useSearchParams();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useLog(campaign.id);
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
        <>
          <ol className="log-lines" aria-label={translate('campaigns.tab.log')}>
            {entries.map((entry) => (
              <li key={entry.id}>
                <Time at={entry.at} />
                <LogWords entry={entry} />
              </li>
            ))}
          </ol>
          {max === undefined && hasNextPage && (
            <Button variant="outlined" sx={{ marginTop: 2 }} disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {translate('campaigns.more_log')}
            </Button>
          )}
        </>
      )}
    </Card>
  );
}

function LogWords({ entry: { kind, actor, detail } }: { entry: CampaignLogEntry }) {
  const translate = useTranslate();
  const known = (kinds as readonly string[]).includes(kind) ? (kind as (typeof kinds)[number]) : null;
  const facts = Object.entries(detail ?? {})
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(', ');
  return (
    <span style={{ overflowWrap: 'anywhere' }}>
      {known ? translate(`campaigns.log.${known}`, { name: actor.name }) : `${kind}, ${actor.name}`}{' '}
      {facts && <span className="mono mute">{facts}</span>}
    </span>
  );
}
