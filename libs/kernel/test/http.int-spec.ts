import {
  Body,
  ConflictException,
  Controller,
  Get,
  Global,
  Inject,
  Logger,
  Module,
  Param,
  Post,
  ServiceUnavailableException,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { Client } from 'pg';
import { z } from 'zod';
import { APP_CONFIG, AppError, createHttpApp, Database, declareLogFields } from '../src';
import type { AppErrorCode } from '../src/errors/app-error';
import { LoggingModule } from '../src/logging/logging.module';
import type { Problem } from '../src/http/problem.filter';
import { openTestDatabase, type TestDatabase } from '../testing';

declareLogFields({ hidden: ['apiKey', 'text'] });

const secret = 'f00dfeed'.repeat(8);
const phone = '+447700900123';
const plants = [secret, phone, 'hunter2', 'see you at eight'];

const throws: Record<string, (db: Database) => unknown> = {
  bug: () => {
    throw new TypeError(`cannot read ${secret} of ${phone}`);
  },
  text: () => {
    throw `${secret} is no error`; // eslint-disable-line @typescript-eslint/only-throw-error -- every thrown value must be answered
  },
  sql: (db) => db.query(`SELECT '${secret}'::text, ($1::jsonb)->>'x' FROM nowhere`, [JSON.stringify({ phone })]),
  value: (db) => db.query('SELECT $1::uuid', [`not a uuid ${phone}`]),
  refused: () => new Client({ connectionString: 'postgres://app:hunter2@127.0.0.1:1/none' }).connect(),
  terminated: (db) => db.query('SELECT pg_terminate_backend(pg_backend_pid())'),
  deadlock: (db) => db.query('DO $$ BEGIN RAISE deadlock_detected; END $$'),
  nest: () => {
    throw new ServiceUnavailableException(`not now: ${secret}`);
  },
  conflict: () => {
    throw new ConflictException('Somebody was faster.');
  },
};

@Controller('v1')
class TestController {
  constructor(@Inject(Database) private readonly db: Database) {}

  @Get('throw/:what')
  throw(@Param('what') what: string): unknown {
    return throws[what]?.(this.db);
  }

  @Get('app-error/:code')
  appError(@Param('code') code: AppErrorCode): void {
    throw new AppError(code, 'some_reason', 'A sentence.', { path: 'to', retryAfterSeconds: 1.2 });
  }

  @Post('things')
  make(@Body({ schema: z.strictObject({ name: z.string(), list: z.array(z.object({ n: z.number() })) }) }) body: unknown): unknown {
    return body;
  }

  @Get('log')
  log(): void {
    const log = new Logger('Test');
    log.warn({ event: 'planted.object', apiKey: secret, deep: { list: [{ password: 'hunter2', phone, text: 'see you at eight' }] } });
    log.error(`planted.text ${phone} ${secret}`);
    log.error(new Error(`planted.error ${phone}: postgres://app:hunter2@db/x`));
    log.log({ event: 'planted.nested_error', err: new Error(`about ${secret}`) });
  }
}

describe('an http application', () => {
  let test: TestDatabase;
  let app: NestFastifyApplication;
  const lines: string[] = [];

  beforeAll(async () => {
    test = await openTestDatabase();
    const config = { LOG_LEVEL: 'trace', NODE_ENV: 'production' } as const;
    const globals = [
      { provide: APP_CONFIG, useValue: config },
      { provide: Database, useValue: test.db },
    ];
    @Global()
    @Module({ providers: globals, exports: globals })
    class Globals {}
    @Module({
      imports: [Globals, LoggingModule.forRoot(config, 'test', { write: (line) => void lines.push(line) })],
      controllers: [TestController],
    })
    class Root {}
    app = await createHttpApp(Root, { TRUST_PROXY: undefined });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => {
    await app.close();
    await test.close();
  });

  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers });
  const post = (payload: string | Buffer, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    app.inject({ method: 'POST', url: '/v1/things', payload, headers });
  const problem = (response: Awaited<ReturnType<typeof get>>) => {
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    const body = response.json<Problem>();
    expect(body).toMatchObject({
      type: `urn:heliograph:problem:${body.code}`,
      status: response.statusCode,
      detail: expect.any(String) as string,
    });
    return { status: body.status, code: body.code };
  };

  it.each([
    ['invalid', 400],
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['conflict', 409],
    ['gone', 410],
    ['too_large', 413],
    ['unprocessable', 422],
    ['throttled', 429],
    ['internal', 500],
    ['unavailable', 503],
  ])('answers an expected fault of kind %s with %i, its reason, its member and when to retry', async (code, status) => {
    const response = await get(`/v1/app-error/${code}`, { 'x-request-id': 'abc-1' });
    expect(problem(response)).toEqual({ status, code: 'some_reason' });
    expect(response.json()).toMatchObject({ request_id: 'abc-1', errors: [{ path: 'to', code: 'some_reason', message: 'A sentence.' }] });
    expect(response.headers['retry-after']).toBe('2');
  });

  it.each([
    ['bug', 500, 'internal'],
    ['text', 500, 'internal'],
    ['sql', 500, 'internal'],
    ['value', 400, 'value_not_storable'],
    ['refused', 503, 'storage_unavailable'],
    ['terminated', 503, 'storage_unavailable'],
    ['deadlock', 503, 'busy'],
    ['nest', 503, 'unavailable'],
    ['conflict', 409, 'conflict'],
  ])('answers a %s fault with %i %s and shows nothing internal', async (what, status, code) => {
    const response = await get(`/v1/throw/${what}`);
    expect(problem(response)).toEqual({ status, code });
    for (const inside of [...plants, 'SELECT', 'nowhere', 'ECONNREFUSED', 'at ', '.ts', 'pg_'])
      expect(response.payload).not.toContain(inside);
  });

  it.each([
    ['junk', '{"name":', 400, 'invalid_json'],
    ['a prototype', '{"__proto__":{"admin":true},"name":"x","list":[]}', 400, 'invalid_json'],
    ['endless nesting', '['.repeat(50_000), 400, 'too_deep'],
    ['a number that a double rounds', '{"name":"x","list":[{"n":9007199254740993}]}', 422, 'number_not_exact'],
    ['two members of one name', '{"name":"x","name":"y","list":[]}', 400, 'duplicate_member'],
    ['too much', JSON.stringify({ name: 'x'.repeat(1024 * 1024) }), 413, 'too_large'],
    ['nothing', '', 400, 'invalid_body'],
  ])('refuses a body of %s', async (_, payload, status, code) => {
    expect(problem(await post(payload))).toEqual({ status, code });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('names every member of a body that does not fit its schema, unknown ones too', async () => {
    const response = await post(JSON.stringify({ name: 7, list: [{ n: 1 }, { n: 'x' }], tenantId: 'mine' }));
    expect(problem(response)).toEqual({ status: 400, code: 'invalid_body' });
    expect(
      response
        .json<Problem>()
        .errors?.map((e) => e.path)
        .sort(),
    ).toEqual(['list/1/n', 'name', 'tenantId']);
  });

  it('refuses other content types, unknown routes and methods with a problem too', async () => {
    expect(problem(await post('<x/>', { 'content-type': 'application/xml' }))).toEqual({ status: 415, code: 'unsupported_media_type' });
    expect(problem(await get('/v1/nothing'))).toEqual({ status: 404, code: 'not_found' });
    expect(problem(await app.inject({ method: 'DELETE', url: '/v1/things' }))).toEqual({ status: 405, code: 'method_not_allowed' });
    expect((await app.inject({ method: 'DELETE', url: '/v1/things' })).headers.allow).toBe('POST');
  });

  it('decodes every declared charset without replacement characters', async () => {
    const body = JSON.stringify({ name: 'José', list: [] });
    const latin = Buffer.from(body, 'latin1');
    const typed = (type: string, bytes: Buffer) => post(bytes, { 'content-type': type });
    expect((await typed('application/json; charset=iso-8859-1', latin)).json()).toMatchObject({ name: 'José' });
    expect((await typed('application/json; charset="UTF-16LE"', Buffer.from(`\ufeff${body}`, 'utf16le'))).json()).toMatchObject({
      name: 'José',
    });
    expect((await typed('application/json', Buffer.from(`\ufeff${body}`))).json()).toMatchObject({ name: 'José' });
    expect(problem(await typed('application/json', latin))).toEqual({ status: 400, code: 'invalid_encoding' });
    expect(problem(await typed('application/json; charset=klingon', latin))).toEqual({ status: 415, code: 'unsupported_charset' });
  });

  it('decompresses a body within the limit, and refuses unknown codings', async () => {
    const body = Buffer.from(JSON.stringify({ name: 'x', list: [] }));
    const packed = (encoding: string, bytes: Buffer) => post(bytes, { 'content-type': 'application/json', 'content-encoding': encoding });
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
      ['br', brotliCompressSync(body)],
    ] as const)
      expect((await packed(encoding, bytes)).json()).toEqual({ name: 'x', list: [] });
    expect(problem(await packed('gzip', gzipSync(Buffer.alloc(2 * 1024 * 1024, 32))))).toEqual({ status: 413, code: 'too_large' });
    expect(problem(await packed('gzip', body))).toEqual({ status: 400, code: 'invalid_encoding' });
    const unknown = await packed('zstd', body);
    expect([problem(unknown), unknown.headers['accept-encoding']]).toEqual([
      { status: 415, code: 'unsupported_encoding' },
      'gzip, deflate, br',
    ]);
  });

  it('limits the values of a body, not only its bytes', async () => {
    expect(problem(await post(`{"name":"x","list":[${'{},'.repeat(100_000)}{}]}`))).toEqual({ status: 413, code: 'too_many_values' });
  });

  it('refuses lines where a route accepts JSON only, with and without an idempotency key, and names the accepted type', async () => {
    for (const more of [{}, { 'idempotency-key': 'k' }] as Record<string, string>[]) {
      const response = await post('{"name":"x"}\n', { 'content-type': 'application/x-ndjson', ...more });
      expect(problem(response)).toEqual({ status: 415, code: 'unsupported_media_type' });
      expect(response.headers.accept).toBe('application/json');
    }
  });

  it('gives every answer an id, the client’s plain one or a new one, and closed policies', async () => {
    const given = await get('/v1/nothing', { 'x-request-id': 'mine-1' });
    expect([given.headers['x-request-id'], given.json<Problem>().request_id]).toEqual(['mine-1', 'mine-1']);
    const made = await get('/v1/nothing', { 'x-request-id': 'two words' });
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(given.headers).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    });
    expect((await get('/v1/app-error/unauthenticated')).headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('answers invalid paths with problems too', async () => {
    expect(problem(await get('/v1/throw/%zz'))).toEqual({ status: 400, code: 'invalid_request' });
    expect(problem(await get(`/v1/throw/${'x'.repeat(600)}`))).toEqual({ status: 414, code: 'uri_too_long' });
  });

  it('logs no secret, no full phone number and no text of a message', async () => {
    for (const what of Object.keys(throws))
      await get(`/v1/throw/${what}?token=${secret}`, { authorization: `Bearer ${secret}`, cookie: `sid=${secret}` });
    await get('/v1/log');

    const all = lines.join('');
    for (const event of ['http.failed', 'planted.object', 'planted.text', 'planted.error', 'planted.nested_error'])
      expect(all).toContain(event);
    for (const plant of plants) expect(all).not.toContain(plant);
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});
