import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CampaignApprovals, linkVerdicts, type SharedPlan } from '@heliograph/campaigns';
import { type AuthRequest, Branding, SignInLimits } from '@heliograph/staff';
import { z } from 'zod';
import { problemResponse } from '../http/problem.schema';
import { sharedPlanSchema, sharedPlanView } from '../public/campaigns/campaign-approval.view';
import { brandSchema, brandView, exampleBrand } from './brand.view';
import { AuthFrom, NoSignIn } from './person.guard';
import { countingWrongLinks, exampleToken, linkToken } from './wrong-links';

const tokenBody = z.strictObject({ token: linkToken }).meta({ id: 'ApprovalToken', example: { token: exampleToken } });
const decideBody = z
  .strictObject({
    token: linkToken,
    verdict: z.enum(linkVerdicts),
    name: z.string().trim().min(1).max(100).describe('Name of who decides.'),
    note: z.string().trim().max(1_000).default('').describe('Words to the sender of the campaign.'),
  })
  .meta({ id: 'DecideCampaign', example: { token: exampleToken, verdict: 'approved', name: 'Jo Fields' } });
const answerSchema = sharedPlanSchema.extend({ brand: brandSchema }).meta({
  id: 'SharedCampaignApproval',
  example: { ...(sharedPlanSchema.meta()?.example as object), brand: exampleBrand },
});

const answer = { status: 200, description: 'The plan of this one campaign, and the decision.', standardSchema: answerSchema };
const unknown = problemResponse(404, 'not_found', 'No such link.');
const over = problemResponse(410, 'link_expired', 'The link has expired, or was revoked (`link_revoked`).');
const tooMany = problemResponse(429, 'too_many_tries', 'Too many wrong links from here.');

/** Serves the plan of a campaign to the holder of an approval link, and takes their decision. */
@ApiTags('staff')
@Controller('admin/v1/campaign-approval')
export class CampaignApprovalLinkController {
  constructor(
    private readonly approvals: CampaignApprovals,
    private readonly limits: SignInLimits,
    private readonly branding: Branding,
  ) {}

  @Post()
  @HttpCode(200)
  @NoSignIn()
  @ApiOperation({ operationId: 'getSharedCampaignApproval', summary: 'Show the plan of a campaign to the holder of its approval link' })
  @ApiResponse(answer)
  @ApiResponse(unknown)
  @ApiResponse(over)
  @ApiResponse(tooMany)
  show(
    @AuthFrom() { address }: AuthRequest,
    @Body({ schema: tokenBody }) { token }: z.output<typeof tokenBody>,
  ): Promise<z.input<typeof answerSchema>> {
    return this.guarded(address, () => this.approvals.show(token));
  }

  @Post('decide')
  @HttpCode(200)
  @NoSignIn()
  @ApiOperation({
    operationId: 'recordCampaignDecision',
    summary: 'Approve a campaign with an approval link, or ask for changes',
    description: 'A link takes one decision. It is of the plan that the link shows, and of nothing else.',
  })
  @ApiResponse(answer)
  @ApiResponse(unknown)
  @ApiResponse(over)
  @ApiResponse(
    problemResponse(
      409,
      'already_decided',
      'A decision was made with this link. `plan_changed`: the campaign is no longer what the link shows. `campaign_state`: it was launched. `approval_not_by_client`: the client is no longer asked.',
    ),
  )
  @ApiResponse(tooMany)
  decide(
    @AuthFrom() { address }: AuthRequest,
    @Body({ schema: decideBody }) { token, verdict, name, note }: z.output<typeof decideBody>,
  ): Promise<z.input<typeof answerSchema>> {
    return this.guarded(address, () => this.approvals.decide(token, { verdict, name, note: note || null }));
  }

  private guarded(address: string, work: () => Promise<SharedPlan>): Promise<z.input<typeof answerSchema>> {
    return countingWrongLinks(this.limits, address, async () => {
      const shared = await work();
      return { ...sharedPlanView(shared), brand: brandView(await this.branding.brandOf(shared.tenantId)) };
    });
  }
}
