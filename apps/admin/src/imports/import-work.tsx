import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { ProgressBar } from '../parts/progress-bar';
import { Refused } from '../parts/refused';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { ImportCounts } from './import-counts';
import { ImportDock } from './import-steps';
import { type ContactImport, timeLeftOf, useMayImport } from './imports';

/** An import on which the server works: how far it is, rows a second, time left, and the way to stop it. */
export function ImportWork({ one }: { one: ContactImport }) {
  const translate = useTranslate();
  const format = useFormat();
  const may = useMayImport();
  const act = useAct(['imports']);
  const say = (key: string, args?: Record<string, unknown>): string => translate(`imports.${key}`, args);
  const { state, rows_done: done, rows_total: total, started_at: startedAt } = one;
  const isUndo = state === 'undoing';
  const left = isUndo ? undefined : timeLeftOf(one);
  const seconds = startedAt ? (Date.now() - Date.parse(startedAt)) / 1_000 : 0;
  const perSecond = !isUndo && done > 0 && seconds >= 1 ? Math.round(done / seconds) : 0;
  const isReading = state === 'checking' && total === null;
  const isArriving = state === 'uploading' && one.source === 'api';
  const isKnown = total !== null && !isUndo && !isArriving;
  const facts = [
    isArriving && say('rows', { smart_count: total ?? 0, figure: format.number(total ?? 0) }),
    isKnown && say('of_rows', { done: format.number(done), total: format.number(total) }),
    perSecond > 0 && say('per_second', { figure: format.number(perSecond) }),
    left !== undefined && say('left', { time: format.duration(left) }),
  ].filter(Boolean);
  return (
    <>
      <p className="import-say">{say(isReading ? 'work.reading' : isArriving ? 'work.arriving' : `work.${state}`)}</p>
      <div className="job" role="status">
        <ProgressBar label={say('progress')} done={done} total={isKnown ? total : null} />
        <p className="small mute num">{facts.join(' · ') || say('begins')}</p>
      </div>
      {!isUndo && done > 0 && <ImportCounts one={one} />}
      <Refused error={act.error} />
      {(state === 'checking' || state === 'running') && (
        <ImportDock note={say(state === 'running' ? 'stop_text' : 'stop_check_text')}>
          <ActButton
            variant="outlined"
            off={may === false ? say('may_not') : undefined}
            busy={act.isPending && say('stopping')}
            onClick={() => act.mutate(() => ok(api.POST('/v1/imports/{id}/cancel', { params: { path: { id: one.id } } })))}
          >
            {say('stop')}
          </ActButton>
        </ImportDock>
      )}
    </>
  );
}
