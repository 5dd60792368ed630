import { Module } from '@nestjs/common';
import { Campaigns } from './campaigns.repository';

/** Campaigns, as people and clients read and write them; api processes. */
@Module({ providers: [Campaigns], exports: [Campaigns] })
export class CampaignsModule {}
