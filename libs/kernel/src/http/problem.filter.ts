import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isRetryable, isStorageDown, isTooSlow, isUnstorable } from '../database/database';
import { AppError, type AppErrorCode, type FieldError } from '../errors/app-error';

const statusOf: Record<AppErrorCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  gone: 410,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media_type: 415,
  unprocessable: 422,
  throttled: 429,
  internal: 500,
  unavailable: 503,
};

/** Titles of problems by HTTP status. */
export const problemTitles: Record<number, string> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  408: 'Too slow',
  412: 'Changed meanwhile',
  413: 'Too large',
  414: 'Address too long',
  415: 'Unsupported media type',
  422: 'Cannot be processed',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  503: 'Temporarily unavailable',
};

const genericCodes: Record<number, string> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  408: 'timeout',
  412: 'precondition_failed',
  413: 'too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  422: 'unprocessable',
  429: 'rate_limited',
  431: 'headers_too_large',
  500: 'internal',
  503: 'unavailable',
};

/** RFC 9457 problem details, the form of every error of the API. `code` is stable; `detail` is for people. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  errors?: FieldError[];
  request_id?: string;
}

/** Converts every error into a problem. Shows no internals: no stack, no SQL, no secret. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { problem, headers } = toProblem(error);
    if (problem.status >= 500) {
      this.log.error({
        event: 'http.failed',
        code: problem.code,
        method: request.method,
        route: request.routeOptions?.url,
        request_id: request.id,
        error: describe(error),
      });
    }
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    void reply
      .status(problem.status)
      .headers(headers)
      .header('content-type', 'application/problem+json')
      .send(JSON.stringify({ ...problem, request_id: String(request.id) }));
  }
}

/** Returns the problem for an error, and its headers. */
export function toProblem(error: unknown): { problem: Problem; headers: Record<string, string> } {
  if (error instanceof AppError) {
    const { path, errors, retryAfterSeconds, headers } = error.details;
    const all = errors ?? (path ? [{ path, code: error.reason, message: error.message }] : undefined);
    const made = make(statusOf[error.code], error.reason, error.message, all, retryAfterSeconds);
    const challenge: Record<string, string> = error.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer realm="heliograph"' } : {};
    return { ...made, headers: { ...challenge, ...made.headers, ...headers } };
  }
  if (error instanceof HttpException) return fromHttpException(error);
  if (isStorageDown(error))
    return make(503, 'storage_unavailable', 'The database cannot be reached; nothing was stored. Try again.', undefined, 2);
  if (isTooSlow(error))
    return make(
      503,
      'statement_timeout',
      'The database took too long, and nothing was stored. Narrow what is asked for, or try again.',
      undefined,
      5,
    );
  // What is left after repeated tries: a deadlock or a serialization failure.
  if (isRetryable(error))
    return make(503, 'busy', 'Other changes of the same rows are under way; nothing was stored. Try again.', undefined, 2);
  // A fallback behind the schemas: a value that the database cannot store is the client's fault, in any member.
  if (isUnstorable(error)) return make(400, 'value_not_storable', 'A value of the request cannot be stored.');
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    const isLong = code === 'FST_ERR_MAX_PARAM_LENGTH';
    return plainProblem(isLong ? 414 : statusCode, isLong ? 'A part of the address is too long.' : 'The request cannot be read.');
  }
  return make(500, 'internal', 'Something went wrong on our side.');
}

/** Returns a problem that is derived from its status alone. */
export function plainProblem(status: number, detail: string): ReturnType<typeof make> {
  return make(status, genericCodes[status] ?? 'invalid_request', detail);
}

function fromHttpException(error: HttpException): { problem: Problem; headers: Record<string, string> } {
  const status = error.getStatus();
  const body = error.getResponse();
  // A response of Terminus is a report of its own.
  const detail = typeof body === 'string' ? body : ((body as { message?: string | string[] }).message ?? error.message);
  return make(
    status,
    genericCodes[status] ?? 'invalid_request',
    status >= 500 ? 'Something went wrong on our side.' : Array.isArray(detail) ? detail.join('; ') : detail,
  );
}

function make(
  status: number,
  code: string,
  detail: string,
  errors?: FieldError[],
  retryAfterSeconds?: number,
): { problem: Problem; headers: Record<string, string> } {
  return {
    problem: {
      type: `urn:heliograph:problem:${code}`,
      title: problemTitles[status] ?? 'Error',
      status,
      code,
      detail,
      ...(errors && { errors }),
    },
    headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) },
  };
}

/** Returns name, code and message. A driver's detail is omitted, since it may contain values. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  return `${error.name}${typeof code === 'string' ? ` ${code}` : ''}: ${error.message.split('\n')[0]?.slice(0, 200)}`;
}
