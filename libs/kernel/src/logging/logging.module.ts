import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { type DestinationStream, destination } from 'pino';
import type { KernelConfig } from '../config/kernel.config';
import { redact } from './redact';

/** Buffered, since a write per line would cost more than the line. All lines are written at exit; SIGKILL loses those of the last 100 ms. */
const gathered = { sync: false, minLength: 8_192, periodicFlush: 100 };

/** Logs JSON lines through pino. Redacts every line; never logs bodies or query strings. */
@Module({})
export class LoggingModule {
  /** @param stream destination of lines; absent: standard output */
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
      // One wide line is logged when something settles; a line per request would be noise at 4,000 a second.
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
