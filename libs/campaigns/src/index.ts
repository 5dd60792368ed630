import './audience/campaign-uses.repository';
import './campaign-records.repository';
import './launch/undone-people.repository';
import './templates/template-letters.repository';

export type { Campaign } from './campaign';
export { campaignsInNeed, tenantsWithUnapproved } from './campaign-attention.repository';
export {
  campaignBody,
  type CampaignBody,
  campaignNumbers,
  campaignPace,
  campaignPatch,
  type CampaignPatch,
  campaignRetry,
  type CampaignState,
  campaignStates,
  stopRule,
} from './campaign-body';
export { type CampaignLogEntry, type CampaignOfTenant, Campaigns } from './campaigns.repository';
export { CampaignsModule } from './campaigns.module';
export { NumberCheckQueue } from './checks/number-check-queue.repository';
export { NumberChecker } from './checks/number-checker';
export { NumberCheckFigures, type NumberFigures } from './checks/number-figures.repository';
export { type CampaignCheck, CampaignChecks } from './launch/campaign-checks.repository';
export { CampaignLaunches } from './launch/campaign-launches.repository';
export { activeStates } from './launch/campaign-moves';
export { CampaignPaces } from './launch/campaign-paces.repository';
export type { CampaignOverlap } from './launch/overlaps.repository';
export { skipReasons } from './launch/verdict.repository';
export { approvalStates, CampaignApprovals, type SharedPlan } from './links/campaign-approvals.repository';
export { type CampaignLink, CampaignLinks, linkVerdicts } from './links/campaign-links.repository';
export { fasterCodes, planLimits } from './plan/flight-plan';
export { type FlightPlan, FlightPlans } from './plan/flight-plans.repository';
export {
  languageOfContact,
  type MediaAddress,
  renderTemplate,
  type TemplateVariable,
  valuesOfContact,
  variablesOf,
} from './templates/message-template';
export { maxSeeds, type SeedTest, SeedTests } from './templates/seed-tests';
export {
  templateBody,
  type TemplateBody,
  templateContent,
  type TemplateDraft,
  templatePatch,
  type TemplatePatch,
} from './templates/template-body';
export { TemplatesModule } from './templates/templates.module';
export { readNewest, type Template, Templates } from './templates/templates.repository';
export { type TemplatePreview, TemplateTrial } from './templates/template-trial';
export { type MediaFile, MediaFiles } from './media/media-files.repository';
export { MediaLinks } from './media/media-links';
export { ProviderCopies } from './media/provider-copies';
export { maxMediaBytes, mediaKinds } from './media/media-types';
import './media/media.config';
export * from './results/campaign-replies.repository';
export { campaignCells, failedKinds, leftOutKinds } from './results/outcome-cells';
export { type ContactCampaign, ContactCampaigns } from './results/contact-campaigns.repository';
export { CampaignPeople, type CampaignPeopleFilter, type CampaignPerson, listedCells } from './results/people-outcomes.repository';
export * from './results/campaign-reports.repository';
export {
  type CampaignFailure,
  type CampaignResults,
  CampaignResultsReader,
  type CampaignSeries,
} from './results/campaign-results.repository';
export { type CampaignHold, CampaignWaits, campaignWaits } from './results/campaign-waits.repository';
export { campaignBreaches } from './results/campaign-recount.repository';
export { CampaignRetries } from './results/campaign-retries.repository';
export { followUpCells, FollowUps } from './results/follow-ups.repository';
export { campaignMovesBetween, type ReportedCampaignMove } from './reported-moves.repository';
