import { useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useReasonWords } from '../campaigns/left-out';
import { MoreButton } from '../parts/more-button';
import { Card, Failed, Skeleton } from '../parts/page';
import { Words } from '../parts/person-text';
import { StateChip } from '../parts/state-chip';
import { Time } from '../parts/values';
import { useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { byCursor } from '../providers/cursor-pages';
import { useTenant } from '../providers/tenant';
import { contactKey } from './contacts';

const pageSize = 10;

/** Campaigns of a contact, with what became of each. */
export function CampaignsCard({ id }: { id: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const may = useMay('campaigns:read');
  const wordsOf = useReasonWords();
  const pages = useInfiniteQuery({
    queryKey: contactKey(tenant, id, 'campaigns'),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/v1/contacts/{id}/campaigns', {
          params: { path: { id }, query: { limit: pageSize, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    ...byCursor,
    enabled: may === true,
  });
  if (!may) return null;
  return (
    <PagedCard title={translate('menu.campaigns')} pages={pages} empty={translate('contacts.no_campaigns')}>
      {({ campaign_id, name, state, reason, message_id, at, sent_at }) => (
        <div key={message_id ?? campaign_id}>
          <Link className="plain strong cut" to={`/campaigns/${campaign_id}`}>
            {name === null ? translate('contacts.deleted_campaign') : <Words>{name}</Words>}
          </Link>
          {state === 'skipped' ? <StateChip kind="skip" state="skipped" bare /> : <StateChip kind="message" state={state} bare />}
          {reason && <span className="small mute cut">{wordsOf(reason).name}</span>}
          <span className="mute end grow">
            <Time at={sent_at ?? at} />
          </span>
        </div>
      )}
    </PagedCard>
  );
}

/** Events about a contact. */
export function EventsCard({ id }: { id: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const may = useMay('events:read');
  const pages = useInfiniteQuery({
    queryKey: contactKey(tenant, id, 'events'),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/v1/events', {
          params: { query: { contact_id: id, limit: pageSize, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    ...byCursor,
    enabled: may === true,
  });
  if (!may) return null;
  return (
    <PagedCard title={translate('menu.events')} pages={pages} empty={translate('contacts.no_events')}>
      {(event) => (
        <div key={event.id}>
          <Link className="plain strong cut" to={`/events/${event.id}`}>
            <bdi dir="ltr" className="mono">
              {event.name}
            </bdi>
          </Link>
          <StateChip kind="event" state={event.state} bare />
          <span className="mute end grow">
            <Time at={event.occurred_at} />
          </span>
        </div>
      )}
    </PagedCard>
  );
}

/** A card with rows of a list, read page after page. */
function PagedCard<T>({
  title,
  pages,
  empty,
  children,
}: {
  title: string;
  pages: UseInfiniteQueryResult<{ pages: { data: T[] }[] }>;
  empty: string;
  children: (row: T) => ReactNode;
}) {
  const translate = useTranslate();
  const { data, error, refetch } = pages;
  const rows = data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Card title={title} pad={false}>
      <div className="lines">
        {!data && (error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton rows={2} />)}
        {rows.map(children)}
        {data && rows.length === 0 && !pages.hasNextPage && <div className="mute">{empty}</div>}
        <MoreButton pages={pages}>{translate('contacts.older')}</MoreButton>
      </div>
    </Card>
  );
}
