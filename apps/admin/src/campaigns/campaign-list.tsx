import AddOutlined from '@mui/icons-material/AddOutlined';
import CalendarMonthOutlined from '@mui/icons-material/CalendarMonthOutlined';
import ContentCopyOutlined from '@mui/icons-material/ContentCopyOutlined';
import PauseOutlined from '@mui/icons-material/PauseOutlined';
import PlayArrowOutlined from '@mui/icons-material/PlayArrowOutlined';
import { Button, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link, useNavigate } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDialog } from '../parts/decision-dialog';
import { ListPage } from '../parts/list';
import { Refused } from '../parts/refused';
import { Dash, Time } from '../parts/values';
import { useAct, useMay } from '../providers/acts';
import { type Campaign, copyCampaign, createCampaign, pauseCampaign, resumeCampaign, useResults } from './api';
import { CampaignChip } from './campaign-look';
import { CampaignEnd, CampaignProgress } from './campaign-row';

/** States as filters, in the order of a campaign's life. */
const listedStates = ['draft', 'checked', 'scheduled', 'processing', 'paused', 'completed', 'cancelled', 'failed'] as const;

/** Campaigns of a client, newest first. */
export function CampaignList() {
  const translate = useTranslate();
  const mayManage = useMay('campaigns:manage');
  const [isNew, setNew] = useState(false);
  const add = (
    <ActButton
      variant="contained"
      startIcon={<AddOutlined />}
      off={mayManage === false ? translate('campaigns.may_not_edit') : null}
      onClick={() => setNew(true)}
    >
      {translate('campaigns.add')}
    </ActButton>
  );
  return (
    <ListPage<Campaign>
      resource="campaigns"
      title={translate('menu.campaigns')}
      acts={
        <>
          <Button component={Link} to="/campaigns/calendar" variant="outlined" startIcon={<CalendarMonthOutlined />}>
            {translate('campaigns.calendar')}
          </Button>
          {add}
        </>
      }
      search={{ source: 'name', label: translate('campaigns.find') }}
      filters={[
        {
          source: 'state',
          label: translate('campaigns.state'),
          choices: listedStates.map((value) => ({ value, label: translate(`state.campaign.${value}`) })),
        },
      ]}
      linkOf={({ id }) => `/campaigns/${id}`}
      columns={[
        { key: 'name', label: translate('campaigns.name'), render: ({ name }) => <span dir="auto">{name}</span> },
        { key: 'state', label: translate('campaigns.state'), render: (campaign) => <CampaignChip campaign={campaign} /> },
        { key: 'progress', label: translate('campaigns.progress'), render: (campaign) => <CampaignProgress campaign={campaign} /> },
        {
          key: 'rate',
          label: translate('campaigns.rate'),
          render: (campaign) => <Rate campaign={campaign} />,
          end: true,
          narrowHide: true,
        },
        { key: 'end', label: translate('campaigns.end'), render: (campaign) => <CampaignEnd campaign={campaign} />, narrowHide: true },
        {
          key: 'created',
          label: translate('campaigns.created'),
          render: ({ created_at, created_by }) => (
            <span className="row" style={{ gap: 6, flexWrap: 'nowrap' }}>
              <Time at={created_at} />
              <span className="mute cut">{created_by.name}</span>
            </span>
          ),
          low: true,
          narrowHide: true,
        },
        { key: 'act', label: '', render: (campaign) => <RowAct campaign={campaign} />, end: true },
      ]}
      empty={{ title: translate('campaigns.empty'), text: translate('campaigns.empty_text'), acts: add }}
    >
      {isNew && <NewCampaign onClose={() => setNew(false)} />}
    </ListPage>
  );
}

function Rate({ campaign }: { campaign: Campaign }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data } = useResults(campaign.id, campaign.state === 'processing', true);
  if (!data?.rate_per_minute) return <Dash />;
  return <span className="nowrap">{translate('campaigns.rate_value', { figure: format.number(Math.round(data.rate_per_minute)) })}</span>;
}

function RowAct({ campaign }: { campaign: Campaign }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  const act = useAct(['campaigns'], ['campaign']);
  const mayLaunch = useMay('campaigns:launch');
  const mayManage = useMay('campaigns:manage');
  const say = (key: string) => ({ 'aria-label': `${translate(key)}: ${campaign.name}` });
  if (act.error) return <Refused error={act.error} />;
  if (campaign.state === 'processing' && mayLaunch)
    return (
      <ActButton
        {...say('campaigns.pause')}
        variant="outlined"
        startIcon={<PauseOutlined />}
        busy={act.isPending}
        onClick={() => act.mutate(() => pauseCampaign(campaign.id))}
      >
        {translate('campaigns.pause')}
      </ActButton>
    );
  if (campaign.state === 'paused' && mayLaunch)
    return (
      <ActButton
        {...say('campaigns.resume')}
        variant="outlined"
        startIcon={<PlayArrowOutlined />}
        busy={act.isPending}
        onClick={() => act.mutate(() => resumeCampaign(campaign.id))}
      >
        {translate('campaigns.resume')}
      </ActButton>
    );
  if (['completed', 'cancelled', 'failed'].includes(campaign.state) && mayManage)
    return (
      <ActButton
        {...say('campaigns.copy')}
        variant="outlined"
        startIcon={<ContentCopyOutlined />}
        busy={act.isPending}
        onClick={() =>
          act.mutate(
            async () =>
              void navigate(
                `/campaigns/${(await copyCampaign(campaign.id, translate('campaigns.copy_name', { name: campaign.name }))).id}`,
              ),
          )
        }
      >
        {translate('campaigns.copy')}
      </ActButton>
    );
  return null;
}

/** Asks for a name and creates a draft. */
function NewCampaign({ onClose }: { onClose: () => void }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  const act = useAct(['campaigns']);
  const [name, setName] = useState('');
  return (
    <DecisionDialog
      title={translate('campaigns.add')}
      button={translate('campaigns.create')}
      back={translate('campaigns.create_not')}
      act={act}
      onClose={onClose}
      onDo={() => act.mutate(async () => void navigate(`/campaigns/${(await createCampaign(name.trim())).id}`))}
    >
      <TextField
        autoFocus
        required
        label={translate('campaigns.name')}
        helperText={translate('campaigns.name_help')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 200, dir: 'auto' }, inputLabel: { required: false } }}
      />
    </DecisionDialog>
  );
}
