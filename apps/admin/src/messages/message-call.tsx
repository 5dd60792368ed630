import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import type { components } from '../providers/api-types';

type Message = components['schemas']['Message'];
type Call = Message['calls'][number];

/** Calls of a message, with what they have in common. */
export interface Called {
  calls: Call[];
  type: string | null;
  /** Length of the text; null: there is none, or it is not made yet. */
  characters: number | null;
  /** Id that the provider answered with. */
  providerId: string | null;
}

export const calledOf = ({ calls, type, message, provider_message_id }: Message): Called => {
  const content = (message as { content?: { text?: string; caption?: string } } | null)?.content;
  return { calls, type, characters: (content?.text ?? content?.caption)?.length ?? null, providerId: provider_message_id };
};

/** The request of one attempt and its own answer: status, duration, and what the provider said. */
export function MessageCall({ attempt, of: { calls, type, characters, providerId } }: { attempt: number; of: Called }) {
  const translate = useTranslate();
  const format = useFormat();
  const call = calls.find((one) => one.attempt === attempt);
  if (!call) return null;
  const { request, http_status: status, duration_ms: duration, answer, retry_after_ms: retryAfter } = call;
  const isLastSent = calls.findLast(({ outcome }) => outcome === 'sent') === call;
  const answered = [
    // Of calls before durations were stored, it is not known whether there was an answer.
    status ?? (duration === null ? undefined : translate('message_page.no_answer')),
    duration === null ? undefined : format.latency(duration),
    isLastSent ? providerId : undefined,
    retryAfter === null ? undefined : translate('message_page.asked_to_wait', { for: format.duration(retryAfter) }),
  ].filter((part) => part !== undefined && part !== null);
  return (
    <div className="code mono" dir="ltr">
      <b>{translate('message_page.request')}</b> {request.to} · {type ?? translate('message_page.made_now')}
      {characters !== null && ` · ${translate('message_page.characters', { smart_count: characters, figure: format.number(characters) })}`}
      {request.file_url && (
        <div>
          <b>{translate('message_page.file_copy')}</b> {request.file_url}
        </div>
      )}
      {answered.length > 0 && (
        <div>
          <b>{translate('message_page.answer')}</b> {answered.join(' · ')}
        </div>
      )}
      {answer && <div className="said">{answer}</div>}
    </div>
  );
}
