import CampaignOutlined from '@mui/icons-material/CampaignOutlined';
import GroupOutlined from '@mui/icons-material/GroupOutlined';
import { Button, MenuItem, TextField } from '@mui/material';
import { type UseInfiniteQueryResult, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { MoreButton } from '../parts/more-button';
import { Empty, Failed, Skeleton } from '../parts/page';
import { PersonName, Words } from '../parts/person-text';
import { Time } from '../parts/values';
import { useBrand } from '../providers/brand';
import { useNumberNames } from '../providers/number-names';
import { useTenant } from '../providers/tenant';
import type { Conversation, InboxFilter } from './conversations';

/** Conversations with their last text. Their order stays while somebody reads; what came meanwhile waits for a click. */
export function ConversationList({
  title,
  note,
  rows,
  waiting,
  openId,
  pathOf,
  filter,
  setFilter,
  pages,
}: {
  title: string;
  note: string | undefined;
  rows: Conversation[];
  waiting: number;
  openId: string | undefined;
  pathOf: (id: string) => string;
  filter: InboxFilter;
  setFilter: (filter: InboxFilter) => void;
  pages: UseInfiniteQueryResult<unknown>;
}) {
  const translate = useTranslate();
  const tenant = useTenant();
  const queries = useQueryClient();
  const numbers = useNumberNames();
  const brand = useBrand();
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: 'nearest' });
  }, [openId]);
  useEffect(() => {
    document.title = `${title} · ${brand.name}`;
  }, [title, brand.name]);
  const set = (part: Partial<Record<keyof InboxFilter, string | undefined>>): void =>
    setFilter(Object.fromEntries(Object.entries({ ...filter, ...part }).filter(([, value]) => value)));
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <header>
        <div className="row">
          <h1>{title}</h1>
          {note && <span className="small mute">{note}</span>}
        </div>
        <div className="row inbox-filters" role="search">
          <span className="segment" role="group" aria-label={translate('conversation.which')}>
            <button type="button" aria-pressed={!filter.unread} onClick={() => set({ unread: undefined })}>
              {translate('conversation.all')}
            </button>
            <button type="button" aria-pressed={!!filter.unread} onClick={() => set({ unread: 'true' })}>
              {translate('conversation.unread')}
            </button>
          </span>
          <TextField
            select
            className="inbox-select"
            value={filter.kind ?? ''}
            onChange={(event) => set({ kind: event.target.value })}
            slotProps={{ select: { displayEmpty: true, inputProps: { 'aria-label': translate('conversation.kind_of') } } }}
          >
            <MenuItem value="">{translate('conversation.all_kinds')}</MenuItem>
            {(['person', 'group', 'channel'] as const).map((kind) => (
              <MenuItem key={kind} value={kind}>
                {translate(`conversation.kinds.${kind}`)}
              </MenuItem>
            ))}
          </TextField>
          {numbers.size > 1 && (
            <TextField
              select
              className="inbox-select"
              value={filter.session_id && numbers.has(filter.session_id) ? filter.session_id : ''}
              onChange={(event) => set({ session_id: event.target.value })}
              slotProps={{ select: { displayEmpty: true, inputProps: { 'aria-label': translate('conversation.number') } } }}
            >
              <MenuItem value="">{translate('conversation.all_numbers')}</MenuItem>
              {[...numbers].map(([id, { name }]) => (
                <MenuItem key={id} value={id}>
                  <Words className="cut">{name}</Words>
                </MenuItem>
              ))}
            </TextField>
          )}
        </div>
        <Waiting
          count={waiting}
          onShow={() => {
            void queries.resetQueries({ queryKey: ['conversations', tenant, 'pages'] });
            list.current?.parentElement?.scrollTo({ top: 0 });
          }}
        />
      </header>
      <div className="inbox-rows">
        {pages.error && rows.length === 0 ? (
          <Failed error={pages.error} retry={() => void pages.refetch()} />
        ) : pages.isPending ? (
          <Skeleton />
        ) : rows.length === 0 ? (
          <Empty
            title={translate(isFiltered ? 'list.no_match' : 'conversation.empty')}
            acts={
              isFiltered && (
                <Button variant="outlined" onClick={() => setFilter({})}>
                  {translate('list.clear_filters')}
                </Button>
              )
            }
          >
            {!isFiltered && translate('conversation.empty_text')}
          </Empty>
        ) : (
          <ul ref={list}>
            {rows.map((row) => (
              <li key={row.id}>
                <Link
                  to={pathOf(row.id)}
                  aria-current={row.id === openId ? 'page' : undefined}
                  className={row.unread > 0 ? 'is-unread' : undefined}
                >
                  <span className="first">
                    {row.kind === 'group' && <GroupOutlined titleAccess={translate('conversation.kinds.group')} />}
                    {row.kind === 'channel' && <CampaignOutlined titleAccess={translate('conversation.kinds.channel')} />}
                    <PersonName name={row.contact_name} address={row.address} />
                    <span className="small mute">
                      <Time at={row.last_entry_at} precise={false} />
                    </span>
                  </span>
                  <span className="second">
                    <Words className="cut">{row.last_text ?? ''}</Words>
                    {row.unread > 0 && (
                      <span className="unread" aria-label={translate('conversation.unread_messages', { smart_count: row.unread })}>
                        {row.unread}
                      </span>
                    )}
                  </span>
                  {numbers.size > 1 && (
                    <span className="small mute cut">
                      <Words>{numbers.get(row.session_id)?.name ?? ''}</Words>
                    </span>
                  )}
                </Link>
              </li>
            ))}
          </ul>
        )}
        <MoreButton pages={pages} className="more">
          {translate('conversation.more')}
        </MoreButton>
      </div>
    </>
  );
}

/** Asks for what came meanwhile. */
function Waiting({ count, onShow }: { count: number; onShow: () => void }) {
  const translate = useTranslate();
  return (
    <div role="status">
      {count > 0 && (
        <Button variant="outlined" className="waiting" onClick={onShow}>
          {translate('conversation.waiting', { smart_count: count })}
        </Button>
      )}
    </div>
  );
}
