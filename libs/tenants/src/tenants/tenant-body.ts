import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';

/** A country whose phone numbers can be parsed. */
export const countryCode = z
  .string()
  .regex(/^[A-Z]{2}$/, 'ISO 3166-1 alpha-2, e.g. GB')
  .refine((code) => isSupportedCountry(code as CountryCode), 'There is no such country, or it has no phone numbers of its own.');

/** Body of a new tenant. */
export const createTenantBody = z.strictObject({ name: z.string().min(1).max(200), default_country: countryCode });

/** Colours in which people tell tenants apart; each is dark enough for white letters. */
export const tenantColours = ['teal', 'rust', 'indigo', 'amber', 'slate', 'plum'] as const;
export type TenantColour = (typeof tenantColours)[number];

/** Colour and initials that tell a tenant from others in the panel; null: derived from its id and name. */
export const tenantLooks = {
  colour: z.enum(tenantColours).nullable(),
  initials: z
    .string()
    .trim()
    .regex(/^[\p{L}\p{N}]{1,2}$/u, 'One or two letters or digits.')
    .nullable(),
};
