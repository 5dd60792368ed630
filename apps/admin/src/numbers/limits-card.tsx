import { Button } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { Card, Facts, Failed, Skeleton } from '../parts/page';
import { Time } from '../parts/values';
import { LimitsDrawer } from './limits-drawer';
import { useLimitsSentence } from './limits-words';
import { capThisHour, capToday, clearMs, type Lane, type WhatsAppNumber } from './number-state';
import { useLane, useMayManage } from './queries';
import { useWaitingWords, waitingOf } from './waiting';

/** Pace of a number: its limits in a sentence, what is used of them, when it goes on. */
export function LimitsCard({ number }: { number: WhatsAppNumber }) {
  const translate = useTranslate();
  const mayManage = useMayManage();
  const lane = useLane(number.id, 10_000);
  const [isOpen, setOpen] = useState(false);
  return (
    <Card
      title={translate('numbers.sending')}
      acts={
        mayManage && lane.data ? (
          <Button variant="text" sx={{ my: '-4px' }} onClick={() => setOpen(true)}>
            {translate('numbers.change_limits')}
          </Button>
        ) : null
      }
      pad={!!lane.data}
    >
      {lane.data ? (
        <Sending number={number} lane={lane.data.value} />
      ) : lane.error ? (
        <Failed error={lane.error} retry={() => void lane.refetch()} />
      ) : (
        <Skeleton rows={4} />
      )}
      {lane.data && isOpen && <LimitsDrawer number={number} start={lane.data.value} tag={lane.data.tag} onClose={() => setOpen(false)} />}
    </Card>
  );
}

function Sending({ number, lane }: { number: WhatsAppNumber; lane: Lane }) {
  const translate = useTranslate();
  const sentence = useLimitsSentence(lane);
  const format = useFormat();
  const waiting = useWaitingWords(lane.waiting);
  const toClear = clearMs(lane);
  const isOpen = number.status === 'connected' && number.held_reason === null;
  return (
    <>
      <p className="soft" style={{ fontSize: 13, lineHeight: '20px', margin: '0 0 14px' }}>
        {sentence}
      </p>
      <Used label={translate('numbers.sent_today_short')} used={lane.sent_today} of={capToday(lane)} />
      <Used label={translate('numbers.this_hour')} used={lane.sent_this_hour} of={capThisHour(lane)} />
      <Facts
        rows={[
          [
            translate('numbers.waiting'),
            lane.waiting === 0 ? (
              translate('numbers.none_waits')
            ) : (
              <Link key="waiting" className="linked" to={waitingOf(number.id)}>
                {translate('numbers.waiting_messages', { smart_count: lane.waiting, count: waiting })}
              </Link>
            ),
          ],
          [
            translate('numbers.next_slot'),
            !isOpen ? (
              translate(number.held_reason && number.status === 'connected' ? 'numbers.when_released' : 'numbers.when_linked')
            ) : lane.closed_until ? (
              <Time at={lane.closed_until} />
            ) : lane.next_slot_at && Date.parse(lane.next_slot_at) > Date.now() ? (
              <Time at={lane.next_slot_at} />
            ) : (
              translate('numbers.now')
            ),
          ],
          [translate('numbers.to_clear'), toClear === null ? null : translate('numbers.about', { time: format.duration(toClear) })],
          [
            translate('numbers.warm_up'),
            lane.warm_up_day !== null && lane.warm_up
              ? translate('numbers.warm_up_now', {
                  day: lane.warm_up_day,
                  of: lane.warm_up.length,
                  cap: format.number(lane.warm_up[lane.warm_up_day - 1] ?? 0),
                })
              : null,
          ],
          [translate('numbers.closed_because'), isOpen && lane.closed_reason ? <span className="mono">{lane.closed_reason}</span> : null],
        ]}
      />
    </>
  );
}

function Used({ label, used, of }: { label: string; used: number; of: number | null }) {
  const translate = useTranslate();
  const format = useFormat();
  const share = of === null ? 0 : of === 0 ? 1 : used / of;
  return (
    <>
      <div className="figure-row">
        <span>{label}</span>
        <span className="num">
          <span className="strong">{format.number(used)}</span>{' '}
          <span className="mute">{of === null ? translate('numbers.no_cap') : translate('value.of', { of: format.number(of) })}</span>
        </span>
      </div>
      {of !== null && (
        <span className={`meter wide${share >= 1 ? ' full' : share >= 0.9 ? ' high' : ''}`}>
          <i style={{ width: `${Math.min(100, share * 100)}%` }} />
        </span>
      )}
    </>
  );
}
