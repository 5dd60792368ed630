import { Button } from '@mui/material';
import { useEffect } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { DecisionDrawer } from '../parts/decision-drawer';
import { MoreButton } from '../parts/more-button';
import { Empty, Failed, Skeleton } from '../parts/page';
import { Phone } from '../parts/values';
import { type PeopleFilter, usePeople } from './api';

/** The people behind a figure. */
export function PeopleDrawer({
  id,
  filter,
  title,
  isLaunched = false,
  onClose,
}: {
  id: string;
  filter: PeopleFilter;
  title: string;
  /** They are listed among the people of the campaign too, where they can be exported and written to. */
  isLaunched?: boolean;
  onClose: () => void;
}) {
  const translate = useTranslate();
  const pages = usePeople(id, filter);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = pages;
  const people = data?.pages.flatMap((page) => page.data);
  // A page may be empty and still have a next one.
  const isOnwards = people?.length === 0 && hasNextPage && !isFetchingNextPage && !error;
  useEffect(() => {
    if (isOnwards) void fetchNextPage();
  }, [isOnwards, fetchNextPage]);
  return (
    <DecisionDrawer
      title={title}
      onClose={onClose}
      foot={
        <>
          {isLaunched && (
            <Button component={Link} variant="outlined" to={`?${searchOf(filter)}`} onClick={onClose}>
              {translate('campaigns.to_people')}
            </Button>
          )}
          <Button variant="outlined" onClick={onClose}>
            {translate('frame.close_panel')}
          </Button>
        </>
      }
    >
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !people || (people.length === 0 && hasNextPage) ? (
        <Skeleton rows={5} />
      ) : people.length === 0 ? (
        <Empty title={translate('campaigns.nobody_here')} />
      ) : (
        <>
          <ul className="log-lines" aria-label={title}>
            {people.map(({ contact_id, name, phone, reason, detail }, at) => (
              <li key={contact_id ?? at} style={{ gridTemplateColumns: 'minmax(0, 1fr) auto' }}>
                <span>
                  <PersonLink id={contact_id} name={name} />
                  {reason === 'missing_variable' && detail && (
                    <span className="small mute" style={{ display: 'block' }}>
                      {translate('campaigns.preview_missing')}{' '}
                      <bdi dir="ltr" className="mono">
                        {detail}
                      </bdi>
                    </span>
                  )}
                </span>
                <Phone value={phone} />
              </li>
            ))}
          </ul>
          <MoreButton pages={pages}>{translate('campaigns.more_people')}</MoreButton>
        </>
      )}
    </DecisionDrawer>
  );
}

/** Address of the list of the people of a campaign with a filter. */
function searchOf({ outcome, reason, verdict }: PeopleFilter): string {
  const of = verdict === undefined ? { outcome, reason } : { outcome: 'left_out', reason: verdict };
  return new URLSearchParams({
    tab: 'people',
    ...Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)),
  }).toString();
}

/** A person of the audience: a link to the contact while there is one. */
export function PersonLink({ id, name }: { id: string | null; name: string | null }) {
  const translate = useTranslate();
  const words = (
    <span dir="auto" className={name ? undefined : 'mute'}>
      {name ?? translate('campaigns.no_name')}
    </span>
  );
  return id ? (
    <Link className="linked cut" to={`/contacts/${id}`}>
      {words}
    </Link>
  ) : (
    words
  );
}
