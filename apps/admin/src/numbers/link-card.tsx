import './numbers.css';
import QrCode2Outlined from '@mui/icons-material/QrCode2Outlined';
import { useEffect } from 'react';
import { useTranslate } from 'react-admin';
import { Card, Empty, Skeleton } from '../parts/page';
import { Phone } from '../parts/values';
import { api, type ApiError, ok } from '../providers/client';
import { ActButton } from '../parts/act-button';
import { Refused } from '../parts/refused';
import type { WhatsAppNumber } from './number-state';
import { Invite } from './invite';
import { Code, Countdown, oldCode, useRenewals, useSecondsLeft, useShownCode } from './qr-code';
import { useNumberAct, useMayManage, useQr } from './queries';

/** Words over a refusal: the provider is down, or it said no. */
const refusalOf = ({ code, status }: ApiError): string =>
  code === 'provider_unavailable' || status >= 502 ? 'numbers.provider_down' : 'numbers.link_refused';

/** Card that links a phone: the current QR code, renewed by itself, with its steps; or what is to be done first. */
export function LinkCard({ number }: { number: WhatsAppNumber }) {
  const translate = useTranslate();
  const mayManage = useMayManage();
  const act = useNumberAct(number.id);
  const isWaiting = number.status === 'need_scan' && mayManage === true;
  const link = (): void => act.mutate(() => ok(api.POST('/v1/sessions/{id}/link', { params: { path: { id: number.id } } })));
  const title = translate(number.confirmed_phone ? 'numbers.link_again_title' : 'numbers.link_title');
  const off = mayManage === false ? translate('numbers.may_not') : number.account_id === null ? translate('numbers.no_account') : null;
  if (number.status === 'connecting')
    return (
      <Card title={title}>
        <div className="linking" role="status">
          <b>{translate('numbers.scanned')}</b> {translate('numbers.scanned_text')}
        </div>
      </Card>
    );
  if (isWaiting) return <Scan number={number} title={title} renew={link} act={act} />;
  return (
    <Card title={title} pad={false}>
      {act.error && (
        <div className="pad">
          <Refused error={act.error} title={translate(refusalOf(act.error))} />
        </div>
      )}
      <Empty
        icon={QrCode2Outlined}
        title={translate(`numbers.link_why.${number.status}`)}
        acts={
          <ActButton variant="contained" startIcon={<QrCode2Outlined />} off={off} busy={act.isPending} onClick={link}>
            {translate(act.isPending ? 'numbers.asking_code' : 'numbers.show_code')}
          </ActButton>
        }
      >
        {translate('numbers.link_text')}
        {off && <span className="mute">{` ${off}`}</span>}
      </Empty>
      {!off && (
        <div className="pad">
          <Invite number={number} />
        </div>
      )}
    </Card>
  );
}

function Scan({
  number,
  title,
  renew,
  act,
}: {
  number: WhatsAppNumber;
  title: string;
  renew: () => void;
  act: ReturnType<typeof useNumberAct>;
}) {
  const translate = useTranslate();
  const { data, error } = useQr(number.id, true);
  const { mutate: reread } = useNumberAct(number.id);
  // The page follows at once when the phone has scanned.
  const turned = data && data.status !== 'need_scan' ? data.status : null;
  useEffect(() => {
    if (turned) reread(() => Promise.resolve());
  }, [turned, reread]);
  const code = useShownCode(data?.qr ?? null, data?.endsAt ?? null);
  const left = useSecondsLeft(code?.endsAt ?? null);
  // A number that was just made waits without a code.
  const lacking = oldCode(code, left) ?? (data?.status === 'need_scan' && data.qr === null && !code ? 'none' : null);
  const { isStopped, again } = useRenewals(lacking, renew);
  const isOld = code !== null && left <= 0;
  return (
    <Card title={title}>
      {act.error && <Refused error={act.error} title={translate(refusalOf(act.error))} />}
      {error && <Refused error={error} title={translate('numbers.code_failed')} />}
      <div className="qr-box">
        <figure>
          <div className={`qr${isOld || !code ? ' old' : ''}`}>
            {code ? <Code text={code.qr} label={translate('numbers.code_label', { name: number.name })} /> : <Skeleton rows={3} />}
          </div>
          <Countdown code={code} left={left} stopped={isStopped ? translate('numbers.code_stopped') : null} />
          {(isStopped || act.error || (!code && data && !act.isPending)) && (
            <ActButton variant="outlined" busy={act.isPending} onClick={again}>
              {translate(act.isPending ? 'numbers.asking_code' : 'numbers.new_code')}
            </ActButton>
          )}
        </figure>
        <div>
          <ol className="how">
            <li>
              <span>
                {translate('numbers.step_open')}{' '}
                {number.confirmed_phone && (
                  <b>
                    <Phone value={number.confirmed_phone} />
                  </b>
                )}
              </span>
            </li>
            <li>
              <span>{translate('numbers.step_menu')}</span>
            </li>
            <li>
              <span>{translate('numbers.step_scan')}</span>
            </li>
          </ol>
          <p className="mute small hint">{translate('numbers.code_hint')}</p>
          <Invite number={number} />
        </div>
      </div>
    </Card>
  );
}
