import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  CampaignPeople,
  type CampaignPeopleFilter,
  type CampaignPerson,
  CampaignResultsReader,
  CampaignWaits,
  listedCells,
  skipReasons,
} from '@heliograph/campaigns';
import { pageQuery } from '@heliograph/kernel';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { begun, csvOf } from '../../http/csv';
import { pageView } from '../../http/page.view';
import { type ApiCaller, CurrentCaller, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import {
  campaignFailuresSchema,
  campaignPeoplePage,
  campaignResultsSchema,
  type CampaignResultsView,
  campaignSeriesSchema,
  failuresView,
  personColumns,
  personView,
  resultsView,
  seriesView,
} from './campaign-results.view';

const uuid = z.uuid();
const filter = {
  outcome: z.enum(listedCells).optional().meta({ description: 'One of the counts, or `not_read`: sent or delivered.' }),
  reason: z
    .string()
    .min(1)
    .max(2_000)
    .transform((text) => text.split(','))
    .optional()
    .meta({ description: 'One or more reasons, separated by commas.' }),
};
const peopleQuery = z.strictObject({
  ...filter,
  verdict: z
    .enum([...skipReasons, 'sendable'])
    .optional()
    .meta({
      description:
        'Those whom the launch left out for this reason; before the start, those whom it would leave out now, as the check counts them. `sendable`: before the start, those who would get a message now; after it, nobody.',
    }),
  ...pageQuery,
});
const exportQuery = z.strictObject(filter);
const seriesQuery = z.strictObject({
  step_minutes: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_440)
    .optional()
    .meta({ description: 'Length of a step. Absent, or too short for 500 points: the shortest that gives so many.' }),
});
const exportPage = 500;
const noCampaign = problemResponse(404, 'not_found', 'No such campaign.');

const filterOf = ({ outcome, reason }: z.output<typeof exportQuery>): CampaignPeopleFilter => ({ cell: outcome, reasons: reason });

/** Leaves out what the caller may not read elsewhere: what contacts hold, and phone numbers to which no message goes that the caller may read. */
function shownTo({ scopes }: ApiCaller, person: CampaignPerson): CampaignPerson {
  if (scopes.has('contacts:read')) return person;
  const isOfMessage = person.messageId !== null && scopes.has('messages:read');
  return { ...person, name: null, externalId: null, phone: isOfMessage ? person.phone : null };
}

/** Figures of campaigns, and the people behind them. */
@ApiTags('campaigns')
@Controller('v1/campaigns/:id')
export class CampaignResultsController {
  constructor(
    private readonly reader: CampaignResultsReader,
    private readonly people: CampaignPeople,
    private readonly waits: CampaignWaits,
  ) {}

  @Get('results')
  @RequireScope('campaigns:read')
  @ApiOperation({
    operationId: 'getCampaignResults',
    summary: 'Figures of a campaign: outcomes so far, rate, numbers',
    description: 'Counts are read from counters, at any size. The counts of a campaign that was not launched are 0.',
  })
  @ApiResponse({ status: 200, description: 'The figures.', standardSchema: campaignResultsSchema })
  @ApiResponse(noCampaign)
  async results(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<CampaignResultsView> {
    const results = await this.reader.results(tenant.id, id);
    return resultsView(results, await this.waits.of(tenant.id, results));
  }

  @Get('series')
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'getCampaignSeries', summary: 'Messages of a campaign by the minute in which they left' })
  @ApiResponse({ status: 200, description: 'The points.', standardSchema: campaignSeriesSchema })
  @ApiResponse(noCampaign)
  async series(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: seriesQuery }) { step_minutes }: z.output<typeof seriesQuery>,
  ): Promise<z.input<typeof campaignSeriesSchema>> {
    return seriesView(await this.reader.series(tenant.id, id, step_minutes));
  }

  @Get('failures')
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'listCampaignFailures', summary: 'Why messages of a campaign failed or were not sent, and what to do' })
  @ApiResponse({ status: 200, description: 'The reasons, most first.', standardSchema: campaignFailuresSchema })
  @ApiResponse(noCampaign)
  async failures(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof campaignFailuresSchema>> {
    return failuresView(await this.reader.failures(tenant.id, id));
  }

  @Get('people')
  @RequireScope('campaigns:read')
  @ApiOperation({
    operationId: 'listCampaignPeople',
    summary: 'List the people of a campaign with what became of their message',
    description:
      'Without `outcome`: everybody, those whom the launch left out at the end. With `verdict`: those behind a count of the check. A page may be short and still have a next one. Without the scope `contacts:read`, names and own ids are null, and phone numbers of people without a message; without `messages:read`, the others are null as well.',
  })
  @ApiResponse({ status: 200, description: 'One page.', standardSchema: campaignPeoplePage })
  @ApiResponse(noCampaign)
  @ApiResponse(
    problemResponse(
      422,
      'unknown_source',
      'A source of the audience is gone (with `verdict`), or its rules no longer fit (`invalid_selection`).',
    ),
  )
  async list(
    @CurrentCaller() caller: ApiCaller,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: peopleQuery }) { outcome, reason, verdict, ...page }: z.output<typeof peopleQuery>,
  ): Promise<z.input<typeof campaignPeoplePage>> {
    const found = await this.people.list(caller.tenant.id, id, { ...filterOf({ outcome, reason }), verdict }, page);
    return pageView(found, (person) => personView(shownTo(caller, person)));
  }

  @Get('export')
  @RequireScope('campaigns:read')
  @ApiOperation({ operationId: 'exportCampaignPeople', summary: 'Export the people of a campaign and their outcomes as CSV' })
  @ApiResponse({
    status: 200,
    description: 'The people, as `listCampaignPeople` lists them.',
    content: { 'text/csv': { schema: { type: 'string' } } },
  })
  @ApiResponse(noCampaign)
  async export(
    @CurrentCaller() caller: ApiCaller,
    @Param('id', { schema: uuid }) id: string,
    @Query({ schema: exportQuery }) q: z.output<typeof exportQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    const pages = await begun(this.pages(caller.tenant.id, id, filterOf(q)));
    void reply.header('content-type', 'text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="campaign.csv"');
    return Readable.from(
      csvOf(personColumns, pages, (person) => {
        const row = personView(shownTo(caller, person));
        return personColumns.map((column) => row[column]);
      }),
    );
  }

  private async *pages(tenantId: string, id: string, of: CampaignPeopleFilter): AsyncGenerator<CampaignPerson[]> {
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await this.people.list(tenantId, id, of, { limit: exportPage, cursor });
      yield page.rows;
      cursor = page.next;
    }
  }
}
