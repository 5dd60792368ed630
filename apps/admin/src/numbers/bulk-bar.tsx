import { Button } from '@mui/material';
import { useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDialog } from '../parts/decision-dialog';
import { Refused } from '../parts/refused';
import { useWhole } from '../parts/selection-bar';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import type { components } from '../providers/api-types';
import type { ListedNumber } from './number-state';

type ByFilter = components['schemas']['SessionsByFilter'];
type Filter = ByFilter['filter'];

const pauseOrResume = (paused: boolean, body: ByFilter) => ok(api.POST(paused ? '/v1/sessions/pause' : '/v1/sessions/resume', { body }));

/** Pauses and resumes the selected rows of the page, or all numbers that match the filters. */
export function BulkBar() {
  const translate = useTranslate();
  const format = useFormat();
  const { data, selectedIds, onUnselectItems, filterValues, hasNextPage, hasPreviousPage } = useListContext<ListedNumber>();
  const [isWhole, setWhole] = useWhole();
  /** Numbers that match the filters, as they were counted when all of them were chosen. */
  const [matched, setMatched] = useState(0);
  const [decision, setDecision] = useState<{ paused: boolean; filter: Filter; count: number } | null>(null);
  const counting = useAct();
  const act = useAct(['numbers'], ['number']);
  if (selectedIds.length === 0) return null;
  // Every filter of the list: one that the api does not know is refused, and never widens what is acted on.
  const { sending, due, ...named } = filterValues as Record<string, string>;
  const matching: Filter = { ...named, ...(sending && { sending: true }), ...(due && { due: true }) };
  const chosen = isWhole ? { filter: matching, count: matched } : { filter: { ids: selectedIds.map(String) }, count: selectedIds.length };
  const hasMore = hasNextPage || hasPreviousPage;
  const isPageFull = !!data && data.every(({ id }) => selectedIds.includes(id));
  return (
    <div className="note bulk" role="region" aria-label={translate('numbers.selection')}>
      <div>
        <b className="num">{translate('numbers.selected', { smart_count: chosen.count, count: format.number(chosen.count) })}</b>{' '}
        {!isWhole && hasMore && isPageFull && (
          <ActButton
            variant="text"
            busy={counting.isPending}
            onClick={() =>
              counting.mutate(async () => {
                const counted = await pauseOrResume(true, { filter: matching, dry_run: true });
                setMatched(counted.matched);
                setWhole(true);
              })
            }
          >
            {translate('numbers.select_all_matching')}
          </ActButton>
        )}
        <Button variant="text" onClick={() => onUnselectItems()}>
          {translate('numbers.clear_selection')}
        </Button>
        <Refused error={counting.error} title={translate('numbers.not_counted')} />
      </div>
      <div className="acts">
        {[true, false].map((paused) => (
          <ActButton key={String(paused)} variant="outlined" onClick={() => setDecision({ paused, ...chosen })}>
            {translate(paused ? 'numbers.pause_many' : 'numbers.resume_many', {
              smart_count: chosen.count,
              count: format.number(chosen.count),
            })}
          </ActButton>
        ))}
      </div>
      {decision && (
        <DecisionDialog
          title={translate(decision.paused ? 'numbers.pause_many_title' : 'numbers.resume_many_title', {
            smart_count: decision.count,
            count: format.number(decision.count),
          })}
          button={translate(decision.paused ? 'numbers.pause_many' : 'numbers.resume_many', {
            smart_count: decision.count,
            count: format.number(decision.count),
          })}
          back={translate('numbers.keep')}
          act={act}
          onClose={() => setDecision(null)}
          onDo={() =>
            act.mutate(() => pauseOrResume(decision.paused, { filter: decision.filter, expect: decision.count, dry_run: false }), {
              onSuccess: () => {
                setDecision(null);
                onUnselectItems();
              },
            })
          }
        >
          <span className="soft">{translate(decision.paused ? 'numbers.pause_many_text' : 'numbers.resume_many_text')}</span>
        </DecisionDialog>
      )}
    </div>
  );
}
