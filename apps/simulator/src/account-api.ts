import { type Accounts, type SimSession, sessionView } from './accounts';
import { type Call, type Json, ok, refuse, send } from './http';
import type { Ledger, LedgerLine } from './ledger';
import type { Linking } from './linking';
import { logPage } from './paging';
import type { SimulatorSettings } from './settings';

const editable: Record<string, [keyof SimSession, (value: unknown) => boolean]> = {
  name: ['name', (v) => typeof v === 'string'],
  phone_number: ['phone', (v) => typeof v === 'string' && /^\+\d{7,15}$/.test(v)],
  account_protection: ['accountProtection', (v) => typeof v === 'boolean'],
  log_messages: ['logMessages', (v) => typeof v === 'boolean'],
  read_incoming_messages: ['readIncoming', (v) => typeof v === 'boolean'],
  webhook_url: ['webhookUrl', (v) => v === null || (typeof v === 'string' && URL.canParse(v))],
  webhook_enabled: ['webhookEnabled', (v) => typeof v === 'boolean'],
  webhook_events: ['webhookEvents', (v) => v === null || (Array.isArray(v) && v.every((event) => typeof event === 'string'))],
};
const required = ['name', 'phone_number', 'account_protection', 'log_messages'];

/** Calls below `/api/whatsapp-sessions`, with the account's token. Statuses that the docs do not specify follow convention. */
export class AccountApi {
  constructor(
    private readonly accounts: Accounts,
    private readonly ledger: Ledger,
    private readonly linking: Linking,
    private readonly settings: () => SimulatorSettings,
  ) {}

  handle(call: Call): void {
    const { method, path, response, body } = call;
    if (call.token !== this.accounts.accessToken) return send(response, 401, { success: false, message: 'Token not valid' });
    if (path.length === 1 && method === 'GET')
      return ok(
        response,
        [...this.accounts.sessions.values()].map((session) => sessionView(session, 'list')),
      );
    if (path.length === 1 && method === 'POST') return this.create(call);
    const session = this.accounts.sessions.get(Number(path[1]));
    if (!session) return refuse(response, 404, 'Session not found');
    switch (`${method} ${path.slice(2).join('/')}`) {
      case 'GET ':
        return ok(response, sessionView(session, 'detail'));
      case 'PUT ':
        return this.edit(call, session, []);
      case 'DELETE ':
        this.accounts.remove(session);
        response.writeHead(204).end();
        return;
      case 'POST connect':
        if (!this.settings().subscription) return refuse(response, 403, 'A subscription or trial must be active to connect');
        return ok(response, this.linking.connect(session, body.linkMethod));
      case 'GET qrcode':
        return session.qr === null
          ? refuse(response, 400, 'Session is not in NEED_SCAN state, call connect first')
          : ok(response, { qrCode: session.qr });
      case 'POST disconnect':
        this.linking.move(session, 'disconnected');
        return ok(response, { status: 'disconnected', message: 'Session disconnected' });
      case 'POST restart':
        if (session.status !== 'connected') return refuse(response, 400, 'Session is not connected, cannot restart');
        this.linking.restart(session);
        return send(response, 200, { success: true, message: 'Session restarted' });
      case 'POST regenerate-key':
        return send(response, 200, { success: true, api_key: this.accounts.renewKey(session) });
      case 'GET message-logs':
        return ok(response, this.messageLogs(call, session));
      case 'GET session-logs':
        return ok(response, logPage(call, []));
      default:
        return send(response, 404, { success: false, message: 'Not found' });
    }
  }

  private create(call: Call): void {
    const { sessionLimit } = this.settings();
    if (sessionLimit > 0 && this.accounts.sessions.size >= sessionLimit)
      return refuse(call.response, 403, 'Session limit of the plan reached');
    this.edit(call, null, required);
  }

  private edit({ body, response }: Call, session: SimSession | null, needed: string[]): void {
    const errors: Record<string, string[]> = {};
    const changes: Json = {};
    for (const name of needed) if (body[name] === undefined) errors[name] = [`${name} must be present`];
    for (const [name, [member, isValid]] of Object.entries(editable)) {
      if (body[name] === undefined) continue;
      if (!isValid(body[name])) errors[name] = [`${name} is not valid`];
      else changes[member] = name === 'webhook_events' ? (body[name] ?? []) : body[name];
    }
    if (Object.keys(errors).length > 0) return send(response, 422, { success: false, message: 'The given data was not valid', errors });
    const edited = session ?? this.accounts.add();
    Object.assign(edited, changes, { updatedAt: new Date().toISOString() });
    ok(response, sessionView(edited, 'detail'));
  }

  private messageLogs(call: Call, session: SimSession): Json {
    const wanted = call.query.get('status');
    const lines = this.ledger.acceptedOf(session.id).filter((line) => !wanted || logStatus(line) === wanted);
    const page = logPage(call, lines.toReversed());
    return { ...page, data: (page.data as LedgerLine[]).map((line) => logRow(line, session)) };
  }
}

const logStatus = ({ status }: LedgerLine): string => (status === 0 ? 'failed' : status >= 2 ? 'sent' : 'in_progress');

/** Times have no zone. Without `log_messages` the log does not show content and recipients. */
function logRow(line: LedgerLine, session: SimSession): Json {
  const at = new Date(line.wallMs).toISOString().slice(0, 19).replace('T', ' ');
  return {
    id: String(line.msgId),
    whatsapp_session_id: String(session.id),
    to: session.logMessages ? line.to : null,
    content: session.logMessages ? JSON.stringify(line.content) : null,
    status: logStatus(line),
    failed_reason: line.failedReason,
    created_at: at,
    updated_at: at,
  };
}
