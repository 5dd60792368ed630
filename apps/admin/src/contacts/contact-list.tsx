import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import PersonAddOutlined from '@mui/icons-material/PersonAddOutlined';
import { Button } from '@mui/material';
import { useMemo, useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { Link, useNavigate } from 'react-router-dom';
import { AddToList } from '../lists/add-to-list';
import { ActButton } from '../parts/act-button';
import { ListPage } from '../parts/list';
import { Refused } from '../parts/refused';
import { SelectionBar, useWhole } from '../parts/selection-bar';
import { Time } from '../parts/values';
import { useAct } from '../providers/acts';
import { api } from '../providers/client';
import { ListPill, SegmentPill } from '../segments/name-pill';
import { useNamesOf } from '../segments/segments';
import { BulkEditDrawer } from './bulk-edit-drawer';
import { BulkOptOutDrawer } from './bulk-opt-out-drawer';
import { contactColumns } from './contact-columns';
import { AddContact } from './contact-drawer';
import { type EditSelection, listedBy, useSelectionCount } from './selections';
import { addressForm, type ListedContact, useMayManageContacts } from './contacts';
import '../parts/records.css';
import './people.css';

/** Contacts of a client, newest first. */
export function ContactList() {
  const translate = useTranslate();
  const may = useMayManageContacts();
  return (
    <ListPage<ListedContact>
      resource="contacts"
      title={translate('menu.contacts')}
      acts={<Acts may={may} />}
      search={{ source: 'name', label: translate('contacts.search'), also: { source: 'address', when: addressForm } }}
      filters={[
        { source: 'tag', label: translate('contacts.tag') },
        {
          source: 'consent',
          label: translate('contacts.consent'),
          choices: (['opt_in', 'opt_out', 'none'] as const).map((value) => ({ value, label: translate(`state.consent.${value}`) })),
        },
        {
          source: 'opted_out',
          label: translate('contacts.suppressed'),
          choices: [
            { value: 'true', label: translate('contacts.yes') },
            { value: 'false', label: translate('contacts.no') },
          ],
        },
        { source: 'external_id', label: translate('contacts.external_id') },
        { source: 'list_id', label: translate('lists.in_list'), pill: ListPill },
        { source: 'segment_id', label: translate('lists.in_segment'), pill: SegmentPill },
      ]}
      selectable={may === true}
      linkOf={({ id }) => `/contacts/${id}`}
      columns={[
        ...contactColumns(translate),
        {
          key: 'last_sent',
          label: translate('contacts.last_sent'),
          render: ({ last_sent_at }) => <Time at={last_sent_at} />,
          low: true,
          narrowHide: true,
        },
        {
          key: 'last_reply',
          label: translate('contacts.last_reply'),
          render: ({ last_reply_at }) => <Time at={last_reply_at} />,
          narrowHide: true,
        },
        {
          key: 'created',
          label: translate('contacts.since'),
          render: ({ created_at }) => <Time at={created_at} />,
          low: true,
          end: true,
          narrowHide: true,
        },
      ]}
      between={<Selection />}
      empty={{
        title: translate('contacts.empty'),
        text: translate('contacts.empty_text'),
        acts: (
          <Button variant="outlined" component={Link} to="/contacts/imports/new">
            {translate('imports.new_title')}
          </Button>
        ),
      }}
    />
  );
}

function Acts({ may }: { may: boolean | undefined }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  const [isAdding, setAdding] = useState(false);
  const { filterValues, data } = useListContext<ListedContact>();
  const [selection, setSelection] = useState<EditSelection | null>(null);
  const all = useWholeSelection(filterValues as Record<string, string>);
  return (
    <>
      <Button variant="outlined" component={Link} to="/contacts/edits">
        {translate('contacts.edits.title')}
      </Button>
      <ExportAct filter={filterValues as Record<string, string>} />
      <Button variant="outlined" component={Link} to="/contacts/imports">
        {translate('imports.title')}
      </Button>
      {all && may && !!data?.length && (
        <Button variant="outlined" onClick={() => setSelection(all)}>
          {translate('tag' in all ? 'contacts.bulk.all_of_tag' : 'contacts.bulk.all_of_people')}
        </Button>
      )}
      <ActButton
        variant="contained"
        startIcon={<PersonAddOutlined />}
        off={may === false ? translate('contacts.may_not') : undefined}
        onClick={() => setAdding(true)}
      >
        {translate('contacts.add')}
      </ActButton>
      {isAdding && <AddContact onClose={() => setAdding(false)} onDone={(id) => void navigate(`/contacts/${id}`)} />}
      {selection && <BulkEditDrawer selection={selection} onClose={() => setSelection(null)} />}
    </>
  );
}

/** Downloads all contacts of the filter. */
function ExportAct({ filter }: { filter: Record<string, string> }) {
  const translate = useTranslate();
  const act = useAct();
  const save = async (): Promise<void> => {
    const { data } = await api.GET('/v1/contacts/export', { params: { query: filter as never }, parseAs: 'blob' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(data as unknown as Blob);
    link.download = `contacts-${new Date().toISOString().slice(0, 10)}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <>
      <Refused error={act.error} />
      <ActButton
        variant="outlined"
        startIcon={<DownloadOutlined />}
        busy={act.isPending && translate('contacts.exporting')}
        onClick={() => act.mutate(save)}
      >
        {translate('contacts.export')}
      </ActButton>
    </>
  );
}

/** Returns the selection of all contacts of a filter that is a tag, a list or a segment alone. */
function useWholeSelection(filter: Record<string, string>): EditSelection | null {
  const [name = '', ...others] = Object.keys(filter);
  const value = others.length > 0 ? undefined : filter[name];
  const kind = name === 'list_id' ? 'list' : name === 'segment_id' ? 'segment' : null;
  const names = useNamesOf(kind && value ? [{ kind, id: value }] : []);
  if (!value) return null;
  if (name === 'tag') return { tag: value };
  if (kind === 'list') return { list_id: value, name: names.get(value) ?? value };
  if (kind === 'segment') return { segment_id: value, name: names.get(value) ?? value };
  return null;
}

/** Bulk acts for the contacts that are ticked, or for all that match the filter. */
function Selection() {
  const translate = useTranslate();
  const { data = [], filterValues, hasNextPage, hasPreviousPage, selectedIds, onUnselectItems, refetch } = useListContext<ListedContact>();
  const [isWhole, setWhole] = useWhole();
  const [open, setOpen] = useState<'edit' | 'list' | 'opt_out' | null>(null);
  const listed = useMemo(() => listedBy(filterValues as Record<string, string>), [filterValues]);
  const isPage = selectedIds.length > 0 && selectedIds.length === data.length && !!(hasNextPage || hasPreviousPage);
  const count = useSelectionCount(isPage ? { listed } : null);
  if (selectedIds.length === 0) return null;
  const people: EditSelection = isWhole ? { listed } : { ids: selectedIds.map(String) };
  const end = (isDone: boolean): void => {
    setOpen(null);
    if (!isDone) return;
    onUnselectItems();
    void refetch();
  };
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
            <Button variant="outlined" size="small" onClick={() => setOpen('opt_out')}>
              {translate('contacts.bulk.opt_out')}
            </Button>
            <Button variant="outlined" size="small" onClick={() => setOpen('list')}>
              {translate('lists.add_to')}
            </Button>
            <Button variant="contained" size="small" onClick={() => setOpen('edit')}>
              {translate('contacts.bulk.edit')}
            </Button>
          </>
        }
      />
      {count.error && <Refused error={count.error} />}
      {open === 'list' && <AddToList people={people} onClose={() => setOpen(null)} />}
      {open === 'edit' && <BulkEditDrawer selection={people} onClose={end} />}
      {open === 'opt_out' && <BulkOptOutDrawer selection={people} onClose={end} />}
    </>
  );
}
