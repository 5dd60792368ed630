import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Card, Facts } from '../parts/page';
import { useMay } from '../providers/acts';
import { type Campaign, isMoving, type NumberFigures, useNumberChecks } from './api';
import { Tick } from './audience-step';
import type { EditedDraft } from './use-draft';

/** Step 4: how many numbers are known to be on WhatsApp, and the switch of the checks, with the time that they take. */
export function NumberChecksCard({ figures, edited }: { figures: NumberFigures; edited: EditedDraft }) {
  const translate = useTranslate();
  const format = useFormat();
  const mayManage = useMay('campaigns:manage');
  const { known, unknown, to_check, duration_s, per_day } = figures;
  const isOn = edited.draft.check_numbers;
  const took =
    unknown === 0
      ? translate('campaigns.checks.all_known')
      : duration_s === null
        ? translate('campaigns.checks.never')
        : translate(isOn ? 'campaigns.checks.takes' : 'campaigns.checks.would_take', {
            time: format.duration(duration_s * 1_000),
            figure: format.number(per_day),
          });
  return (
    <Card title={translate('campaigns.checks.title')}>
      <div className="stack" style={{ gap: 12 }}>
        <div aria-live="polite">
          <Facts
            rows={[
              [translate('campaigns.checks.known'), <span className="num">{format.number(known)}</span>],
              [translate('campaigns.checks.unknown'), <span className="num">{format.number(unknown)}</span>],
              [translate('campaigns.checks.to_check'), <span className="num">{format.number(to_check)}</span>],
            ]}
          />
        </div>
        {mayManage !== false && (
          <Tick
            label={translate('campaigns.checks.switch')}
            help={translate('campaigns.checks.switch_help')}
            checked={isOn}
            onChange={(check_numbers) => edited.change({ check_numbers })}
          />
        )}
        <p className="text small">{took}</p>
      </div>
    </Card>
  );
}

/** Live page: how far the checks of a campaign are. */
export function FlightChecksCard({ campaign }: { campaign: Campaign }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data } = useNumberChecks(campaign, isMoving(campaign));
  if (!campaign.check_numbers || !data) return null;
  const { state, found, missing, unclear, answered_at } = data;
  const count = (value: number) => <span className="num">{format.number(value)}</span>;
  return (
    <Card title={translate('campaigns.checks.title')} note={state === 'off' ? undefined : translate(`campaigns.checks.state.${state}`)}>
      <Facts
        rows={[
          [translate('campaigns.checks.found'), count(found)],
          [translate('campaigns.checks.missing'), count(missing)],
          [translate('campaigns.checks.unclear'), unclear > 0 ? count(unclear) : null],
          [translate('campaigns.checks.latest'), answered_at ? format.when(new Date(answered_at)) : translate('campaigns.checks.none_yet')],
        ]}
      />
    </Card>
  );
}
