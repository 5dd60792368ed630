import { useTranslate } from 'react-admin';
import { ActButton } from '../parts/act-button';
import { Note } from '../parts/page';
import { Refused } from '../parts/refused';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { HowRowsAreRead } from './import-facts';
import { faultWords } from './import-result';
import { ImportDock } from './import-steps';
import { type ContactImport, useMayImport } from './imports';

/** An import by API whose chunks ended without its run: what its rows mean was said by the application. */
export function ImportReady({ one }: { one: ContactImport }) {
  const translate = useTranslate();
  const may = useMayImport();
  const act = useAct(['imports']);
  const say = (key: string, args?: Record<string, unknown>): string => translate(`imports.${key}`, args);
  const isFailed = one.state === 'failed';
  return (
    <>
      {isFailed && (
        <Note state="failed" title={say('failed_title')}>
          {faultWords(one, say)}
        </Note>
      )}
      <p className="import-say">{say('by_api_ready')}</p>
      <Refused error={act.error} />
      <HowRowsAreRead one={one} />
      <ImportDock note={say('check_text')}>
        <ActButton
          variant="contained"
          off={may === false ? say('may_not') : isFailed ? say('failed_title') : undefined}
          busy={act.isPending && say('starting')}
          onClick={() => act.mutate(() => ok(api.POST('/v1/imports/{id}/check', { params: { path: { id: one.id } } })))}
        >
          {say('check')}
        </ActButton>
      </ImportDock>
    </>
  );
}
