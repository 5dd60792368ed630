import type { Accounts, SimSession } from './accounts';
import { type Fault, faultKinds, type Faults } from './faults';
import { type HookSender, inboundMessage } from './hooks';
import { type Call, type Json, send } from './http';
import type { Ledger } from './ledger';
import type { ProviderApi } from './provider-api';
import type { Random } from './random';
import type { SimulatorSettings } from './settings';

/** Everything a test or a person may do to the simulator, under `/sim`. Without authentication: bind it to 127.0.0.1. */
export class ControlApi {
  constructor(
    private readonly accounts: Accounts,
    private readonly ledger: Ledger,
    private readonly faults: Faults,
    private readonly hooks: HookSender,
    private readonly provider: ProviderApi,
    private readonly random: Random,
    private readonly settings: SimulatorSettings,
  ) {}

  handle(call: Call): void {
    const { method, path, response, query } = call;
    const body = (call.body ?? {}) as Json;
    switch (`${method} ${path.filter((_, i) => i !== 1 || path[0] !== 'sessions').join('/')}`) {
      case 'GET health':
        return send(response, 200, { status: 'ok' });
      case 'GET ledger':
        return this.stream(call);
      case 'GET ledger/summary':
        return send(response, 200, this.ledger.summary());
      case 'GET ledger/duplicates':
        return send(response, 200, this.ledger.duplicates());
      case 'POST ledger/gaps':
        return send(response, 200, this.ledger.gaps((body.expected as string[] | undefined) ?? []));
      case 'GET ledger/pace':
        return send(response, 200, this.ledger.pace(Number(query.get('windowMs') ?? 60_000), Number(query.get('limit') ?? 256)));
      case 'POST reset':
        this.ledger.clear();
        return send(response, 200, { ok: true });
      case 'GET config':
        return send(response, 200, this.settings);
      case 'PATCH config':
        Object.assign(this.settings, body);
        if (body.autoScanMs !== undefined) this.provider.autoScanMs = body.autoScanMs as number | null;
        return send(response, 200, this.settings);
      case 'GET hooks':
        return send(response, 200, { ...this.hooks.stats, pending: this.hooks.pending });
      case 'GET faults':
        return send(response, 200, this.faults.list());
      case 'POST faults':
        if (!faultKinds.includes(body.kind as Fault['kind'])) return send(response, 422, { error: 'unknown kind', kinds: faultKinds });
        return send(response, 200, this.faults.add(body as unknown as Fault));
      case 'DELETE faults':
        this.faults.clear();
        return send(response, 200, { ok: true });
      case 'PUT kill-pids':
        this.faults.killable = new Set(body.pids as number[]);
        return send(response, 200, { ok: true });
      case 'GET kills':
        return send(response, 200, this.faults.kills);
      case 'POST sessions':
        return send(
          response,
          200,
          Array.from({ length: Number(body.count ?? 1) }, () =>
            view(this.accounts.add({ status: 'connected', ...(body.set as Partial<SimSession>) })),
          ),
        );
      case 'GET sessions':
        return send(response, 200, [...this.accounts.sessions.values()].map(view));
      default:
        return this.one(call, body);
    }
  }

  private one({ method, path, response }: Call, body: Json): void {
    const session = path[0] === 'sessions' || path[0] === 'inject' ? this.accounts.sessions.get(Number(path[1])) : undefined;
    if (!session) return send(response, 404, { error: 'not found' });
    if (path[0] === 'inject') return this.inject(session, path[2] ?? '', body, response);
    if (method === 'PATCH') {
      const { status, ...rest } = body as Partial<SimSession>;
      Object.assign(session, rest);
      if (status) this.provider.move(session, status);
      return send(response, 200, view(session));
    }
    if (method === 'POST' && path[2] === 'scan') {
      this.provider.move(session, 'connected');
      return send(response, 200, view(session));
    }
    send(response, 404, { error: 'not found' });
  }

  private inject(session: SimSession, what: string, body: Json, response: Call['response']): void {
    switch (what) {
      case 'inbound': {
        const message = {
          ...inboundMessage(text(body.from, '447700900101'), text(body.text, 'Hello'), this.random),
          ...(body.message ? { message: body.message } : {}),
        };
        for (const event of (body.events as string[] | undefined) ?? ['messages.received'])
          this.hooks.emit(session, event, { messages: event === 'messages.upsert' ? [message] : message });
        return send(response, 200, message);
      }
      case 'phone-typed': {
        const key = {
          id: `3A${this.random.hex(18).toUpperCase()}`,
          fromMe: true,
          remoteJid: `${text(body.to, '447700900150')}@s.whatsapp.net`,
          addressingMode: 'pn',
        };
        this.hooks.emit(session, 'messages.upsert', {
          messages: [
            { key, messageBody: body.text, message: { conversation: body.text }, messageTimestamp: Math.floor(Date.now() / 1_000) },
          ],
        });
        return send(response, 200, { key });
      }
      case 'event':
        this.hooks.emit(session, String(body.event), body.data);
        return send(response, 200, { ok: true });
      case 'raw':
        this.hooks.post(session, String(body.body));
        return send(response, 200, { ok: true });
      default:
        return send(response, 404, { error: 'inject inbound, phone-typed, event or raw' });
    }
  }

  private stream({ query, response }: Call): void {
    const since = Number(query.get('since') ?? 0);
    const session = query.get('session');
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    let chunk = '';
    for (let i = since; i < this.ledger.lines.length; i++) {
      const line = this.ledger.lines[i];
      if (!line || (session && line.sessionId !== Number(session))) continue;
      const { text: _text, ...shown } = line;
      chunk += `${JSON.stringify(shown)}\n`;
      if (chunk.length > 65_536) {
        response.write(chunk);
        chunk = '';
      }
    }
    response.end(chunk);
  }
}

function view(session: SimSession): Json {
  const { recent: _recent, ...shown } = session;
  return shown;
}

const text = (value: unknown, fallback: string): string => (typeof value === 'string' ? value : fallback);
