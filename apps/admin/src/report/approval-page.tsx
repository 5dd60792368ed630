import CheckOutlined from '@mui/icons-material/CheckOutlined';
import EditOutlined from '@mui/icons-material/EditOutlined';
import UpdateOutlined from '@mui/icons-material/UpdateOutlined';
import { TextField } from '@mui/material';
import { useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useLocation } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Note, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { usePageBrand } from '../providers/brand';
import type { ApiError } from '../providers/client';
import { PhonePreview } from '../templates/phone-preview';
import { type Decision, type SharedApproval, useDecision, useSharedApproval } from './shared-approval';
import { LinkOver, Sheet } from './sheet';

type Plan = NonNullable<SharedApproval['plan']>;

/** Plan of one campaign for its client, who approves it or asks for changes. The token stands behind `#`. */
export function ApprovalPage() {
  const translate = useTranslate();
  const token = useLocation().hash.slice(1);
  const { data, error } = useSharedApproval(token);
  usePageBrand(data?.brand);
  const title = data?.name ?? translate('approval.title');
  return (
    <Sheet title={title}>
      {error && !(data && error.status === 0) ? (
        <LinkOver title={title} error={error} />
      ) : data ? (
        <Shared token={token} shared={data} />
      ) : (
        <>
          <h1>{title}</h1>
          <Skeleton rows={8} />
        </>
      )}
    </Sheet>
  );
}

function Shared({ token, shared }: { token: string; shared: SharedApproval }) {
  const translate = useTranslate();
  const format = useFormat();
  const decide = useDecision(token);
  const { state, decision, plan, samples } = shared;
  return (
    <>
      <p className="soft">{shared.client}</p>
      <h1>{shared.name}</h1>
      {state === 'open' && <p className="soft">{translate('approval.asked')}</p>}
      {decision && <Decided decision={decision} />}
      {(state === 'changed' || state === 'over') && (
        <Note state="uncertain" icon={UpdateOutlined} title={translate(`approval.${state}`)}>
          {translate(`approval.${state}_text`)}
        </Note>
      )}
      {plan && <PlanOf plan={plan} timeZone={shared.time_zone} />}
      {shared.retry && (
        <p className="soft">
          {translate('approval.retry', { smart_count: shared.retry.times, gap: format.duration(shared.retry.gap_min * 60_000) })}
        </p>
      )}
      {samples.length > 0 && (
        <section>
          <h2>{translate('approval.message')}</h2>
          <p className="soft small">{translate('approval.samples')}</p>
          <div className="samples">{samples.map(({ body }, at) => body && <PhonePreview key={at} body={body} file={imageOf(body)} />)}</div>
        </section>
      )}
      {state === 'open' && <DecisionForm error={decide.error} isPending={decide.isPending} onDecide={decide.mutate} />}
      {state !== 'open' && decide.error && <Refused error={decide.error} />}
      <footer className="soft small">
        {plan && <p>{translate('approval.made', { time: format.full(new Date(plan.made_at)) })}</p>}
        <p>{translate('report.valid_until', { time: format.full(new Date(shared.link_expires_at)) })}</p>
      </footer>
    </>
  );
}

/** Returns the image of a message if it is a file of ours. */
function imageOf({ type, url }: Record<string, unknown>) {
  const isOurs = type === 'image' && typeof url === 'string' && URL.canParse(url) && new URL(url).pathname.startsWith('/media/');
  return isOurs ? { kind: 'image' as const, url, name: '' } : undefined;
}

function Decided({ decision: { verdict, name, note, at } }: { decision: NonNullable<SharedApproval['decision']> }) {
  const translate = useTranslate();
  const format = useFormat();
  return (
    <Note
      state={verdict === 'approved' ? 'read' : 'uncertain'}
      icon={verdict === 'approved' ? CheckOutlined : EditOutlined}
      title={translate(`approval.verdict.${verdict}`, { name, time: format.full(new Date(at)) })}
    >
      {note && <span dir="auto">{note}</span>}
    </Note>
  );
}

