import { Button, TextField } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDrawer } from '../parts/decision-drawer';
import { type Job, JobProgress } from '../parts/job-progress';
import { Refused } from '../parts/refused';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';

/** Messages to cancel, and the count that the person saw. */
export interface CancelTarget {
  filter: components['schemas']['BulkCancelMessages']['filter'];
  expect: number;
}

/** Cancellation of many messages that wait: what will happen, then the job with its progress. */
export function CancelMany({ tenant, target, onClose }: { tenant: string; target: CancelTarget; onClose: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const queries = useQueryClient();
  const [note, setNote] = useState('');
  const say = (key: string, options?: Record<string, unknown>): string => translate(`messages.cancel_many.${key}`, options);
  const [expect, setExpect] = useState(target.expect);
  const count = { smart_count: expect, figure: format.number(expect) };
  const start = useMutation<Job, ApiError>({
    mutationFn: async () =>
      (await ok(
        api.POST('/v1/messages/bulk-cancel', {
          body: { filter: target.filter, expect, dry_run: false, ...(note.trim() && { note: note.trim() }) },
        }),
      )) as Job,
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  const countAgain = useMutation<number, ApiError>({
    mutationFn: async () => {
      const counted = await ok(api.POST('/v1/messages/bulk-cancel', { body: { filter: target.filter, dry_run: true } }));
      return (counted as components['schemas']['BulkMatching']).matching;
    },
    onSuccess: (matching) => {
      setExpect(matching);
      start.reset();
    },
  });
  const hasChanged = start.error?.code === 'count_changed';
  const job = start.data;
  return (
    <DecisionDrawer
      title={say('title')}
      onClose={onClose}
      foot={
        job ? (
          <Button variant="contained" onClick={onClose}>
            {translate('dead_letters.close')}
          </Button>
        ) : (
          <>
            <span className="small mute grow">{translate('dead_letters.redrive_many.as_job')}</span>
            <Button variant="outlined" onClick={onClose}>
              {say('keep')}
            </Button>
            <ActButton
              variant="contained"
              color="error"
              busy={(start.isPending && say('busy')) || countAgain.isPending}
              onClick={() => (hasChanged ? countAgain.mutate() : start.mutate())}
            >
              {hasChanged ? translate('endpoints.replay.count_again') : say('act', count)}
            </ActButton>
          </>
        )
      }
    >
      {job ? (
        <JobProgress tenant={tenant} job={job} onEnd={() => void queries.invalidateQueries({ queryKey: ['messages'] })} />
      ) : (
        <>
          <p className="text">{say('text', count)}</p>
          <TextField
            label={translate('dead_letters.redrive_many.note')}
            placeholder={translate('dead_letters.redrive_many.note_hint')}
            value={note}
            onChange={(event) => setNote(event.target.value)}
            multiline
            minRows={2}
            slotProps={{ htmlInput: { maxLength: 500, style: { padding: '6px 10px' } } }}
          />
          <Refused error={countAgain.error ?? start.error} />
        </>
      )}
    </DecisionDrawer>
  );
}
