import { Tooltip } from '@mui/material';
import { useEffect } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { pauseLive, startLive, useLive } from './live-store';

/** Shows whether the page follows what happens, and stops it while the person reads. */
export function LiveButton() {
  const translate = useTranslate();
  const format = useFormat();
  const { state, lastAt, waiting } = useLive();
  useEffect(() => startLive(), []);
  const isPaused = state === 'paused';
  const word = translate(`live.${state}`);
  const title = [
    translate(isPaused ? 'live.resume' : 'live.pause'),
    state === 'reconnecting' && lastAt !== null && translate('live.last', { time: format.exact(new Date(lastAt)) }),
  ]
    .filter(Boolean)
    .join(' ');
  return (
    <Tooltip title={title}>
      <button
        type="button"
        className="live"
        data-live={state}
        aria-pressed={isPaused}
        aria-label={`${word}. ${title}`}
        onClick={() => pauseLive(!isPaused)}
      >
        <span className="narrow-hide" role="status">
          {word}
          {waiting > 0 && (
            <span className="num"> · {translate('live.waiting', { smart_count: waiting, figure: format.number(waiting) })}</span>
          )}
        </span>
      </button>
    </Tooltip>
  );
}
