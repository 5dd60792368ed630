import { type FormEvent, useState } from 'react';
import { useTranslate } from 'react-admin';
import { ActButton } from '../parts/act-button';
import { type Edited, NewerVersion } from '../parts/opened';
import { Card } from '../parts/page';
import { Refused } from '../parts/refused';
import { useAct, useMay } from '../providers/acts';
import type { ApiError } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { DryRun } from './dry-run';
import { bodyOf, type DraftFault, type RuleBody, type RuleDraft } from './rule-draft';
import { RuleFields } from './rule-fields';
import '../parts/code.css';

/** Editor of a rule with a dry run beside it. What is typed is kept until it is saved. */
export function RuleEditor({
  draft,
  onChange,
  edited,
  button,
  onSave,
  onSaved,
}: {
  draft: RuleDraft;
  onChange: (draft: RuleDraft) => void;
  /** The rule that is edited; none: it is new. */
  edited?: Pick<Edited<unknown, RuleDraft>, 'isBehind' | 'round' | 'takeTheirs' | 'keepMine'>;
  button: string;
  onSave: (body: RuleBody) => Promise<unknown>;
  onSaved?: (saved: unknown) => void;
}) {
  const translate = useTranslate();
  const mayManage = useMay('events:manage');
  const act = useAct(['rules'], ['event-types']);
  const [own, setOwn] = useState<DraftFault[]>([]);
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  const errors = useFaults(refusal);
  const forget = (): void => {
    setOwn([]);
    setRefusal(null);
  };
  const change = (next: RuleDraft): void => {
    onChange(next);
    forget();
  };
  const choose = (): void => {
    act.reset();
    forget();
  };
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (act.isPending || mayManage === false) return;
    const read = bodyOf(draft);
    setRefusal(null);
    if ('faults' in read) return setOwn(read.faults);
    let saved: unknown;
    act.mutate(
      async () => {
        saved = await onSave(read.body);
      },
      { onSuccess: () => onSaved?.(saved), onError: (error) => setRefusal(error) },
    );
  };
  /** Shows at the fields what a dry run found wrong with the rule. */
  const showFaults = (error: ApiError | null): boolean => {
    const read = bodyOf(draft);
    setOwn('faults' in read ? read.faults : []);
    // Paths of a dry run begin with the rule.
    if (error) for (const fault of error.faults) fault.path = fault.path.replace(/^rule\//, '');
    setRefusal(error);
    return error !== null;
  };
  return (
    <div className="two-one">
      <Card title={translate('rules.rule')}>
        <form className="wide-form" onSubmit={save}>
          {edited?.isBehind && !act.isPending ? (
            <NewerVersion edited={edited} onChoice={choose} />
          ) : (
            <Refused error={act.error} title={translate('rules.refused')} />
          )}
          {own.length > 0 && (
            <div className="field-error" role="alert">
              {translate('rules.faults', { count: own.length })}
            </div>
          )}
          <RuleFields key={edited?.round} draft={draft} onChange={change} faults={{ own, api: errors }} />
          <div>
            <ActButton
              type="submit"
              variant="contained"
              off={mayManage === false ? translate('rules.may_not') : undefined}
              busy={act.isPending && translate('frame.saving')}
            >
              {button}
            </ActButton>
          </div>
        </form>
      </Card>
      <DryRun draft={draft} onFaults={showFaults} />
    </div>
  );
}
