import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ProcessReports, SERVICE_NAME } from './process-reports.repository';

/** Reports on the loops of this process. */
@Global()
@Module({})
export class ProcessReportsModule {
  static forRoot(service: string): DynamicModule {
    return {
      module: ProcessReportsModule,
      providers: [{ provide: SERVICE_NAME, useValue: service }, ProcessReports],
      exports: [ProcessReports],
    };
  }
}
