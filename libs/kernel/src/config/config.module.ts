import { DynamicModule, Global, Module } from '@nestjs/common';
import { KernelConfig } from './kernel.config';

/** Injection token of the merged, validated and frozen configuration. */
export const APP_CONFIG = Symbol('AppConfig');

/** Makes the configuration injectable everywhere under `APP_CONFIG`. */
@Global()
@Module({})
export class ConfigModule {
  static forRoot(config: Readonly<KernelConfig>): DynamicModule {
    return { module: ConfigModule, providers: [{ provide: APP_CONFIG, useValue: config }], exports: [APP_CONFIG] };
  }
}
