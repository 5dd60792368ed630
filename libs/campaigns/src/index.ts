export * from './campaign';
export * from './campaign-body';
export { type CampaignFilter, Campaigns, editableStates } from './campaigns.repository';
export * from './campaigns.module';
export { campaignMovesBetween, type ReportedCampaignMove } from './campaign-moves.repository';
