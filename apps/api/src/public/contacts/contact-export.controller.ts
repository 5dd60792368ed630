import { Readable } from 'node:stream';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ContactExport } from '@heliograph/contacts';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { exportQuery, filterOf } from './contact-body';
import { contactFile } from './contact-file';

/** Contacts as a file. */
@ApiTags('contacts')
@Controller('v1/contacts')
export class ContactExportController {
  constructor(private readonly exports: ContactExport) {}

  @Get('export')
  @RequireScope('contacts:read')
  @ApiOperation({
    operationId: 'exportContacts',
    summary: 'Export contacts as CSV',
    description:
      'All contacts that match the filter, with their tags and attributes. A cell that a spreadsheet would run as a formula has an apostrophe before it, also a phone number; an import takes it off.',
  })
  @ApiResponse({ status: 200, description: 'The contacts, newest first.', content: { 'text/csv': { schema: { type: 'string' } } } })
  @ApiResponse(
    problemResponse(422, 'invalid_address', 'The address is not valid, or the list or segment does not exist (`unknown_source`).'),
  )
  async export(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: exportQuery }) q: z.output<typeof exportQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    const pages = this.exports.pages(tenant.id, filterOf(q, tenant.defaultCountry));
    const attributes = await this.exports.attributes(tenant.id);
    // Reads the first page before the answer begins, so that a filter at fault is a problem and no broken file.
    const file = Readable.from(contactFile(attributes, await startedOf(pages)));
    void reply.header('content-type', 'text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="contacts.csv"');
    return file;
  }
}

/** Returns the same items, the first of which is read already. */
async function startedOf<T>(items: AsyncGenerator<T>): Promise<AsyncGenerator<T>> {
  const first = await items.next();
  return (async function* () {
    if (first.done) return;
    yield first.value;
    yield* items;
  })();
}
