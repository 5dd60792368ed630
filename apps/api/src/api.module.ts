import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { type KernelConfig, KernelModule } from '@heliograph/kernel';
import { LedgerModule } from '@heliograph/messaging';
import { HooksModule } from './hooks/hooks.module';
import { PublicModule } from './public/public.module';

/** The api process: composition only. API_SURFACES picks the surfaces a pod serves, each a module of its own. */
@Module({})
export class ApiModule {
  static forRoot(config: Readonly<KernelConfig>): DynamicModule {
    const surfaces: Type[] = [];
    if (config.API_SURFACES.includes('public')) surfaces.push(PublicModule);
    if (config.API_SURFACES.includes('hooks')) surfaces.push(HooksModule);
    return { module: ApiModule, imports: [KernelModule.forRoot(config, 'api'), LedgerModule, ...surfaces] };
  }
}
