import { useTranslate } from 'react-admin';
import { Card } from '../parts/page';
import { Amount } from './amount';
import type { StopRule } from './api';
import { Tick } from './audience-step';
import { newRules, ruleSignals } from './campaign-draft';
import { NumbersFields } from './numbers-fields';
import { PaceFields } from './pace-fields';
import type { EditedDraft } from './use-draft';

/** Numbers to use, their shares, and what happens when one is down. */
export function NumbersCard({ edited: { draft, change } }: { edited: EditedDraft }) {
  const translate = useTranslate();
  return (
    <Card title={translate('menu.numbers')}>
      <div className="form">
        <NumbersFields numbers={draft.numbers} onChange={(numbers) => change({ numbers })} />
      </div>
    </Card>
  );
}

/** The campaign's own rate and cap, and its share beside others. */
export function PaceCard({ edited: { draft, change } }: { edited: EditedDraft }) {
  const translate = useTranslate();
  return (
    <Card title={translate('campaigns.pace')}>
      <div className="form">
        <div className="two">
          <PaceFields pace={draft.pace} onChange={(pace) => change({ pace })} />
        </div>
      </div>
    </Card>
  );
}

/** Rules that pause the campaign. */
export function RulesCard({ edited: { draft, change } }: { edited: EditedDraft }) {
  const translate = useTranslate();
  const rules = draft.stop_rules;
  return (
    <Card title={translate('campaigns.rules')} note={translate('campaigns.rules_note')}>
      <div className="form">
        {ruleSignals.map((signal) => {
          const rule = rules.find((one) => one.signal === signal);
          const put = (patch: Partial<StopRule>): void =>
            change({ stop_rules: rules.map((one) => (one === rule ? { ...one, ...patch } : one)) });
          return (
            <div key={signal} role="group" aria-label={translate(`campaigns.signal.${signal}`)} style={{ display: 'grid', gap: 8 }}>
              <Tick
                label={translate(`campaigns.signal.${signal}`)}
                checked={rule !== undefined}
                onChange={(on) => change({ stop_rules: on ? [...rules, newRules[signal]] : rules.filter((one) => one.signal !== signal) })}
              />
              {rule && (
                <div className="window-row">
                  <Amount
                    isWhole={false}
                    label={translate('campaigns.rule_percent')}
                    value={rule.percent}
                    min={0.1}
                    max={100}
                    onChange={(percent) => put({ percent: percent ?? rule.percent })}
                  />
                  <Amount
                    label={translate('campaigns.rule_window')}
                    value={rule.window_min}
                    min={1}
                    max={1_440}
                    onChange={(window_min) => put({ window_min: window_min ?? rule.window_min })}
                  />
                  <Amount
                    label={translate('campaigns.rule_min')}
                    value={rule.min_messages}
                    min={1}
                    max={100_000}
                    onChange={(min_messages) => put({ min_messages: min_messages ?? rule.min_messages })}
                  />
                </div>
              )}
            </div>
          );
        })}
      </div>
    </Card>
  );
}
