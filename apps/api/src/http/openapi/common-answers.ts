import { problemResponse } from '../problem.schema';
import type { Operation } from './schemas';

type Answers = Record<string, { description?: string; $ref?: string }>;

const retryAfter = { 'Retry-After': { description: 'Seconds to wait before the next try.', schema: { type: 'integer', minimum: 1 } } };
const common = {
  InvalidRequest: problemResponse(400, 'invalid_request', 'A parameter or the body does not fit its schema; `errors` tells where.'),
  Unauthenticated: problemResponse(401, 'invalid_api_key', 'No valid API key.'),
  NoSuchTenant: problemResponse(404, 'not_found', 'No such tenant: `Heliograph-Tenant` of a sign-in names none, or none of the person’s.'),
  MethodNotAllowed: problemResponse(405, 'method_not_allowed', 'The path does not take this method; `Allow` names those it takes.'),
  TooSlow: problemResponse(408, 'timeout', 'The body did not come in time.'),
  TooLarge: problemResponse(413, 'too_large', 'The body is larger than the route takes, or has too many values.'),
  AddressTooLong: problemResponse(414, 'uri_too_long', 'A part of the address is too long.'),
  UnsupportedMediaType: problemResponse(
    415,
    'unsupported_media_type',
    'The route does not accept this content type, charset or content encoding.',
  ),
  Unprocessable: problemResponse(
    422,
    'loop_detected',
    'The request is a callback of Heliograph that was sent back to it, or the body contains a number that a double cannot hold (`number_not_exact`).',
  ),
  RateLimited: {
    ...problemResponse(429, 'rate_limited', 'Too many requests, or too many uploads of the tenant at the same time (`too_many_uploads`).'),
    headers: retryAfter,
  },
  HeadersTooLarge: problemResponse(431, 'headers_too_large', 'The headers are too large.'),
  InternalError: problemResponse(500, 'internal', 'An internal error occurred.'),
  Unavailable: {
    ...problemResponse(
      503,
      'storage_unavailable',
      'The database is not available and nothing was stored, or the process is shutting down.',
    ),
    headers: retryAfter,
  },
} as const;
type CommonAnswer = keyof typeof common;

/** Responses that many operations share, as components. */
export const commonAnswers = Object.fromEntries(Object.entries(common).map(([name, { status: _, ...answer }]) => [name, answer]));

const ofEvery: CommonAnswer[] = [
  'InvalidRequest',
  'MethodNotAllowed',
  'AddressTooLong',
  'Unprocessable',
  'HeadersTooLarge',
  'InternalError',
  'Unavailable',
];
/** A body is read wherever a client may send one, even if the operation has none. */
const ofWrites: CommonAnswer[] = ['TooSlow', 'TooLarge', 'UnsupportedMediaType'];
/** Hooks of the provider are neither counted nor known by an API key. */
const ofKeyHolders: CommonAnswer[] = ['Unauthenticated', 'NoSuchTenant', 'RateLimited'];

/** Adds the responses that the server sends around the handler; responses declared by the operation stay. */
export function addCommonAnswers(operation: Operation, { method, guarded }: { method: string; guarded: boolean }): void {
  const answers = operation.responses as unknown as Answers;
  for (const name of [...ofEvery, ...(method === 'get' ? [] : ofWrites), ...(guarded ? ofKeyHolders : [])])
    answers[common[name].status] ??= { $ref: `#/components/responses/${name}` };
}

/** Adds what the door of the staff's own routes answers. */
export function addStaffAnswers(operation: Operation, method: string): void {
  also(operation, problemResponse(401, 'signed_out', 'Nobody is signed in (`signed_out`).'));
  if (method !== 'get') also(operation, problemResponse(403, 'foreign_origin', 'The write comes from another site (`foreign_origin`).'));
  (operation.responses as unknown as Answers)[429] ??= { $ref: '#/components/responses/RateLimited' };
}

/** Header that every POST under a key takes, and its answers. The operations that declare it keep their keys themselves. */
export function addIdempotency(operation: Operation): void {
  const parameters = (operation.parameters ??= []) as { name: string; schema?: object; description?: string }[];
  const own = parameters.find(({ name }) => name === 'Idempotency-Key');
  if (!own) {
    parameters.push(idempotencyKey);
    also(operation, problemResponse(409, 'request_in_progress', 'A request with this idempotency key is still running.'));
    also(operation, problemResponse(422, 'idempotency_key_reused', 'The idempotency key was used for another request.'));
  } else Object.assign(own, idempotencyKey);
  for (const [status, answer] of Object.entries(operation.responses) as unknown as [string, { headers?: object }][])
    if (status.startsWith('2')) answer.headers = { ...answer.headers, 'Idempotency-Replayed': replayed };
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key and body get the same response for 72 hours.',
  schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
};
const replayed = {
  description: 'True when the response is that of an earlier request with the same key.',
  schema: { type: 'string', enum: ['true'] },
};

/** Adds a response, or a second reason to an existing one. */
function also({ responses }: Operation, { status, ...answer }: ReturnType<typeof problemResponse>): void {
  const answers = responses as unknown as Answers;
  const there = answers[status];
  if (there?.description) there.description += ` Or: ${answer.description?.replace(/^\w/, (first) => first.toLowerCase())}`;
  else answers[status] = answer;
}
