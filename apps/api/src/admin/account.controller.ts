import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { notFound } from '@heliograph/kernel';
import { type AuthRequest, Branding, type SignedIn, SignInLimits, SignIns, StaffAuth, StaffPeople } from '@heliograph/staff';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { problemResponse } from '../http/problem.schema';
import { AuthFrom, CurrentSignIn, RequireSignIn } from './person.guard';
import { personSchema, personView } from './person.view';
import { signInsSchema, signInView } from './sign-in.view';

const password = z.string().min(1).max(256);
const nameBody = z
  .strictObject({ name: z.string().trim().min(1).max(120) })
  .meta({ id: 'AccountChange', example: { name: 'Ines Castro' } });
const passwordBody = z
  .strictObject({ current_password: password, new_password: password })
  .meta({ id: 'PasswordChange', example: { current_password: 'correct horse battery', new_password: 'a longer sentence than before' } });
const confirmBody = z.strictObject({ password }).meta({ id: 'PasswordConfirmation', example: { password: 'correct horse battery' } });
const codeBody = z.strictObject({ code: z.string().trim().length(6) }).meta({ id: 'TotpCode', example: { code: '123456' } });
const totpSchema = z
  .object({
    uri: z.string().meta({ description: 'Text to show as a QR code to the authenticator app.' }),
    recovery_codes: z.array(z.string()),
  })
  .meta({ id: 'TotpSetup', example: { uri: 'otpauth://totp/Heliograph:ines@agency.example?secret=…', recovery_codes: ['h3k2-9s8d'] } });
const codesSchema = z
  .object({ recovery_codes: z.array(z.string()) })
  .meta({ id: 'RecoveryCodes', example: { recovery_codes: ['h3k2-9s8d'] } });
const doneSchema = z.object({ status: z.literal('done') }).meta({ id: 'Done', example: { status: 'done' } });
const endedSchema = z.object({ ended: z.int() }).meta({ id: 'SignInsEnded', example: { ended: 2 } });
/** Own account of a person: name, password, authenticator app, open sign-ins. */
@ApiTags('staff')
@Controller('admin/v1/me')
@RequireSignIn()
export class AccountController {
  constructor(
    private readonly auth: StaffAuth,
    private readonly people: StaffPeople,
    private readonly signIns: SignIns,
    private readonly limits: SignInLimits,
    private readonly branding: Branding,
  ) {}

  @Patch()
  @ApiOperation({ operationId: 'updateMe', summary: 'Update your name' })
  @ApiResponse({ status: 200, description: 'You.', standardSchema: personSchema })
  async rename(
    @CurrentSignIn() { person }: SignedIn,
    @Body({ schema: nameBody }) { name }: z.output<typeof nameBody>,
  ): Promise<z.input<typeof personSchema>> {
    await this.people.change(person.id, { name });
    this.signIns.forget();
    return personView(await this.people.get(person.id));
  }

