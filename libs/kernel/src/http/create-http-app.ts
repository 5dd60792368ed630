import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { Logger as PinoLogger } from 'nestjs-pino';
import type { KernelConfig } from '../config/kernel.config';
import { loopHeader } from '../egress/egress';
import { AppError } from '../errors/app-error';
import { parseJson } from './json-parser';
import { ProblemFilter } from './problem.filter';
import { validationPipe } from './validation.pipe';

/** Largest body of an ordinary route, in bytes. */
const bodyLimit = 1024 * 1024;
/** Largest JSON body of the bulk route, in bytes. */
const bulkBodyLimit = 32 * 1024 * 1024;

const headersTimeoutMs = 10_000;
/** A body has to be here after this time; one that is read as a stream has to go on within it. */
const bodyTimeoutMs = 15_000;
/** Above what load balancers keep, so that they and not we close an idle connection. */
const keepAliveMs = 65_000;

type Done = (error: Error | null, body?: unknown) => void;

/** A Nest application on Fastify with our own body parsers, problem details, validation and server limits. */
export async function createHttpApp(
  module: Type | DynamicModule,
  config: Pick<KernelConfig, 'TRUST_PROXY'>,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit,
    trustProxy: config.TRUST_PROXY ? config.TRUST_PROXY.split(',').map((s) => s.trim()) : false,
    genReqId: (request: IncomingMessage) => requestId(request),
    // Node's own limit would end a long stream too: bodies are watched one by one instead.
    requestTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connectionTimeout: 0,
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: 5_000 },
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false },
  });
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: bulkBodyLimit },
    (request: FastifyRequest, body: Buffer, done: Done) => {
      if (isHook(request)) return done(null, body);
      if (body.length > bodyLimit && !request.url.startsWith('/v1/messages/bulk'))
        return done(Object.assign(new Error('too large'), { statusCode: 413, code: 'FST_ERR_CTP_BODY_TOO_LARGE' }));
      try {
        done(null, body.length === 0 ? undefined : parseJson(body.toString('utf8')));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  fastify.addContentTypeParser('application/x-ndjson', (_request: FastifyRequest, stream: IncomingMessage, done: Done) =>
    done(null, stream),
  );
  // The provider's hooks are stored as they come, whatever they call themselves.
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done: Done) => {
    if (isHook(request) || body.length === 0) return done(null, body.length === 0 && !isHook(request) ? undefined : body);
    done(Object.assign(new Error('unsupported'), { statusCode: 415, code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' }));
  });
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.headers[loopHeader]) return done(loopDetected());
    if (request.headers['transfer-encoding'] ?? Number(request.headers['content-length'])) watchBody(request.raw);
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    reply
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('cache-control', reply.getHeader('cache-control') ?? 'no-store');
    done(null, payload);
  });

  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { bufferLogs: true, bodyParser: false });
  app.useLogger(app.get(PinoLogger));
  app.flushLogs();
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(validationPipe());
  app.enableShutdownHooks(undefined, { useProcessExit: true });
  return app;
}

/** A callback that came back to us: answering it could set off the next one. */
function loopDetected(): AppError {
  return new AppError('unprocessable', 'loop_detected', 'This is a callback of Heliograph, sent to Heliograph.');
}

/** Ends the connection of a client that does not get on with its body. */
function watchBody(request: IncomingMessage): void {
  const isStream = request.headers['content-type']?.startsWith('application/x-ndjson') ?? false;
  let seen = request.socket.bytesRead;
  const timer = setInterval(() => {
    if (isStream && request.socket.bytesRead !== seen) seen = request.socket.bytesRead;
    else request.socket.destroy();
  }, bodyTimeoutMs).unref();
  const stop = (): void => clearInterval(timer);
  request.once('end', stop).once('close', stop);
}

function isHook(request: FastifyRequest): boolean {
  return request.url.startsWith('/hooks/');
}

/** The caller's own id when it is a plain one, else a new one. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}
