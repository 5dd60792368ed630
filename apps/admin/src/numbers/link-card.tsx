import './numbers.css';
import QrCode2Outlined from '@mui/icons-material/QrCode2Outlined';
import { QRCodeSVG } from 'qrcode.react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Card, Empty, Skeleton } from '../parts/page';
import { Phone } from '../parts/values';
import { api, ok } from '../providers/client';
import { ActButton } from '../parts/act-button';
import { Refused } from '../parts/refused';
import type { WhatsAppNumber } from './number-state';
import { useNumberAct, useMayManage, useQr } from './queries';

/** A page that nobody uses stops asking the provider for codes after so many. */
const maxRenewals = 8;

/** Where a phone is linked: the QR code of now, renewed by itself, with its steps; or what is to be done first. */
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
          <Refused error={act.error} title={translate('numbers.link_refused')} />
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
  const { data, error, dataUpdatedAt } = useQr(number.id, true);
  const { mutate: reread } = useNumberAct(number.id);
  // The page follows at once when the phone has scanned.
  const turned = data && data.status !== 'need_scan' ? data.status : null;
  useEffect(() => {
    if (turned) reread(() => Promise.resolve());
  }, [turned, reread]);
  const code = useShownCode(data?.qr ?? null, data?.endsAt ?? null);
  const left = useSecondsLeft(code?.endsAt ?? null);
  const renewals = useRef({ count: 0, of: '' });
  const [isStopped, setStopped] = useState(false);
  const isOld = code !== null && left <= 0;
  // A number that was just made waits without a code; an old code without a successor is asked for once.
  const lacking = isOld ? `${code.qr} ${code.endsAt}` : data?.status === 'need_scan' && data.qr === null && !code ? 'none' : null;
  useEffect(() => {
    if (lacking === null || document.hidden || renewals.current.of === lacking) return;
    if (renewals.current.count >= maxRenewals) return setStopped(true);
    renewals.current = { count: renewals.current.count + 1, of: lacking };
    renew();
  }, [lacking, renew, dataUpdatedAt]);
  const again = (): void => {
    renewals.current = { count: 0, of: '' };
    setStopped(false);
    renew();
  };
  let under: ReactNode;
  if (!code) under = <span>{translate('numbers.code_coming')}</span>;
  else if (isStopped)
    under = (
      <span className="strong" role="status">
        {translate('numbers.code_stopped')}
      </span>
    );
  else if (isOld)
    under = (
      <span className="strong" role="status">
        {translate('numbers.code_old')}
      </span>
    );
  else
    under = (
      <>
        <Ring part={left / code.life} />
        <span>
          <b className="num">{translate('numbers.seconds', { count: Math.ceil(left) })}</b> {translate('numbers.code_left')}
        </span>
      </>
    );
  return (
    <Card title={title}>
      {act.error && <Refused error={act.error} title={translate('numbers.link_refused')} />}
      {error && <Refused error={error} title={translate('numbers.code_failed')} />}
      <div className="qr-box">
        <figure>
          <div className={`qr${isOld || !code ? ' old' : ''}`}>
            {code ? <Code text={code.qr} label={translate('numbers.code_label', { name: number.name })} /> : <Skeleton rows={3} />}
          </div>
          <figcaption className="countdown" role="timer" aria-live="off">
            {under}
          </figcaption>
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
        </div>
      </div>
    </Card>
  );
}

/** The QR code of a text; the provider may send a picture of it instead. */
function Code({ text, label }: { text: string; label: string }) {
  if (text.startsWith('data:image/')) return <img src={text} alt={label} />;
  return <QRCodeSVG value={text} title={label} marginSize={0} size={246} bgColor="white" fgColor="black" />;
}

function Ring({ part }: { part: number }) {
  const around = 2 * Math.PI * 8;
  return (
    <svg className="ring" viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="8" className="track" />
      <circle
        cx="10"
        cy="10"
        r="8"
        strokeDasharray={`${Math.max(0, Math.min(1, part)) * around} ${around}`}
        transform="rotate(-90 10 10)"
      />
    </svg>
  );
}

interface ShownCode {
  qr: string;
  endsAt: number;
  life: number;
}

/** The code with its end and its life in seconds, both fixed when it is first seen. The last one stays until there is another. */
function useShownCode(qr: string | null, endsAt: number | null): ShownCode | null {
  const [code, setCode] = useState<ShownCode | null>(null);
  useEffect(() => {
    if (qr === null || endsAt === null) return;
    setCode((shown) => {
      // The same text may be given more time; a second of it is the coarseness of the clock.
      if (shown?.qr === qr && Math.abs(shown.endsAt - endsAt) < 2_000) return shown;
      return { qr, endsAt, life: Math.max(1, (endsAt - Date.now()) / 1_000) };
    });
  }, [qr, endsAt]);
  return code;
}

function useSecondsLeft(endsAt: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (endsAt === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [endsAt]);
  return endsAt === null ? 0 : Math.max(0, (endsAt - now) / 1_000);
}
