import type { faults as enFaults, reasons as en } from './en/reasons';
import type { ToldRefusal } from './refusal-codes';
import type { Words } from './words';

type Reasons = Words<typeof en>;
type Faults = Words<typeof enFaults>;
type Refusals = Record<ToldRefusal, string>;

/** Words of causes and refusals in each language: chunks of their own, since the pages before the sign-in need none of them. */
const loaders: Record<string, () => Promise<{ reasons: Reasons; refusals: Refusals; faults: Faults }>> = {
  en: () => import('./en/reasons'),
  'pt-BR': () => import('./pt-BR/reasons'),
  es: () => import('./es/reasons'),
  fr: () => import('./fr/reasons'),
  ar: () => import('./ar/reasons'),
};

const load = (locale: string) => loaders[locale]?.().catch(() => undefined);

/** Returns the words of causes by their code; none when they cannot be fetched. */
export async function causeWords(locale: string): Promise<Partial<Record<string, Reasons[keyof Reasons]>>> {
  return (await load(locale))?.reasons ?? {};
}

/** Returns the words of refusals by their code; none when they cannot be fetched. */
export async function refusalWords(locale: string): Promise<Partial<Record<string, string>>> {
  return (await load(locale))?.refusals ?? {};
}

/** Returns the words of faults of fields by their code; none when they cannot be fetched. */
export async function faultWords(locale: string): Promise<Partial<Record<string, string | Partial<Record<string, string>>>>> {
  return (await load(locale))?.faults ?? {};
}
