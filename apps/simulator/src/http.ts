import type { IncomingMessage, ServerResponse } from 'node:http';

export type Json = Record<string, unknown>;

/** What a route sees of a request. */
export interface Call {
  method: string;
  /** Path segments below the prefix, decoded. */
  path: string[];
  query: URLSearchParams;
  token: string;
  body: unknown;
  request: IncomingMessage;
  response: ServerResponse;
}

const longestBody = 110 * 1024 * 1024;

/** Reads a whole body; null when it is too long. */
export function readBody(request: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= longestBody) chunks.push(chunk);
    });
    request.on('end', () => resolve(size <= longestBody ? Buffer.concat(chunks) : null));
    request.on('error', () => resolve(null));
  });
}

export function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}
