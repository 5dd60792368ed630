export * from './campaign';
export * from './campaign-body';
export { type CampaignFilter, Campaigns, editableStates } from './campaigns.repository';
export * from './campaigns.module';
export * from './results/people-outcomes.repository';
export * from './results/campaign-reports.repository';
export * from './results/campaign-results.repository';
export * from './results/report-links.repository';
