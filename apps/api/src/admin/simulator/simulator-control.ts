import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, AppError, notFound } from '@heliograph/kernel';
import type { ProvidersConfig, SimulatorConfig } from '@heliograph/providers';
import { Agent, request } from 'undici';

const deadlineMs = 5_000;
/** Maximum size of an answer that is read, in bytes. */
const maxBytes = 4_000_000;

/** A number of the simulator, as its control API shows it. */
export interface SimulatedNumber {
  id: number;
  name: string;
  phone: string;
  status: string;
  qr: string | null;
  webhookEnabled: boolean;
}

/** A fault rule of the simulator. */
export interface SimulatedFault {
  id: number;
  kind: string;
  rate?: number;
  every?: number;
  times?: number;
  sessionId?: number;
  recipient?: string;
  seen: number;
  struck: number;
}

/** A send in the simulator's ledger. */
export interface SimulatedSend {
  seq: number;
  wallMs: number;
  sessionId: number;
  to: string;
  kind: string;
  content: Record<string, unknown>;
  decision: 'accepted' | number;
  answer: string;
  status: number;
}

/** Calls the control API of the simulator that stands in for the provider. Where there is none, every call is refused. */
@Injectable()
export class SimulatorControl implements OnApplicationShutdown {
  /** Base URL; null: the provider is not a simulator that the configuration names. */
  readonly url: string | null;
  private readonly agent = new Agent({ connect: { timeout: deadlineMs } });

  constructor(@Inject(APP_CONFIG) config: Pick<ProvidersConfig, 'WASENDER_BASE_URL'> & SimulatorConfig) {
    const { SIMULATOR_URL: named, WASENDER_BASE_URL: provider } = config;
    this.url = named && new URL(named).origin === new URL(provider).origin ? new URL(named).origin : null;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  /** @throws AppError not_found; unprocessable `simulator_refused`; unavailable `simulator_down` */
  async call<T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T> {
    if (this.url === null) throw new AppError('not_found', 'no_simulator', 'The provider is not a simulator.');
    const { status, text } = await this.send(method, `${this.url}/sim/${path}`, body);
    if (status === 404) throw notFound('number of the simulator');
    if (status === 409 || status === 422)
      throw new AppError('unprocessable', 'simulator_refused', `The simulator refused: ${sentenceOf(text)}.`);
    if (status !== 200) throw new AppError('unavailable', 'simulator_down', `The simulator answered ${status}.`);
    return JSON.parse(text) as T;
  }

  private async send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: object): Promise<{ status: number; text: string }> {
    try {
      const answer = await request(url, {
        method,
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        dispatcher: this.agent,
        signal: AbortSignal.timeout(deadlineMs),
      });
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > maxBytes) throw new Error('too large');
        chunks.push(chunk);
      }
      return { status: answer.statusCode, text: Buffer.concat(chunks).toString() };
    } catch (error) {
      const fault = new AppError('unavailable', 'simulator_down', 'The simulator did not answer.', { retryAfterSeconds: 5 });
      fault.cause = error;
      throw fault;
    }
  }
}

function sentenceOf(text: string): string {
  const { error } = JSON.parse(text) as { error?: unknown };
  return typeof error === 'string' ? error.slice(0, 200) : 'without a reason';
}
