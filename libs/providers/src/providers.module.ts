import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG } from '@heliograph/kernel';
import type { ProvidersConfig } from './wasender/wasender.config';
import { WasenderProvider } from './wasender/wasender.provider';
import { WHATSAPP_PROVIDER } from './whatsapp-provider';

@Injectable()
class ProviderConnections implements OnApplicationShutdown {
  constructor(@Inject(WHATSAPP_PROVIDER) private readonly provider: WasenderProvider) {}

  onApplicationShutdown(): Promise<void> {
    return this.provider.close();
  }
}

/** Provides the WhatsApp provider of this process. */
@Module({
  providers: [
    { provide: WHATSAPP_PROVIDER, useFactory: (config: ProvidersConfig) => new WasenderProvider(config), inject: [APP_CONFIG] },
    ProviderConnections,
  ],
  exports: [WHATSAPP_PROVIDER],
})
export class ProvidersModule {}
