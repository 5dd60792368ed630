import { Controller, Get, Global, Header, Inject, Module } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
import { notFound } from '../errors/app-error';
import { declareOperatorPage } from '../http/operator-pages';
import { Metrics } from './metrics';

declareOperatorPage('/metrics');

/** Serves /metrics, which Prometheus scrapes. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    @Inject(APP_CONFIG) private readonly config: KernelConfig,
  ) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  scrape(): Promise<string> {
    if (!this.config.METRICS_ENABLED) throw notFound('page');
    return this.metrics.registry.metrics();
  }
}

/** Provides the metrics registry of the process and serves /metrics. */
@Global()
@Module({ controllers: [MetricsController], providers: [Metrics], exports: [Metrics] })
export class MetricsModule {}
