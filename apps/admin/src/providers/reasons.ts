import { useQuery } from '@tanstack/react-query';
import { useLocale, useTranslate } from 'react-admin';
import { causeWords } from '../i18n/cause-words';
import { useClients } from '../layout/client-switcher';
import type { components } from './api-types';
import { api, ok } from './client';
import { useTenant } from './tenant';

/** A cause in words: what it means, what to do, and whether sending again can help. */
export type Reason = components['schemas']['ReasonList']['data'][number];
/** Ends of a redrive, by cause: names of `state.redrive`. */
export type RedriveHope = 'helps' | 'may_duplicate' | 'no_help';

/** Cause of a message that may have gone out. Its redrive takes `may_duplicate`. */
export const unknownOutcome = 'outcome_unknown';

/**
 * Every cause by its code, in the words of the chosen language; in those of the API where the panel has none, as of a newer API.
 * @param anyTenant client to ask for while none is chosen: the words are the same for all
 */
export function useReasons(anyTenant?: string): Map<string, Reason> {
  const tenant = useTenant();
  const { data: clients } = useClients();
  const acting = tenant ?? anyTenant ?? clients?.[0]?.id;
  const locale = useLocale();
  const translate = useTranslate();
  const { data } = useQuery({
    queryKey: ['reasons', acting, locale],
    queryFn: async () => {
      const [{ data: reasons }, words] = await Promise.all([
        ok(api.GET('/v1/reasons', { headers: { 'heliograph-tenant': acting ?? '' } })),
        causeWords(locale),
      ]);
      // Words of events are with the events.
      const of = (code: string, part: 'text' | 'do', said: string) =>
        words[code]?.[part] ?? translate(`events.reasons.${code}.${part}`, { _: said });
      return new Map(
        reasons.map((reason): [string, Reason] => {
          const { code, text, what_to_do } = reason;
          return [code, { ...reason, text: of(code, 'text', text), what_to_do: of(code, 'do', what_to_do) }];
        }),
      );
    },
    staleTime: Infinity,
    enabled: !!acting,
  });
  return data ?? none;
}

const none = new Map<string, Reason>();

/** Returns whether a redrive of letters of this cause can help. */
export function hopeOf({ may_duplicate, redrive_helps }: Pick<Reason, 'may_duplicate' | 'redrive_helps'>): RedriveHope {
  if (may_duplicate) return 'may_duplicate';
  return redrive_helps ? 'helps' : 'no_help';
}
