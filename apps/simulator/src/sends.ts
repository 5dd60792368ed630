import type { ServerResponse } from 'node:http';
import type { SimSession } from './accounts';
import type { Fault, Faults } from './faults';
import type { HookSender } from './hooks';
import { type Json, send } from './http';
import { canonicalRecipient, contentHash, type Ledger, type LedgerLine } from './ledger';
import { countSend } from './limits';
import type { Random } from './random';
import type { SimulatorSettings } from './settings';
import { kindOf, validate } from './validation';

const notConnected = { success: false, message: 'Your WhatsApp session is not connected, connect it first' };
const badGateway = '<html><head><title>502</title></head><body>bad gateway</body></html>';

/** `POST /api/send-message`: limits, faults, the ledger, and only then an answer. */
export class Sends {
  private lastMsgId = 61_400_000;

  constructor(
    private readonly ledger: Ledger,
    private readonly faults: Faults,
    private readonly hooks: HookSender,
    private readonly random: Random,
    private readonly settings: () => SimulatorSettings,
  ) {}

  async handle(session: SimSession, body: unknown, response: ServerResponse, arrivedAt: number): Promise<void> {
    const given = (typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {}) as Json;
    const latency = session.latencyMs ?? this.settings().latencyMs;
    const socket = response.socket;
    const recipient = canonicalRecipient(typeof given.to === 'string' ? given.to : '');
    const fault = this.faults.strike(session.id, recipient);
    if (fault?.kind === 'kill-peer' && fault.point === 'P1' && socket) {
      this.faults.killPeer(socket.remotePort ?? 0, socket.localPort ?? 0, 'P1', null);
      response.destroy();
      return;
    }
    if (latency[1] > 0) await new Promise((resolve) => setTimeout(resolve, this.random.between(latency)));

    const refusal = this.refusal(session, given, recipient, fault, arrivedAt);
    const line = this.record(session, given, recipient, refusal.status, fault, arrivedAt, socket?.remotePort ?? 0);
    if (refusal.status !== null) {
      if (fault?.kind === 'refuse-cut') response.destroy();
      else send(response, refusal.status, refusal.body, refusal.headers);
      return;
    }
    if (fault?.kind === 'fail-later') this.hooks.failLater(session, line, `number ${given.to as string} could not be reached`);
    else this.hooks.follow(session, line);
    this.answer(response, given, line, fault, refusal.headers);
  }

  private refusal(
    session: SimSession,
    body: Json,
    recipient: string,
    fault: Fault | null,
    arrivedAt: number,
  ): { status: number | null; body: unknown; headers: Record<string, string> } {
    const no = (status: number, answer: unknown, headers: Record<string, string> = {}) => ({ status, body: answer, headers });
    switch (fault?.kind) {
      case 'refuse-401':
        return no(401, { success: false, message: 'API key not valid' });
      case 'refuse-403':
        return no(403, { success: false, message: 'A subscription or trial must be active to call the API' });
      case 'refuse-408':
        return no(408, { success: false, message: 'Request timeout' });
      case 'refuse-422':
        return no(422, { success: false, message: 'The given data was not valid', errors: { to: ['to is not on WhatsApp'] } });
      case 'refuse-429':
        return this.tooMany(fault.retryAfterS ?? 5, 'Too many requests', {});
      case 'refuse-not-connected':
        return no(400, notConnected);
      case 'refuse-success-false':
        return no(200, { success: false, message: 'This message could not be queued' });
      case 'refuse-error-member':
        return no(400, { success: false, error: 'This message could not be queued' });
      case 'refuse-cut':
        return no(499, '');
      default:
        break;
    }
    if (session.status !== 'connected') return no(400, notConnected);
    const errors = validate(body);
    if (errors) return no(422, { success: false, message: 'The given data was not valid', errors });
    if (this.settings().notOnWhatsAppSuffixes.some((suffix) => recipient.endsWith(suffix))) {
      return no(422, { success: false, message: 'The number is not on WhatsApp', errors: { to: ['to is not on WhatsApp'] } });
    }
    const verdict = countSend(session, arrivedAt, this.settings());
    if (verdict.refusal) return this.tooMany(verdict.refusal.retryAfterS, verdict.refusal.message, verdict.headers);
    return { status: null, body: null, headers: verdict.headers };
  }

  private tooMany(
    retryAfterS: number,
    message: string,
    headers: Record<string, string>,
  ): { status: number; body: unknown; headers: Record<string, string> } {
    const s = this.settings();
    return {
      status: 429,
      body: { message, ...(s.retryAfterInBody && { retry_after: retryAfterS }) },
      headers: { ...headers, ...(s.retryAfterHeader && { 'Retry-After': String(retryAfterS) }) },
    };
  }

  private record(
    session: SimSession,
    body: Json,
    recipient: string,
    status: number | null,
    fault: Fault | null,
    arrivedAt: number,
    remotePort: number,
  ): LedgerLine {
    const accepted = status === null;
    // Counted over the whole service, with gaps.
    if (accepted) this.lastMsgId += 1 + Math.floor(this.random.next() * 3);
    const answer =
      fault?.kind === 'accept-hang'
        ? 'hang'
        : fault?.kind === 'accept-cut' || fault?.kind === 'kill-peer'
          ? 'cut'
          : fault?.kind.startsWith('accept-')
            ? 'garbage'
            : 'full';
    return this.ledger.add({
      wallMs: Date.now(),
      monoMs: arrivedAt,
      sessionId: session.id,
      to: typeof body.to === 'string' ? body.to : '',
      recipient,
      hash: contentHash(body),
      msgId: accepted ? this.lastMsgId : null,
      keyId: accepted ? `3EB0${this.random.hex(18).toUpperCase()}` : null,
      text: typeof body.text === 'string' ? body.text : null,
      kind: kindOf(body),
      decision: accepted ? 'accepted' : (status ?? 0),
      answer,
      remotePort,
      status: 1,
      failedReason: null,
    });
  }

  private answer(response: ServerResponse, body: Json, line: LedgerLine, fault: Fault | null, headers: Record<string, string>): void {
    const ok = { success: true, data: { msgId: line.msgId, jid: body.to, status: 'in_progress' } };
    const { socket } = response;
    switch (fault?.kind) {
      case 'accept-500':
        return send(response, 500, { success: false, message: 'Server error' });
      case 'accept-502-html':
        return send(response, 502, badGateway, { 'content-type': 'text/html' });
      case 'accept-504':
        return send(response, 504, '', { 'content-type': 'text/html' });
      case 'accept-408':
        return send(response, 408, { success: false, message: 'Request timeout' });
      case 'accept-no-id':
        return send(response, 200, { success: true, data: { jid: body.to, status: 'in_progress' } });
      case 'accept-truncated':
        return send(response, 200, JSON.stringify(ok).slice(0, -12));
      case 'accept-empty':
        return send(response, 200, '');
      case 'accept-html-200':
        return send(response, 200, badGateway, { 'content-type': 'text/html' });
      case 'accept-hang':
        return; // the caller's own deadline ends it
      case 'accept-cut':
        response.destroy();
        return;
      case 'kill-peer':
        if (fault.point === 'P2') {
          this.faults.killPeer(socket?.remotePort ?? 0, socket?.localPort ?? 0, 'P2', line.seq);
          response.destroy();
          return;
        }
        response.once('finish', () =>
          setTimeout(() => this.faults.killPeer(socket?.remotePort ?? 0, socket?.localPort ?? 0, 'P3', line.seq), this.random.next() * 20),
        );
        return send(response, 200, ok, headers);
      default:
        return send(response, 200, ok, headers);
    }
  }
}
