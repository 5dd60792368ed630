import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEveryMs } from '../live/live-store';
import { isJobOpen, JobProgress } from '../parts/job-progress';
import { api, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';

/** Time for which the result of a job stays in sight, in ms. */
const shownMs = 120_000;

/** Jobs about messages or dead letters that run at the client, and those that ended just now. */
export function RunningJobs({ about }: { about: 'messages' | 'dead_letters' }) {
  const tenant = useTenant();
  const me = useMe();
  const queries = useQueryClient();
  const everyMs = useEveryMs(15_000);
  const { data = [] } = useQuery({
    queryKey: ['jobs', 'recent', tenant],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/jobs', { params: { query: { limit: 20 } }, signal }))).data,
    enabled: !!tenant && mayDo(me, 'messages:read', tenant),
    refetchInterval: ({ state }) => (state.data?.some(isJobOpen) ? 2_000 : everyMs),
  });
  if (!tenant) return null;
  const shown = data.filter(
    (job) => job.kind.startsWith(`${about}.`) && (isJobOpen(job) || (job.ended_at && Date.now() - Date.parse(job.ended_at) < shownMs)),
  );
  if (shown.length === 0) return null;
  return (
    <div className="jobs">
      {shown.map((job) => (
        <JobProgress
          key={`${job.id}.${String(isJobOpen(job))}`}
          tenant={tenant}
          job={job}
          {...(isJobOpen(job) && {
            onEnd: () => void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'jobs' }),
          })}
        />
      ))}
    </div>
  );
}
