import { Module } from '@nestjs/common';
import { WorkerRole } from '@heliograph/kernel';
import { MessagingModule } from '@heliograph/messaging';
import { CampaignBodySource } from './campaign-body-source';
import { TemplateCheck } from './template-check';
import { TemplateVersions } from './template-versions';
import { Templates } from './templates.repository';

/** Templates of messages; every process may load it. */
@Module({ imports: [MessagingModule], providers: [TemplateCheck, Templates, TemplateVersions], exports: [Templates, TemplateVersions] })
export class TemplatesModule {}

/** Makes the bodies of messages of campaigns; only workers with the role `lanes` load it. */
@WorkerRole('lanes')
@Module({ imports: [MessagingModule, TemplatesModule], providers: [CampaignBodySource] })
export class CampaignBodiesModule {}
