import { useQuery } from '@tanstack/react-query';
import { useLocale } from 'react-admin';
import { refusalWords } from '../i18n/cause-words';

/** Returns a function that tells a refusal: in the language of the panel where it has words for the code, else as the API said it. */
export function useRefusalText(): (error: { code?: string; message: string }) => string {
  const locale = useLocale();
  const { data: words } = useQuery({ queryKey: ['refusals', locale], queryFn: () => refusalWords(locale), staleTime: Infinity });
  return ({ code, message }) => (code && words?.[code]) || message;
}
