import type { Accounts, SimSession } from './accounts';
import type { AimedKiller } from './aimed-killer';
import { type Fault, faultKinds, type Faults } from './faults';
import type { HookSender } from './hooks';
import { type Call, type Json, send } from './http';
import { inject } from './injections';
import type { Ledger } from './ledger';
import type { Linking } from './linking';
import type { Random } from './random';
import { formChoices, patchSettings, type SimulatorSettings, wordChoices } from './settings';

/** Members of a session that the control API can set beside its status. */
const settable = new Set<string>([
  'name',
  'phone',
  'webhookSecret',
  'webhookUrl',
  'webhookEnabled',
  'webhookEvents',
  'accountProtection',
  'logMessages',
  'readIncoming',
  'plan',
  'latencyMs',
]);

/** Control of the simulator for tests and people, under `/sim`. It has no authentication: bind it to 127.0.0.1. */
export class ControlApi {
  constructor(
    private readonly accounts: Accounts,
    private readonly ledger: Ledger,
    private readonly faults: Faults,
    private readonly killer: AimedKiller,
    private readonly hooks: HookSender,
    private readonly linking: Linking,
    private readonly random: Random,
    private readonly settings: SimulatorSettings,
  ) {}

  handle(call: Call): void {
    const { method, path, response, body } = call;
    const answer = (value: unknown) => send(response, 200, value);
    switch (`${method} ${path.join('/')}`) {
      case 'GET health':
        return answer({ status: 'ok' });
      case 'POST reset':
        this.ledger.clear();
        return answer({ ok: true });
      case 'GET config':
        return answer(this.settings);
      case 'PATCH config':
        return this.attempt(call, () => {
          patchSettings(this.settings, body);
          return this.settings;
        });
      case 'GET config/choices':
        return answer({ ...wordChoices, forms: formChoices });
      case 'GET hooks':
        return answer({ ...this.hooks.stats, pending: this.hooks.pending });
      case 'GET hooks/inbound':
        return answer(this.hooks.inbound);
      case 'GET faults':
        return answer(this.faults.list());
      case 'POST faults':
        if (!faultKinds.includes(body.kind as Fault['kind'])) return send(response, 422, { error: 'unknown kind', kinds: faultKinds });
        if (body.kind === 'kill-peer' && !['P1', 'P2', 'P3'].includes(body.point as string))
          return send(response, 422, { error: 'kill-peer needs a point: P1, P2 or P3' });
        return answer(this.faults.add(body as unknown as Fault));
      case 'DELETE faults':
        this.faults.clear();
        return answer({ ok: true });
      case 'PUT kill-pids':
        this.killer.killable = new Set(body.pids as number[]);
        return answer({ ok: true });
      case 'GET kills':
        return answer(this.killer.kills);
      case 'GET sessions':
        return answer([...this.accounts.sessions.values()].map(view));
      case 'POST sessions':
        return this.attempt(call, () => {
          const over = checked((body.set ?? {}) as Json, ['apiKey', 'status']);
          return Array.from({ length: Number(body.count ?? 1) }, () => view(this.accounts.add({ status: 'connected', ...over })));
        });
      default:
        return path[0] === 'ledger' ? this.report(call) : this.one(call);
    }
  }

  private report(call: Call): void {
    const { method, path, query, response, body } = call;
    switch (`${method} ${path.join('/')}`) {
      case 'GET ledger':
        return this.stream(call);
      case 'GET ledger/latest':
        return send(response, 200, this.ledger.latest(Number(query.get('limit') ?? 50), Number(query.get('session') ?? 0)));
      case 'GET ledger/summary':
        return send(response, 200, this.ledger.summary(query.get('to') ?? ''));
      case 'GET ledger/duplicates':
        return send(response, 200, this.ledger.duplicates());
      case 'POST ledger/gaps':
        return send(response, 200, this.ledger.gaps((body.expected as string[] | undefined) ?? []));
      case 'GET ledger/pace':
        return send(response, 200, this.ledger.pace(Number(query.get('windowMs') ?? 60_000), Number(query.get('limit') ?? 256)));
      default:
        return send(response, 404, { error: 'not found' });
    }
  }

  private one(call: Call): void {
    const { method, path, response, body } = call;
    const session = this.accounts.sessions.get(Number(path[1]));
    if (!session) return send(response, 404, { error: 'not found' });
    switch (`${method} ${path[0]}/${path[2] ?? ''}`) {
      case 'GET sessions/':
        return send(response, 200, view(session));
      case 'PATCH sessions/':
        return this.attempt(call, () => {
          const { status, ...rest } = body as Partial<SimSession>;
          Object.assign(session, checked(rest));
          if (status) this.linking.move(session, status);
          return view(session);
        });
      case 'POST sessions/scan':
        return this.linking.scan(session, body.qr)
          ? send(response, 200, view(session))
          : send(response, 409, { error: `nothing to scan: the session is ${session.status}, or this QR is no longer shown` });
      default:
        return method === 'POST' && path[0] === 'inject'
          ? this.attempt(call, () => inject(this.hooks, session, path[2] ?? '', body, this.settings, this.random))
          : send(response, 404, { error: 'not found' });
    }
  }

  /** Answers with the result of the work, or with 422 and the error. */
  private attempt({ response }: Call, work: () => unknown): void {
    try {
      send(response, 200, work());
    } catch (error) {
      send(response, 422, { error: (error as Error).message });
    }
  }

  private stream({ query, response }: Call): void {
    const session = query.get('session');
    const withContent = query.get('content') === 'true';
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    let chunk = '';
    for (let i = Number(query.get('since') ?? 0); i < this.ledger.lines.length; i++) {
      const line = this.ledger.lines[i];
      if (!line || (session && line.sessionId !== Number(session))) continue;
      const { content, ...shown } = line;
      chunk += `${JSON.stringify(withContent ? { ...shown, content } : shown)}\n`;
      if (chunk.length > 65_536) {
        response.write(chunk);
        chunk = '';
      }
    }
    response.end(chunk);
  }
}

function checked(body: Json, alsoSettable: string[] = []): Json {
  for (const name of Object.keys(body)) if (!settable.has(name) && !alsoSettable.includes(name)) throw new RangeError(`cannot set ${name}`);
  return body;
}

function view({ windows: _windows, ...shown }: SimSession): Json {
  return shown;
}
