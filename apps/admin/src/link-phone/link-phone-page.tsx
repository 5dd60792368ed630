import './link-phone.css';
import CheckOutlined from '@mui/icons-material/CheckOutlined';
import LinkOffOutlined from '@mui/icons-material/LinkOffOutlined';
import SwapHorizOutlined from '@mui/icons-material/SwapHorizOutlined';
import { type ReactNode, useEffect } from 'react';
import { useTranslate } from 'react-admin';
import { useLocation } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { Code, Countdown, oldCode, useRenewals, useSecondsLeft, useShownCode } from '../numbers/qr-code';
import { BrandLinks } from '../layout/brand-links';
import { LanguageSelect } from '../layout/language-select';
import { ActButton } from '../parts/act-button';
import { Note, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { logoOf, useBrand, usePageBrand } from '../providers/brand';
import type { ApiError } from '../providers/client';
import { type PhoneLink, usePhoneLink, useStart } from './phone-link';

/** Page of the owner of a phone: the QR code of one number and whether it is linked, nothing else. The token stands behind `#`. */
export function LinkPhonePage() {
  const translate = useTranslate();
  const token = useLocation().hash.slice(1);
  const { data, error } = usePhoneLink(token);
  usePageBrand(data?.brand);
  const brand = useBrand();
  const title = data ? translate('link_phone.title_for', { name: data.name }) : translate('link_phone.title');
  useEffect(() => {
    document.title = `${title} · ${brand.name}`;
  }, [title, brand.name]);
  return (
    <div className="link-phone">
      <main id="main-content">
        <header className="row">
          <span className="row strong">
            <img src={logoOf(brand)} alt="" width={24} height={24} /> {brand.name}
          </span>
          <LanguageSelect />
        </header>
        <h1>{title}</h1>
        {error && !(error.status === 0 && data) ? (
          <Over error={error} />
        ) : data ? (
          <Known token={token} link={data} isOffline={error !== null} />
        ) : (
          <Skeleton rows={4} />
        )}
        <BrandLinks />
      </main>
    </div>
  );
}

/** The link does not work now, in words for somebody who knows nothing of the panel. */
function Over({ error }: { error: ApiError }) {
  const translate = useTranslate();
  const why =
    error.code === 'link_used'
      ? 'used'
      : error.status === 410
        ? 'expired'
        : error.status === 429
          ? 'too_many'
          : error.status === 0 || error.status >= 500
            ? 'offline'
            : 'unknown';
  const isGood = why === 'used';
  return (
    <Note state={isGood ? 'read' : 'uncertain'} icon={isGood ? CheckOutlined : LinkOffOutlined} title={translate(`link_phone.${why}`)}>
      {translate(`link_phone.${why}_text`)}
    </Note>
  );
}

function Known({ token, link, isOffline }: { token: string; link: PhoneLink; isOffline: boolean }): ReactNode {
  const translate = useTranslate();
  const format = useFormat();
  const start = useStart(token);
  switch (link.state) {
    case 'linked':
      return (
        <div role="status">
          <Note state="read" icon={CheckOutlined} title={translate('link_phone.linked')}>
            {translate('link_phone.linked_text', { name: link.name })}
          </Note>
        </div>
      );
    case 'other_phone':
      return (
        <Note state="failed" icon={SwapHorizOutlined} title={translate('link_phone.other_phone')}>
          {translate('link_phone.other_phone_text')}
        </Note>
      );
    case 'connecting':
    case 'passkey':
      return (
        <div role="status">
          <Note state="sent" title={translate(`link_phone.${link.state}`)}>
            {link.state === 'connecting' && translate('link_phone.connecting_text')}
          </Note>
        </div>
      );
    default:
      return (
        <>
          <p className="soft">{translate('link_phone.lead')}</p>
          {isOffline && (
            <Note state="uncertain" title={translate('link_phone.offline')}>
              {translate('link_phone.offline_text')}
            </Note>
          )}
          <Refused error={start.error} title={translate('link_phone.refused')} />
          <Scan link={link} start={start} />
          <ol className="how">
            <li>
              <span>{translate('link_phone.step_open')}</span>
            </li>
            <li>
              <span>{translate('numbers.step_menu')}</span>
            </li>
            <li>
              <span>{translate('numbers.step_scan')}</span>
            </li>
          </ol>
          <p className="mute small">{translate('numbers.code_hint')}</p>
          <p className="mute small">{translate('link_phone.other_screen')}</p>
          <p className="mute small">{translate('link_phone.valid_until', { time: format.when(new Date(link.expires_at)) })}</p>
        </>
      );
  }
}

/** The code of now, renewed by itself once the person has asked for the first one. */
function Scan({ link, start }: { link: PhoneLink; start: ReturnType<typeof useStart> }) {
  const translate = useTranslate();
  const code = useShownCode(link.qr, link.codeEndsAt);
  const left = useSecondsLeft(code?.endsAt ?? null);
  const { mutate } = start;
  const { isStopped, again } = useRenewals(oldCode(code, left), mutate);
  const isOld = code !== null && left <= 0;
  if (!code)
    return (
      <div className="first-code">
        <p className="soft">{translate('link_phone.idle')}</p>
        <ActButton variant="contained" size="large" busy={start.isPending} onClick={again}>
          {translate(start.isPending ? 'link_phone.asking' : 'link_phone.show')}
        </ActButton>
      </div>
    );
  return (
    <figure>
      <div className={`qr${isOld ? ' old' : ''}`}>
        <Code text={code.qr} label={translate('numbers.code_label', { name: link.name })} />
      </div>
      <Countdown code={code} left={left} stopped={isStopped ? translate('link_phone.stopped') : null} />
      {(isStopped || (isOld && start.error)) && (
        <ActButton variant="outlined" busy={start.isPending} onClick={again}>
          {translate(start.isPending ? 'link_phone.asking' : 'link_phone.new_code')}
        </ActButton>
      )}
    </figure>
  );
}
