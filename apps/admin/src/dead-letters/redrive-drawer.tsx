import HelpOutlined from '@mui/icons-material/HelpOutlined';
import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import TimerOffOutlined from '@mui/icons-material/TimerOffOutlined';
import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { Button, Checkbox } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ComponentType, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDrawer } from '../parts/decision-drawer';
import { Facts, Failed, Note, Skeleton } from '../parts/page';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useNumberNames } from '../providers/number-names';
import { useReasons } from '../providers/reasons';
import { useTenant } from '../providers/tenant';
import { Fault } from '../sign-in/fault';
import type { StateName } from '../theme/tokens';
import { type LetterFilter, useCauses } from './letters';

/** Letters that one redrive takes at most, as the API says. */
const mostAtOnce = 10_000;

async function count(filter: LetterFilter, mayDuplicate: boolean, signal: AbortSignal): Promise<number> {
  const { matching } = await ok(
    api.POST('/v1/dead-letters/redrive', { body: { filter, may_duplicate: mayDuplicate, dry_run: true }, signal }),
  );
  return matching ?? 0;
}

/** Redrive of all open letters that a filter matches: what would happen is counted by the server before anything does. */
export function RedriveDrawer({ filter, onClose, onDone }: { filter: LetterFilter; onClose: () => void; onDone: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const queries = useQueryClient();
  const [accepts, setAccepts] = useState(false);
  const say = (key: string, options?: Record<string, unknown>): string => translate(`dead_letters.redrive_many.${key}`, options);
  const counts = useQuery({
    queryKey: ['dead_letters', 'dry-run', tenant, filter],
    queryFn: async ({ signal }) => {
      const [safe, all] = await Promise.all([count(filter, false, signal), count(filter, true, signal)]);
      return { safe, doubtful: Math.max(0, all - safe), at: new Date() };
    },
    staleTime: 0,
    gcTime: 0,
  });
  const redrive = useMutation<components['schemas']['RedriveResult'], ApiError>({
    mutationFn: () => ok(api.POST('/v1/dead-letters/redrive', { body: { filter, may_duplicate: accepts, dry_run: false } })),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ['dead_letters'], predicate: ({ queryKey }) => queryKey[1] !== 'dry-run' });
      onDone();
    },
  });

  if (redrive.data)
    return (
      <DecisionDrawer
        title={say('title')}
        onClose={onClose}
        foot={
          <Button variant="contained" onClick={onClose}>
            {translate('dead_letters.close')}
          </Button>
        }
      >
        <Note
          state="sent"
          icon={ReplayOutlined}
          title={say('done', { smart_count: redrive.data.redriven, figure: format.number(redrive.data.redriven) })}
        >
          {say('done_text')}
        </Note>
      </DecisionDrawer>
    );

  const { safe = 0, doubtful = 0, at } = counts.data ?? {};
  const willing = safe + (accepts ? doubtful : 0);
  const go = Math.min(willing, mostAtOnce);
  return (
    <DecisionDrawer
      title={say('title')}
      onClose={onClose}
      foot={
        <>
          <Button variant="outlined" onClick={onClose}>
            {translate('dead_letters.cancel')}
          </Button>
          {go > 0 && (
            <ActButton variant="contained" busy={redrive.isPending && say('busy')} onClick={() => redrive.mutate()}>
              {say('act', { smart_count: go, figure: format.number(go) })}
            </ActButton>
          )}
        </>
      }
    >
      <Which filter={filter} />
      <div>
        <h3>{say('will')}</h3>
        {counts.error && <Failed error={counts.error} retry={() => void counts.refetch()} />}
        {counts.isPending && <Skeleton rows={2} />}
        {at && (
          <>
            <div className="outcome" role="status">
              <Outcome state="sent" icon={ReplayOutlined} figure={go} words={say('go')} />
              {doubtful > 0 && !accepts && <Outcome state="uncertain" icon={HelpOutlined} figure={doubtful} words={say('left_out')} />}
              {willing > go && <Outcome state="queued" icon={TimerOffOutlined} figure={willing - go} words={say('left_out_rest')} />}
            </div>
            <p className="small mute" style={{ margin: '6px 0 0' }}>
              {say('counted', { at: format.when(at) })} {go === 0 && say('none')}
            </p>
          </>
        )}
      </div>
      <NoHelp filter={filter} />
      {doubtful > 0 && (
        <>
          <Note
            state="uncertain"
            icon={WarningAmberOutlined}
            title={translate('dead_letters.duplicate.title_many', { smart_count: doubtful, figure: format.number(doubtful) })}
          >
            {translate('dead_letters.duplicate.text')}
          </Note>
          <label className="tick">
            <Checkbox checked={accepts} onChange={(event) => setAccepts(event.target.checked)} />
            <span>
              {translate('dead_letters.duplicate.accept_many')} <span className="mono mute">may_duplicate</span>
            </span>
          </label>
        </>
      )}
      {redrive.error && <Fault error={redrive.error} />}
    </DecisionDrawer>
  );
}

function Outcome({ state, icon: Icon, figure, words }: { state: StateName; icon: ComponentType; figure: number; words: string }) {
  const format = useFormat();
  return (
    <div data-state={state}>
      <Icon />
      <b>{format.number(figure)}</b>
      <span>{words}</span>
    </div>
  );
}

/** The filter in words. */
function Which({ filter: { kind, cause, session_id } }: { filter: LetterFilter }) {
  const translate = useTranslate();
  const reasons = useReasons();
  const number = useNumberNames().get(session_id ?? '');
  return (
    <Facts
      rows={[
        [
          translate('dead_letters.cause'),
          cause && (
            <>
              {reasons.get(cause)?.text.replace(/\.$/, '')} <span className="mono mute">{cause}</span>
            </>
          ),
        ],
        [translate('dead_letters.kind'), kind && translate(`dead_letters.kinds.${kind}`)],
        [translate('dead_letters.number'), session_id && (number?.name ?? session_id)],
        [translate('dead_letters.redrive_many.which'), !kind && !cause && !session_id && translate('dead_letters.redrive_many.all')],
      ].map(([label, value]) => [label as string, value || null])}
    />
  );
}

/** Says how many of them fail again. Counts by cause know kind and cause alone, so a filter by number gets no figure. */
function NoHelp({ filter: { kind, cause, session_id, group_id } }: { filter: LetterFilter }) {
  const translate = useTranslate();
  const format = useFormat();
  const reasons = useReasons();
  const { data: causes = [] } = useCauses();
  const helpless = causes.filter(
    (one) => (!kind || one.kind === kind) && (!cause || one.cause === cause) && reasons.get(one.cause)?.redrive_helps === false,
  );
  const total = helpless.reduce((sum, one) => sum + one.count, 0);
  if (total === 0 || session_id || group_id) return null;
  return (
    <Note state="queued" title={translate('dead_letters.redrive_many.no_help', { smart_count: total, figure: format.number(total) })}>
      {translate('dead_letters.redrive_many.no_help_text', { causes: helpless.map((one) => one.cause).join(', ') })}
    </Note>
  );
}
