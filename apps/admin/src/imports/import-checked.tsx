import AddOutlined from '@mui/icons-material/AddOutlined';
import BlockOutlined from '@mui/icons-material/BlockOutlined';
import RemoveCircleOutlineOutlined from '@mui/icons-material/RemoveCircleOutlineOutlined';
import SyncOutlined from '@mui/icons-material/SyncOutlined';
import { Button } from '@mui/material';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Card } from '../parts/page';
import { PersonName } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { Rich } from '../parts/rich';
import { Phone } from '../parts/values';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { ImportCounts } from './import-counts';
import { HowRowsAreRead } from './import-facts';
import { ImportDock } from './import-steps';
import { type ContactImport, peopleOf, useMayImport } from './imports';
import { RefusedCard } from './refused-card';

/** The third step: what the import would do. Nothing is written yet. @param onBack null: there are no columns to go back to */
export function ImportChecked({ one, onBack }: { one: ContactImport; onBack: (() => void) | null }) {
  const translate = useTranslate();
  const format = useFormat();
  const may = useMayImport();
  const act = useAct(['imports']);
  const say = (key: string, args?: Record<string, unknown>): string => translate(`imports.${key}`, args);
  const people = peopleOf(one);
  const taken = people + one.unchanged;
  return (
    <>
      <p className="import-say">
        <Rich>
          {say('checked_say', {
            people: format.number(people),
            smart_count: people,
          })}
        </Rich>{' '}
        {one.refused > 0 && <Rich>{say('checked_refused', { figure: format.number(one.refused), smart_count: one.refused })}</Rich>}
      </p>
      <ImportCounts one={one} />
      {one.numbers && (
        <p className="text">
          {say('numbers', {
            known: format.number(one.numbers.known),
            missing: format.number(one.numbers.missing),
            unknown: format.number(one.numbers.unknown),
            to_check: format.number(one.numbers.to_check),
          })}
        </p>
      )}
      <Refused error={act.error} />
      <div className="two-one">
        <RefusedCard one={one} />
        <div className="stack">
          <Samples one={one} />
          <HowRowsAreRead
            one={one}
            act={
              onBack && (
                <Button variant="text" size="small" onClick={onBack}>
                  {say('change')}
                </Button>
              )
            }
          />
        </div>
      </div>
      <ImportDock
        back={
          onBack && (
            <Button variant="text" onClick={onBack}>
              {say('back_to_columns')}
            </Button>
          )
        }
        note={say('can_undo')}
      >
        <ActButton
          variant="contained"
          off={may === false ? say('may_not') : taken === 0 ? say('nobody') : undefined}
          busy={act.isPending && say('starting')}
          onClick={() => act.mutate(() => ok(api.POST('/v1/imports/{id}/run', { params: { path: { id: one.id } } })))}
        >
          {people > 0
            ? say('import_people', { smart_count: people, figure: format.number(people) })
            : say('import_unchanged', { smart_count: taken, figure: format.number(taken) })}
        </ActButton>
      </ImportDock>
    </>
  );
}

/** Some of the people, as they will be. */
function Samples({ one }: { one: ContactImport }) {
  const translate = useTranslate();
  if (one.samples.length === 0) return null;
  return (
    <Card title={translate('imports.samples')} note={translate('imports.samples_note')} pad={false}>
      <div className="lines">
        {one.samples.map((sample) => (
          <div key={sample.line} className="import-sample">
            <span className="grow">
              <PersonName name={sample.name} address={sample.address} />
              {sample.name && sample.address && (
                <span className="small mute">
                  <Phone value={sample.address} />
                </span>
              )}
            </span>
            <Outcome sample={sample} />
          </div>
        ))}
      </div>
    </Card>
  );
}

function Outcome({ sample }: { sample: ContactImport['samples'][number] }) {
  const translate = useTranslate();
  const [state, Icon, word] = sample.opted_out
    ? (['suppressed', BlockOutlined, translate('imports.outcome.opted_out')] as const)
    : sample.outcome === 'new'
      ? (['read', AddOutlined, translate('imports.outcome.new')] as const)
      : sample.outcome === 'changed'
        ? (['sent', SyncOutlined, translate('imports.outcome.changed', { smart_count: sample.fields })] as const)
        : (['queued', RemoveCircleOutlineOutlined, translate('imports.outcome.unchanged')] as const);
  return (
    <span className="chip bare" data-state={state}>
      <Icon />
      {word}
    </span>
  );
}
