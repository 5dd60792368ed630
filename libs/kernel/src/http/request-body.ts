import type { IncomingMessage } from 'node:http';
import { isUtf8 } from 'node:buffer';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { RouteConfig } from '@nestjs/platform-fastify';
import { TextDecoder } from 'node:util';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error';
import { charsetOf } from '../text/any-text';
import { parseJson, withoutMark } from './json-parser';

/** Maximum size of the body of an ordinary route, in bytes, both as sent and decompressed. */
const defaultBytes = 1024 * 1024;
/** Maximum size of the body of a route that accepts many rows. */
const bulkBytes = 32 * 1024 * 1024;
const bulkValues = 500_000;

/** Content types and limits of a route’s body. */
export interface BodyRules {
  maxBytes: number;
  maxValues?: number;
  /** Accepts application/x-ndjson too, as a stream of unlimited length. */
  lines?: boolean;
  /** Accepts bytes of any content type and passes them on decompressed and otherwise unchanged. */
  raw?: boolean;
  /** Accepts one file as multipart/form-data, and nothing else. */
  file?: boolean;
}

const defaultRules: BodyRules = { maxBytes: defaultBytes };

/** Marks a route that accepts many rows: a larger body and, with `lines`, NDJSON as a stream. */
export const TakesRows = ({ lines = false } = {}) =>
  RouteConfig({ body: { maxBytes: bulkBytes, maxValues: bulkValues, lines } satisfies BodyRules });

/** Marks a route that accepts bytes of any content type. */
export const TakesBytes = () => RouteConfig({ body: { maxBytes: defaultBytes, raw: true } satisfies BodyRules });

/** Reads the body of a request by the rules of its route: as bytes, a parsed JSON value, or a stream of lines in UTF-8. */
export async function readBody(request: FastifyRequest, payload: IncomingMessage): Promise<unknown> {
  const rules = rulesOf(request);
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const isLines = type === 'application/x-ndjson' && rules.lines === true;
  const isJson = type === 'application/json';
  const isEmpty = !Number(request.headers['content-length']) && request.headers['transfer-encoding'] === undefined;
  if (!rules.raw && !isLines && !isJson && !isEmpty) throw unsupportedType(rules);
  const charset = charsetOf(request.headers['content-type']);
  const decoder = rules.raw ? null : decoderOf(charset);
  const plain = unpacked(payload, request.headers['content-encoding']);
  if (isLines) return decoder && decoder.encoding !== 'utf-8' ? plain.pipe(recode(decoder, plain)) : plain;
  if (Number(request.headers['content-length']) > rules.maxBytes) throw tooLarge(rules);
  const bytes = await allOf(plain, payload, rules);
  if (rules.raw) return bytes;
  if (bytes.length === 0) return undefined;
  if (!isJson) throw unsupportedType(rules);
  return parseJson(textOf(bytes, decoder as TextDecoder), { ...(rules.maxValues && { maxValues: rules.maxValues }) });
}

/** @throws AppError when a route gets a form that it does not take, or takes a form and gets something else */
export function checkForm(request: FastifyRequest): void {
  const rules = rulesOf(request);
  const isForm = /^\s*multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
  const hasBody = Number(request.headers['content-length']) > 0 || request.headers['transfer-encoding'] !== undefined;
  if (hasBody && isForm !== (rules.file ?? false) && (isForm || rules.file)) throw unsupportedType(rules);
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (isForm && coding !== '' && coding !== 'identity')
    throw new AppError('unsupported_media_type', 'unsupported_encoding', 'A form must have no Content-Encoding.');
}

/** True when a body may be larger than that of an ordinary route, as far as its headers tell. */
export function isLargeBody(request: FastifyRequest): boolean {
  if (!(rulesOf(request).maxBytes > defaultBytes)) return false;
  const { 'content-length': length, 'content-encoding': coding = 'identity' } = request.headers;
  return length === undefined || Number(length) > defaultBytes || coding.trim().toLowerCase() !== 'identity';
}

function rulesOf(request: FastifyRequest): BodyRules {
  return (request.routeOptions.config as { body?: BodyRules }).body ?? defaultRules;
}

function unsupportedType({ lines, file }: BodyRules): AppError {
  const taken = file ? 'multipart/form-data' : lines ? 'application/json and application/x-ndjson' : 'application/json';
  return new AppError('unsupported_media_type', 'unsupported_media_type', `This route accepts ${taken}.`, {
    headers: { accept: taken.replace(' and ', ', ') },
  });
}

function tooLarge({ maxBytes }: BodyRules): AppError {
  return new AppError('too_large', 'too_large', `The body exceeds the limit of this route, ${maxBytes} bytes.`);
}

/** @throws AppError `unsupported_charset` */
function decoderOf(charset = 'utf-8'): TextDecoder {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    throw new AppError('unsupported_media_type', 'unsupported_charset', 'This charset is not supported; send UTF-8.');
  }
}

function notInCharset(): AppError {
  return new AppError('invalid', 'invalid_encoding', 'The body is not valid in its declared charset (UTF-8 if none is declared).');
}

function textOf(bytes: Buffer, decoder: TextDecoder): string {
  if (decoder.encoding === 'utf-8' && isUtf8(bytes)) return withoutMark(bytes.toString('utf8'));
  try {
    return decoder.decode(bytes);
  } catch {
    throw notInCharset();
  }
}

/** Returns the body without its content coding. @throws AppError `unsupported_encoding` */
function unpacked(payload: IncomingMessage, coding: string | undefined): Readable {
  const name = coding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return payload;
  const unpack = unpackers[name];
  if (!unpack)
    throw new AppError('unsupported_media_type', 'unsupported_encoding', 'Content-Encoding must be gzip, deflate, br or absent.', {
      headers: { 'accept-encoding': 'gzip, deflate, br' },
    });
  const plain = unpack();
  // A reader that stopped early receives no further error. Without any listener, an error would end the process.
  plain.on('error', () => undefined);
  payload.on('error', (error) => plain.destroy(error));
  return payload.pipe(plain);
}

const unpackers: Record<string, (() => Transform) | undefined> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Converts text of another charset to UTF-8. */
function recode(decoder: TextDecoder, source: Readable): Transform {
  const step = (done: TransformCallback, decode: () => string): void => {
    let text: string;
    try {
      text = decode();
    } catch {
      return done(notInCharset());
    }
    done(null, text);
  };
  const recoded = new Transform({
    transform: (chunk: Buffer, _encoding, done) => step(done, () => decoder.decode(chunk, { stream: true })),
    flush: (done) => step(done, () => decoder.decode()),
  });
  recoded.on('error', () => undefined);
  source.on('error', (error) => recoded.destroy(error));
  return recoded;
}

/** Reads all bytes of a stream; stops reading when they exceed the limit. */
function allOf(plain: Readable, payload: IncomingMessage, rules: BodyRules): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = (error: AppError): void => {
      plain.removeAllListeners('data').pause();
      if (plain !== payload) plain.destroy();
      reject(error);
    };
    plain.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > rules.maxBytes) stop(tooLarge(rules));
      else chunks.push(chunk);
    });
    plain.once('end', () => resolve(Buffer.concat(chunks, length)));
    plain.on('error', () =>
      stop(
        payload.destroyed && !payload.complete
          ? new AppError('invalid', 'body_aborted', 'The body ended before it was complete.')
          : new AppError('invalid', 'invalid_encoding', 'The body cannot be decompressed.'),
      ),
    );
    payload.once('close', () => {
      if (!payload.complete) stop(new AppError('invalid', 'body_aborted', 'The body ended before it was complete.'));
    });
  });
}
