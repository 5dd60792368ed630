import SendOutlined from '@mui/icons-material/SendOutlined';
import { Button } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { ActButton } from '../parts/act-button';
import { DecisionDrawer } from '../parts/decision-drawer';
import { ListPicker } from '../parts/list-picker';
import { Refused } from '../parts/refused';
import { useMay } from '../providers/acts';
import type { ApiError } from '../providers/client';
import { type CampaignTest, testCampaign } from './api';
import { useReasonWords } from './left-out';

/** Sends the message to the people of a seed list, each as they would get it. */
export function SeedTest({ campaignId, onClose }: { campaignId: string; onClose: () => void }) {
  const translate = useTranslate();
  const maySend = useMay('campaigns:launch');
  const queries = useQueryClient();
  const [list, setList] = useState('');
  // A second press of the button sends nothing more; to another list it is another test.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const send = useMutation<CampaignTest, ApiError, void>({
    mutationFn: () => testCampaign(campaignId, key, list === '' ? {} : { list_id: list }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['messages'] }),
  });
  return (
    <DecisionDrawer
      title={translate('campaigns.seeds.open')}
      onClose={onClose}
      foot={
        <>
          <Button variant="outlined" onClick={onClose}>
            {translate('campaigns.link.close')}
          </Button>
          {!send.data && (
            <ActButton
              variant="contained"
              startIcon={<SendOutlined />}
              off={maySend === false ? translate('campaigns.may_not_launch') : null}
              busy={send.isPending}
              onClick={() => send.mutate()}
            >
              {translate('campaigns.seeds.send')}
            </ActButton>
          )}
        </>
      }
    >
      <p className="text">{translate('campaigns.seeds.text')}</p>
      <Refused error={send.error} />
      {send.data ? (
        <Tested test={send.data} />
      ) : (
        <ListPicker
          label={translate('campaigns.seeds.list')}
          help={translate('campaigns.seeds.list_help')}
          value={list}
          onChange={(id) => {
            setList(id);
            setKey(crypto.randomUUID());
          }}
        />
      )}
    </DecisionDrawer>
  );
}

/** Outcome of the test for each person. */
function Tested({ test: { data } }: { test: CampaignTest }) {
  const translate = useTranslate();
  const wordsOf = useReasonWords();
  if (data.length === 0) return <p className="text">{translate('campaigns.seeds.none')}</p>;
  return (
    <ul className="log-lines" aria-live="polite">
      {data.map(({ contact_id, name, message, reason }) => (
        <li key={contact_id}>
          <span>{name ?? translate('campaigns.no_name')}</span>
          {message ? (
            <Link className="linked" to={`/messages/${message.id}`}>
              {translate('campaigns.seeds.sent')}
            </Link>
          ) : (
            <span className="mute">{translate('campaigns.seeds.not_sent', { reason: wordsOf(reason ?? '').name })}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
