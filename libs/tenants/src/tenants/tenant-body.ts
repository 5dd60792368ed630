import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';

/** A country whose phone numbers can be parsed. */
export const countryCode = z
  .string()
  .regex(/^[A-Z]{2}$/, 'ISO 3166-1 alpha-2, e.g. GB')
  .refine((code) => isSupportedCountry(code as CountryCode), 'There is no such country, or it has no phone numbers of its own.');

/** Body of a new tenant. */
export const createTenantBody = z.strictObject({ name: z.string().min(1).max(200), default_country: countryCode });