/** People, times and numbers of the plan. */
function PlanOf({ plan, timeZone }: { plan: Plan; timeZone: string }) {
  const translate = useTranslate();
  const format = useFormat();
  const time = (at: string | null): string => (at ? format.full(new Date(at)) : '–');
  const skips = Object.entries(plan.skips).filter(([, people]) => people > 0);
  const rows: [string, string][] = [
    [translate('approval.first'), time(plan.first_send_at)],
    [translate('approval.last'), time(plan.last_send_at)],
    ...(plan.missed > 0 ? ([[translate('approval.missed'), format.number(plan.missed)]] as [string, string][]) : []),
    ...(plan.unsent > 0 ? ([[translate('approval.unsent'), format.number(plan.unsent)]] as [string, string][]) : []),
  ];
  return (
    <>
      <section>
        <h2>{translate('approval.people', { figure: format.number(plan.people), smart_count: plan.people })}</h2>
        <table>
          <tbody>
            {rows.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="num">{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {skips.length > 0 && (
        <Figures
          title={translate('approval.left_out')}
          head={translate('report.reason_head')}
          rows={skips.map(([reason, people]) => [translate(`report.reason.${reason}`, { _: reason.replaceAll('_', ' ') }), people])}
        />
      )}
      {plan.days.length > 1 && (
        <Figures
          title={translate('approval.days', { zone: timeZone })}
          head={translate('approval.day')}
          rows={plan.days.map(({ date, messages }) => [format.weekday(new Date(`${date}T12:00`)), messages])}
        />
      )}
      <Figures
        title={translate('approval.numbers')}
        head={translate('approval.number')}
        rows={plan.numbers.map(({ name, messages }) => [name, messages])}
      />
    </>
  );
}

function Figures({ title, head, rows }: { title: string; head: string; rows: [name: string, people: number][] }) {
  const translate = useTranslate();
  const format = useFormat();
  return (
    <section>
      <h2>{title}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <th scope="col" className="num">
              {translate('report.people')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, people]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="num">{format.number(people)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function DecisionForm({
  error,
  isPending,
  onDecide,
}: {
  error: ApiError | null;
  isPending: boolean;
  onDecide: (decision: Decision) => void;
}) {
  const translate = useTranslate();
  const id = useId();
  const [name, setName] = useState('');
  const [note, setNote] = useState('');
  const [isBlank, setBlank] = useState(false);
  const decide = (verdict: Decision['verdict']): void => {
    setBlank(name.trim() === '');
    if (name.trim() !== '') onDecide({ verdict, name: name.trim(), note: note.trim() });
  };
  return (
    <section aria-labelledby={id} className="print-none">
      <h2 id={id}>{translate('approval.decide')}</h2>
      <div className="form">
        <Refused error={error} />
        <TextField
          required
          label={translate('approval.name')}
          value={name}
          error={isBlank && name.trim() === ''}
          helperText={isBlank && name.trim() === '' ? translate('approval.name_first') : translate('approval.name_help')}
          onChange={({ target }) => setName(target.value)}
          autoComplete="name"
          slotProps={{ htmlInput: { maxLength: 100, dir: 'auto' }, inputLabel: { required: false } }}
        />
        <TextField
          multiline
          minRows={2}
          label={translate('approval.note')}
          value={note}
          onChange={({ target }) => setNote(target.value)}
          slotProps={{ htmlInput: { maxLength: 1_000, dir: 'auto' } }}
        />
        <div className="acts">
          <ActButton variant="contained" busy={isPending} onClick={() => decide('approved')}>
            {translate('approval.approve')}
          </ActButton>
          <ActButton variant="outlined" busy={isPending} onClick={() => decide('changes_asked')}>
            {translate('approval.ask')}
          </ActButton>
        </div>
        <p className="soft small">{translate('approval.once')}</p>
      </div>
    </section>
  );
}
