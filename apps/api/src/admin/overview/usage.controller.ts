import { Readable } from 'node:stream';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AppError } from '@heliograph/kernel';
import { MessageCounts, messageOutcomes } from '@heliograph/messaging';
import type { SignedIn, StaffMember } from '@heliograph/staff';
import { Tenants } from '@heliograph/tenants';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { csvLines } from '../../http/csv';
import { problemResponse } from '../../http/problem.schema';
import { CurrentSignIn, RequirePermission } from '../person.guard';
import { namesOf, tenantsRead } from '../tenant-scope';
import { countShape, countsView, exampleCounts } from './overview.view';

/** Maximum number of months between the first and the last one: as many are kept. */
const maxMonths = 25;
const month = z.string().regex(/^2\d{3}-(0[1-9]|1[0-2])$/, 'YYYY-MM');
const usageQuery = z.strictObject({
  tenant_id: z.uuid().toLowerCase().optional().meta({ description: 'One tenant; absent: all in which you may see this.' }),
  from: month.optional().meta({ description: 'First month in UTC, as YYYY-MM. Absent: the present one.' }),
  to: month.optional().meta({ description: `Last month. Absent: the present one. At most ${maxMonths} months are asked for at once.` }),
});
type UsageQuery = z.output<typeof usageQuery>;

const exampleUsage = {
  tenant_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0',
  name: 'Copper Kettle Coffee',
  month: '2026-11',
  ...exampleCounts,
};
const usageSchema = z.object({ tenant_id: z.uuid(), name: z.string(), month: z.string(), ...countShape });
const usageListSchema = z
  .object({
    counted_from: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Time at which counting began; messages accepted before are in no count. Null: all are counted.' }),
    data: z.array(usageSchema),
  })
  .meta({ id: 'UsageList', example: { counted_from: null, data: [exampleUsage] } });
type UsageRow = z.input<typeof usageSchema>;

const csvColumns = ['month', 'tenant_id', 'name', 'accepted', ...messageOutcomes] as const;
const outOfRange = problemResponse(400, 'out_of_range', 'The months are in the wrong order, or too many.');
const noTenant = problemResponse(404, 'not_found', 'No such tenant, or you may not see its overview.');

/** Serves what tenants used by month, for bills. Reads sums by day, never messages. */
@ApiTags('staff')
@Controller('admin/v1/usage')
export class UsageController {
  constructor(
    private readonly counts: MessageCounts,
    private readonly tenants: Tenants,
  ) {}

  @Get()
  @RequirePermission('overview:read', { anyTenant: true })
  @ApiOperation({
    operationId: 'listUsage',
    summary: 'Count the messages of tenants by month',
    description:
      'A message counts in the month in UTC in which it was accepted, in one outcome. A month in which a tenant had none is left out. Counts are kept for 800 days.',
  })
  @ApiResponse({ status: 200, description: 'The newest month first, then by name.', standardSchema: usageListSchema })
  @ApiResponse(outOfRange)
  @ApiResponse(noTenant)
  async list(
    @CurrentSignIn() { person }: SignedIn,
    @Query({ schema: usageQuery }) query: UsageQuery,
  ): Promise<z.input<typeof usageListSchema>> {
    const [data, countedFrom] = await Promise.all([this.rows(person, query), this.counts.countedFrom()]);
    return { counted_from: countedFrom?.toISOString() ?? null, data };
  }

  @Get('export')
  @RequirePermission('overview:read', { anyTenant: true })
  @ApiOperation({ operationId: 'exportUsage', summary: 'Export the messages of tenants by month as CSV' })
  @ApiResponse({
    status: 200,
    description: 'A row for each month and tenant, the newest month first.',
    content: { 'text/csv': { schema: { type: 'string' } } },
  })
  @ApiResponse(outOfRange)
  @ApiResponse(noTenant)
  async export(
    @CurrentSignIn() { person }: SignedIn,
    @Query({ schema: usageQuery }) query: UsageQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    const rows = await this.rows(person, query);
    void reply.header('content-type', 'text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="usage.csv"');
    return Readable.from([csvLines([csvColumns]), csvLines(rows.map((row) => csvColumns.map((column) => row[column])))]);
  }

  /** @throws AppError `not_found`, `out_of_range` */
  private async rows({ grants }: StaffMember, { tenant_id, from, to }: UsageQuery): Promise<UsageRow[]> {
    const present = new Date().toISOString().slice(0, 7);
    const months = monthOf(to ?? present) - monthOf(from ?? present) + 1;
    if (months < 1 || months > maxMonths)
      throw new AppError('invalid', 'out_of_range', `Ask for 1 to ${maxMonths} months.`, { path: 'from' });
    const tenants = tenantsRead(grants, 'overview:read', tenant_id);
    const [counted, names] = await Promise.all([this.counts.months(tenants, from ?? null, to ?? null), namesOf(this.tenants, tenants)]);
    const placeOf = new Map(names.map(({ id, name }, place) => [id, { name, place }]));
    return counted
      .flatMap(({ tenantId, month: of, counts }) => {
        const tenant = placeOf.get(tenantId);
        return tenant ? [{ place: tenant.place, row: { tenant_id: tenantId, name: tenant.name, month: of, ...countsView(counts) } }] : [];
      })
      .sort((a, b) => b.row.month.localeCompare(a.row.month) || a.place - b.place)
      .map(({ row }) => row);
  }
}

const monthOf = (text: string): number => Number(text.slice(0, 4)) * 12 + Number(text.slice(5));
