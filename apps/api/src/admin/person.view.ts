import { permissions, permissionsFor, type StaffMember, staffRoles } from '@heliograph/staff';
import { z } from 'zod';
import { brandSchema, exampleBrand } from './brand.view';

export const grantSchema = z
  .strictObject({
    role: z.enum(staffRoles),
    tenant_id: z.uuid().nullable().default(null).meta({ description: 'Tenant the role applies to; null: all tenants.' }),
  })
  .meta({ id: 'StaffGrant', example: { role: 'operator', tenant_id: null } });

export const examplePerson = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0',
  name: 'Ines Castro',
  email: 'ines@agency.example',
  grants: [{ role: 'operator', tenant_id: null }],
  has_totp: true,
  is_ready: true,
  disabled_at: null,
  created_at: '2026-11-01T10:00:00.000Z',
  last_seen_at: '2026-11-24T09:00:00.000Z',
  guessed_at: null,
};

export const personSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    email: z.string(),
    grants: z.array(z.object({ role: z.enum(staffRoles), tenant_id: z.uuid().nullable() })),
    has_totp: z.boolean().meta({ description: 'True when an authenticator app is set up.' }),
    is_ready: z.boolean().meta({ description: 'False while an invitation is open.' }),
    disabled_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
    last_seen_at: z.iso.datetime().nullable(),
    guessed_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Time at which tries to sign in were last too many; null: not within a day, or it was acknowledged.' }),
  })
  .meta({ id: 'Person', example: examplePerson });

export function personView(person: StaffMember): z.input<typeof personSchema> {
  return {
    id: person.id,
    name: person.name,
    email: person.email,
    grants: person.grants.map(({ role, tenantId }) => ({ role, tenant_id: tenantId })),
    has_totp: person.hasTotp,
    is_ready: person.isReady,
    disabled_at: person.disabledAt?.toISOString() ?? null,
    created_at: person.createdAt.toISOString(),
    last_seen_at: person.lastSeenAt?.toISOString() ?? null,
    guessed_at: person.guessedAt?.toISOString() ?? null,
  };
}

export const meSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    email: z.string(),
    has_totp: z.boolean(),
    grants: z.array(z.object({ role: z.enum(staffRoles), tenant_id: z.uuid().nullable() })),
    permissions: z.array(z.enum(permissions)).meta({ description: 'Permissions for all tenants.' }),
    tenant_permissions: z
      .record(z.uuid(), z.array(z.enum(permissions)))
      .meta({ description: 'Permissions for single tenants, by tenant id.' }),
    sign_in_id: z.uuid(),
    has_simulator: z.boolean(),
    version: z.string(),
    brand: brandSchema,
  })
  .meta({
    id: 'Me',
    example: {
      id: examplePerson.id,
      name: examplePerson.name,
      email: examplePerson.email,
      has_totp: true,
      grants: examplePerson.grants,
      permissions: ['messages:read'],
      tenant_permissions: {},
      sign_in_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1',
      has_simulator: false,
      version: '0.1.0',
      brand: exampleBrand,
    },
  });

/** Returns the permissions of a person, for all tenants and for single tenants. */
export function rightsView({ grants }: StaffMember): Pick<z.input<typeof meSchema>, 'permissions' | 'tenant_permissions'> {
  const tenants = [...new Set(grants.flatMap(({ tenantId }) => tenantId ?? []))];
  return {
    permissions: permissionsFor(grants, null),
    tenant_permissions: Object.fromEntries(tenants.map((id) => [id, permissionsFor(grants, id)])),
  };
}
