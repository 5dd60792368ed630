import createClient, { type Middleware } from 'openapi-fetch';
import { HttpError } from 'react-admin';
import type { components, paths } from './api-types';
import { currentTenant } from './tenant';

/** A fault of one field, as the API says it. */
export type FieldFault = components['schemas']['FieldError'];

interface Problem {
  code: string;
  detail: string;
  request_id?: string;
  errors?: FieldFault[];
}

/** The fault of a request, as the API says it: a stable code, a sentence, and the request's id. */
export class ApiError extends HttpError {
  readonly code: string;
  readonly requestId: string | undefined;
  /** Faults of fields; `useFaults` tells them. */
  readonly faults: FieldFault[];

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? '', status);
    // HttpError makes every instance one of its own class.
    Object.setPrototypeOf(this, ApiError.prototype);
    this.code = problem.code ?? (status === 0 ? 'offline' : 'unknown');
    this.requestId = problem.request_id;
    this.faults = problem.errors ?? [];
  }
}

const tenantHeader = 'heliograph-tenant';

/** Headers of a request that acts for this client, whichever is chosen meanwhile; null: for none. */
export const actingFor = (tenant: string | null): Record<string, string> => ({ [tenantHeader]: tenant ?? '' });

const headers: Middleware = {
  onRequest({ request }) {
    const tenant = currentTenant();
    if (!request.headers.has(tenantHeader)) {
      if (tenant) request.headers.set(tenantHeader, tenant);
    } else if (request.headers.get(tenantHeader) === '') request.headers.delete(tenantHeader);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
    throw new ApiError(response.status, problem);
  },
  onError({ error }) {
    if ((error as Error).name === 'AbortError') return error as Error;
    return new ApiError(0, { detail: (error as Error).message });
  },
};

/** The api, typed by its OpenAPI document. A request acts for the client that is chosen, unless it names another. */
export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: 'same-origin' });
api.use(headers);

/** Answer of a request that went well. @throws ApiError */
export async function ok<T>(request: Promise<{ data?: T }>): Promise<T> {
  return (await request).data as T;
}
