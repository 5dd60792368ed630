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

/** One change of a message's state. */
export type Step = components['schemas']['Message']['timeline'][number];
type Look = readonly [StateName, ComponentType];

const second = 1_000;
const leaving = ['transactional', 'reply'];

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
  request,
  providerId,
}: {
  steps: Step[];
  accepted?: { at: string; text?: ReactNode };
  notBefore?: string | null;
  messageClass?: string;
  statesOnly?: boolean;
  /** Request of each attempt, as far as it is stored. */
  request?: { to: string; type: string | null; characters: number | null };
  /** Id that the provider answered with. */
  providerId?: string | null;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const reasons = useReasons();
  const lastAttempt = Math.max(0, ...steps.map(({ attempt }) => attempt));
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
        const asked = last !== undefined && notBefore ? Math.max(last, Date.parse(notBefore)) : last;
        const isLong = asked !== undefined && at - asked > usualGap(step, messageClass);
        last = at;
        const isNote = step.from === step.to;
        if (statesOnly && isNote) return null;
        const [hue, Icon] = lookOf(step);
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
              {!statesOnly && <StepText step={step} reason={step.cause ? reasons.get(step.cause) : undefined} />}
              {!statesOnly && request && step.to === 'calling' && (
                <div className="code mono" dir="ltr">
                  <b>{translate('message_page.request')}</b> {request.to} ·{' '}
                  {translate(request.type ? `type.${request.type}` : 'message_page.made_now')}
                  {request.characters !== null &&
                    ` · ${translate('message_page.characters', { smart_count: request.characters, figure: format.number(request.characters) })}`}
                  {step.attempt === lastAttempt && providerId && (
                    <div>
                      <b>{translate('message_page.answer')}</b> {providerId}
                    </div>
                  )}
                </div>
              )}
            </div>
          </li>
        );
      })}
    </ol>
  );
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
