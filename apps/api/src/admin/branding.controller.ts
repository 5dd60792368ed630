import { Body, Controller, Get, Param, Patch, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AppError, type EntityTags, notFound } from '@heliograph/kernel';
import { Branding, type BrandSettings, colourFault, logoTypes, may, maxLogoBytes, readLogo, type SignedIn } from '@heliograph/staff';
import { Tenants } from '@heliograph/tenants';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { tagged, Tags, TakesIfMatch } from '../http/if-match';
import { problemResponse } from '../http/problem.schema';
import { brandSchema, brandSettingsSchema, brandSettingsView, brandView } from './brand.view';
import { CurrentSignIn, NoSignIn, RequirePermission } from './person.guard';

const colour = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour as #0B5D66')
  .transform((text) => text.toUpperCase())
  .nullable()
  .optional();
const link = (protocol: RegExp) => z.url({ protocol }).max(500).nullable().optional();
const changeBody = z
  .strictObject({
    name: z.string().trim().min(1).max(60).nullable().optional(),
    colour_light: colour.meta({ description: 'Colour of buttons in the light theme.' }),
    colour_dark: colour.meta({ description: 'Colour of buttons in the dark theme.' }),
    support_url: link(/^(?:https|mailto)$/),
    imprint_url: link(/^https$/),
    logo: z
      .strictObject({ type: z.enum(logoTypes), data: z.base64().max(Math.ceil(maxLogoBytes / 3) * 4) })
      .nullable()
      .optional()
      .meta({ description: 'SVG or PNG of at most 64 KiB, in base64; null: none. Only the drawing elements of an SVG are kept.' }),
  })
  .meta({ id: 'BrandChange', example: { name: 'Copper Kettle Agency', colour_light: '#0B5D66' } });
type Change = z.output<typeof changeBody>;
const logoHash = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .meta({ description: 'Digest of the logo, as in `logo` of a brand.' });
const settingsAnswer = tagged({ status: 200, description: 'Members that are set here.', standardSchema: brandSettingsSchema });
const editedBrand = ({ name, colourLight, colourDark, supportUrl, imprintUrl, logoHash: hash }: BrandSettings) => [
  name,
  colourLight,
  colourDark,
  supportUrl,
  imprintUrl,
  hash,
];
/** Content security policy of a logo: nothing in it runs, even when it is opened by itself. */
const logoPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** Serves name, logo, colours and links of the panel, of the installation and of tenants. */
@ApiTags('staff')
@Controller('admin/v1')
export class BrandingController {
  constructor(
    private readonly branding: Branding,
    private readonly tenants: Tenants,
  ) {}

  @Get('branding')
  @NoSignIn()
  @ApiOperation({ operationId: 'getBrand', summary: 'Retrieve the brand of the panel, also before a sign-in' })
  @ApiResponse({
    status: 200,
    description: 'The brand of the installation, or of the tenant when all roles of the person are for one tenant.',
    standardSchema: brandSchema,
  })
  async brand(@CurrentSignIn() signedIn: SignedIn | null): Promise<z.input<typeof brandSchema>> {
    return brandView(await this.branding.brandFor(signedIn?.person.grants ?? null));
  }

  @Get('branding/logos/:hash')
  @NoSignIn()
  @ApiOperation({ operationId: 'getBrandLogo', summary: 'Retrieve the logo of a brand' })
  @ApiResponse({
    status: 200,
    description: 'The image.',
    content: Object.fromEntries(logoTypes.map((type) => [type, { schema: { type: 'string', format: 'binary' } }])),
  })
  @ApiResponse(problemResponse(404, 'not_found', 'No brand has this logo.'))
  async logo(@Param('hash', { schema: logoHash }) hash: string, @Res() reply: FastifyReply): Promise<void> {
    const logo = await this.branding.logo(hash);
    if (!logo) throw notFound('logo');
    await reply
      .header('content-type', logo.type)
      .header('content-security-policy', logoPolicy)
      .header('cache-control', 'public, max-age=31536000, immutable')
      .send(logo.bytes);
  }

