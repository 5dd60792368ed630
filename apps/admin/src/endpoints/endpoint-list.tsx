import AddOutlined from '@mui/icons-material/AddOutlined';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { NeedsClient } from '../parts/needs-client';
import { Page } from '../parts/page';
import { StateChip } from '../parts/state-chip';
import { Dash, Since } from '../parts/values';
import { WholeList } from '../parts/whole-list';
import { useMay } from '../providers/acts';
import { EndpointForm } from './endpoint-form';
import { type Endpoint, lookOf, useEndpoints } from './endpoints';
import { SecretDialog } from './secret-dialog';
import { SuccessRate } from './traffic';
import '../parts/records.css';

const order = ['disabled', 'failing', 'asked_to_wait', 'active', 'paused'];
/** Those that need a person come first. */
const byNeed = (a: Endpoint, b: Endpoint): number => order.indexOf(lookOf(a)) - order.indexOf(lookOf(b));

/** Endpoints of a client, with their state and figures. */
export function EndpointList() {
  const translate = useTranslate();
  return (
    <NeedsClient title={translate('endpoints.title')}>
      <Endpoints />
    </NeedsClient>
  );
}

function Endpoints() {
  const translate = useTranslate();
  const format = useFormat();
  const navigate = useNavigate();
  const mayManage = useMay('callbacks:manage');
  const query = useEndpoints();
  const [isAdding, setAdding] = useState(false);
  const [added, setAdded] = useState<{ id: string; secret: string } | null>(null);
  const add = (
    <ActButton
      variant="contained"
      startIcon={<AddOutlined />}
      off={mayManage === false ? translate('endpoints.may_not') : undefined}
      onClick={() => setAdding(true)}
    >
      {translate('endpoints.add')}
    </ActButton>
  );
  return (
    <Page title={translate('endpoints.title')} acts={add}>
      <WholeList<Endpoint>
        query={{ ...query, data: query.data?.toSorted(byNeed) }}
        linkOf={({ id }) => `/endpoints/${id}`}
        columns={[
          { key: 'name', label: translate('endpoints.name'), render: ({ name }) => name },
          { key: 'state', label: translate('endpoints.state'), render: (row) => <StateChip kind="endpoint" state={lookOf(row)} /> },
          {
            key: 'since',
            label: translate('endpoints.failing_for'),
            render: ({ failing_since }) => (failing_since ? <Since at={failing_since} /> : <Dash />),
            low: true,
            narrowHide: true,
          },
          {
            key: 'url',
            label: translate('endpoints.url'),
            render: ({ url }) => (
              <bdi dir="ltr" className="mono cut" style={{ display: 'block', maxWidth: 300 }}>
                {url}
              </bdi>
            ),
            narrowHide: true,
          },
          {
            key: 'types',
            label: translate('endpoints.events'),
            render: ({ types }) =>
              types === null ? translate('endpoints.all_events') : translate('endpoints.some_events', { smart_count: types.length }),
            low: true,
            narrowHide: true,
          },
          { key: 'rate', label: translate('endpoints.accepted_day'), render: ({ last_day }) => <SuccessRate day={last_day} />, end: true },
          {
            key: 'p95',
            label: translate('endpoints.p95'),
            render: ({ last_day: { p95_ms } }) =>
              p95_ms === null ? <Dash /> : <span className="num nowrap">{format.duration(p95_ms)}</span>,
            end: true,
            narrowHide: true,
          },
          {
            key: 'pending',
            label: translate('endpoints.waiting'),
            render: ({ pending }) => <span className="num">{format.number(pending)}</span>,
            end: true,
            narrowHide: true,
          },
        ]}
        empty={{ title: translate('endpoints.empty'), text: translate('endpoints.empty_text'), acts: add }}
      />
      {isAdding && (
        <EndpointForm
          onClose={() => setAdding(false)}
          onCreated={(endpoint) => {
            setAdding(false);
            setAdded({ id: endpoint.id, secret: endpoint.secret });
          }}
        />
      )}
      {added && <SecretDialog secret={added.secret} isNew onClose={() => void navigate(`/endpoints/${added.id}`)} />}
    </Page>
  );
}
