import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { actorKinds, actorSchema, instant, notFound, pageQuery, searchText } from '@heliograph/kernel';
import { type AuditEntry, type AuditFilter, AuditLog, may, type SignedIn, type StaffMember } from '@heliograph/staff';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { begun, csvOf } from '../http/csv';
import { pageSchema, pageView } from '../http/page.view';
import { problemResponse } from '../http/problem.schema';
import { CurrentSignIn, RequirePermission } from './person.guard';

const name = searchText(200).min(1);
const filter = {
  tenant_id: z.uuid().toLowerCase().optional(),
  actor_kind: z.enum(actorKinds).optional(),
  actor_id: name.optional(),
  action: z
    .string()
    .regex(/^[a-z_]+\.[a-z_]*$/)
    .max(100)
    .optional()
    .meta({ description: 'A name, such as `session.paused`, or all names of a subject, such as `session.`.' }),
  subject_kind: name.optional(),
  subject_id: name.optional(),
  address: name.optional().meta({ description: 'Address of the client.' }),
  request_id: name.optional(),
  since: instant.optional().meta({ description: 'At or after this time.' }),
  before: instant.optional().meta({ description: 'Before this time.' }),
};
const listQuery = z.strictObject({ ...filter, ...pageQuery });
const exportQuery = z.strictObject({ ...filter, format: z.enum(['csv', 'ndjson']).default('csv') });
const entryId = z
  .string()
  .regex(/^[1-9]\d{0,17}$/)
  .meta({ description: 'Id of the entry.' });

