import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AppError, type EntityTags, instant, pageQuery } from '@heliograph/kernel';
import {
  type Grant,
  Invitations,
  may,
  type PasswordLink,
  permissions,
  permissionsOf,
  type SignedIn,
  SignIns,
  type StaffMember,
  StaffPeople,
  staffRoles,
} from '@heliograph/staff';
import { Tenants } from '@heliograph/tenants';
import { z } from 'zod';
import { tagged, Tags, TakesIfMatch } from '../http/if-match';
import { pageSchema, pageView } from '../http/page.view';
import { problemResponse } from '../http/problem.schema';
import { CurrentSignIn, RequirePermission, RequireSignIn } from './person.guard';
import { examplePerson, grantSchema, personSchema, personView } from './person.view';
import { signInsSchema, signInView } from './sign-in.view';

const grants = z.array(grantSchema).min(1).max(100);
const inviteBody = z.strictObject({ name: z.string().trim().min(1).max(120), email: z.email().max(254), grants }).meta({
  id: 'Invitation',
  example: { name: 'Theo Marsh', email: 'theo@agency.example', grants: [{ role: 'engineer', tenant_id: null }] },
});
const changeBody = z
  .strictObject({ name: z.string().trim().min(1).max(120).optional(), grants: grants.optional(), disabled: z.boolean().optional() })
  .meta({ id: 'PersonChange', example: { grants: [{ role: 'operator', tenant_id: null }] } });
const acknowledgeBody = z
  .strictObject({ guessed_at: instant.meta({ description: '`guessed_at` of the person, as you read it.' }) })
  .meta({ id: 'AcknowledgeGuesses', example: { guessed_at: '2026-11-24T09:00:00.000Z' } });
const linkSchema = z
  .object({
    person: personSchema,
    url: z.string().nullable().meta({ description: 'Link to hand over; null when it was sent by email.' }),
    mailed: z.boolean(),
  })
  .meta({
    id: 'PasswordLink',
    example: {
      person: { ...examplePerson, has_totp: false, is_ready: false },
      url: 'https://wa.agency.example/admin/set-password#q3Jr…',
      mailed: false,
    },
  });
const listQuery = z.strictObject(pageQuery);
const personPage = pageSchema(personSchema, { id: 'PersonPage', example: { data: [examplePerson], next_cursor: null } });
const rolesSchema = z
  .object({
    permissions: z.array(z.enum(permissions)),
    roles: z.array(z.object({ role: z.enum(staffRoles), permissions: z.array(z.enum(permissions)) })),
  })
  .meta({ id: 'Roles', example: { permissions: ['messages:read'], roles: [{ role: 'agent', permissions: ['messages:read'] }] } });

/** Members of a person that others edit. */
const editedPerson = ({ id, name, grants: given, disabledAt }: StaffMember) => [id, name, given, disabledAt !== null];
const personAnswer = tagged({ status: 200, description: 'The person.', standardSchema: personSchema });

const linkView = ({ person, url, isMailed }: PasswordLink): z.input<typeof linkSchema> => ({
  person: personView(person),
  url: isMailed ? null : url,
  mailed: isMailed,
});

/** People of the agency and their roles. */
@ApiTags('staff')
@Controller('admin/v1')
export class StaffController {
  constructor(
    private readonly people: StaffPeople,
    private readonly invitations: Invitations,
    private readonly signIns: SignIns,
    private readonly tenants: Tenants,
  ) {}

  @Get('roles')
  @RequireSignIn()
  @ApiOperation({ operationId: 'listRoles', summary: 'List roles and their permissions' })
  @ApiResponse({ status: 200, description: 'Roles with their permissions.', standardSchema: rolesSchema })
  roles(): z.input<typeof rolesSchema> {
    return { permissions: [...permissions], roles: staffRoles.map((role) => ({ role, permissions: [...permissionsOf[role]] })) };
  }

  @Get('staff')
  @RequirePermission('staff:read')
  @ApiOperation({ operationId: 'listStaff', summary: 'List people' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: personPage })
  async list(@Query({ schema: listQuery }) q: z.output<typeof listQuery>): Promise<z.input<typeof personPage>> {
    return pageView(await this.people.list(q), personView);
  }

