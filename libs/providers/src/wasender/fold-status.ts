import { type ProviderSessionStatus, providerSessionStatuses } from '../whatsapp-provider';

/** Normalises the provider's spelling: lower case, spaces and hyphens to underscores. An unknown status becomes `unknown`. */
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
