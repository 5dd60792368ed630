import ArrowBackOutlined from '@mui/icons-material/ArrowBackOutlined';
import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { IconButton } from '@mui/material';
import { useMemo } from 'react';
import { useTranslate } from 'react-admin';
import { Link, Navigate } from 'react-router-dom';
import { Day } from '../contacts/contact-timeline';
import { chipOf } from '../numbers/number-state';
import { ActButton } from '../parts/act-button';
import { Empty, Failed, Skeleton } from '../parts/page';
import { PersonName, Words } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { Phone } from '../parts/values';
import { useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { Bubble, type Said } from './entries';
import { type ConversationDetail, type Entry, useConversation, useConversationAct, useEntries } from './conversations';
import { isJoined, mergePages } from './merge-pages';
import { ReplyBox } from './reply-box';
import { Scroll } from './scroll';

/** A conversation: what was written, and the box to answer. */
export function ConversationView({ id, back, focusReply }: { id: string; back: string; focusReply: number }) {
  const translate = useTranslate();
  const { data: conversation, error, refetch } = useConversation(id);
  if (error && !conversation) return <Failed error={error} retry={() => void refetch()} />;
  if (!conversation) return <Skeleton />;
  // A conversation that was merged is shown as the one it became.
  if (conversation.id !== id) return <Navigate to={`/conversations/${conversation.id}`} replace />;
  return (
    <>
      <Head conversation={conversation} back={back} />
      <Entries conversation={conversation} />
      {conversation.kind === 'channel' ? (
        <p className="reply-note small mute">{translate('conversation.channel')}</p>
      ) : (
        <ReplyBox conversation={conversation} focus={focusReply} />
      )}
    </>
  );
}

function Head({ conversation, back }: { conversation: ConversationDetail; back: string }) {
  const translate = useTranslate();
  const mayAnswer = useMay('conversations:write');
  const act = useConversationAct(conversation.id);
  const { id, contact_id, contact_name, address, unread, session } = conversation;
  return (
    <header className="conversation-head">
      <IconButton className="back" component={Link} to={back} aria-label={translate('conversation.back')}>
        <ArrowBackOutlined className="turn" />
      </IconButton>
      <div className="grow who">
        <h2 className="cut" role="heading" aria-level={1}>
          {contact_id ? (
            <Link className="plain" to={`/contacts/${contact_id}`}>
              <PersonName name={contact_name} address={address} />
            </Link>
          ) : (
            <PersonName name={contact_name} address={address} />
          )}
        </h2>
        <span className="small mute row">
          {contact_name && <Phone value={address} />}
          {session && (
            <span className="cut">
              {translate('conversation.by_number')} <Words>{session.name}</Words>
            </span>
          )}
          {session && session.status !== 'connected' && <StateChip kind="number" state={chipOf(session.status)} bare />}
        </span>
      </div>
      <Refused error={act.error} />
      {unread > 0 && (
        <ActButton
          variant="outlined"
          off={mayAnswer === false ? translate('conversation.may_not') : undefined}
          reason="tip"
          busy={act.isPending}
          onClick={() => act.mutate(() => ok(api.POST('/v1/conversations/{id}/read', { params: { path: { id } } })))}
        >
          {translate('conversation.mark_read')}
        </ActButton>
      )}
    </header>
  );
}

function Entries({ conversation }: { conversation: ConversationDetail }) {
  const translate = useTranslate();
  const { pages, newest } = useEntries(conversation.id);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = pages;
  const now = newest.data;
  const read = useMemo(() => data?.pages.map((page) => page.data) ?? [], [data]);
  const joined = now ? isJoined(read, now.data, now.next_cursor === null) : true;
  const entries = useMemo(() => mergePages(read, joined ? (now?.data ?? []) : []), [read, now, joined]);
  if (pages.error && !data) return <Failed error={pages.error} retry={() => void refetch()} />;
  if (!data)
    return (
      <div className="scroll">
        <Skeleton />
      </div>
    );
  if (entries.length === 0)
    return (
      <div className="scroll">
        <Empty title={translate('conversation.no_entries')}>{translate('conversation.no_entries_text')}</Empty>
      </div>
    );
  return (
    <>
      {!joined && (
        <button type="button" className="as-link gap" onClick={() => void refetch()}>
          <WarningAmberOutlined /> {translate('conversation.gap')}
        </button>
      )}
      <Scroll
        items={entries}
        label={translate('conversation.entries')}
        older={{ has: hasNextPage, isLoading: isFetchingNextPage, load: () => void fetchNextPage() }}
        render={(entry, before) => (
          <>
            <Day at={entry.at} before={before?.at} />
            <Bubble said={saidOf(entry)} />
          </>
        )}
      />
    </>
  );
}

function saidOf(entry: Entry): Said {
  return {
    id: entry.id,
    at: entry.at,
    direction: entry.direction,
    type: entry.type,
    text: entry.text,
    isEdited: entry.edited_at !== null,
    isDeleted: entry.deleted_at !== null,
    author: entry.author && entry.direction === 'in' ? { name: entry.push_name, address: entry.author } : null,
    messageId: entry.message_id,
    state: entry.state,
    by: entry.direction === 'out' ? (entry.actor?.name ?? null) : null,
    answersId: entry.answers_id,
    reactions: entry.reactions,
  };
}
