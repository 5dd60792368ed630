import AddOutlined from '@mui/icons-material/AddOutlined';
import NotesOutlined from '@mui/icons-material/NotesOutlined';
import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import type { ComponentType, ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { looks } from '../parts/state-chip';
import { Time } from '../parts/values';
import type { components } from '../providers/api-types';
import { type Reason, useReasons } from '../providers/reasons';
import type { StateName } from '../theme/tokens';
import { type Called, MessageCall } from './message-call';
import { type Hook, placeOfHook } from './message-hooks';

/** One change of a message's state. */
export type Step = components['schemas']['Message']['timeline'][number];
type Look = readonly [StateName, ComponentType];
/** A wait that is over. */
export type Wait = components['schemas']['MessageWhy']['waited'][number];

const second = 1_000;
const leaving = ['transactional', 'reply'];
/** Shorter waits are not worth a sentence. */
const shortestWait = second;

/** Time after which the gap before a step is longer than usual; that people read late is usual. */
function usualGap({ from, to }: Step, messageClass: string): number {
  if (from === 'calling' || from === 'claimed') return 5 * second;
  if (to === 'calling' || to === 'claimed') return leaving.includes(messageClass) ? 10 * second : 600 * second;
  if (from === 'uncertain') return 10 * second;
  if (to === 'delivered') return 60 * second;
  return Infinity;
}

/** Steps of a message with the time between them, newest last. `accepted` puts the acceptance first; `notBefore` is a wait that was asked for. */
export function MessageSteps({
  steps,
  accepted,
  notBefore,
  messageClass = 'transactional',
  statesOnly = false,
  called,
  waits = [],
  hooks = [],
  numberName,
}: {
  steps: Step[];
  accepted?: { at: string; text?: ReactNode };
  notBefore?: string | null;
  messageClass?: string;
  statesOnly?: boolean;
  /** Requests and answers of the attempts. */
  called?: Called;
  /** Waits that are over, each told of at the step that ended it. */
  waits?: Wait[];
  /** Hooks about the message, by which receipts came. */
  hooks?: Hook[];
  numberName?: string | undefined;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const reasons = useReasons();
  let last = accepted ? Date.parse(accepted.at) : undefined;
  return (
    <ol className="timeline">
      {accepted && (
        <li>
          <span className="when">
            <Time at={accepted.at} precise />
          </span>
          <span className="mark" data-state="queued">
            <AddOutlined />
          </span>
          <div>
            <h3>{translate('message_page.step.accepted')}</h3>
            {accepted.text && <p>{accepted.text}</p>}
          </div>
        </li>
      )}
      {steps.map((step, index) => {
        const at = Date.parse(step.at);
        const gap = last === undefined ? undefined : Math.max(0, at - last);
        const over = waits.filter(({ until, duration_ms }) => {
          const ended = Date.parse(until);
          return duration_ms >= shortestWait && ended <= at && ended > (last ?? 0);
        });
        const asked = last !== undefined && notBefore ? Math.max(last, Date.parse(notBefore)) : last;
        const isLong = asked !== undefined && at - asked > usualGap(step, messageClass);
        last = at;
        const isNote = step.from === step.to;
        if (statesOnly && isNote) return null;
        const [hue, Icon] = lookOf(step);
        const hook = hookOf(step, hooks);
        return (
          <li key={`${step.at}.${index}`}>
            <span className="when">
              <Time at={step.at} precise />
              {gap !== undefined && (
                <span className={`gap${isLong ? ' long' : ''}`}>
                  + {format.duration(gap)}
                  {isLong && <span className="hidden"> {translate('message_page.long')}</span>}
                </span>
              )}
            </span>
            <span className="mark" data-state={hue}>
              <Icon />
            </span>
            <div>
              <h3>
                {translate(nameOf(step), { attempt: step.attempt })}
                {step.cause && <span className="mono mute">{step.cause}</span>}
              </h3>
              {!statesOnly && over.map((wait) => <WaitText key={wait.from} wait={wait} numberName={numberName} />)}
              {!statesOnly && <StepText step={step} reason={step.cause ? reasons.get(step.cause) : undefined} />}
              {!statesOnly && hook && (
                <p>
                  <a className="linked" href={`#${placeOfHook(hook.id)}`}>
                    {translate('message_page.by_hook')}
                  </a>
                </p>
              )}
              {!statesOnly && called && step.to === 'calling' && <MessageCall attempt={step.attempt} of={called} />}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

/** Says for what the message waited before a step. */
function WaitText({ wait: { reason, duration_ms, ahead }, numberName }: { wait: Wait; numberName: string | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
  return (
    <p>
      {translate(`message_page.waited.${reason}`, {
        for: format.duration(duration_ms),
        number: numberName ?? translate('message_page.waited.its_number'),
        smart_count: ahead ?? 0,
      })}
    </p>
  );
}

/** Returns the hook by which a receipt came: the first one that says so. */
function hookOf({ from, to }: Step, hooks: Hook[]): Hook | undefined {
  const isReceipt = from !== to && ['delivered', 'read', 'played'].includes(to);
  return isReceipt ? hooks.find(({ says }) => says.includes(to)) : undefined;
}

function StepText({ step, reason }: { step: Step; reason: Reason | undefined }) {
  const translate = useTranslate();
  const actor = step.actor && step.actor.kind !== 'system' ? translate('message_page.by', { name: step.actor.name }) : undefined;
  const text = [reason?.text, actor].filter(Boolean).join(' ');
  // A word of the engine stands in the sentence; what somebody said stands in a box.
  const isWord = !!step.detail && /^[\w.-]{1,40}$/.test(step.detail);
  return (
    <>
      {(text || isWord) && (
        <p>
          {text} {isWord && <span className="mono mute">{step.detail}</span>}
        </p>
      )}
      {step.detail && !isWord && <div className="code mono">{step.detail}</div>}
    </>
  );
}

function lookOf({ from, to }: Step): Look {
  if (from === to) return ['queued', NotesOutlined];
  if (to === 'queued' && from !== 'scheduled') return ['queued', ReplayOutlined];
  return (looks.message as Record<string, Look>)[to] ?? ['queued', NotesOutlined];
}

function nameOf({ from, to }: Step): string {
  if (from === to) return 'message_page.step.note';
  return `message_page.step.${to === 'queued' && from !== 'scheduled' ? 'back' : to}`;
}
