import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Database, findRecords } from '@heliograph/kernel';
import { may, type Permission, type SignedIn, StaffPeople } from '@heliograph/staff';
import { KnownTenants, Tenants } from '@heliograph/tenants';
import { z } from 'zod';
import { CurrentSignIn, RequirePermission } from './person.guard';
import { namesOf, tenantsWith } from './tenant-scope';

/** Permission that shows the records of a kind, for each kind that a lib declares. */
export const recordNeeds = {
  message: 'messages:read',
  message_group: 'messages:read',
  dead_letter: 'dead_letters:read',
  session: 'sessions:read',
  contact: 'contacts:read',
  conversation: 'conversations:read',
  campaign: 'campaigns:read',
  template: 'campaigns:read',
  segment: 'contacts:read',
  contact_list: 'contacts:read',
  contact_import: 'contacts:read',
  contact_edit: 'contacts:read',
  opt_out_review: 'contacts:read',
  event: 'events:read',
  event_rule: 'events:read',
  callback_endpoint: 'callbacks:read',
  callback: 'callbacks:read',
  job: 'messages:read',
  api_key: 'keys:manage',
  provider_account: 'sessions:read',
} as const satisfies Record<string, Permission>;
type RecordName = keyof typeof recordNeeds;

const kinds = [...(Object.keys(recordNeeds) as RecordName[]), 'tenant', 'person'] as const;
const example = {
  kind: 'campaign',
  tenant_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0',
  name: 'Autumn sale',
  parent_id: null,
} as const;
const foundSchema = z.object({
  kind: z.enum(kinds),
  tenant_id: z.uuid().nullable().meta({ description: 'Null: it belongs to no tenant.' }),
  name: z.string().nullable(),
  parent_id: z.uuid().nullable().meta({ description: 'Endpoint of a callback.' }),
});
const foundList = z.object({ data: z.array(foundSchema) }).meta({ id: 'FoundRecords', example: { data: [example] } });
type Found = z.input<typeof foundSchema>;
const findQuery = z.strictObject({ id: z.uuid().toLowerCase() });

/** Finds records by their id alone. */
@ApiTags('staff')
@Controller('admin/v1/find')
export class FindController {
  constructor(
    private readonly db: Database,
    private readonly tenants: Tenants,
    private readonly known: KnownTenants,
    private readonly people: StaffPeople,
  ) {}

  @Get()
  @RequirePermission('tenants:read', { anyTenant: true })
  @ApiOperation({
    operationId: 'findRecords',
    summary: 'Find what has this id',
    description: 'Records of any kind, of all tenants in which you may read that kind.',
  })
  @ApiResponse({
    status: 200,
    description: 'The records; none where nothing has the id, or nothing that you may read.',
    standardSchema: foundList,
  })
  async find(
    @CurrentSignIn() { person: { grants } }: SignedIn,
    @Query({ schema: findQuery }) { id }: z.output<typeof findQuery>,
  ): Promise<z.input<typeof foundList>> {
    const all = grants.some(({ tenantId }) => tenantId === null) ? (await namesOf(this.tenants, null)).map((tenant) => tenant.id) : [];
    const seen = new Map<Permission, readonly string[]>();
    const tenantsOf = (kind: string): readonly string[] => {
      const need = recordNeeds[kind as RecordName];
      const tenants = seen.get(need) ?? tenantsWith(grants, need) ?? all;
      seen.set(need, tenants);
      return tenants;
    };
    const [records, tenant, person] = await Promise.all([
      findRecords(this.db, id, tenantsOf),
      may(grants, 'tenants:read', id) ? this.known.find(id) : null,
      may(grants, 'staff:read', null) ? this.people.find(id) : null,
    ]);
    const none = { tenant_id: null, parent_id: null };
    return {
      data: [
        ...records.map(({ kind, tenantId, name, parentId }): Found => ({
          kind: kind as RecordName,
          tenant_id: tenantId,
          name,
          parent_id: parentId,
        })),
        ...(tenant ? [{ ...none, kind: 'tenant' as const, tenant_id: tenant.id, name: tenant.name }] : []),
        ...(person ? [{ ...none, kind: 'person' as const, name: person.name }] : []),
      ],
    };
  }
}
