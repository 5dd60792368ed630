import { useQuery } from '@tanstack/react-query';
import { useLocale, useTranslate } from 'react-admin';
import { faultWords } from '../i18n/cause-words';
import { useFormat } from '../i18n/format';
import type { ApiError, FieldFault } from './client';
import { useRefusalText } from './refusals';

/** Number of allowed values that a sentence lists. */
const maxListed = 20;

/** Returns the place of the words of a fault among those of its code; undefined where its parameters do not say enough. */
function variantOf({ code, params = {} }: FieldFault): string | undefined {
  switch (code) {
    case 'invalid_type':
      return params.missing ? 'missing' : params.expected;
    case 'too_small':
    case 'too_big':
      if ((code === 'too_small' ? params.minimum : params.maximum) === undefined) return undefined;
      return params.unit ?? (params.exclusive ? 'exclusive' : 'value');
    case 'invalid_format':
      return params.format;
    case 'not_multiple_of':
      return params.divisor === undefined ? undefined : 'value';
    case 'invalid_value':
      return params.allowed && 'allowed';
    case 'invalid_union':
      return params.allowed ? 'allowed' : 'any';
    default:
      return 'any';
  }
}

/** Returns a function that tells a fault of a field: in the language of the panel where it has words for it, else as the API said it. */
export function useFaultText(): (fault: FieldFault) => string {
  const translate = useTranslate();
  const locale = useLocale();
  const format = useFormat();
  const { data: words } = useQuery({ queryKey: ['faults', locale], queryFn: () => faultWords(locale), staleTime: Infinity });
  return (fault) => {
    const { code, message, params = {} } = fault;
    const ofCode = words?.[params.exact ? 'exact' : code];
    const variant = variantOf(fault);
    const phrase = typeof ofCode === 'string' ? ofCode : variant && ofCode?.[variant];
    if (!phrase) return message;
    const figure = params.minimum ?? params.maximum ?? params.divisor ?? 0;
    const allowed = params.allowed?.map(String) ?? [];
    const listed = allowed.length > maxListed ? [...allowed.slice(0, maxListed), '…'] : allowed;
    return translate(phrase, {
      _: phrase,
      smart_count: figure,
      figure: format.number(figure),
      allowed: listed.join(locale === 'ar' ? '، ' : ', '),
    });
  };
}

/** Returns the faults of fields of a refusal by their path (`contacts.3.phone`), in the language of the panel where it has words for them. */
export function useFaults(error: ApiError | null): Record<string, string> {
  const faultText = useFaultText();
  const refusalText = useRefusalText();
  // A refusal that is about one field names it, with its own code and sentence.
  const isRefusal = ({ code, message }: FieldFault): boolean => code === error?.code && message === error.message;
  const textOf = (fault: FieldFault): string => {
    const text = faultText(fault);
    return text === fault.message && isRefusal(fault) ? refusalText(fault) : text;
  };
  const told = new Map<string, string>();
  for (const fault of error?.faults ?? []) {
    const path = fault.path.replaceAll('/', '.');
    // Of several faults at one path the first counts: the later ones often follow from it.
    if (!told.has(path)) told.set(path, textOf(fault));
  }
  return Object.fromEntries(told);
}
