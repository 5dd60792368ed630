import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';

/** Most waiting messages that the API counts; so many stand for that many or more. */
export const maxCounted = 1_000;

/** Path of the list of a number's messages that wait. */
export const waitingOf = (id: string): string =>
  `/messages?filter=${encodeURIComponent(JSON.stringify({ session_id: id, state: 'queued' }))}`;

/** A count of waiting messages: "318", or "1,000 or more". */
export function useWaitingWords(count: number): string {
  const translate = useTranslate();
  const format = useFormat();
  return translate(count >= maxCounted ? 'numbers.count_or_more' : 'numbers.count', { count: format.number(count) });
}
