import { Body, Controller, Get, HttpCode, Inject, Post, Query, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { APP_CONFIG, AppError, type KernelConfig, nothingToAudit } from '@heliograph/kernel';
import type { ProvidersConfig } from '@heliograph/providers';
import {
  type AuthAnswer,
  type AuthRequest,
  Branding,
  type CountedTry,
  may,
  type SignedIn,
  SignIns,
  SignInLimits,
  StaffAuth,
  type StaffConfig,
} from '@heliograph/staff';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { problemResponse } from '../http/problem.schema';
import { version } from '../version';
import { brandView } from './brand.view';
import { AuthFrom, CurrentSignIn, NoSignIn } from './person.guard';
import { SimulatorControl } from './simulator/simulator-control';
import { meSchema, personView, rightsView } from './person.view';

const email = z.string().trim().max(254);
const password = z.string().min(1).max(256);
const signInBody = z
  .strictObject({ email, password })
  .meta({ id: 'SignIn', example: { email: 'ines@agency.example', password: 'correct horse battery' } });
const codeBody = z
  .strictObject({ code: z.string().trim().min(6).max(64), kind: z.enum(['totp', 'recovery']).default('totp') })
  .meta({ id: 'SignInCode', example: { code: '123456', kind: 'totp' } });
const linkBody = z
  .strictObject({ token: z.string().min(20).max(200) })
  .meta({ id: 'SignInLink', example: { token: 'q3JrZp0hVn5xT8sYcA1uLw' } });
const resetBody = z.strictObject({ email }).meta({ id: 'PasswordReset', example: { email: 'ines@agency.example' } });
const passwordBody = z
  .strictObject({ token: z.string().min(20).max(200), password })
  .meta({ id: 'NewPassword', example: { token: 'q3JrZp0hVn5xT8sYcA1uLw', password: 'correct horse battery' } });
const stateSchema = z
  .object({ status: z.enum(['signed_in', 'code_required']) })
  .meta({ id: 'SignInState', example: { status: 'signed_in' } });
const urlSchema = z.object({ url: z.string() }).meta({ id: 'SignInUrl', example: { url: 'https://idp.example/authorize?…' } });
const whoSchema = z
  .object({
    authenticated: z.boolean(),
    oidc: z.string().nullable().meta({ description: 'Name of the OpenID Connect provider; null: none.' }),
    me: meSchema.optional(),
  })
  .meta({ id: 'Who', example: { authenticated: false, oidc: null } });
const callbackQuery = z.looseObject({});

/** Sign-in and sign-out of people. */
@ApiTags('staff')
@Controller('admin/v1')
export class SignInController {
  constructor(
    private readonly auth: StaffAuth,
    private readonly signIns: SignIns,
    private readonly limits: SignInLimits,
    private readonly branding: Branding,
    private readonly simulator: SimulatorControl,
    @Inject(APP_CONFIG) private readonly config: KernelConfig & StaffConfig & ProvidersConfig,
  ) {}

  @Get('me')
  @NoSignIn()
  @ApiOperation({ operationId: 'getMe', summary: 'Retrieve the signed-in person and their permissions' })
  @ApiResponse({ status: 200, description: 'The person, or null when nobody is signed in.', standardSchema: whoSchema })
  async me(@CurrentSignIn() signedIn: SignedIn | null): Promise<z.input<typeof whoSchema>> {
    const oidc = this.auth.hasOidc ? this.config.OIDC_NAME : null;
    if (!signedIn) return { authenticated: false, oidc };
    const { id, name, email: address, grants, has_totp } = personView(signedIn.person);
    return {
      authenticated: true,
      oidc,
      me: {
        id,
        name,
        email: address,
        has_totp,
        grants,
        ...rightsView(signedIn.person),
        sign_in_id: signedIn.signInId,
        has_simulator: this.simulator.url !== null && may(signedIn.person.grants, 'sessions:manage', null),
        version,
        brand: brandView(await this.branding.brandFor(signedIn.person.grants)),
      },
    };
  }

  @Post('sign-in')
  @HttpCode(200)
  @NoSignIn()
  @ApiOperation({ operationId: 'signIn', summary: 'Sign in with email and password' })
  @ApiResponse({ status: 200, description: 'Signed in, or a code of the authenticator app is asked for.', standardSchema: stateSchema })
  @ApiResponse(problemResponse(401, 'wrong_credentials', 'Unknown email or wrong password: the same answer.'))
  @ApiResponse(problemResponse(403, 'person_disabled', 'The password is right, and the person was kept out.'))
  @ApiResponse(problemResponse(429, 'too_many_tries', 'Too many tries from here, or for this account.'))
  @ApiResponse(problemResponse(503, 'busy', 'Too many people sign in at once.'))
  async signIn(
    @AuthFrom() from: AuthRequest,
    @Body({ schema: signInBody }) body: z.output<typeof signInBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof stateSchema>> {
    const tried = await this.limits.admit(body.email, from.address);
    const answer = await this.auth.signIn(from, body).catch((error: unknown) => {
      // No password was compared.
      if (error instanceof AppError && error.reason === 'busy') this.limits.forgive(tried);
      throw error;
    });
    return this.answer(answer, reply, tried);
  }

  @Post('sign-in/code')
  @HttpCode(200)
  @NoSignIn()
  @ApiOperation({ operationId: 'confirmSignIn', summary: 'Complete a sign-in with a code' })
  @ApiResponse({ status: 200, description: 'Signed in.', standardSchema: stateSchema })
  @ApiResponse(problemResponse(401, 'wrong_code', 'The code is wrong, or too old; `sign_in_again`: the sign-in took too long.'))
  @ApiResponse(problemResponse(429, 'too_many_codes', 'Too many wrong codes, or too many tries from here (`too_many_tries`).'))
  async code(
    @AuthFrom() from: AuthRequest,
    @Body({ schema: codeBody }) body: z.output<typeof codeBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof stateSchema>> {
    const tried = this.limits.admitCode(from.address);
    const path = body.kind === 'totp' ? '/two-factor/verify-totp' : '/two-factor/verify-backup-code';
    return this.answer(await this.auth.call('POST', path, from, { code: body.code }), reply, tried);
  }

  @Post('sign-in/link')
  @HttpCode(200)
  @NoSignIn()
  @ApiOperation({ operationId: 'signInByLink', summary: 'Sign in with a single-use link' })
  @ApiResponse({ status: 200, description: 'Signed in.', standardSchema: stateSchema })
  @ApiResponse(problemResponse(410, 'link_used', 'The link was used or has expired.'))
  async link(
    @AuthFrom() from: AuthRequest,
    @Body({ schema: linkBody }) body: z.output<typeof linkBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof stateSchema>> {
    const tried = this.limits.admitCode(from.address);
    return this.answer(await this.auth.enterByLink({ ...from, cookie: undefined }, body.token), reply, tried);
  }

  @Post('sign-in/oidc')
  @HttpCode(200)
  @NoSignIn()
  @ApiOperation({ operationId: 'startSingleSignOn', summary: 'Start a sign-in through the OpenID Connect provider' })
  @ApiResponse({ status: 200, description: 'The URL to which the browser is redirected.', standardSchema: urlSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No provider is configured.'))
  async oidc(@AuthFrom() from: AuthRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<z.input<typeof urlSchema>> {
    if (!this.auth.hasOidc) throw new AppError('not_found', 'not_found', 'No OpenID Connect provider is configured.');
    const answer = await this.auth.startOidc(from);
    reply.header('set-cookie', answer.cookies);
    return { url: String(answer.body.url) };
  }

  @Get('auth/callback/oidc')
  @HttpCode(302)
  @NoSignIn()
  // The provider sends browsers here; no client calls it.
  @ApiExcludeEndpoint()
  async callback(
    @AuthFrom() from: AuthRequest,
    @Query({ schema: callbackQuery }) query: z.output<typeof callbackQuery>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const given = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
    const answer = await this.auth.endOidc(from, given).catch((error: unknown) => {
      if (error instanceof AppError) return null;
      throw error;
    });
    if (answer) void reply.header('set-cookie', answer.cookies);
    await reply.redirect(answer ? '/admin/' : '/admin/login#single-sign-on', 302);
  }

  @Post('sign-out')
  @HttpCode(200)
  @NoSignIn()
  @ApiOperation({ operationId: 'signOut', summary: 'Sign out' })
  @ApiResponse({
    status: 200,
    description: 'Signed out.',
    standardSchema: z.object({ status: z.literal('signed_out') }).meta({ id: 'SignedOut', example: { status: 'signed_out' } }),
  })
  async signOut(@AuthFrom() from: AuthRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: 'signed_out' }> {
    const { cookies } = await this.auth.call('POST', '/sign-out', from, {});
    this.signIns.forget();
    reply.header('set-cookie', cookies);
    return { status: 'signed_out' };
  }

  @Post('password-resets')
  @HttpCode(202)
  @NoSignIn()
  @ApiOperation({ operationId: 'requestPasswordReset', summary: 'Request an email with a link that sets a password' })
  @ApiResponse({
    status: 202,
    description: 'The response is the same whether the person exists or not.',
    standardSchema: z.object({ status: z.literal('accepted') }).meta({ id: 'ResetAccepted', example: { status: 'accepted' } }),
  })
  async reset(
    @AuthFrom() from: AuthRequest,
    @Body({ schema: resetBody }) body: z.output<typeof resetBody>,
  ): Promise<{ status: 'accepted' }> {
    if (!this.limits.admitReset(body.email, from.address)) return { status: 'accepted' };
    // Not awaited, so that the response time does not reveal whether the person exists.
    void this.auth.call('POST', '/request-password-reset', { ...from, cookie: undefined }, { email: body.email }).catch(() => undefined);
    return { status: 'accepted' };
  }

  @Post('password')
  @HttpCode(200)
  @NoSignIn()
  @ApiOperation({ operationId: 'setPassword', summary: 'Set a password with the link of an invitation or a reset' })
  @ApiResponse({
    status: 200,
    description: 'The password is set. The person is signed in, or must enter a code at the next sign-in.',
    standardSchema: stateSchema,
  })
  @ApiResponse(problemResponse(410, 'link_used', 'The link was used or has expired.'))
  async password(
    @AuthFrom() from: AuthRequest,
    @Body({ schema: passwordBody }) body: z.output<typeof passwordBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof stateSchema>> {
    const tried = this.limits.admitCode(from.address);
    return this.answer(await this.auth.setPassword({ ...from, cookie: undefined }, body.token, body.password), reply, tried);
  }

  private answer({ body, cookies }: AuthAnswer, reply: FastifyReply, tried: CountedTry): z.input<typeof stateSchema> {
    this.limits.forgive(tried);
    this.signIns.forget();
    if (body.twoFactorRedirect === true) nothingToAudit();
    if (cookies.length > 0) reply.header('set-cookie', cookies);
    return { status: body.twoFactorRedirect === true ? 'code_required' : 'signed_in' };
  }
}
