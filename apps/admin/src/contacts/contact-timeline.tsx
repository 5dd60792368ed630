import { useMemo } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import { intlOf } from '../i18n/languages';
import { Link } from 'react-router-dom';
import { Bubble, type Said } from '../conversations/entries';
import { isJoined, mergePages } from '../conversations/merge-pages';
import { Scroll } from '../conversations/scroll';
import { Card, Empty, Failed, Skeleton } from '../parts/page';
import { Words } from '../parts/person-text';
import { StateChip } from '../parts/state-chip';
import { groupedPhone, Time } from '../parts/values';
import { useNumberNames } from '../providers/number-names';
import { type TimelineLine, useContactTimeline } from './contacts';

/** Everything exchanged with a contact over all numbers, with consents and changes of addresses between it; the newest at the end. */
export function ContactTimelineCard({ id }: { id: string }) {
  const translate = useTranslate();
  const numbers = useNumberNames();
  const { pages, newest } = useContactTimeline(id);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = pages;
  const lines = useMemo(() => {
    const read = data?.pages.map((page) => page.data) ?? [];
    const now = newest.data?.data ?? [];
    return isJoined(read, now, newest.data?.next_cursor === null) ? mergePages(read, now) : mergePages(read, []);
  }, [data, newest.data]);
  if (pages.error && !data)
    return (
      <Card title={translate('contacts.timeline')}>
        <Failed error={pages.error} retry={() => void refetch()} />
      </Card>
    );
  if (!data)
    return (
      <Card title={translate('contacts.timeline')}>
        <Skeleton />
      </Card>
    );
  return (
    <Card title={translate('contacts.timeline')} note={translate('contacts.timeline_note')} pad={false}>
      {lines.length === 0 ? (
        <Empty title={translate('contacts.timeline_empty')}>{translate('contacts.timeline_empty_text')}</Empty>
      ) : (
        <Scroll
          items={lines}
          label={translate('contacts.timeline')}
          older={{ has: hasNextPage, isLoading: isFetchingNextPage, load: () => void fetchNextPage() }}
          render={(line, before) => (
            <>
              <Day at={line.at} before={before?.at} />
              <Line line={line} numberOf={(session) => numbers.get(session)?.name} />
            </>
          )}
        />
      )}
    </Card>
  );
}

/** The day, over the first line of it. */
export function Day({ at, before }: { at: string; before: string | undefined }) {
  const locale = useLocale();
  const day = new Date(at);
  if (before && new Date(before).toDateString() === day.toDateString()) return null;
  const format = new Intl.DateTimeFormat(intlOf(locale), { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  return <div className="small mute day">{format.format(day)}</div>;
}

function Line({ line, numberOf }: { line: TimelineLine; numberOf: (session: string) => string | undefined }) {
  const translate = useTranslate();
  if (line.type === 'entry' || line.type === 'message') return <Bubble said={saidOf(line, numberOf(line.session_id))} />;
  const addresses = line.type === 'change' ? line.addresses : line.address === null ? [] : [line.address];
  return (
    <div className="between">
      {line.type === 'consent' ? <StateChip kind="consent" state={line.action} /> : <b>{translate(`contacts.change.${line.kind}`)}</b>}
      <span>
        {addresses.map((address) => (
          <bdi key={address} dir="ltr" className="num">
            {groupedPhone(address)}{' '}
          </bdi>
        ))}
      </span>
      {line.type === 'consent' && (
        <span className="mute">
          {line.action === 'void'
            ? translate('contacts.consent_undone')
            : translate('contacts.consent_source', { source: line.source, purpose: line.purpose })}
        </span>
      )}
      {line.type === 'change' && line.other_id && (
        <Link className="linked" to={`/contacts/${line.other_id}`}>
          {translate('contacts.other_contact')}
        </Link>
      )}
      <span className="mute">
        <Words>{line.actor.name}</Words> · <Time at={line.at} />
      </span>
    </div>
  );
}

function saidOf(line: Extract<TimelineLine, { type: 'entry' | 'message' }>, number: string | undefined): Said {
  const shared = { id: line.id, at: line.at, type: line.message_type, text: line.text, number, reactions: line.reactions };
  if (line.type === 'message')
    return {
      ...shared,
      direction: 'out',
      isEdited: false,
      isDeleted: false,
      messageId: line.message_id,
      state: line.state,
      by: line.actor?.name ?? null,
      answersId: null,
    };
  return {
    ...shared,
    direction: line.direction,
    isEdited: line.edited_at !== null,
    isDeleted: line.deleted_at !== null,
    messageId: null,
    state: null,
    answersId: line.answers_id,
  };
}
