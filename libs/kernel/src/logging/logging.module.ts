import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { KernelConfig } from '../config/kernel.config';

/** Members that never reach a log line, wherever they stand: secrets, and what people write to each other. */
const secretMembers = [
  'authorization',
  'cookie',
  'apiKey',
  'api_key',
  'accessToken',
  'access_token',
  'secret',
  'secrets',
  'token',
  'password',
  'text',
  'caption',
  'body',
  'to',
  'recipient',
  'phone',
  'qr',
];

/** JSON lines through pino. An HTTP line holds method, route, status and time only; bodies and query strings never. */
@Module({})
export class LoggingModule {
  static forRoot(config: Pick<KernelConfig, 'LOG_LEVEL' | 'NODE_ENV'>, service: string): DynamicModule {
    return {
      module: LoggingModule,
      imports: [
        LoggerModule.forRoot({
          pinoHttp: {
            level: config.LOG_LEVEL,
            base: { service, pid: process.pid },
            redact: { paths: secretMembers.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
            // One wide line per message is written where it settles; a line per request besides would only be noise at 4,000 a second.
            autoLogging: false,
            quietReqLogger: true,
            serializers: {
              req: () => undefined,
              res: () => undefined,
              err: (error: Error) => ({ type: error.name, message: error.message?.split('\n')[0] }),
            },
          },
          forRoutes: [],
        }),
      ],
    };
  }
}
