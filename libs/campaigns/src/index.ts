export * from './campaign';
export * from './campaign-body';
export { type CampaignFilter, type CampaignLogEntry, Campaigns, editableStates } from './campaigns.repository';
export * from './campaigns.module';
export * from './launch/audience.repository';
export * from './launch/campaign-launches.repository';
export * from './launch/campaign-moves';
export { CampaignExpansion, campaignRunner } from './launch/expansion.repository';
export * from './launch/verdict.repository';
