import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEveryMs } from '../live/live-store';
import { ClientName } from '../parts/client-link';
import { isJobOpen, type Job, JobProgress } from '../parts/job-progress';
import { api, ok } from '../providers/client';
import { mayDo, mayDoAnywhere, useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';

/** Time for which the result of a job stays in sight, in ms. */
const shownMs = 120_000;

/** Jobs about messages or dead letters that run at the client, or at any, and those of the client that ended just now. */
export function RunningJobs({ about }: { about: 'messages' | 'dead_letters' }) {
  const tenant = useTenant();
  const me = useMe();
  const queries = useQueryClient();
  const everyMs = useEveryMs(15_000);
  const { data = [] } = useQuery({
    queryKey: ['jobs', 'recent', tenant],
    queryFn: async ({ signal }): Promise<(Job & { tenant_id?: string })[]> =>
      tenant
        ? (await ok(api.GET('/v1/jobs', { params: { query: { limit: 20 } }, signal }))).data
        : (await ok(api.GET('/admin/v1/jobs', { signal }))).data,
    enabled: tenant ? mayDo(me, 'messages:read', tenant) : mayDoAnywhere(me, 'messages:read'),
    refetchInterval: ({ state }) => (state.data?.some(isJobOpen) ? 2_000 : everyMs),
  });
  const shown = data.filter(
    (job) => job.kind.startsWith(`${about}.`) && (isJobOpen(job) || (job.ended_at && Date.now() - Date.parse(job.ended_at) < shownMs)),
  );
  if (shown.length === 0) return null;
  return (
    <div className="jobs">
      {shown.map((job) => (
        <div key={`${job.id}.${String(isJobOpen(job))}`}>
          {job.tenant_id && <ClientName id={job.tenant_id} />}
          <JobProgress
            tenant={job.tenant_id ?? tenant ?? ''}
            job={job}
            {...(isJobOpen(job) && {
              onEnd: () => void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'jobs' }),
            })}
          />
        </div>
      ))}
    </div>
  );
}
