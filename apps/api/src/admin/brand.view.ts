import type { Brand, BrandSettings } from '@heliograph/staff';
import { z } from 'zod';

const inkSchema = z.object({ main: z.string(), text: z.string() }).nullable();
const exampleInk = { main: '#0B5D66', text: '#FFFFFF' };
export const exampleBrand = {
  name: 'Copper Kettle Agency',
  installation: null,
  logo: '/admin/v1/branding/logos/5d41402abc4b2a76b9719d911017c592',
  ink: { light: exampleInk, dark: null },
  support_url: 'https://agency.example/support',
  imprint_url: 'https://agency.example/imprint',
};
const logo = z.string().nullable().meta({ description: 'Path of the logo; null: our own.' });
export const brandSchema = z
  .object({
    name: z.string(),
    installation: z.string().nullable().meta({ description: 'Name of the installation when `name` is that of a tenant; otherwise null.' }),
    logo,
    ink: z
      .object({ light: inkSchema, dark: inkSchema })
      .meta({ description: 'Colour of buttons and the text on it, by theme; null: our own.' }),
    support_url: z.string().nullable(),
    imprint_url: z.string().nullable(),
  })
  .meta({ id: 'Brand', example: exampleBrand });

export const logoPath = (hash: string | null): string | null => hash && `/admin/v1/branding/logos/${hash}`;

export function brandView(brand: Brand): z.input<typeof brandSchema> {
  return {
    name: brand.name,
    installation: brand.installation,
    logo: logoPath(brand.logoHash),
    ink: brand.ink,
    support_url: brand.supportUrl,
    imprint_url: brand.imprintUrl,
  };
}

const own = z.string().nullable();
export const brandSettingsSchema = z
  .object({ name: own, colour_light: own, colour_dark: own, support_url: own, imprint_url: own, logo })
  .meta({
    id: 'BrandSettings',
    example: {
      name: exampleBrand.name,
      colour_light: exampleInk.main,
      colour_dark: null,
      support_url: exampleBrand.support_url,
      imprint_url: exampleBrand.imprint_url,
      logo: exampleBrand.logo,
    },
  });

export function brandSettingsView(settings: BrandSettings): z.input<typeof brandSettingsSchema> {
  return {
    name: settings.name,
    colour_light: settings.colourLight,
    colour_dark: settings.colourDark,
    support_url: settings.supportUrl,
    imprint_url: settings.imprintUrl,
    logo: logoPath(settings.logoHash),
  };
}
