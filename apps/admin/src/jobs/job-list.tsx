import { useTranslate } from 'react-admin';
import { useLocation, useNavigate } from 'react-router-dom';
import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useFormat } from '../i18n/format';
import { DecisionDrawer } from '../parts/decision-drawer';
import { type Job, JobCounts, JobProgress, jobWords, passedOf } from '../parts/job-progress';
import { ListPage } from '../parts/list';
import { lookSearch } from '../parts/look-search';
import { Facts, Failed, Skeleton } from '../parts/page';
import { looks, StateChip } from '../parts/state-chip';
import { Dash, Id, Time } from '../parts/values';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import '../parts/records.css';

/** Jobs of bulk verbs at a client, newest first: what each did to how many, who asked for it, and how it ended. */
export function JobList() {
  const translate = useTranslate();
  const format = useFormat();
  const { search } = useLocation();
  return (
    <ListPage<Job>
      resource="jobs"
      title={translate('menu.jobs')}
      filters={[
        {
          source: 'state',
          label: translate('jobs.state'),
          choices: Object.keys(looks.job).map((value) => ({ value, label: translate(`state.job.${value}`) })),
        },
      ]}
      linkOf={({ id }) => `?${lookSearch(search, id)}`}
      columns={[
        { key: 'what', label: translate('jobs.job'), render: (job) => jobWords(translate, format, job) },
        { key: 'state', label: translate('jobs.state'), render: ({ state }) => <StateChip kind="job" state={state} /> },
        {
          key: 'progress',
          label: translate('jobs.progress'),
          render: (job) => <Passed job={job} />,
          narrowHide: true,
        },
        { key: 'result', label: translate('jobs.result'), render: (job) => <JobCounts job={job} />, low: true, narrowHide: true },
        { key: 'who', label: translate('jobs.who'), render: ({ actor }) => actor.name, low: true, narrowHide: true },
        { key: 'asked', label: translate('jobs.asked'), render: ({ created_at }) => <Time at={created_at} />, end: true },
      ]}
      empty={{ title: translate('jobs.empty'), text: translate('jobs.empty_text') }}
    >
      <Look />
    </ListPage>
  );
}

/** Share that a job has gone through, as a bar and in figures. */
function Passed({ job }: { job: Job }) {
  const translate = useTranslate();
  const format = useFormat();
  const passed = passedOf(job);
  return (
    <span className="row num nowrap" style={{ flexWrap: 'nowrap' }}>
      <span className="job-bar small-bar" aria-hidden="true">
        <i style={{ width: `${job.total === 0 ? 0 : Math.min(100, (passed / job.total) * 100)}%` }} />
      </span>
      {translate('jobs.of', { done: format.number(passed), total: format.number(job.total) })}
    </span>
  );
}

/** The job that the address names. */
function Look() {
  const translate = useTranslate();
  const tenant = useTenant();
  const { search } = useLocation();
  const navigate = useNavigate();
  const id = new URLSearchParams(search).get('look');
  const { data, error, refetch } = useQuery({
    queryKey: ['jobs', 'look', tenant, id],
    queryFn: async ({ signal }) => ok(api.GET('/v1/jobs/{id}', { params: { path: { id: id ?? '' } }, signal })),
    enabled: !!id && !!tenant,
  });
  if (!id || !tenant) return null;
  const close = (): void => void navigate({ search: lookSearch(search, null) });
  return (
    <DecisionDrawer
      title={translate('jobs.job')}
      onClose={close}
      foot={
        <Button variant="contained" onClick={close}>
          {translate('dead_letters.close')}
        </Button>
      }
    >
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton />}
      {data && (
        <>
          <JobProgress tenant={tenant} job={data} />
          <Facts
            rows={[
              ...Object.entries({ ...data.filter, ...data.options })
                .filter(([, value]) => value !== null && value !== false && value !== '')
                .map(([name, value]): [string, React.ReactNode] => [name.replaceAll('_', ' '), factOf(value)]),
              [translate('jobs.pace'), data.per_minute],
              [translate('jobs.started'), data.started_at && <Time at={data.started_at} />],
              [translate('jobs.ended'), data.ended_at ? <Time at={data.ended_at} /> : <Dash />],
              [translate('jobs.failed_ids'), data.failed_ids.join(', ')],
              [translate('jobs.id'), <Id key="id" value={data.id} />],
            ]}
          />
        </>
      )}
    </DecisionDrawer>
  );
}

function factOf(value: unknown): React.ReactNode {
  if (Array.isArray(value) && value.length > 3) return value.length;
  return (
    <span className="mono">{typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : JSON.stringify(value)}</span>
  );
}
