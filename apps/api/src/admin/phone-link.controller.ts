import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type AuthRequest, type Brand, Branding, SignInLimits } from '@heliograph/staff';
import { LinkInvitations, type PhoneLink } from '@heliograph/tenants';
import { z } from 'zod';
import { problemResponse } from '../http/problem.schema';
import { brandSchema, brandView, exampleBrand } from './brand.view';
import { AuthFrom, NoSignIn } from './person.guard';
import { countingWrongLinks, exampleToken, linkToken } from './wrong-links';

const tokenBody = z.strictObject({ token: linkToken }).meta({ id: 'PhoneLinkToken', example: { token: exampleToken } });
const phoneLinkSchema = z
  .object({
    name: z.string(),
    state: z.enum(['idle', 'scan', 'passkey', 'connecting', 'linked', 'other_phone']).meta({
      description: '`idle`: start to get a code; `other_phone`: a phone was linked that is not the expected one.',
    }),
    qr: z.string().nullable().meta({ description: 'Text to show as a QR code, or a data:image URL.' }),
    qr_expires_at: z.iso.datetime().nullable(),
    expires_at: z.iso.datetime(),
    brand: brandSchema,
  })
  .meta({
    id: 'PhoneLink',
    example: {
      name: 'Reception',
      state: 'scan',
      qr: '2@kS7f…,1',
      qr_expires_at: '2026-11-23T09:00:20.000Z',
      expires_at: '2026-11-23T09:10:00.000Z',
      brand: exampleBrand,
    },
  });

const answer = {
  status: 200,
  description: 'The name of the number, and its QR code while it waits for a scan.',
  standardSchema: phoneLinkSchema,
};
const unknown = problemResponse(404, 'not_found', 'No such link, or it was revoked.');
const over = problemResponse(410, 'link_expired', 'The link has expired, or was used (`link_used`).');
const tooMany = problemResponse(429, 'too_many_tries', 'Too many wrong links from here, or too many codes (`too_many_codes`).');

const view = ({ name, state, qr, qrExpiresAt, until }: PhoneLink, brand: Brand): z.input<typeof phoneLinkSchema> => ({
  name,
  state,
  qr,
  qr_expires_at: qrExpiresAt?.toISOString() ?? null,
  expires_at: until.toISOString(),
  brand: brandView(brand),
});

/** Serves the page for the owner of a phone. */
@ApiTags('staff')
@Controller('admin/v1/phone-link')
export class PhoneLinkController {
  constructor(
    private readonly invitations: LinkInvitations,
    private readonly limits: SignInLimits,
    private readonly branding: Branding,
  ) {}

  @Post()
  @HttpCode(200)
  @NoSignIn()
  @ApiOperation({ operationId: 'getPhoneLink', summary: 'Show the QR code of a number to the holder of its link' })
  @ApiResponse(answer)
  @ApiResponse(unknown)
  @ApiResponse(over)
  @ApiResponse(tooMany)
  async show(
    @AuthFrom() { address }: AuthRequest,
    @Body({ schema: tokenBody }) { token }: z.output<typeof tokenBody>,
  ): Promise<z.input<typeof phoneLinkSchema>> {
    return this.guarded(address, () => this.invitations.show(token));
  }

  @Post('start')
  @HttpCode(200)
  @NoSignIn()
  @ApiOperation({ operationId: 'startPhoneLink', summary: 'Ask for a QR code with the link of a number' })
  @ApiResponse(answer)
  @ApiResponse(unknown)
  @ApiResponse(over)
  @ApiResponse(tooMany)
  @ApiResponse(problemResponse(503, 'code_unavailable', 'The provider gave no code.'))
  async start(
    @AuthFrom() { address }: AuthRequest,
    @Body({ schema: tokenBody }) { token }: z.output<typeof tokenBody>,
  ): Promise<z.input<typeof phoneLinkSchema>> {
    return this.guarded(address, () => this.invitations.start(token));
  }

  private guarded(address: string, work: () => Promise<PhoneLink>): Promise<z.input<typeof phoneLinkSchema>> {
    return countingWrongLinks(this.limits, address, async () => {
      const link = await work();
      return view(link, await this.branding.brandOf(link.tenantId));
    });
  }
}
