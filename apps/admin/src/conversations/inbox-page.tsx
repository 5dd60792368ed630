import MarkChatReadOutlined from '@mui/icons-material/MarkChatReadOutlined';
import { useEffect, useMemo, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNavigate, useParams, useSearchParams } from 'react-router-dom';
import { ChooseClient } from '../parts/needs-client';
import { Empty, Page } from '../parts/page';
import { useTenant } from '../providers/tenant';
import { ConversationList } from './conversation-list';
import { ConversationView } from './conversation-view';
import { type Conversation, type InboxFilter, useInbox, useUnread } from './conversations';
import { heldRows } from './merge-pages';
import '../parts/records.css';
import '../contacts/people.css';
import './inbox.css';

/** The inbox: conversations at the start, the one that is open beside them; on a phone one of both. */
export function InboxPage() {
  const translate = useTranslate();
  const tenant = useTenant();
  const { id } = useParams();
  if (!tenant)
    return (
      <Page title={translate('menu.conversations')}>
        <ChooseClient />
      </Page>
    );
  return <Inbox key={tenant} id={id} />;
}

const filtersOf = (params: URLSearchParams): InboxFilter => {
  const [session, kind] = [params.get('session_id'), params.get('kind')];
  return {
    ...(params.get('unread') === 'true' && { unread: 'true' }),
    ...(session && { session_id: session }),
    ...((kind === 'person' || kind === 'group' || kind === 'channel') && { kind }),
  };
};

function Inbox({ id }: { id: string | undefined }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const query = params.toString();
  const filter = useMemo(() => filtersOf(new URLSearchParams(query)), [query]);
  const { pages, newest: now } = useInbox(filter);
  const { data: unread } = useUnread();
  const held = useMemo(() => pages.data?.pages.flatMap((page) => page.data) ?? [], [pages.data]);
  const { rows, waiting } = useMemo(
    () =>
      now.data
        ? heldRows<Conversation>(
            held,
            now.data.data,
            (row) => row.last_entry_at,
            // It was read meanwhile, and stays where it stood.
            (row) => (filter.unread ? { ...row, unread: 0 } : row),
          )
        : { rows: held, waiting: 0 },
    [held, now.data, filter.unread],
  );
  const [focusReply, setFocusReply] = useState(0);
  const pathOf = (of: string): string => `/conversations/${of}${query && `?${query}`}`;

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const at = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || at.closest('input, textarea, select, [role="dialog"], [role="menu"]')) return;
      if (event.key === 'r' && id) {
        event.preventDefault();
        setFocusReply((count) => count + 1);
        return;
      }
      if (event.key !== 'j' && event.key !== 'k') return;
      const place = rows.findIndex((row) => row.id === id);
      const next = rows[place === -1 ? 0 : place + (event.key === 'j' ? 1 : -1)];
      if (!next) return;
      event.preventDefault();
      void navigate(`/conversations/${next.id}${query && `?${query}`}`, { replace: id !== undefined });
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [rows, id, navigate, query]);

  const title = translate('menu.conversations');
  return (
    <div className={`inbox${id ? ' has-open' : ''}`}>
      <div className="inbox-list">
        <ConversationList
          title={title}
          note={
            unread && unread.conversations > 0 ? translate('conversation.unread_count', { smart_count: unread.conversations }) : undefined
          }
          rows={rows}
          waiting={waiting}
          openId={id}
          pathOf={pathOf}
          filter={filter}
          setFilter={(next) => setParams(new URLSearchParams(next as Record<string, string>))}
          pages={pages}
        />
      </div>
      <section className="inbox-open" aria-label={translate('conversation.one')}>
        {id ? (
          <ConversationView key={id} id={id} back={`/conversations${query && `?${query}`}`} focusReply={focusReply} />
        ) : (
          <Empty icon={MarkChatReadOutlined} title={translate('conversation.none_open')}>
            {translate('conversation.keys')}
          </Empty>
        )}
      </section>
    </div>
  );
}
