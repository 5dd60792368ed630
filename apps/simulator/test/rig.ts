import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Simulator, type SimulatorOptions } from '../src/simulator';

/** One hook as received. */
export interface ReceivedHook {
  headers: IncomingHttpHeaders;
  text: string;
  event: string;
  body: { event: string; timestamp?: number; sessionId?: string; data: Record<string, unknown> };
}

/** A simulator and a receiver of its hooks. */
export class Rig {
  readonly received: ReceivedHook[] = [];
  /** Statuses for the next hooks; 200 when the list is empty. */
  answers: number[] = [];

  private constructor(
    readonly simulator: Simulator,
    private readonly receiver: Server,
  ) {
    receiver.on('request', (request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const body = JSON.parse(text) as ReceivedHook['body'];
        this.received.push({ headers: request.headers, text, event: body.event, body });
        response.writeHead(this.answers.shift() ?? 200).end();
      });
    });
  }

  /** Starts with fast receipts and two sessions by default. */
  static async start(options: SimulatorOptions = {}): Promise<Rig> {
    const simulator = new Simulator({
      sessions: 2,
      limits: 'off',
      ...options,
      settings: {
        readRate: 1,
        keyAfterMs: 0,
        sentAfterMs: [1, 2],
        deliveredAfterMs: [1, 2],
        readAfterMs: [1, 2],
        hookRetriesMs: [1, 1],
        ...options.settings,
      },
    });
    await simulator.start();
    const receiver = createServer().listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const rig = new Rig(simulator, receiver);
    const webhookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
    for (const session of simulator.accounts.sessions.values()) Object.assign(session, { webhookUrl, webhookEnabled: true });
    return rig;
  }

  async stop(): Promise<void> {
    await this.simulator.stop();
    this.receiver.closeAllConnections();
    await new Promise((resolve) => this.receiver.close(resolve));
  }

  /** The nth session, from 0. */
  session(nth = 0) {
    const session = [...this.simulator.accounts.sessions.values()][nth];
    if (!session) throw new RangeError(`no session ${nth}`);
    return session;
  }

  /** Sends a call below /api, with the first session's key unless another token is given. */
  api(method: string, path: string, body?: unknown, token = this.session().apiKey): Promise<Answer> {
    return this.call(method, `/api${path}`, body, token);
  }

  /** Sends a call with the account's token. */
  account(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.api(method, `/whatsapp-sessions${path}`, body, this.simulator.accounts.accessToken);
  }

  /** Sends a call below /sim. */
  control(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.call(method, `/sim${path}`, body, '');
  }

  send(body: unknown = { to: '+447700900101', text: 'Hello' }): Promise<Answer> {
    return this.api('POST', '/send-message', body);
  }

  /** Waits until `count` hooks of an event arrived. */
  async hooks(event: string, count = 1): Promise<ReceivedHook[]> {
    return until(() => {
      const found = this.received.filter((one) => one.event === event);
      return found.length >= count ? found : null;
    });
  }

  private async call(method: string, path: string, body: unknown, token: string): Promise<Answer> {
    const answer = await fetch(this.simulator.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(5_000),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) as Record<string, unknown> };
  }
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: () => Record<string, unknown>;
}

/** Repeats `ask` until it returns a value. @throws after 10 s */
export async function until<T>(ask: () => T | null | Promise<T | null>): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline) throw new Error(`Waited 10 s in vain for: ${ask.toString()}`);
    await sleep(5);
  }
}
