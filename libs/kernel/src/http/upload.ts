import multipart from '@fastify/multipart';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error';
import type { BodyRules } from './request-body';

/** Marks a route that takes one file as multipart/form-data, as a stream of up to this many bytes. */
export const TakesFile = (maxBytes: number) => RouteConfig({ body: { maxBytes, file: true } satisfies BodyRules });

/** A file as it arrives. */
export interface UploadedFile {
  /** Name as `plainFileName` returns it. */
  name: string;
  /** Bytes, to be read once. `truncated` is true after them when the file exceeds the limit of the route. */
  bytes: AsyncIterable<Buffer> & { truncated?: boolean };
}

/** Lets routes take files. Other routes refuse multipart bodies like any type that they do not take. */
export function acceptUploads(fastify: FastifyInstance): void {
  void fastify.register(multipart, {
    throwFileSizeLimit: false,
    limits: { files: 1, fields: 4, fieldSize: 4_096, parts: 5, headerPairs: 50 },
  });
}

/** Returns the file of a request. @throws AppError `invalid_upload`, `body_aborted` */
export async function fileOf(request: FastifyRequest): Promise<UploadedFile> {
  const { maxBytes } = (request.routeOptions.config as unknown as { body: BodyRules }).body;
  if (!request.isMultipart()) throw invalidUpload();
  const part = await guarded(() => request.file({ limits: { fileSize: maxBytes } }));
  if (!part) throw invalidUpload();
  const { file } = part;
  const bytes = (async function* () {
    try {
      for await (const chunk of file as AsyncIterable<Buffer>) yield chunk;
    } catch (error) {
      throw faultOf(error);
    }
  })();
  return { name: plainFileName(part.filename), bytes: Object.defineProperty(bytes, 'truncated', { get: () => file.truncated }) };
}

const maxNameChars = 200;

/** Returns the last part of a path, without invisible marks and those that reverse the text; empty when none was given. */
export function plainFileName(given: string | undefined): string {
  const name = (given ?? '').split(/[\\/]/).at(-1) ?? '';
  return [...name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffd"]/gu, '').trim()].slice(0, maxNameChars).join('');
}

const invalidUpload = () => new AppError('invalid', 'invalid_upload', 'Send one file as multipart/form-data.', { path: 'file' });

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw faultOf(error);
  }
}

/** Errors of the reader are faults of the request. */
function faultOf(error: unknown): unknown {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  if (code === 'FST_MP_PREMATURE_CLOSE' || /aborted|premature/i.test(message))
    return new AppError('invalid', 'body_aborted', 'The body ended before it was complete.');
  const isForm = code.startsWith('FST_') || /multipart|terminated early|boundary/i.test(message);
  return isForm ? invalidUpload() : error;
}
