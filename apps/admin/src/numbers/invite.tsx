import LinkOutlined from '@mui/icons-material/LinkOutlined';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Refused } from '../parts/refused';
import { Id } from '../parts/values';
import { api, ok } from '../providers/client';
import type { WhatsAppNumber } from './number-state';
import { useNumberAct } from './queries';

/** Makes a link with which the owner of the phone links it on a screen of their own. */
export function Invite({ number }: { number: WhatsAppNumber }) {
  const translate = useTranslate();
  const format = useFormat();
  const act = useNumberAct(number.id);
  const [made, setMade] = useState<{ url: string; expires_at: string } | null>(null);
  const path = { params: { path: { id: number.id } } };
  const until = number.link_invited_until;
  const time = format.when(new Date(made?.expires_at ?? until ?? 0));
  const make = (): void =>
    act.mutate(async () => {
      setMade(await ok(api.POST('/v1/sessions/{id}/link-invitations', path)));
    });
  const revoke = (): void =>
    act.mutate(async () => {
      await ok(api.DELETE('/v1/sessions/{id}/link-invitations', path));
      setMade(null);
    });
  return (
    <div className="invite">
      <h3>{translate('numbers.invite.title')}</h3>
      {made && until ? (
        <>
          <p className="small soft">{translate('numbers.invite.once', { time })}</p>
          <Id value={made.url} />
        </>
      ) : (
        <p className="small soft">
          {until
            ? `${translate('numbers.invite.open', { time })} ${translate('numbers.invite.open_text')}`
            : translate('numbers.invite.text')}
        </p>
      )}
      <Refused error={act.error} title={translate('numbers.invite.refused')} />
      <span className="row">
        {!(made && until) && (
          <ActButton
            variant="outlined"
            startIcon={<LinkOutlined />}
            busy={act.isPending && translate('numbers.invite.making')}
            onClick={make}
          >
            {translate(until ? 'numbers.invite.anew' : 'numbers.invite.make')}
          </ActButton>
        )}
        {until && (
          <ActButton variant="outlined" busy={act.isPending} onClick={revoke}>
            {translate('numbers.invite.revoke')}
          </ActButton>
        )}
      </span>
    </div>
  );
}
