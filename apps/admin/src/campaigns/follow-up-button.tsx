import CampaignOutlined from '@mui/icons-material/CampaignOutlined';
import type { ReactNode } from 'react';
import { useNavigate } from 'react-router-dom';
import { ActButton } from '../parts/act-button';
import { Refused } from '../parts/refused';
import { useAct, useMay } from '../providers/acts';
import { type FollowUp, followUp } from './api';

/** Makes a draft for some of the people of a campaign, and opens it. Nobody who may not write campaigns sees it. */
export function FollowUpButton({ id, of, children }: { id: string; of: FollowUp; children: ReactNode }) {
  const navigate = useNavigate();
  const mayManage = useMay('campaigns:manage');
  const act = useAct(['campaigns']);
  if (!mayManage) return null;
  return (
    <>
      <ActButton
        variant="outlined"
        startIcon={<CampaignOutlined />}
        busy={act.isPending}
        onClick={() => act.mutate(async () => void navigate(`/campaigns/${(await followUp(id, of)).id}`))}
      >
        {children}
      </ActButton>
      <Refused error={act.error} />
    </>
  );
}
