import './numbers.css';
import { QRCodeSVG } from 'qrcode.react';
import { useEffect, useState } from 'react';

/** The QR code of a text; the provider may send a picture of it instead. */
export function Code({ text, label }: { text: string; label: string }) {
  if (text.startsWith('data:image/')) return <img src={text} alt={label} />;
  return <QRCodeSVG value={text} title={label} marginSize={0} size={246} bgColor="white" fgColor="black" />;
}

/** The part of a code's life that is left. */
export function Ring({ part }: { part: number }) {
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
