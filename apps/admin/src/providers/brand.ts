import { useEffect, useSyncExternalStore } from 'react';
import { api, ok } from './client';
import type { components } from './api-types';

/** Name, logo, colours and links of the panel. */
export type Brand = components['schemas']['Brand'];

const key = 'heliograph.brand';
const ours: Brand = {
  name: 'Heliograph',
  installation: null,
  logo: null,
  ink: { light: null, dark: null },
  support_url: null,
  imprint_url: null,
};
const listeners = new Set<() => void>();
let known = stored();
/** Brand of the page that is open, where it has one of its own. */
let ofPage: Brand | null = null;

/** The brand that this browser saw last, so that the first paint has it. */
function stored(): Brand {
  try {
    const read = JSON.parse(localStorage.getItem(key) ?? 'null') as Partial<Brand> | null;
    return read ? { ...ours, ...read } : ours;
  } catch {
    return ours;
  }
}

/** Reads the brand for the person who is signed in, or that of the installation. Keeps the known brand when it cannot be read. */
export async function loadBrand(): Promise<void> {
  const brand = await ok(api.GET('/admin/v1/branding')).catch(() => null);
  if (!brand) return;
  known = brand;
  try {
    localStorage.setItem(key, JSON.stringify(brand));
  } catch {
    // The next page begins with our own brand then.
  }
  for (const listener of listeners) listener();
}

/** Returns the brand that is shown now. */
export const shownBrand = (): Brand => ofPage ?? known;

/** Returns the brand, and renders again when it changes. */
export function useBrand(): Brand {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, shownBrand);
}

/** Shows the brand of a client while a page for somebody without a sign-in is open. This browser does not keep it. */
export function usePageBrand(brand: Brand | undefined): void {
  useEffect(() => {
    if (!brand) return;
    const show = (shown: Brand | null): void => {
      ofPage = shown;
      for (const listener of listeners) listener();
    };
    show(brand);
    return () => show(null);
  }, [brand]);
}

/** Address of the logo. */
export const logoOf = ({ logo }: Pick<Brand, 'logo'>): string => logo ?? '/admin/mark.svg';
