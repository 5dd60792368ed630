import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type OptOutReview, OptOutReviews, reviewStates } from '@heliograph/contacts';
import { OptOutDecisions } from '@heliograph/inbox';
import { type Actor, actorSchema, pageQuery } from '@heliograph/kernel';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageSchema, pageView } from '../../http/page.view';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';

const uuid = z.uuid();
const listQuery = z.strictObject({
  state: z.enum(reviewStates).optional(),
  contact_id: uuid.optional(),
  ...pageQuery,
});
const exampleReview = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073a20',
  contact_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f0',
  entry_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073a01',
  session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f',
  address: '+447700900101',
  text: 'Please stop sending me messages',
  keyword: 'stop',
  language: 'en',
  state: 'open',
  created_at: '2026-11-24T12:00:00.000Z',
  heard_at: '2026-11-24T12:00:00.000Z',
  decided_at: null,
  decided_by: null,
} as const;
const reviewSchema = z
  .object({
    id: uuid,
    contact_id: uuid,
    entry_id: uuid.meta({ description: 'The last entry that is near to a keyword; text, keyword and address belong to it.' }),
    session_id: uuid,
    address: z.string().meta({ description: 'Address it was written from.' }),
    text: z.string(),
    keyword: z.string().meta({ description: 'Keyword it is near to, or a phrase that people use instead of it.' }),
    language: z.string(),
    state: z.enum(reviewStates),
    created_at: z.iso.datetime(),
    heard_at: z.iso.datetime().meta({ description: 'Time of the last entry that is near to a keyword.' }),
    decided_at: z.iso.datetime().nullable(),
    decided_by: actorSchema.nullable().meta({
      description: 'Null while the review is open. The system’s `opt_out_keyword` and `opt_in_keyword`: the contact wrote a keyword.',
    }),
  })
  .meta({ id: 'OptOutReview', example: exampleReview });
const reviewPage = pageSchema(reviewSchema, { id: 'OptOutReviewPage', example: { data: [exampleReview], next_cursor: null } });

const reviewAnswer = { status: 200, description: 'The review.', standardSchema: reviewSchema };
const noReview = problemResponse(404, 'not_found', 'No such review.');
const decided = problemResponse(409, 'review_decided', 'The review was decided otherwise already.');

const view = (r: OptOutReview): z.input<typeof reviewSchema> => ({
  id: r.id,
  contact_id: r.contactId,
  entry_id: r.entryId,
  session_id: r.sessionId,
  address: r.address,
  text: r.text,
  keyword: r.keyword,
  language: r.language,
  state: r.state,
  created_at: r.createdAt.toISOString(),
  heard_at: r.heardAt.toISOString(),
  decided_at: r.decidedAt?.toISOString() ?? null,
  decided_by: r.decidedBy,
});

/** Messages that may be opt-outs: near to a keyword, but not one. */
@ApiTags('suppressions')
@Controller('v1/opt-out-reviews')
export class OptOutReviewsController {
  constructor(
    private readonly reviews: OptOutReviews,
    private readonly decisions: OptOutDecisions,
  ) {}

  @Get()
  @RequireScope('contacts:read')
  @ApiOperation({
    operationId: 'listOptOutReviews',
    summary: 'List messages that may be opt-outs',
    description:
      'They are near to a keyword but not one, and opt nobody out until they are confirmed. A contact has at most one open review; later messages join it.',
  })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: reviewPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof reviewPage>> {
    return pageView(await this.reviews.list(tenant.id, { state: q.state, contactId: q.contact_id }, q), view);
  }

  @Get(':id')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'getOptOutReview', summary: 'A review' })
  @ApiResponse(reviewAnswer)
  @ApiResponse(noReview)
  async get(@CurrentTenant() tenant: CurrentTenantInfo, @Param('id', { schema: uuid }) id: string): Promise<z.input<typeof reviewSchema>> {
    return view(await this.reviews.get(tenant.id, id));
  }

  @Post(':id/confirm')
  @HttpCode(200)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'confirmOptOutReview',
    summary: 'Confirm an opt-out',
    description:
      'The opt-out is recorded with the text of the message and takes effect at once. The contact gets the same confirmation as for a keyword. A repeated request gets the same response.',
  })
  @ApiResponse(reviewAnswer)
  @ApiResponse(noReview)
  @ApiResponse(decided)
  async confirm(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof reviewSchema>> {
    return view(await this.decisions.confirm(tenant.id, actor, id));
  }

  @Post(':id/dismiss')
  @HttpCode(200)
  @RequireScope('contacts:manage')
  @ApiOperation({
    operationId: 'dismissOptOutReview',
    summary: 'Dismiss an opt-out review',
    description: 'Nothing changes for the contact. A repeated request gets the same response.',
  })
  @ApiResponse(reviewAnswer)
  @ApiResponse(noReview)
  @ApiResponse(decided)
  async dismiss(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof reviewSchema>> {
    return view(await this.decisions.dismiss(tenant.id, actor, id));
  }
}