  @Post('password')
  @HttpCode(200)
  @ApiOperation({ operationId: 'changePassword', summary: 'Change your password and end all your other sign-ins' })
  @ApiResponse({ status: 200, description: 'Changed.', standardSchema: doneSchema })
  @ApiResponse(problemResponse(401, 'wrong_password', 'The current password is wrong.'))
  @ApiResponse(problemResponse(409, 'no_password', 'The person has no password yet.'))
  async changePassword(
    @CurrentSignIn() { person }: SignedIn,
    @AuthFrom() from: AuthRequest,
    @Body({ schema: passwordBody }) body: z.output<typeof passwordBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof doneSchema>> {
    const tried = this.limits.admitCode(from.address);
    const given = { currentPassword: body.current_password, newPassword: body.new_password, revokeOtherSessions: true };
    const { cookies } = await this.auth.call('POST', '/change-password', from, given);
    this.limits.forgive(tried);
    await this.people.endLinks(person.id);
    this.signIns.forget();
    if (cookies.length > 0) reply.header('set-cookie', cookies);
    return { status: 'done' };
  }

  @Post('totp')
  @HttpCode(200)
  @ApiOperation({ operationId: 'startTotp', summary: 'Start the setup of an authenticator app, which a code must confirm' })
  @ApiResponse({ status: 200, description: 'The secret. It is shown only once.', standardSchema: totpSchema })
  @ApiResponse(problemResponse(401, 'wrong_password', 'The password is wrong.'))
  @ApiResponse(problemResponse(409, 'totp_enabled', 'An app is set up already, or the person has no password (`no_password`).'))
  async startTotp(
    @CurrentSignIn() { person }: SignedIn,
    @AuthFrom() from: AuthRequest,
    @Body({ schema: confirmBody }) body: z.output<typeof confirmBody>,
  ): Promise<z.input<typeof totpSchema>> {
    const tried = this.limits.admitCode(from.address);
    // The app lists the secret under this name.
    const issuer = (await this.branding.brandFor(person.grants)).name;
    const answer = await this.auth.call('POST', '/two-factor/enable', from, { ...body, issuer });
    this.limits.forgive(tried);
    return { uri: String(answer.body.totpURI), recovery_codes: answer.body.backupCodes as string[] };
  }

  @Post('totp/confirm')
  @HttpCode(200)
  @ApiOperation({ operationId: 'confirmTotp', summary: 'Confirm the authenticator app with a code' })
  @ApiResponse({
    status: 200,
    description: 'The authenticator app is set up. Sign-ins require a code from now on.',
    standardSchema: doneSchema,
  })
  @ApiResponse(problemResponse(401, 'wrong_code', 'The code is wrong.'))
  @ApiResponse(problemResponse(409, 'totp_not_enabled', 'No authenticator app is set up.'))
  async confirmTotp(
    @AuthFrom() from: AuthRequest,
    @Body({ schema: codeBody }) body: z.output<typeof codeBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof doneSchema>> {
    const { cookies } = await this.auth.call('POST', '/two-factor/verify-totp', from, body);
    this.signIns.forget();
    if (cookies.length > 0) reply.header('set-cookie', cookies);
    return { status: 'done' };
  }

  @Post('totp/remove')
  @HttpCode(200)
  @ApiOperation({ operationId: 'removeTotp', summary: 'Remove the authenticator app' })
  @ApiResponse({ status: 200, description: 'Removed.', standardSchema: doneSchema })
  @ApiResponse(problemResponse(401, 'wrong_password', 'The password is wrong.'))
  @ApiResponse(problemResponse(409, 'totp_not_enabled', 'No authenticator app is set up.'))
  async removeTotp(
    @AuthFrom() from: AuthRequest,
    @Body({ schema: confirmBody }) body: z.output<typeof confirmBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof doneSchema>> {
    const tried = this.limits.admitCode(from.address);
    const { cookies } = await this.auth.call('POST', '/two-factor/disable', from, body);
    this.limits.forgive(tried);
    this.signIns.forget();
    if (cookies.length > 0) reply.header('set-cookie', cookies);
    return { status: 'done' };
  }

  @Post('recovery-codes')
  @HttpCode(200)
  @ApiOperation({ operationId: 'createRecoveryCodes', summary: 'Create new recovery codes and invalidate the old ones' })
  @ApiResponse({ status: 200, description: 'The codes. They are shown only once.', standardSchema: codesSchema })
  @ApiResponse(problemResponse(401, 'wrong_password', 'The password is wrong.'))
  @ApiResponse(problemResponse(409, 'totp_not_enabled', 'No authenticator app is set up.'))
  async recoveryCodes(
    @AuthFrom() from: AuthRequest,
    @Body({ schema: confirmBody }) body: z.output<typeof confirmBody>,
  ): Promise<z.input<typeof codesSchema>> {
    const tried = this.limits.admitCode(from.address);
    const answer = await this.auth.call('POST', '/two-factor/generate-backup-codes', from, body);
    this.limits.forgive(tried);
    return { recovery_codes: answer.body.backupCodes as string[] };
  }

  @Get('sign-ins')
  @ApiOperation({ operationId: 'listMySignIns', summary: 'List your open sign-ins' })
  @ApiResponse({ status: 200, description: 'Newest first.', standardSchema: signInsSchema })
  async list(@CurrentSignIn() { person, signInId }: SignedIn): Promise<z.input<typeof signInsSchema>> {
    return { data: (await this.people.signInsOf(person.id)).map((signIn) => signInView(signIn, signInId)) };
  }

  @Delete('sign-ins')
  @HttpCode(200)
  @ApiOperation({ operationId: 'endOtherSignIns', summary: 'End all your sign-ins but this one' })
  @ApiResponse({ status: 200, description: 'Number of sign-ins that were ended.', standardSchema: endedSchema })
  async endOthers(@CurrentSignIn() { person, signInId }: SignedIn): Promise<z.input<typeof endedSchema>> {
    const ended = await this.people.endSignIns(person.id, { keep: signInId });
    this.signIns.forget();
    return { ended };
  }

  @Delete('sign-ins/:id')
  @HttpCode(200)
  @ApiOperation({ operationId: 'endMySignIn', summary: 'End one of your sign-ins' })
  @ApiResponse(problemResponse(404, 'not_found', 'You have no such sign-in.'))
  @ApiResponse({ status: 200, description: 'Number of sign-ins that were ended.', standardSchema: endedSchema })
  async end(@CurrentSignIn() { person }: SignedIn, @Param('id', { schema: z.uuid() }) id: string): Promise<z.input<typeof endedSchema>> {
    const ended = await this.people.endSignIns(person.id, { id });
    if (ended === 0) throw notFound('sign-in');
    this.signIns.forget();
    return { ended };
  }
}
