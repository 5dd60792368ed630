import AddOutlined from '@mui/icons-material/AddOutlined';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { ListPage } from '../parts/list';
import { Words } from '../parts/person-text';
import { Dash, Time } from '../parts/values';
import { PeopleTabs } from '../segments/people-tabs';
import { useMayManagePeople } from '../segments/segments';
import { ListForm } from './list-form';
import type { ContactList } from './lists';
import '../contacts/people.css';

/** Lists of a client, newest first. */
export function ContactLists() {
  const translate = useTranslate();
  const format = useFormat();
  return (
    <ListPage<ContactList>
      resource="contact_lists"
      title={translate('menu.segments')}
      above={<PeopleTabs />}
      acts={<AddAct />}
      search={{ source: 'name', label: translate('lists.search') }}
      linkOf={({ id }) => `/lists/${id}`}
      columns={[
        { key: 'name', label: translate('lists.name'), render: ({ name }) => <Words className="person cut">{name}</Words> },
        {
          key: 'members',
          label: translate('lists.members'),
          render: ({ members }) => <span className="num">{format.number(members)}</span>,
          end: true,
        },
        {
          key: 'description',
          label: translate('lists.description'),
          render: ({ description }) => (description ? <Words className="person cut">{description}</Words> : <Dash />),
          low: true,
          narrowHide: true,
        },
        { key: 'by', label: translate('lists.by'), render: ({ created_by }) => <Words>{created_by.name}</Words>, narrowHide: true },
        { key: 'at', label: translate('lists.created'), render: ({ created_at }) => <Time at={created_at} />, end: true, narrowHide: true },
      ]}
      empty={{ title: translate('lists.empty'), text: translate('lists.empty_text'), acts: <AddAct /> }}
    />
  );
}

function AddAct() {
  const translate = useTranslate();
  const navigate = useNavigate();
  const may = useMayManagePeople();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ActButton
        variant="contained"
        startIcon={<AddOutlined />}
        off={may === false ? translate('segments.may_not') : undefined}
        onClick={() => setOpen(true)}
      >
        {translate('lists.add')}
      </ActButton>
      {isOpen && <ListForm onClose={() => setOpen(false)} onDone={({ id }) => void navigate(`/lists/${id}`)} />}
    </>
  );
}