const fields = z.record(z.string(), z.unknown());
const exampleEntry = {
  id: '4211',
  at: '2026-11-24T09:00:00.000Z',
  tenant_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0',
  actor: { kind: 'person' as const, id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Ines Castro' },
  action: 'session.changed',
  subject: { kind: 'session', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e0', name: 'Front desk' },
  changes: [
    {
      kind: 'session',
      id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e0',
      name: 'Front desk',
      before: { name: 'Line 1' },
      after: { name: 'Front desk' },
    },
  ],
  details: null,
  address: '203.0.113.9',
  request_id: '6f1c0a52-6a1f-4a46-9a59-5a2a0d3ab8a5',
};
const subjectSchema = z.object({ kind: z.string(), id: z.string().nullable(), name: z.string().nullable() });
const entrySchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    tenant_id: z.uuid().nullable().meta({ description: 'Tenant that the change belongs to; null: the installation.' }),
    actor: actorSchema,
    action: z.string().meta({ description: 'Stable name: subject and past verb.' }),
    subject: subjectSchema.nullable(),
    changes: z.array(subjectSchema.extend({ before: fields.nullable(), after: fields.nullable() })).meta({
      description:
        'Changed rows with their changed fields. `before` is null for a new row, `after` for a deleted one. Secrets are `(secret)`.',
    }),
    details: fields.nullable().meta({ description: 'Facts beside the changed fields, such as counts.' }),
    address: z.string().nullable().meta({ description: 'Address of the client.' }),
    request_id: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry', example: exampleEntry });
const entryPage = pageSchema(entrySchema, { id: 'AuditEntryPage', example: { data: [exampleEntry], next_cursor: null } });

const view = (entry: AuditEntry): z.input<typeof entrySchema> => ({
  id: entry.id,
  at: entry.at.toISOString(),
  tenant_id: entry.tenantId,
  actor: entry.actor,
  action: entry.action,
  subject: entry.subject,
  changes: entry.changes,
  details: entry.details,
  address: entry.address,
  request_id: entry.requestId,
});

const csvColumns = [
  'id',
  'at',
  'tenant_id',
  'actor_kind',
  'actor_id',
  'actor_name',
  'action',
  'subject_kind',
  'subject_id',
  'subject_name',
  'changes',
  'details',
  'address',
  'request_id',
] as const;
const exportPage = 500;

/** Serves the audit log. A person sees the entries of the tenants where they have `audit:read`. */
@ApiTags('staff')
@Controller('admin/v1/audit')
export class AuditController {
  constructor(private readonly log: AuditLog) {}

  @Get()
  @RequirePermission('audit:read', { anyTenant: true })
  @ApiOperation({ operationId: 'listAuditEntries', summary: 'List changes by keys, people and the system' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: entryPage })
  async list(
    @CurrentSignIn() { person }: SignedIn,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof entryPage>> {
    return pageView(await this.log.list(filterOf(person, q), q), view);
  }

  @Get('export')
  @RequirePermission('audit:read', { anyTenant: true })
  @ApiOperation({ operationId: 'exportAuditEntries', summary: 'Export entries that match a filter, as CSV or as one JSON object per line' })
  @ApiResponse({
    status: 200,
    description: 'The entries, newest first.',
    content: {
      'text/csv': { schema: { type: 'string' } },
      'application/x-ndjson': { schema: { $ref: '#/components/schemas/AuditEntry' } },
    },
  })
  async export(
    @CurrentSignIn() { person }: SignedIn,
    @Query({ schema: exportQuery }) q: z.output<typeof exportQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    const pages = await begun(this.pages(filterOf(person, q)));
    void reply
      .header('content-type', q.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
      .header('content-disposition', `attachment; filename="audit.${q.format}"`);
    return Readable.from(q.format === 'csv' ? auditCsv(pages) : auditLines(pages));
  }

  @Get(':id')
  @RequirePermission('audit:read', { anyTenant: true })
  @ApiOperation({ operationId: 'getAuditEntry', summary: 'Retrieve an entry of the audit log' })
  @ApiResponse({ status: 200, description: 'The entry.', standardSchema: entrySchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such entry, or you may not read it.'))
  async get(@CurrentSignIn() { person }: SignedIn, @Param('id', { schema: entryId }) id: string): Promise<z.input<typeof entrySchema>> {
    const entry = await this.log.find(id, tenantsOf(person));
    if (!entry) throw notFound('entry');
    return view(entry);
  }

  private async *pages(of: AuditFilter): AsyncGenerator<AuditEntry[]> {
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await this.log.list(of, { limit: exportPage, cursor });
      if (page.rows.length > 0) yield page.rows;
      cursor = page.next;
    }
  }
}

/** Returns the tenants whose audit the person may read; null: all, and the installation. */
function tenantsOf({ grants }: StaffMember): string[] | null {
  if (may(grants, 'audit:read', null)) return null;
  return [...new Set(grants.flatMap(({ tenantId }) => tenantId ?? []))].filter((id) => may(grants, 'audit:read', id));
}

function filterOf(person: StaffMember, q: Omit<z.output<typeof exportQuery>, 'format'>): AuditFilter {
  const readable = tenantsOf(person);
  const asked = q.tenant_id;
  return {
    tenants: asked === undefined ? readable : readable === null || readable.includes(asked) ? [asked] : [],
    actorKind: q.actor_kind,
    actorId: q.actor_id,
    action: q.action,
    subjectKind: q.subject_kind,
    subjectId: q.subject_id,
    address: q.address,
    requestId: q.request_id,
    since: q.since === undefined ? undefined : new Date(q.since),
    before: q.before === undefined ? undefined : new Date(q.before),
  };
}

/** Yields CSV with a heading. */
function auditCsv(pages: AsyncGenerator<AuditEntry[]>): AsyncGenerator<string> {
  return csvOf(csvColumns, pages, (entry) => {
    const row = {
      ...view(entry),
      actor_kind: entry.actor.kind,
      actor_id: entry.actor.id,
      actor_name: entry.actor.name,
      subject_kind: entry.subject?.kind ?? null,
      subject_id: entry.subject?.id ?? null,
      subject_name: entry.subject?.name ?? null,
      changes: entry.changes.length === 0 ? '' : JSON.stringify(entry.changes),
      details: entry.details && JSON.stringify(entry.details),
    };
    return csvColumns.map((column) => row[column]);
  });
}

/** Yields one JSON object per line. */
async function* auditLines(pages: AsyncGenerator<AuditEntry[]>): AsyncGenerator<string> {
  for await (const entries of pages) yield entries.map((entry) => `${JSON.stringify(view(entry))}\n`).join('');
}
