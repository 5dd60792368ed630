import { Module } from '@nestjs/common';
import { ContactsModule } from '@heliograph/contacts';
import { WorkerRole } from '@heliograph/kernel';
import { MessagingModule } from '@heliograph/messaging';
import { ProvidersModule } from '@heliograph/providers';
import { TenantsModule } from '@heliograph/tenants';
import { MediaFiles } from '../media/media-files.repository';
import { MediaLinks } from '../media/media-links';
import { ProviderCopies } from '../media/provider-copies';
import { CampaignBodySource } from './campaign-body-source';
import { TemplateCheck } from './template-check';
import { TemplateTrial } from './template-trial';
import { TemplateVersions } from './template-versions';
import { Templates } from './templates.repository';

/** Templates of messages and the files that they send; every process may load it. */
@Module({
  imports: [MessagingModule, ContactsModule, TenantsModule, ProvidersModule],
  providers: [MediaFiles, MediaLinks, ProviderCopies, TemplateCheck, Templates, TemplateTrial, TemplateVersions],
  exports: [MediaFiles, MediaLinks, Templates, TemplateTrial, TemplateVersions],
})
export class TemplatesModule {}

/** Makes the bodies of messages of campaigns; only workers with the role `lanes` load it. */
@WorkerRole('lanes')
@Module({ imports: [MessagingModule, TemplatesModule], providers: [CampaignBodySource] })
export class CampaignBodiesModule {}
