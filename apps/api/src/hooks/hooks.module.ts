import { Module } from '@nestjs/common';
import { TenantsModule } from '@heliograph/tenants';
import { InboundModule } from '@heliograph/webhooks';
import { HookSenders } from './hook-senders';
import { WasenderHooksController } from './wasender-hooks.controller';

/** Hooks of the provider under `/hooks`. */
@Module({ imports: [TenantsModule, InboundModule], controllers: [WasenderHooksController], providers: [HookSenders] })
export class HooksModule {}
