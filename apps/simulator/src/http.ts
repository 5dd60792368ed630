import type { IncomingMessage, ServerResponse } from 'node:http';

export type Json = Record<string, unknown>;

/** What a route sees of a request. */
export interface Call {
  method: string;
  /** Path segments below the prefix, decoded. */
  path: string[];
  query: URLSearchParams;
  token: string;
  /** The body if it is a JSON object, else an empty one. */
  body: Json;
  bytes: Buffer;
  response: ServerResponse;
  /** Monotonic ms. */
  arrivedAt: number;
}

const longestBody = 110 * 1024 * 1024;

/** Reads a whole body; null when it is too long or its sender is gone. */
export function readBody(request: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= longestBody) chunks.push(chunk);
    });
    request.on('end', () => resolve(size > longestBody ? null : chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', () => resolve(null));
  });
}

/** A JSON object; an empty one for anything else. */
export function parseJson(bytes: Buffer): Json {
  if (bytes.length === 0) return {};
  try {
    const value = JSON.parse(bytes.toString('utf8')) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
  } catch {
    return {}; // a raw upload, or junk: the route decides
  }
}

export function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

/** `{success: true, data}`. */
export const ok = (response: ServerResponse, data: unknown, headers?: Record<string, string>): void =>
  send(response, 200, { success: true, data }, headers);

/** `{success: false, error}`. */
export const refuse = (response: ServerResponse, status: number, error: string): void => send(response, status, { success: false, error });