  @Get('settings/branding')
  @RequirePermission('settings:manage')
  @ApiOperation({ operationId: 'getBrandSettings', summary: 'Retrieve the brand settings of the installation' })
  @ApiResponse(settingsAnswer)
  async settings(@Tags() tags: EntityTags): Promise<z.input<typeof brandSettingsSchema>> {
    return brandSettingsView(tags.show(editedBrand, await this.branding.get(null)));
  }

  @Patch('settings/branding')
  @TakesIfMatch()
  @RequirePermission('settings:manage')
  @ApiOperation({ operationId: 'updateBrandSettings', summary: 'Update the brand of the installation: name, logo, colours, links' })
  @ApiResponse(settingsAnswer)
  @ApiResponse(problemResponse(422, 'low_contrast', 'A colour cannot be read; or the logo is no PNG or SVG (`invalid_logo`).'))
  change(@Body({ schema: changeBody }) body: Change, @Tags() tags: EntityTags): Promise<z.input<typeof brandSettingsSchema>> {
    return this.set(null, body, tags);
  }

  @Get('tenants/:id/branding')
  @RequirePermission('tenant:manage', { anyTenant: true })
  @ApiOperation({ operationId: 'getTenantBrandSettings', summary: 'Retrieve the brand settings of a tenant' })
  @ApiResponse(settingsAnswer)
  @ApiResponse(problemResponse(404, 'not_found', 'No such tenant, or you do not manage it.'))
  async ofTenant(
    @CurrentSignIn() signedIn: SignedIn,
    @Param('id', { schema: z.uuid() }) id: string,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof brandSettingsSchema>> {
    await this.admit(signedIn, id);
    return brandSettingsView(tags.show(editedBrand, await this.branding.get(id)));
  }

  @Patch('tenants/:id/branding')
  @TakesIfMatch()
  @RequirePermission('tenant:manage', { anyTenant: true })
  @ApiOperation({ operationId: 'updateTenantBrandSettings', summary: 'Update the brand that people of one tenant see' })
  @ApiResponse(settingsAnswer)
  @ApiResponse(problemResponse(404, 'not_found', 'No such tenant, or you do not manage it.'))
  @ApiResponse(problemResponse(422, 'low_contrast', 'A colour cannot be read; or the logo is no PNG or SVG (`invalid_logo`).'))
  async changeOfTenant(
    @CurrentSignIn() signedIn: SignedIn,
    @Param('id', { schema: z.uuid() }) id: string,
    @Body({ schema: changeBody }) body: Change,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof brandSettingsSchema>> {
    await this.admit(signedIn, id);
    return this.set(id, body, tags);
  }

  /** @throws AppError `low_contrast`, `invalid_logo`, `precondition_failed` */
  private async set(tenantId: string | null, body: Change, tags: EntityTags): Promise<z.input<typeof brandSettingsSchema>> {
    for (const mode of ['light', 'dark'] as const) {
      const fault = body[`colour_${mode}`] && colourFault(mode, body[`colour_${mode}`] as string);
      if (fault) throw new AppError('unprocessable', 'low_contrast', fault, { path: `colour_${mode}` });
    }
    const { logo } = body;
    const changes = {
      ...(body.name !== undefined && { name: body.name }),
      ...(body.colour_light !== undefined && { colourLight: body.colour_light }),
      ...(body.colour_dark !== undefined && { colourDark: body.colour_dark }),
      ...(body.support_url !== undefined && { supportUrl: body.support_url }),
      ...(body.imprint_url !== undefined && { imprintUrl: body.imprint_url }),
      ...(logo !== undefined && { logo: logo && readLogo(logo.type, Buffer.from(logo.data, 'base64')) }),
    };
    return brandSettingsView(tags.show(editedBrand, await this.branding.set(tenantId, changes, tags.guard(editedBrand))));
  }

  /** @throws AppError `not_found` */
  private async admit({ person }: SignedIn, id: string): Promise<void> {
    if (!may(person.grants, 'tenant:manage', id)) throw notFound('tenant');
    await this.tenants.get(id);
  }
}
