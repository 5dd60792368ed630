import './audience/campaign-people.repository';

export * from './campaign';
export * from './campaign-body';
export { type CampaignFilter, type CampaignLogEntry, Campaigns, editableStates } from './campaigns.repository';
export * from './campaigns.module';
export * from './launch/audience.repository';
export * from './launch/campaign-launches.repository';
export * from './launch/campaign-moves';
export { CampaignExpansion, campaignRunner } from './launch/expansion.repository';
export * from './launch/verdict.repository';
export { CampaignBodySource, templateSource, type TemplateSource } from './templates/campaign-body-source';
export * from './templates/message-template';
export * from './templates/template-body';
export * from './templates/template-variables.repository';
export { TemplateVersions } from './templates/template-versions';
export * from './templates/templates.module';
export { assertInUse, type Template, type TemplateFilter, Templates, type TemplateUse } from './templates/templates.repository';
