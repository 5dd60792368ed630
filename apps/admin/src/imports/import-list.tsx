import UploadFileOutlined from '@mui/icons-material/UploadFileOutlined';
import { useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { ListPage } from '../parts/list';
import { Words } from '../parts/person-text';
import { StateChip } from '../parts/state-chip';
import { Dash, Time } from '../parts/values';
import { type ContactImport, useMayImport } from './imports';
import './imports.css';

/** Imports of a client, newest first. */
export function ImportList() {
  const translate = useTranslate();
  const format = useFormat();
  const navigate = useNavigate();
  const may = useMayImport();
  const say = (key: string): string => translate(`imports.${key}`);
  const figure = (one: ContactImport, value: number) => (one.rows_done > 0 ? format.number(value) : <Dash />);
  const begin = (
    <ActButton
      variant="contained"
      startIcon={<UploadFileOutlined />}
      off={may === false ? say('may_not') : undefined}
      onClick={() => void navigate('/contacts/imports/new')}
    >
      {say('begin')}
    </ActButton>
  );
  return (
    <ListPage<ContactImport>
      resource="imports"
      title={say('title')}
      acts={begin}
      filters={[
        {
          source: 'state',
          label: say('state'),
          choices: (['checked', 'running', 'done', 'cancelled', 'failed', 'undone'] as const).map((value) => ({
            value,
            label: translate(`state.import.${value}`),
          })),
        },
      ]}
      linkOf={({ id }) => `/contacts/imports/${id}`}
      columns={[
        {
          key: 'file',
          label: say('file'),
          render: ({ file_name, source }) => (
            <>
              <Words className="cut">{file_name}</Words>
              {source === 'api' && <span className="small mute"> {say('by_api')}</span>}
            </>
          ),
        },
        { key: 'state', label: say('state'), render: ({ state }) => <StateChip kind="import" state={state} /> },
        { key: 'new', label: say('new'), render: (one) => figure(one, one.new), end: true, narrowHide: true },
        { key: 'changed', label: say('changed'), render: (one) => figure(one, one.changed), end: true, narrowHide: true },
        { key: 'unchanged', label: say('unchanged'), render: (one) => figure(one, one.unchanged), end: true, low: true, narrowHide: true },
        { key: 'refused', label: say('refused'), render: (one) => figure(one, one.refused), end: true, narrowHide: true },
        { key: 'by', label: say('by'), render: ({ actor }) => <Words className="cut">{actor.name}</Words>, low: true, narrowHide: true },
        { key: 'at', label: say('at'), render: ({ created_at }) => <Time at={created_at} />, end: true, narrowHide: true },
      ]}
      empty={{ title: say('empty'), text: say('empty_text') }}
    />
  );
}