  @Post('staff')
  @HttpCode(201)
  @RequirePermission('staff:manage')
  @ApiOperation({ operationId: 'inviteStaff', summary: 'Invite a person' })
  @ApiResponse({ status: 201, description: 'The person, and the link with which a password is set.', standardSchema: linkSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such tenant.'))
  @ApiResponse(problemResponse(409, 'email_taken', 'Somebody with this email is here already.'))
  async invite(
    @CurrentSignIn() signedIn: SignedIn,
    @Body({ schema: inviteBody }) body: z.output<typeof inviteBody>,
  ): Promise<z.input<typeof linkSchema>> {
    const given = await this.grantsOf(body.grants);
    mayGive(signedIn.person, [], given);
    return linkView(await this.invitations.invite({ name: body.name, email: body.email, grants: given }));
  }

  @Get('staff/:id')
  @RequirePermission('staff:read')
  @ApiOperation({ operationId: 'getStaff', summary: 'Retrieve a person' })
  @ApiResponse(personAnswer)
  @ApiResponse(problemResponse(404, 'not_found', 'No such person.'))
  async get(@Param('id', { schema: z.uuid() }) id: string, @Tags() tags: EntityTags): Promise<z.input<typeof personSchema>> {
    return personView(tags.show(editedPerson, await this.people.get(id)));
  }

  @Patch('staff/:id')
  @TakesIfMatch()
  @RequirePermission('staff:manage')
  @ApiOperation({ operationId: 'updateStaff', summary: 'Update a person: name, roles, or access' })
  @ApiResponse(personAnswer)
  @ApiResponse(problemResponse(404, 'not_found', 'No such person or tenant.'))
  @ApiResponse(problemResponse(409, 'last_owner', 'Nobody would own the installation.'))
  async change(
    @CurrentSignIn() signedIn: SignedIn,
    @Param('id', { schema: z.uuid() }) id: string,
    @Body({ schema: changeBody }) body: z.output<typeof changeBody>,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof personSchema>> {
    const given = body.grants && (await this.grantsOf(body.grants));
    const asRead = tags.guard(editedPerson);
    const changed = await this.people.change(
      id,
      {
        ...(body.name !== undefined && { name: body.name }),
        ...(given && { grants: given }),
        ...(body.disabled !== undefined && { isDisabled: body.disabled }),
      },
      (person) => {
        // Under the lock: the person may have become an owner since the request began.
        mayGive(signedIn.person, person?.grants ?? [], given ?? []);
        asRead?.(person);
      },
    );
    this.signIns.forget();
    return personView(tags.show(editedPerson, changed));
  }

  @Post('staff/:id/acknowledge-guesses')
  @HttpCode(200)
  @RequirePermission('staff:manage')
  @ApiOperation({
    operationId: 'acknowledgeGuesses',
    summary: 'Acknowledge that somebody guesses the password of a person',
    description: 'Ends the alert `account_guessed`. Guesses after the given time raise it again.',
  })
  @ApiResponse(personAnswer)
  @ApiResponse(problemResponse(404, 'not_found', 'No such person.'))
  @ApiResponse(problemResponse(409, 'guessed_again', 'Somebody guessed again after that time.'))
  async acknowledge(
    @Param('id', { schema: z.uuid() }) id: string,
    @Body({ schema: acknowledgeBody }) body: z.output<typeof acknowledgeBody>,
    @Tags() tags: EntityTags,
  ): Promise<z.input<typeof personSchema>> {
    return personView(tags.show(editedPerson, await this.people.acknowledgeGuesses(id, new Date(body.guessed_at))));
  }

  @Post('staff/:id/password-link')
  @HttpCode(201)
  @RequirePermission('staff:manage')
  @ApiOperation({ operationId: 'createPasswordLink', summary: 'Create a link with which a person sets a password' })
  @ApiResponse({ status: 201, description: 'The link.', standardSchema: linkSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such person.'))
  async link(@CurrentSignIn() signedIn: SignedIn, @Param('id', { schema: z.uuid() }) id: string): Promise<z.input<typeof linkSchema>> {
    mayGive(signedIn.person, (await this.people.get(id)).grants, []);
    return linkView(await this.invitations.link(id));
  }

  @Get('staff/:id/sign-ins')
  @RequirePermission('staff:read')
  @ApiOperation({ operationId: 'listSignInsOf', summary: 'List the open sign-ins of a person' })
  @ApiResponse({ status: 200, description: 'Newest first.', standardSchema: signInsSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such person.'))
  async signInsOf(
    @CurrentSignIn() { signInId }: SignedIn,
    @Param('id', { schema: z.uuid() }) id: string,
  ): Promise<z.input<typeof signInsSchema>> {
    await this.people.get(id);
    return { data: (await this.people.signInsOf(id)).map((signIn) => signInView(signIn, signInId)) };
  }

  @Delete('staff/:id/sign-ins')
  @HttpCode(200)
  @RequirePermission('staff:manage')
  @ApiOperation({ operationId: 'endSignInsOf', summary: 'End all sign-ins of a person' })
  @ApiResponse({
    status: 200,
    description: 'Number of sign-ins that were ended.',
    standardSchema: z.object({ ended: z.int() }).meta({ id: 'SignInsEnded', example: { ended: 2 } }),
  })
  @ApiResponse(problemResponse(404, 'not_found', 'No such person.'))
  async signOut(@CurrentSignIn() signedIn: SignedIn, @Param('id', { schema: z.uuid() }) id: string): Promise<{ ended: number }> {
    mayGive(signedIn.person, (await this.people.get(id)).grants, []);
    const ended = await this.people.endSignIns(id, {});
    this.signIns.forget();
    return { ended };
  }

  /** @throws AppError `not_found` when a tenant is missing */
  private async grantsOf(given: z.output<typeof grants>): Promise<Grant[]> {
    for (const id of new Set(given.flatMap(({ tenant_id }) => tenant_id ?? []))) await this.tenants.get(id);
    return given.map(({ role, tenant_id }) => ({ role, tenantId: tenant_id }));
  }
}

/**
 * Refuses to grant or revoke rights that the person does not have. Owners may change all roles for all tenants, others only those of their
 * own tenants.
 */
function mayGive({ grants: mine }: StaffMember, before: readonly Grant[], after: readonly Grant[]): void {
  const isOwner = mine.some(({ role, tenantId }) => role === 'owner' && tenantId === null);
  for (const { role, tenantId } of [...before, ...after]) {
    const isAllowed = role === 'owner' ? isOwner : may(mine, 'staff:manage', tenantId);
    if (!isAllowed)
      throw new AppError(
        'forbidden',
        'exceeds_own_rights',
        'You can grant and revoke roles only for tenants whose people you manage. Only an owner can grant or revoke the role owner.',
      );
  }
}
