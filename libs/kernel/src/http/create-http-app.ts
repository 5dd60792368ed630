import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Logger as PinoLogger } from 'nestjs-pino';
import type { KernelConfig } from '../config/kernel.config';
import { asRead } from '../database/request-reads';
import { loopHeader } from '../egress/egress';
import { AppError, notFound } from '../errors/app-error';
import { endEarly, watchBody } from './body-watch';
import { guardOperatorPages, type OperatorPagesConfig, policyOf } from './operator-pages';
import { ProblemFilter, plainProblem, toProblem } from './problem.filter';
import { type BodyRules, checkForm, readBody } from './request-body';
import { RouteTable } from './route-table';
import { acceptUploads } from './upload';
import { validationPipe } from './validation.pipe';

const headersTimeoutMs = 10_000;
/** Longer than load balancers keep idle connections, so that they close them first. */
const keepAliveMs = 65_000;
/** Maximum time in which a plugin starts, in ms. */
const pluginTimeoutMs = 120_000;
/** Ms between two looks for idle connections while the process shuts down. */
const idleCheckMs = 250;

/** Creates a Nest application on Fastify with our own body reader, problem details, validation and server limits. */
export async function createHttpApp(
  module: Type | DynamicModule,
  config: Pick<KernelConfig, 'TRUST_PROXY'> & OperatorPagesConfig,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    trustProxy: config.TRUST_PROXY ? config.TRUST_PROXY.split(',').map((s) => s.trim()) : false,
    genReqId: (request: IncomingMessage) => requestId(request),
    // Node's own limit would also end a long stream; bodies are watched one by one instead.
    requestTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connectionTimeout: 0,
    // Fastify gives a plugin 10 s to start, less than a busy machine may need.
    pluginTimeout: pluginTimeoutMs,
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: 5_000 },
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false },
    return503OnClosing: false,
    clientErrorHandler: (error: Error & { code?: string }, socket: Socket) => refuseSocket(error, socket),
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const { problem } = toProblem(error);
      for (const [name, value] of Object.entries(pageHeaders(request))) void reply.header(name, value);
      void reply
        .status(problem.status)
        .header('content-type', 'application/problem+json')
        .header('x-request-id', request.id)
        .send(JSON.stringify({ ...problem, request_id: request.id }));
    },
  });
  const fastify = adapter.getInstance();
  serveByTheRules(fastify, config);

  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { bufferLogs: true, bodyParser: false });
  app.useLogger(app.get(PinoLogger));
  app.flushLogs();
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(validationPipe());
  app.enableShutdownHooks(undefined, { useProcessExit: true });
  return app;
}

function serveByTheRules(fastify: FastifyInstance, config: OperatorPagesConfig): void {
  const routes = new RouteTable();
  let isClosing = false;
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) => readBody(request, payload));
  acceptUploads(fastify);
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    if ((request.routeOptions.config as { body?: BodyRules }).body?.raw) return done(null, payload);
    try {
      checkForm(request);
    } catch (error) {
      return done(error as Error);
    }
    done(null, payload);
  });
  fastify.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  const unused = unusedConnections(fastify.server);
  fastify.addHook('preClose', (done) => {
    isClosing = true;
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy();
    // The server ends connections that are idle now. One whose answer ends later would be kept until its client lets it go.
    const ending = setInterval(() => fastify.server.closeIdleConnections(), idleCheckMs).unref();
    fastify.server.once('close', () => clearInterval(ending));
    done();
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    if (isClosing)
      return done(new AppError('unavailable', 'draining', 'This process is shutting down. Try again.', { retryAfterSeconds: 1 }));
    if (request.headers[loopHeader]) return done(loopDetected());
    try {
      guardOperatorPages(request.routeOptions.url ?? '', request.headers.authorization, config);
    } catch (error) {
      return done(error as Error);
    }
    if (request.is404) return done(noSuchRoute(routes.methodsOf(request.url), request.method));
    // Fastify refuses an invalid content type before it calls any parser; these routes accept bytes of any type.
    if ((request.routeOptions.config as { body?: BodyRules }).body?.raw) {
      Object.assign(request, { namedContentType: request.headers['content-type'] });
      request.raw.headers['content-type'] = 'application/octet-stream';
    }
    if (request.headers['transfer-encoding'] ?? Number(request.headers['content-length'])) watchBody(request.raw);
    if (request.method === 'GET' || request.method === 'HEAD') asRead(done);
    else done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    for (const [name, value] of Object.entries(pageHeaders(request))) if (!reply.hasHeader(name)) void reply.header(name, value);
    // An answer sent before the end of the body closes the connection: the remaining bytes belong to no request.
    if (hasBody(request) && request.raw.complete === false && !isStream(payload)) void reply.header('connection', 'close');
    done(null, payload);
  });
  fastify.addHook('onResponse', (request, _reply, done) => {
    if (hasBody(request) && request.raw.complete === false) endEarly(request.raw);
    done();
  });
}

/** Collects connections without a request so far. Browsers open some ahead of time, and a server that closes waits for them. */
function unusedConnections(server: Server): Set<Socket> {
  const unused = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage) => unused.delete(socket));
  return unused;
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
}

function isStream(payload: unknown): boolean {
  return typeof (payload as { pipe?: unknown } | null)?.pipe === 'function';
}

/** Content security policy that allows nothing, unless the page declares its own. */
const closedPolicy = "default-src 'none'; frame-ancestors 'none'";

/** Sets the headers of every answer. HSTS only when the client connected by TLS, as a trusted proxy reports. */
function pageHeaders(request: FastifyRequest): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'content-security-policy': policyOf(request.url) ?? closedPolicy,
    'cache-control': 'no-store',
    ...(request.protocol === 'https' && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
  };
}

function noSuchRoute(methods: string[], method: string): AppError {
  if (methods.length === 0) return notFound('page');
  return new AppError('method_not_allowed', 'method_not_allowed', `This path does not support ${method}.`, {
    headers: { allow: methods.join(', ') },
  });
}

/** Answers input that is not an HTTP request with a problem too. There is no request or reply, only the connection. */
function refuseSocket(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) return void socket.destroy(error);
  const [status, detail] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ([431, 'The headers are too large.'] as const)
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ([408, 'The request did not come in time.'] as const)
        : ([400, 'This is no HTTP request.'] as const);
  const { problem } = plainProblem(status, detail);
  const id = randomUUID();
  const body = JSON.stringify({ ...problem, request_id: id });
  const head = [
    `HTTP/1.1 ${status} ${problem.title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${id}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** Refuses our own callback when it is sent to us: an answer could trigger the next one. */
function loopDetected(): AppError {
  return new AppError('unprocessable', 'loop_detected', 'This is a callback of Heliograph, sent to Heliograph.');
}

/** Returns the caller's request id when it is a plain one, else a new one. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}
