import { useTranslate } from 'react-admin';
import { Amount } from './amount';
import type { CampaignDraft } from './api';
import { paceOf, perMinuteOf } from './campaign-draft';

/** Fields of a campaign's own rate and cap, and of its share beside others. */
export function PaceFields({ pace, onChange }: { pace: CampaignDraft['pace']; onChange: (pace: CampaignDraft['pace']) => void }) {
  const translate = useTranslate();
  return (
    <>
      <Amount
        isOptional
        isWhole={false}
        label={translate('campaigns.per_minute')}
        help={translate('campaigns.per_minute_help')}
        value={perMinuteOf(pace)}
        min={0.01}
        max={1_000_000}
        onChange={(rate) => onChange(paceOf(pace, rate))}
      />
      <Amount
        isOptional
        label={translate('campaigns.daily_cap')}
        help={translate('campaigns.daily_cap_help')}
        value={pace.daily_cap}
        min={1}
        max={10_000_000}
        onChange={(daily_cap) => onChange({ ...pace, daily_cap })}
      />
      <Amount
        label={translate('campaigns.weight')}
        help={translate('campaigns.weight_help')}
        value={pace.weight}
        min={1}
        max={1_000}
        onChange={(weight) => onChange({ ...pace, weight: weight ?? 1 })}
      />
    </>
  );
}
