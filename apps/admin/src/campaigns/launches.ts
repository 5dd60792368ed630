import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { useTenant } from '../providers/tenant';
import { campaignKey, type ExpectedLaunch, launchCampaign } from './api';
import { type LateAct, LateActs } from './late-act';

/** Launches that can still be taken back. */
const launches = new LateActs();

/** Launch of a campaign: it waits 10 s, so that it can be taken back. */
export function useLaunch(id: string): {
  launch: LateAct | undefined;
  begin: (expected: ExpectedLaunch, waitMs?: number) => void;
  undo: () => void;
  now: () => void;
} {
  const tenant = useTenant();
  const queries = useQueryClient();
  const launch = useSyncExternalStore(launches.subscribe, launches.get).find(({ key }) => key === id);
  const isWaiting = launch?.phase === 'waiting';
  useEffect(() => {
    if (!isWaiting) return;
    // A page that is closed launches nothing.
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [isWaiting]);
  return {
    launch,
    begin: (expected, waitMs) =>
      launches.begin(
        id,
        async () => {
          try {
            await launchCampaign(id, expected, tenant);
          } finally {
            await Promise.all([
              queries.invalidateQueries({ queryKey: campaignKey(tenant, id) }),
              queries.invalidateQueries({ queryKey: ['campaigns'] }),
            ]);
          }
        },
        waitMs,
      ),
    undo: () => void launches.undo(id),
    now: () => void launches.now(id),
  };
}
