import AddOutlined from '@mui/icons-material/AddOutlined';
import { useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { type EventRule, useEventTypes, useRules } from '../events/events';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { NeedsClient } from '../parts/needs-client';
import { Page } from '../parts/page';
import { StateChip } from '../parts/state-chip';
import { Dash, Time } from '../parts/values';
import { WholeList } from '../parts/whole-list';
import { useMay } from '../providers/acts';
import '../parts/records.css';

/** State of a rule as a chip shows it. */
export function ruleLook({ is_active, counts }: EventRule): 'on' | 'off' | 'never' | 'failing' {
  if (!is_active) return 'off';
  if (counts.matched > 0) return 'on';
  if (counts.failed > 0) return 'failing';
  return counts.not_matched > 0 ? 'never' : 'on';
}

/** Rules of a client, in their order of evaluation. */
export function RuleList() {
  const translate = useTranslate();
  return (
    <NeedsClient title={translate('rules.title')}>
      <Rules />
    </NeedsClient>
  );
}

function Rules() {
  const translate = useTranslate();
  const format = useFormat();
  const navigate = useNavigate();
  const mayManage = useMay('events:manage');
  const query = useRules();
  const { data: types } = useEventTypes();
  const add = (
    <ActButton
      variant="contained"
      startIcon={<AddOutlined />}
      off={mayManage === false ? translate('rules.may_not') : undefined}
      onClick={() => void navigate('/rules/new')}
    >
      {translate('rules.add')}
    </ActButton>
  );
  return (
    <Page title={translate('rules.title')} acts={add}>
      <WholeList<EventRule>
        query={query}
        linkOf={({ id }) => `/rules/${id}`}
        columns={[
          { key: 'name', label: translate('rules.name'), render: ({ name }) => name },
          { key: 'state', label: translate('rules.state'), render: (rule) => <StateChip kind="rule" state={ruleLook(rule)} /> },
          {
            key: 'event',
            label: translate('rules.event'),
            render: ({ event }) => (
              <span className="row" style={{ gap: 6 }}>
                <span className="mono">{event}</span>
                {types && !types.some(({ name }) => name === event) && (
                  <span className="small mute">{translate('rules.unknown_event')}</span>
                )}
              </span>
            ),
          },
          {
            key: 'condition',
            label: translate('rules.condition'),
            render: ({ condition }) =>
              condition ? (
                <span className="mono cut" style={{ display: 'block', maxWidth: 260 }}>
                  {condition}
                </span>
              ) : (
                translate('rules.always')
              ),
            low: true,
            narrowHide: true,
          },
          {
            key: 'matched',
            label: translate('rules.matched'),
            render: ({ counts: { matched, not_matched, failed } }) => (
              <span className="num nowrap">
                {format.number(matched)}{' '}
                <span className="mute">{translate('value.of', { of: format.number(matched + not_matched + failed) })}</span>
              </span>
            ),
            end: true,
            narrowHide: true,
          },
          {
            key: 'failed',
            label: translate('rules.failed'),
            render: ({ counts }) => (counts.failed === 0 ? <Dash /> : format.number(counts.failed)),
            end: true,
            narrowHide: true,
          },
          {
            key: 'last',
            label: translate('rules.last_matched'),
            render: ({ counts }) => <Time at={counts.last_matched_at} />,
            end: true,
            low: true,
            narrowHide: true,
          },
          {
            key: 'version',
            label: translate('rules.version'),
            render: ({ version }) => format.number(version),
            end: true,
            low: true,
            narrowHide: true,
          },
        ]}
        empty={{ title: translate('rules.empty'), text: translate('rules.empty_text'), acts: add }}
      />
    </Page>
  );
}
