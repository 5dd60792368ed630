import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { FormDrawer } from '../parts/form-drawer';
import { useOpened } from '../parts/opened';
import { useAct } from '../providers/acts';
import { useTenant } from '../providers/tenant';
import { type Campaign, campaignKey, setPace } from './api';
import { NumbersFields } from './numbers-fields';
import { PaceFields } from './pace-fields';

const isSame = (one: object, other: object): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Changes the pace and the numbers of a campaign that runs; it holds for the next message. */
export function PaceDrawer({ campaign: newest, tag, onClose }: { campaign: Campaign; tag: string | null; onClose: () => void }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const opened = useOpened(newest, tag);
  const campaign = opened.value;
  const act = useAct(campaignKey(tenant, campaign.id), ['campaigns']);
  const [pace, change] = useState(campaign.pace);
  const [numbers, changeNumbers] = useState(campaign.numbers);
  // What stays as it is is not sent: somebody else may have changed it meanwhile.
  const changed = {
    ...(!isSame(pace, campaign.pace) && { pace }),
    ...(!isSame(numbers, campaign.numbers) && { numbers }),
  };
  return (
    <FormDrawer
      title={translate('campaigns.change_pace')}
      button={translate('campaigns.save_pace')}
      act={act}
      onClose={onClose}
      onDo={() =>
        Object.keys(changed).length === 0 ? onClose() : act.mutate(() => setPace(campaign.id, changed, opened.tag), { onSuccess: onClose })
      }
    >
      {act.error?.status === 412 && <p className="text">{translate('campaigns.pace_changed')}</p>}
      <p className="text">{translate('campaigns.pace_text')}</p>
      <PaceFields pace={pace} onChange={change} />
      <h3>{translate('menu.numbers')}</h3>
      <p className="text">{translate('campaigns.numbers_text')}</p>
      <NumbersFields numbers={numbers} onChange={changeNumbers} />
    </FormDrawer>
  );
}
