import type { Readable } from 'node:stream';
import { anyText, skippingContinue } from '@heliograph/kernel';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { cut, type WireResult } from './answer';

/** Connection settings of the provider's API. */
export interface WireOptions {
  /** Base URL, with or without the `/api` suffix. */
  baseUrl: string;
  connections: number;
  connectTimeoutMs: number;
  userAgent: string;
}

/** One call. */
export interface WireCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path below `/api`, percent-encoded. */
  path: string;
  token: string;
  body?: unknown;
  /** Bytes to send in place of a JSON body. The stream is destroyed when the call ends early. */
  content?: { type: string; size: number; bytes: Readable };
  /** Deadline of the whole call in ms. */
  timeoutMs: number;
  /** Maximum size of the answer, in bytes; default 1 MiB. */
  maxAnswerBytes?: number;
  mayWrite?: () => boolean;
}

const defaultMaxAnswerBytes = 1024 * 1024;

/** Makes calls over one pool of keep-alive connections. Tracks exactly whether the request's first byte may have been sent. */
export class Wire {
  private readonly pool: Pool;
  private readonly prefix: string;
  private readonly deadlines = new DeadlineWheel();

  constructor(private readonly options: WireOptions) {
    const url = new URL(options.baseUrl);
    const path = url.pathname.replace(/\/+$/, '');
    this.prefix = path.endsWith('/api') ? path : `${path}/api`;
    this.pool = new Pool(url.origin, {
      connections: options.connections,
      pipelining: 1,
      connect: skippingContinue(buildConnector({ timeout: options.connectTimeoutMs })),
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 120_000,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  call(call: WireCall): Promise<WireResult> {
    return new Promise((resolve) => {
      const answer = new Answer(call, resolve, this.deadlines);
      const headers: Record<string, string> = {
        authorization: `Bearer ${call.token}`,
        accept: 'application/json',
        'user-agent': this.options.userAgent,
      };
      let body: string | Readable | null = null;
      if (call.body !== undefined) {
        body = JSON.stringify(call.body);
        headers['content-type'] = 'application/json';
      } else if (call.content) {
        body = call.content.bytes;
        headers['content-type'] = call.content.type;
        headers['content-length'] = String(call.content.size);
      }
      try {
        this.pool.dispatch({ method: call.method, path: this.prefix + call.path, headers, body }, answer);
      } catch (error) {
        answer.onResponseError(null, error as Error);
      }
    });
  }

  async close(): Promise<void> {
    this.deadlines.stop();
    await this.pool.destroy();
  }
}

class Answer implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | null = null;
  private written = false;
  private settled = false;
  private status = 0;
  private headers: Record<string, string | string[] | undefined> = {};
  private chunks: Buffer[] = [];
  private size = 0;
  readonly expiresAt: number;

  constructor(
    private readonly call: WireCall,
    private readonly resolve: (result: WireResult) => void,
    private readonly deadlines: DeadlineWheel,
  ) {
    this.expiresAt = performance.now() + call.timeoutMs;
    deadlines.add(this);
  }

  /** undici calls this immediately before it writes the request to its socket. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.settled || (this.call.mayWrite && !this.call.mayWrite())) {
      controller.abort(new Error('The lease ended before the request was written.'));
      this.settle({ kind: 'broken', written: false, detail: 'The lease ended before the request was written.' });
      return;
    }
    this.written = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    const maxBytes = this.call.maxAnswerBytes ?? defaultMaxAnswerBytes;
    if (this.size > maxBytes) {
      controller.abort(new Error('The answer is too long.'));
      this.settle({ kind: 'broken', written: true, detail: `The answer is longer than ${maxBytes / defaultMaxAnswerBytes} MiB.` });
      return;
    }
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const type = this.headers['content-type'];
    const text = anyText(Buffer.concat(this.chunks), Array.isArray(type) ? type[0] : type);
    this.settle({ kind: 'answer', status: this.status, headers: this.headers, text });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.settle({ kind: 'broken', written: this.written, detail: describe(error) });
  }

  /** Ends a call that exceeded its deadline. */
  expire(): void {
    this.controller?.abort(new Error('The provider took too long.'));
    this.settle({ kind: 'broken', written: this.written, detail: `No answer within ${this.call.timeoutMs} ms.` });
  }

  private settle(result: WireResult): void {
    if (this.settled) return;
    this.settled = true;
    this.deadlines.remove(this);
    this.resolve(result);
  }
}

/** One timer for the deadlines of all calls: a timer per call would cost more than the call. At most a quarter of a second late. */
class DeadlineWheel {
  private readonly waiting = new Set<Answer>();
  private timer: NodeJS.Timeout | null = null;

  add(answer: Answer): void {
    this.waiting.add(answer);
    this.timer ??= setInterval(() => this.sweep(), 250).unref();
  }

  remove(answer: Answer): void {
    this.waiting.delete(answer);
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  private sweep(): void {
    const now = performance.now();
    for (const answer of this.waiting) if (answer.expiresAt <= now) answer.expire();
  }
}

function describe(error: Error): string {
  const { code } = error as { code?: string };
  return cut(`${code ?? error.name}: ${error.message}`, 300);
}
