import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { SimSession } from './accounts';
import type { AimedKiller } from './aimed-killer';
import { canonicalRecipient, contentHash, contentOf } from './sent-content';
import { type Fault, type FaultEffect, faultEffects, type Faults, refusals } from './faults';
import type { HookSender } from './hooks';
import { type Call, type Json, ok, send } from './http';
import type { Ledger, LedgerLine } from './ledger';
import { countCall, type Refusal, tooMany } from './limits';
import type { Random } from './random';
import type { SimulatorSettings } from './settings';
import { kindOf, validate } from './validation';

const lateMs = 5_000;
/** Status in the ledger of a refusal without a response. */
const unanswered = 499;

/** `POST /api/send-message`: faults, limits, the ledger, then the response. */
export class Sends {
  private lastMsgId = 61_400_000;
  private connections = 0;
  private readonly connectionOf = new WeakMap<Socket, number>();

  constructor(
    private readonly ledger: Ledger,
    private readonly faults: Faults,
    private readonly killer: AimedKiller,
    private readonly hooks: HookSender,
    private readonly random: Random,
    private readonly settings: () => SimulatorSettings,
  ) {}

  async handle(session: SimSession, { body, response, arrivedAt }: Call): Promise<void> {
    const recipient = canonicalRecipient(typeof body.to === 'string' ? body.to : '');
    const fault = this.faults.strike(session.id, recipient);
    const effect: FaultEffect | null = fault && faultEffects[fault.kind];
    const point = fault?.kind === 'kill-peer' ? fault.point : undefined;
    if (point === 'P1') {
      this.killer.kill(response.socket, 'P1', null);
      response.destroy();
      return;
    }
    const { refusal, headers } = this.decide(session, body, fault, effect, arrivedAt);
    const line = this.record(session, body, recipient, refusal, fault, effect, arrivedAt, response.socket);
    if (!refusal) this.begin(session, line, fault);
    if (point === 'P2') {
      this.killer.kill(response.socket, 'P2', line.seq);
      response.destroy();
      return;
    }
    const latency = session.latencyMs ?? this.settings().latencyMs;
    const delayMs = (latency[1] > 0 ? this.random.between(latency) : 0) + (effect?.isLate && !refusal ? (fault?.delayMs ?? lateMs) : 0);
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));

    // A fault that accepts the message does not apply to a message that is refused anyway.
    if (refusal) this.refuse(response, refusal, effect?.accepts ? undefined : effect?.ends);
    else this.answer(response, body, line, effect, headers);
    if (point === 'P3') this.killAfterAnswer(response, line);
  }

  private decide(
    session: SimSession,
    body: Json,
    fault: Fault | null,
    effect: FaultEffect | null,
    arrivedAt: number,
  ): { refusal: Refusal | null; headers: Record<string, string> } {
    const s = this.settings();
    const no = (refusal: Omit<Refusal, 'headers'>) => ({ refusal: { headers: {}, ...refusal }, headers: {} });
    if (fault?.kind === 'refuse-429') return no(tooMany(fault.retryAfterS ?? 5, 'Too many requests', {}, s));
    if (effect && !effect.accepts) return no(effect.reply ?? { status: unanswered, body: '' });
    if (!s.subscription) return no(refusals.noSubscription);
    if (session.status !== 'connected') return no(refusals.notConnected);
    const errors = validate(body);
    if (errors) return no({ status: 422, body: { success: false, message: 'The given data was not valid', errors } });
    return countCall(session, 'send', arrivedAt, s);
  }

  private record(
    session: SimSession,
    body: Json,
    recipient: string,
    refusal: Refusal | null,
    fault: Fault | null,
    effect: FaultEffect | null,
    arrivedAt: number,
    socket: Socket | null,
  ): LedgerLine {
    const content = contentOf(body);
    // Counted over the whole service, with gaps.
    if (!refusal) this.lastMsgId += 1 + Math.floor(this.random.next() * 3);
    return this.ledger.add({
      wallMs: Date.now(),
      monoMs: arrivedAt,
      sessionId: session.id,
      to: typeof body.to === 'string' ? body.to : '',
      recipient,
      kind: kindOf(body),
      content,
      hash: contentHash(content),
      msgId: refusal ? null : this.lastMsgId,
      keyId: refusal ? null : newKeyId(this.random),
      decision: refusal ? refusal.status : 'accepted',
      answer: answerOf(fault, effect, refusal),
      connection: socket ? this.numberOf(socket) : 0,
      remotePort: socket?.remotePort ?? 0,
      status: refusal ? 0 : 1,
      failedReason: null,
    });
  }

  private begin(session: SimSession, line: LedgerLine, fault: Fault | null): void {
    if (fault?.kind === 'fail-later') this.hooks.failLater(session, line, `Sending failed: number ${line.to} could not be reached`);
    else this.hooks.follow(session, line);
  }

  private refuse(response: ServerResponse, { status, body, headers }: Refusal, ends: FaultEffect['ends']): void {
    if (ends) end(response, ends, '');
    else send(response, status, body, headers);
  }

  private answer(
    response: ServerResponse,
    { to }: Json,
    line: LedgerLine,
    effect: FaultEffect | null,
    headers: Record<string, string>,
  ): void {
    const data = { msgId: line.msgId, jid: to, status: 'in_progress' };
    if (effect?.ends) end(response, effect.ends, JSON.stringify({ success: true, data }));
    else if (effect?.reply) send(response, effect.reply.status, effect.reply.body, effect.reply.headers);
    else if (effect?.mangles === 'truncated') send(response, 200, JSON.stringify({ success: true, data }).slice(0, -12));
    else ok(response, effect?.mangles === 'no-id' ? { jid: to, status: data.status } : data, headers);
  }

  private killAfterAnswer(response: ServerResponse, line: LedgerLine): void {
    const { socket } = response;
    const strike = () => setTimeout(() => this.killer.kill(socket, 'P3', line.seq), this.random.next() * 20);
    if (response.writableFinished) strike();
    else response.once('finish', strike);
  }

  private numberOf(socket: Socket): number {
    let number = this.connectionOf.get(socket);
    if (number === undefined) this.connectionOf.set(socket, (number = ++this.connections));
    return number;
  }
}

/** Returns a new WhatsApp id of a message. */
export const newKeyId = (random: Random): string => `3EB0${random.hex(18).toUpperCase()}`;

function answerOf(fault: Fault | null, effect: FaultEffect | null, refusal: Refusal | null): LedgerLine['answer'] {
  if (fault?.kind === 'kill-peer') return fault.point === 'P3' ? 'full' : 'cut';
  if (!effect || (refusal && effect.accepts)) return 'full';
  if (effect.ends) return effect.ends === 'hang' ? 'hang' : 'cut';
  if (effect.isLate) return 'late';
  return effect.accepts && (effect.reply || effect.mangles) ? 'garbage' : 'full';
}

function end(response: ServerResponse, how: NonNullable<FaultEffect['ends']>, text: string): void {
  switch (how) {
    case 'hang':
      return; // the caller's own timeout ends it
    case 'cut':
      response.destroy();
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'cut-body':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      response.write(text.slice(0, text.length / 2), () => response.destroy());
  }
}
