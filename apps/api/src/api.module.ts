import { type DynamicModule, Module } from '@nestjs/common';
import { apiSurfaces, type KernelConfig, KernelModule } from '@heliograph/kernel';
import { LedgerModule } from '@heliograph/messaging';
import { AdminModule } from './admin/admin.module';
import { HooksModule } from './hooks/hooks.module';
import { PublicModule } from './public/public.module';

apiSurfaces.register('public', PublicModule);
apiSurfaces.register('admin', AdminModule);
apiSurfaces.register('hooks', HooksModule);

/** The api process: composition only. API_SURFACES selects the surfaces that a pod serves, each a module of its own. */
@Module({})
export class ApiModule {
  static forRoot(config: Readonly<KernelConfig>): DynamicModule {
    const imports = [KernelModule.forRoot(config, 'api', { servesRequests: true }), LedgerModule, ...apiSurfaces.of(config.API_SURFACES)];
    return { module: ApiModule, imports };
  }
}
