import { type ProviderSessionStatus, providerSessionStatuses } from '../whatsapp-provider';

/** The provider's spelling folded: lower case, spaces and hyphens to underscores; what is not known is `unknown`. */
export function foldStatus(raw: unknown): ProviderSessionStatus {
  const folded =
    typeof raw === 'string'
      ? raw
          .trim()
          .toLowerCase()
          .replace(/[\s-]+/g, '_')
      : '';
  return providerSessionStatuses.find((status) => status === folded) ?? 'unknown';
}
