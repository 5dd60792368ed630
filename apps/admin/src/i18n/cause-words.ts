import type { reasons as en } from './en/reasons';
import type { Words } from './words';

type Reasons = Words<typeof en>;

/** Words of causes in each language: chunks of their own, since the pages before the sign-in need none of them. */
const loaders: Record<string, () => Promise<Reasons>> = {
  en: async () => (await import('./en/reasons')).reasons,
  'pt-BR': async () => (await import('./pt-BR/reasons')).reasons,
  es: async () => (await import('./es/reasons')).reasons,
  fr: async () => (await import('./fr/reasons')).reasons,
  ar: async () => (await import('./ar/reasons')).reasons,
};

/** Returns the words of causes by their code; none when they cannot be fetched. */
export async function causeWords(locale: string): Promise<Partial<Record<string, Reasons[keyof Reasons]>>> {
  return (await loaders[locale]?.().catch(() => undefined)) ?? {};
}
