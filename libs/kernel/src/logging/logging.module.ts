import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { type DestinationStream, destination } from 'pino';
import type { KernelConfig } from '../config/kernel.config';
import { redact } from './redact';

/** A write per line would cost more than the line. At exit all is written; SIGKILL loses the lines of 100 ms. */
const gathered = { sync: false, minLength: 8_192, periodicFlush: 100 };

/** JSON lines through pino. Every line is redacted; bodies and query strings are never logged. */
@Module({})
export class LoggingModule {
  /** @param stream where lines go; absent: standard output */
  static forRoot(config: Pick<KernelConfig, 'LOG_LEVEL' | 'NODE_ENV'>, service: string, stream?: DestinationStream): DynamicModule {
    const options = {
      level: config.LOG_LEVEL,
      base: { service, pid: process.pid },
      hooks: {
        logMethod(this: unknown, args: unknown[], method: (...args: unknown[]) => void) {
          const [first, ...rest] = args;
          method.apply(this, [first instanceof Error ? { err: redact(first) } : redact(first), ...rest.map((arg) => redact(arg))]);
        },
      },
      // One wide line is written where something settles; a line per request besides would only be noise at 4,000 a second.
      autoLogging: false,
      quietReqLogger: true,
      serializers: { req: () => undefined, res: () => undefined, err: (error: unknown) => error },
    };
    return {
      module: LoggingModule,
      imports: [LoggerModule.forRoot({ pinoHttp: [options, stream ?? destination(gathered)], forRoutes: [] })],
    };
  }
}
