import '@fontsource-variable/jetbrains-mono';
import PauseOutlined from '@mui/icons-material/PauseOutlined';
import PlayArrowOutlined from '@mui/icons-material/PlayArrowOutlined';
import { Tab, Tabs } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router-dom';
import { type EventRule, useEventTypes } from '../events/events';
import { useFormat } from '../i18n/format';
import { useEveryMs } from '../live/live-store';
import { ActButton } from '../parts/act-button';
import { DecisionDialog } from '../parts/decision-dialog';
import { MoreMenu } from '../parts/more-menu';
import { NeedsClient } from '../parts/needs-client';
import { type Edited, ifMatch, useEdited } from '../parts/opened';
import { Note, Page, PendingPage } from '../parts/page';
import { Refused } from '../parts/refused';
import { looks, StateChip } from '../parts/state-chip';
import { Id, Time } from '../parts/values';
import { type Tagged, tagged, useAct, useMay } from '../providers/acts';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { draftOf, type RuleDraft } from './rule-draft';
import { RuleEditor } from './rule-editor';
import { ruleLook } from './rule-list';
import { RuleVersions } from './rule-versions';
import '../parts/records.css';

/** One rule: editor with dry run, versions, on and off. */
export function RulePage() {
  const translate = useTranslate();
  const { id = '' } = useParams();
  return (
    <NeedsClient title={translate('rules.title')}>
      <Read key={id} id={id} />
    </NeedsClient>
  );
}

function Read({ id }: { id: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const queryKey = ['rules', tenant, id];
  const { data, error, refetch } = useQuery<Tagged<EventRule>, ApiError>({
    queryKey,
    queryFn: ({ signal }) => tagged(api.GET('/v1/event-rules/{id}', { params: { path: { id } }, signal })),
    refetchInterval: useEveryMs(15_000),
  });
  const edited = useEdited(data, queryKey, draftOf);
  if (edited) return <Loaded edited={edited} />;
  return (
    <PendingPage
      title={translate('rules.title')}
      crumbs={[{ to: '/rules', label: translate('rules.title') }]}
      error={error}
      retry={() => void refetch()}
    />
  );
}

function Loaded({ edited }: { edited: Edited<EventRule, RuleDraft> }) {
  const { value: rule, tag } = edited.newest;
  const translate = useTranslate();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const mayManage = useMay('events:manage');
  const act = useAct(['rules']);
  const [isRemoving, setRemoving] = useState(false);
  const { id, name, is_active, version } = rule;
  const tab = search.get('tab') === 'versions' ? 'versions' : 'rule';
  const off = mayManage === false ? translate('rules.may_not') : undefined;
  const newest = { params: { path: { id }, header: ifMatch(tag) } };
  const toggle = async (): Promise<void> =>
    edited.saved(await tagged(api.PATCH('/v1/event-rules/{id}', { ...newest, body: { is_active: !is_active } })));
  return (
    <Page
      title={name}
      crumbs={[{ to: '/rules', label: translate('rules.title') }]}
      beside={<StateChip kind="rule" state={ruleLook(rule)} big />}
      note={translate('versions.number', { version })}
      acts={
        <>
          <ActButton
            variant="outlined"
            startIcon={is_active ? <PauseOutlined /> : <PlayArrowOutlined />}
            off={off}
            reason="tip"
            busy={act.isPending}
            onClick={() => act.mutate(toggle)}
          >
            {translate(is_active ? 'rules.switch_off' : 'rules.switch_on')}
          </ActButton>
          <MoreMenu
            acts={[{ key: 'remove', label: translate('rules.remove_rule.open'), off, danger: true, onDo: () => setRemoving(true) }]}
          />
        </>
      }
    >
      {!isRemoving && <Refused error={act.error} />}
      <Trouble rule={rule} />
      <Tabs
        value={tab}
        onChange={(_event, to: string) => setSearch(to === 'rule' ? {} : { tab: to }, { replace: true })}
        aria-label={name}
        sx={{ marginBottom: 2 }}
      >
        <Tab value="rule" label={translate('rules.rule')} disableRipple />
        <Tab value="versions" label={translate('versions.title')} disableRipple />
      </Tabs>
      {tab === 'versions' ? (
        <RuleVersions rule={rule} />
      ) : (
        <RuleEditor
          draft={edited.draft}
          onChange={edited.change}
          edited={edited}
          button={translate('rules.save')}
          onSave={async (body) => {
            const of = { params: { path: { id }, header: edited.header } };
            edited.saved(await tagged(api.PATCH('/v1/event-rules/{id}', { ...of, body })), edited.draft);
          }}
        />
      )}
      <p className="small mute row" style={{ marginTop: 16 }}>
        {translate('rules.made')} <Time at={rule.created_at} /> {translate('rules.last_change')} <Time at={rule.changed_at} />{' '}
        {rule.actor.name} <Id value={id} short />
      </p>
      {isRemoving && (
        <DecisionDialog
          title={translate('rules.remove_rule.title', { name })}
          button={translate('rules.remove_rule.act')}
          back={translate('rules.remove_rule.keep')}
          isDanger
          act={act}
          onClose={() => setRemoving(false)}
          onDo={() => act.mutate(() => ok(api.DELETE('/v1/event-rules/{id}', newest)), { onSuccess: () => void navigate('/rules') })}
        >
          <p className="text">{translate('rules.remove_rule.text')}</p>
        </DecisionDialog>
      )}
    </Page>
  );
}

/** Says why a rule does nothing, and what to do. */
function Trouble({ rule }: { rule: EventRule }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data: types } = useEventTypes();
  const { event, is_active, counts, version } = rule;
  if (types && !types.some(({ name }) => name === event))
    return (
      <Note
        state="uncertain"
        icon={looks.rule.never[1]}
        title={translate('rules.trouble.unknown_event', { event })}
        acts={
          <Link className="linked" to={`/event-types?edit=${encodeURIComponent(event)}`}>
            {translate('events.add_type')}
          </Link>
        }
      >
        {translate('rules.trouble.unknown_event_text')} <span className="mono mute">unknown_event</span>
      </Note>
    );
  if (!is_active)
    return (
      <Note state="queued" icon={looks.rule.off[1]} title={translate('rules.trouble.off')}>
        {translate('rules.trouble.off_text')}
      </Note>
    );
  if (counts.failed > 0)
    return (
      <Note
        state="failed"
        icon={looks.rule.failing[1]}
        title={translate('rules.trouble.fails', { figure: format.number(counts.failed), version })}
        acts={
          <Link className="linked" to={`/events?filter=${encodeURIComponent(JSON.stringify({ name: event, state: 'failed' }))}`}>
            {translate('rules.trouble.see_failed')}
          </Link>
        }
      >
        {translate('rules.trouble.fails_text')} <span className="mono mute">rule_failed</span>
      </Note>
    );
  if (counts.matched > 0) return null;
  if (counts.not_matched > 0)
    return (
      <Note
        state="uncertain"
        icon={looks.rule.never[1]}
        title={translate('rules.trouble.never', { figure: format.number(counts.not_matched), version })}
      >
        {translate('rules.trouble.never_text')}
      </Note>
    );
  return (
    <Note state="queued" icon={looks.rule.never[1]} title={translate('rules.trouble.no_event', { event, version })}>
      {translate('rules.trouble.no_event_text')}
    </Note>
  );
}
