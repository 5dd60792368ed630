import type { IncomingMessage, ServerResponse } from 'node:http';

export type Json = Record<string, unknown>;

/** Request as a route sees it. */
export interface Call {
  method: string;
  /** Path segments below the prefix, decoded. */
  path: string[];
  query: URLSearchParams;
  token: string;
  contentType: string;
  /** Address of the server as the caller named it. */
  origin: string;
  /** The body if it is a JSON object, else an empty object. */
  body: Json;
  bytes: Buffer;
  response: ServerResponse;
  /** Monotonic ms. */
  arrivedAt: number;
}

const maxBodyBytes = 110 * 1024 * 1024;

/** Reads a whole body; null when it is too long or the sender disconnected. */
export function readBody(request: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
    });
    request.on('end', () => resolve(size > maxBodyBytes ? null : chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', () => resolve(null));
  });
}

/** Parses a JSON object; anything else gives an empty object. */
export function parseJson(bytes: Buffer): Json {
  if (bytes.length === 0) return {};
  try {
    const value = JSON.parse(bytes.toString('utf8')) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
  } catch {
    return {}; // a raw upload or invalid data: the route decides
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
