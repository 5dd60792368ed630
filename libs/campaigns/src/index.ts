export * from './campaign';
export * from './campaign-body';
export { type CampaignFilter, Campaigns, editableStates } from './campaigns.repository';
export * from './campaigns.module';
export * from './results/campaign-people.repository';
export * from './results/campaign-results.repository';
