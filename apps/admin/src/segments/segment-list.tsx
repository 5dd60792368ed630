import AddOutlined from '@mui/icons-material/AddOutlined';
import { useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { ListPage } from '../parts/list';
import { Words } from '../parts/person-text';
import { Dash, Time } from '../parts/values';
import { PeopleTabs } from './people-tabs';
import { rulesOf, type Segment, type Tree, useMayManagePeople } from './segments';
import '../contacts/people.css';

/** Segments of a client, newest first. */
export function SegmentList() {
  const translate = useTranslate();
  const format = useFormat();
  const navigate = useNavigate();
  const may = useMayManagePeople();
  const add = (
    <ActButton
      variant="contained"
      startIcon={<AddOutlined />}
      off={may === false ? translate('segments.may_not') : undefined}
      onClick={() => void navigate('/segments/new')}
    >
      {translate('segments.add')}
    </ActButton>
  );
  return (
    <ListPage<Segment>
      resource="segments"
      title={translate('menu.segments')}
      above={<PeopleTabs />}
      acts={add}
      search={{ source: 'name', label: translate('segments.search') }}
      linkOf={({ id }) => `/segments/${id}`}
      columns={[
        { key: 'name', label: translate('segments.name'), render: ({ name }) => <Words className="person cut">{name}</Words> },
        {
          key: 'rules',
          label: translate('segments.rules'),
          render: ({ tree }) => {
            const count = rulesOf(tree as unknown as Tree).length;
            return count === 0
              ? translate('segments.everybody')
              : translate('segments.rule_count', { smart_count: count, figure: format.number(count) });
          },
        },
        {
          key: 'description',
          label: translate('segments.description'),
          render: ({ description }) => (description ? <Words className="person cut">{description}</Words> : <Dash />),
          low: true,
          narrowHide: true,
        },
        {
          key: 'by',
          label: translate('segments.changed_by'),
          render: ({ updated_by }) => <Words>{updated_by.name}</Words>,
          narrowHide: true,
        },
        {
          key: 'at',
          label: translate('segments.changed'),
          render: ({ updated_at }) => <Time at={updated_at} />,
          end: true,
          narrowHide: true,
        },
      ]}
      empty={{ title: translate('segments.empty'), text: translate('segments.empty_text'), acts: add }}
    />
  );
}
