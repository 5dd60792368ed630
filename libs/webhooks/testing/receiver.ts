import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A POST as received. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Monotonic time in ms. */
  at: number;
  json: { id: string; type: string; data: Record<string, unknown>; events?: { id: string; type: string; data: Record<string, unknown> }[] };
}

/** Response of the core application to a POST; it must end the response. */
export type Behaviour = (post: Received, response: ServerResponse) => void;

/** The core application's receiver of callbacks. */
export class Receiver {
  readonly posts: Received[] = [];
  /** Answers 200 unless a test replaces it. */
  behave: Behaviour = (_post, response) => void response.end('ok');

  /** Open POSTs by path, with the maximum number at a time. */
  readonly open = new Map<string, { now: number; max: number }>();

  private constructor(
    readonly url: string,
    readonly address: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts).toString('utf8');
        const post = {
          path: request.url ?? '',
          headers: request.headers,
          body,
          at: performance.now(),
          json: JSON.parse(body || '{}') as Received['json'],
        };
        receiver.posts.push(post);
        receiver.begin(post.path, response);
        receiver.behave(post, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const receiver = new Receiver(`http://127.0.0.1:${port}`, `127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return receiver;
  }

  /** Forgets everything and answers 200 again. */
  clear(): void {
    this.posts.length = 0;
    this.open.clear();
    this.behave = (_post, response) => void response.end('ok');
  }

  private begin(path: string, response: ServerResponse): void {
    const open = this.open.get(path) ?? { now: 0, max: 0 };
    this.open.set(path, open);
    open.max = Math.max(open.max, ++open.now);
    response.once('close', () => open.now--);
  }

  /** Returns the posts to a path. */
  at(path: string): Received[] {
    return this.posts.filter((post) => post.path === path);
  }
}
