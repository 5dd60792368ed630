import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { DrawerForm } from '../parts/drawer-form';
import type { Job } from '../parts/job-progress';
import { Refused } from '../parts/refused';
import { allStarted, type Started } from '../parts/started-jobs';
import { api, type ApiError, ok } from '../providers/client';
import { expectedOf, type Target } from './letters';
import { ReasonField } from './reason-field';
import { type ClientJob, JobsDrawer, Which } from './redrive-drawer';

/** Discard of all that the targets match, with a reason that stays with each letter. */
export function DiscardDrawer({ targets, onClose, onDone }: { targets: Target[]; onClose: () => void; onDone: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const [isMissing, setMissing] = useState(false);
  const say = (key: string, options?: Record<string, unknown>): string => translate(`dead_letters.discard_many.${key}`, options);
  const count = expectedOf(targets);
  const start = useMutation<Started<ClientJob>, ApiError>({
    mutationFn: () =>
      allStarted(
        targets.map(async ({ tenant, filter, expect }) => ({
          tenant,
          job: (await ok(
            api.POST('/v1/dead-letters/bulk-discard', {
              headers: { 'heliograph-tenant': tenant },
              body: { filter, expect, reason: reason.trim(), dry_run: false },
            }),
          )) as Job,
        })),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  if (start.data)
    return (
      <JobsDrawer title={say('title')} targets={targets} started={start.data} text={say('started')} onClose={onClose} onDone={onDone} />
    );
  const submit = (): void => {
    if (!reason.trim()) setMissing(true);
    else start.mutate();
  };
  return (
    <DrawerForm
      title={say('title')}
      button={say('act', { smart_count: count, figure: format.number(count) })}
      back={translate('dead_letters.cancel')}
      busy={start.isPending && say('busy')}
      isDanger
      beside={<span className="small mute grow">{translate('dead_letters.redrive_many.as_job')}</span>}
      onDo={submit}
      onClose={onClose}
    >
      <Which targets={targets} />
      <div>
        <h3>{translate('dead_letters.redrive_many.will')}</h3>
        <p className="text">{say('text')}</p>
      </div>
      <ReasonField
        value={reason}
        isMissing={isMissing}
        onChange={(given) => {
          setReason(given);
          setMissing(false);
        }}
      />
      {start.error && <Refused error={start.error} />}
    </DrawerForm>
  );
}
