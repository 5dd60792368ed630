import PersonAddOutlined from '@mui/icons-material/PersonAddOutlined';
import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { useNavigate, useParams } from 'react-router-dom';
import { contactColumns } from '../contacts/contact-columns';
import type { ListedContact } from '../contacts/contacts';
import { listedBy, useSelectionCount } from '../contacts/selections';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDialog } from '../parts/decision-dialog';
import { ListPage } from '../parts/list';
import { MoreMenu } from '../parts/more-menu';
import { NeedsClient } from '../parts/needs-client';
import { PendingPage } from '../parts/page';
import { Refused } from '../parts/refused';
import { SelectionBar, useWhole } from '../parts/selection-bar';
import { Time } from '../parts/values';
import { type Tagged, tagged, useAct } from '../providers/acts';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { PeopleUses } from '../segments/people-uses';
import { useMayManagePeople } from '../segments/segments';
import { AddMembers } from './add-members';
import { ListForm } from './list-form';
import { type ContactList, listKey } from './lists';
import '../contacts/people.css';
import '../parts/records.css';
import '../segments/segments.css';

/** One list: its members, what uses it, and its changes. */
export function ContactListPage() {
  const translate = useTranslate();
  const { id = '' } = useParams();
  return (
    <NeedsClient title={translate('segments.tab.lists')}>
      <Read key={id} id={id} />
    </NeedsClient>
  );
}

function Read({ id }: { id: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const { data, error, refetch } = useQuery<Tagged<ContactList>, ApiError>({
    queryKey: [...listKey, tenant, id],
    queryFn: ({ signal }) => tagged(api.GET('/v1/contact-lists/{id}', { params: { path: { id } }, signal })),
  });
  if (data) return <Members list={data.value} tag={data.tag} />;
  return (
    <PendingPage
      title={translate('segments.tab.lists')}
      crumbs={[{ to: '/lists', label: translate('segments.tab.lists') }]}
      error={error}
      retry={() => void refetch()}
    />
  );
}

function Members({ list, tag }: { list: ContactList; tag: string | null }) {
  const translate = useTranslate();
  const format = useFormat();
  const may = useMayManagePeople();
  return (
    <ListPage<ListedContact>
      resource="list_members"
      title={list.name}
      note={translate('lists.member_count', { smart_count: list.members, figure: format.number(list.members) })}
      filter={{ list_id: list.id }}
      acts={<Acts list={list} tag={tag} />}
      above={list.description && <p className="text lead">{list.description}</p>}
      search={{ source: 'name', label: translate('contacts.search') }}
      filters={[{ source: 'tag', label: translate('contacts.tag') }]}
      selectable={may === true}
      linkOf={({ id }) => `/contacts/${id}`}
      columns={[
        ...contactColumns(translate),
        {
          key: 'last_sent',
          label: translate('contacts.last_sent'),
          render: ({ last_sent_at }) => <Time at={last_sent_at} />,
          end: true,
          narrowHide: true,
        },
      ]}
      between={<Selection list={list} />}
      empty={{ title: translate('lists.no_members'), text: translate('lists.no_members_text') }}
    >
      <div className="section">
        <PeopleUses kind="list" id={list.id} />
      </div>
    </ListPage>
  );
}

function Acts({ list, tag }: { list: ContactList; tag: string | null }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  const may = useMayManagePeople();
  const act = useAct(listKey, ['names']);
  const [open, setOpen] = useState<'add' | 'edit' | 'remove' | null>(null);
  const off = may === false ? translate('segments.may_not') : undefined;
  const close = (): void => setOpen(null);
  return (
    <>
      <ActButton variant="contained" startIcon={<PersonAddOutlined />} off={off} onClick={() => setOpen('add')}>
        {translate('lists.add_people')}
      </ActButton>
      <MoreMenu
        acts={[
          { key: 'edit', label: translate('lists.edit'), off, onDo: () => setOpen('edit') },
          { key: 'remove', label: translate('lists.remove.open'), off, danger: true, onDo: () => setOpen('remove') },
        ]}
      />
      {open === 'add' && <AddMembers list={list} onClose={close} />}
      {open === 'edit' && <ListForm list={list} tag={tag} onClose={close} onDone={close} />}
      {open === 'remove' && (
        <DecisionDialog
          title={translate('lists.remove.title', { name: list.name })}
          button={translate('lists.remove.do')}
          back={translate('lists.remove.keep')}
          isDanger
          act={act}
          onClose={close}
          onDo={() =>
            act.mutate(
              () => ok(api.DELETE('/v1/contact-lists/{id}', { params: { path: { id: list.id }, header: tag ? { 'If-Match': tag } : {} } })),
              { onSuccess: () => void navigate('/lists') },
            )
          }
        >
          <p className="text">{translate('lists.remove.text')}</p>
        </DecisionDialog>
      )}
    </>
  );
}

/** Takes members off the list: those that are ticked, or all that match the filter. */
function Selection({ list }: { list: ContactList }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data = [], filterValues, hasNextPage, hasPreviousPage, selectedIds, onUnselectItems } = useListContext<ListedContact>();
  const act = useAct(listKey, ['contacts'], ['list_members']);
  const [isWhole, setWhole] = useWhole();
  const [isAsked, ask] = useState(false);
  const listed = useMemo(() => ({ ...listedBy(filterValues as Record<string, string>), list_id: list.id }), [filterValues, list.id]);
  const isPage = selectedIds.length > 0 && selectedIds.length === data.length && !!(hasNextPage || hasPreviousPage);
  const count = useSelectionCount(isPage ? { listed } : null);
  const hasChanged = act.error?.code === 'count_changed';
  const takeOff = (): void =>
    act.mutate(
      () =>
        ok(
          api.POST('/v1/contact-lists/{id}/members/remove', {
            params: { path: { id: list.id } },
            body: isWhole ? { listed, expect: count.data ?? 0 } : { ids: selectedIds.map(String) },
          }),
        ),
      {
        onSuccess: () => {
          ask(false);
          onUnselectItems();
        },
      },
    );
  if (selectedIds.length === 0) return <Refused error={act.error} />;
  return (
    <>
      <SelectionBar
        selected={selectedIds.length}
        onPage={data.length}
        matching={count.data}
        isWhole={isWhole}
        onWhole={setWhole}
        acts={
          <>
            <Button variant="text" size="small" onClick={() => onUnselectItems()}>
              {translate('contacts.bulk.unselect')}
            </Button>
            <ActButton
              variant="contained"
              size="small"
              busy={act.isPending && translate('frame.saving')}
              onClick={() => (isWhole ? ask(true) : takeOff())}
            >
              {translate('lists.take_off')}
            </ActButton>
          </>
        }
      />
      {isAsked && isWhole ? (
        <DecisionDialog
          title={translate('lists.take_off_all', { figure: format.number(count.data ?? 0), name: list.name })}
          button={hasChanged ? translate('contacts.bulk.count_again') : translate('lists.take_off')}
          back={translate('form.leave')}
          act={act}
          onClose={() => ask(false)}
          onDo={() => (hasChanged ? void count.refetch().then(() => act.reset()) : takeOff())}
        >
          <p className="text">{translate('contacts.bulk.matching', { figure: format.number(count.data ?? 0) })}</p>
        </DecisionDialog>
      ) : (
        <Refused error={act.error ?? count.error} />
      )}
    </>
  );
}
