import './numbers.css';
import { QRCodeSVG } from 'qrcode.react';
import { useEffect, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';

/** The QR code of a text; the provider may send a picture of it instead. */
export function Code({ text, label }: { text: string; label: string }) {
  if (text.startsWith('data:image/')) return <img src={text} alt={label} />;
  return <QRCodeSVG value={text} title={label} marginSize={0} size={246} bgColor="white" fgColor="black" />;
}

/** The part of a code's life that is left. */
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

/** A code as it is shown. `life` in seconds. */
export interface ShownCode {
  qr: string;
  endsAt: number;
  life: number;
}

/** The code with its end and its life in seconds, both fixed when it is first seen. The last one stays until there is another. */
export function useShownCode(qr: string | null, endsAt: number | null): ShownCode | null {
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

/** Seconds until then, counted by this browser. */
export function useSecondsLeft(endsAt: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (endsAt === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [endsAt]);
  return endsAt === null ? 0 : Math.max(0, (endsAt - now) / 1_000);
}

/** A page that nobody uses stops asking the provider for codes after so many. */
const maxRenewals = 8;

/**
 * Asks for a code once for each that is lacking, while the page is seen.
 * @param lacking what is lacking: an old code, or the first one; null: nothing
 * @returns whether it gave up, and a function by which a person asks again
 */
export function useRenewals(lacking: string | null, renew: () => void): { isStopped: boolean; again: () => void } {
  const renewals = useRef({ count: 0, of: '' });
  const [isStopped, setStopped] = useState(false);
  // After each render: a page that comes into sight asks then.
  useEffect(() => {
    if (lacking === null || document.hidden || renewals.current.of === lacking) return;
    if (renewals.current.count >= maxRenewals) return setStopped(true);
    renewals.current = { count: renewals.current.count + 1, of: lacking };
    renew();
  });
  const again = (): void => {
    renewals.current = { count: 0, of: lacking ?? '' };
    setStopped(false);
    renew();
  };
  return { isStopped, again };
}

/** Name of a code that is old, for `useRenewals`; null: it still works. */
export const oldCode = (code: ShownCode | null, left: number): string | null =>
  code !== null && left <= 0 ? `${code.qr} ${code.endsAt}` : null;

/** The life of a code that is left, in a ring and in words. @param stopped words for a page that asks for no more codes */
export function Countdown({ code, left, stopped }: { code: ShownCode | null; left: number; stopped: string | null }) {
  const translate = useTranslate();
  const said = stopped ?? (left <= 0 ? translate('numbers.code_old') : null);
  return (
    <div className="countdown" role="timer" aria-live="off">
      {code === null ? (
        <span>{translate('numbers.code_coming')}</span>
      ) : said !== null ? (
        <span className="strong" role="status">
          {said}
        </span>
      ) : (
        <>
          <Ring part={left / code.life} />
          <span>
            <b className="num">{translate('numbers.seconds', { count: Math.ceil(left) })}</b> {translate('numbers.code_left')}
          </span>
        </>
      )}
    </div>
  );
}
