import UploadFileOutlined from '@mui/icons-material/UploadFileOutlined';
import { Button } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Card, Facts, Note } from '../parts/page';
import { Words } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { Time } from '../parts/values';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { ImportCounts } from './import-counts';
import { HowRowsAreRead } from './import-facts';
import { ImportDock } from './import-steps';
import { canUndo, type ContactImport, peopleOf, useMayImport } from './imports';
import { RefusedCard } from './refused-card';

/** The end of an import: what it did, the rows that stayed out, and its undo. */
export function ImportResult({ one }: { one: ContactImport }) {
  const translate = useTranslate();
  const format = useFormat();
  const may = useMayImport();
  const act = useAct(['imports'], ['contacts']);
  const say = (key: string, args?: Record<string, unknown>): string => translate(`imports.${key}`, args);
  const { state, undo } = one;
  const people = peopleOf(one);
  const mayUndo = canUndo(one);
  return (
    <>
      {state === 'failed' && (
        <Note state="failed" title={say('failed_title')}>
          {faultWords(one, say)}
        </Note>
      )}
      <p className="import-say">
        {undo && state === 'undone'
          ? say('undone_say', { removed: format.number(undo.removed), restored: format.number(undo.restored) })
          : say(state === 'done' ? 'done_say' : 'stopped_say', { smart_count: people, figure: format.number(people) })}
      </p>
      {undo && undo.kept > 0 && (
        <Note state="uncertain" title={say('kept', { smart_count: undo.kept, figure: format.number(undo.kept) })}>
          {say('kept_text')}
        </Note>
      )}
      <ImportCounts one={one} />
      <Refused error={act.error} />
      <div className="two-one">
        <RefusedCard one={one} />
        <div className="stack">
          <Card title={say('facts')}>
            <Facts
              rows={[
                [say('by'), <Words key="by">{(one.run_actor ?? one.actor).name}</Words>],
                [say('started'), <Time key="started" at={one.run_at} />],
                [say('finished'), one.finished_at && <Time key="finished" at={one.finished_at} />],
                [say('consents'), one.consents > 0 && format.number(one.consents)],
                [say('undo_until'), mayUndo && <Time key="until" at={one.undo_until} />],
                [say('undone_by'), undo && <Words key="undone">{undo.actor.name}</Words>],
              ].map(([label, value]) => [label as string, value || null])}
            />
          </Card>
          <HowRowsAreRead one={one} />
        </div>
      </div>
      <ImportDock
        back={
          state !== 'undone' && (
            <ActButton
              variant="outlined"
              off={may === false ? say('may_not') : mayUndo ? undefined : say('too_old')}
              busy={act.isPending && say('undoing')}
              onClick={() => act.mutate(() => ok(api.POST('/v1/imports/{id}/undo', { params: { path: { id: one.id } } })))}
            >
              {say('undo')}
            </ActButton>
          )
        }
      >
        {one.refused > 0 && (
          <Button variant="outlined" component={Link} to="/contacts/imports/new" startIcon={<UploadFileOutlined />}>
            {say('load_fixed')}
          </Button>
        )}
        <Button variant="contained" component={Link} to="/contacts">
          {say('to_contacts')}
        </Button>
      </ImportDock>
    </>
  );
}

/** The fault of a file in words; one that has none is said as the API says it. */
export function faultWords({ error }: ContactImport, say: (key: string, args?: Record<string, unknown>) => string): string {
  if (!error) return '';
  const known = [
    'quote_not_closed',
    'row_too_long',
    'invalid_encoding',
    'invalid_csv',
    'invalid_xlsx',
    'xlsx_too_large',
    'too_many_columns',
    'too_many_rows',
    'import_forgotten',
  ];
  const words = known.includes(error.code) ? say(`file_fault.${error.code}`) : error.detail;
  return error.line === undefined ? words : `${words} ${say('near_line', { line: error.line })}`;
}
