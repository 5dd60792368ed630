import { type Accounts, type SimSession, sessionView } from './accounts';
import { type HookSender, lidOf } from './hooks';
import { type Call, type Json, send } from './http';
import type { Ledger, LedgerLine } from './ledger';
import type { SimulatorSettings } from './settings';

const editable: Record<string, keyof SimSession> = {
  name: 'name',
  phone_number: 'phone',
  account_protection: 'accountProtection',
  log_messages: 'logMessages',
  read_incoming_messages: 'readIncoming',
  webhook_url: 'webhookUrl',
  webhook_enabled: 'webhookEnabled',
  webhook_events: 'webhookEvents',
};

/** Every call of the provider but the send itself. Statuses the docs do not give follow convention. */
export class ProviderApi {
  /** Links a waiting session by itself after so many ms; null: by `POST /sim/sessions/:id/scan` only. */
  autoScanMs: number | null = null;

  constructor(
    private readonly accounts: Accounts,
    private readonly ledger: Ledger,
    private readonly hooks: HookSender,
    private readonly settings: () => SimulatorSettings,
  ) {}

  /** Calls under `/whatsapp-sessions`, with the account's token. */
  account(call: Call): void {
    const { method, path, response } = call;
    if (call.token !== this.accounts.accessToken) return send(response, 401, { success: false, message: 'Token not valid' });
    if (path.length === 1 && method === 'GET')
      return send(response, 200, { success: true, data: [...this.accounts.sessions.values()].map((s) => sessionView(s, false)) });
    if (path.length === 1 && method === 'POST') return this.create(call);
    const session = this.accounts.sessions.get(Number(path[1]));
    if (!session) return send(response, 404, { success: false, error: 'Session not found' });
    switch (`${method} ${path[2] ?? ''}`) {
      case 'GET ':
        return send(response, 200, { success: true, data: sessionView(session, true) });
      case 'PUT ':
        this.edit(session, call.body as Json);
        return send(response, 200, { success: true, data: sessionView(session, true) });
      case 'DELETE ':
        this.accounts.remove(session);
        response.writeHead(204).end();
        return;
      case 'POST connect':
        return this.connect(call, session);
      case 'GET qrcode':
        return session.status === 'need_scan'
          ? send(response, 200, { success: true, data: { qrCode: this.accounts.qrOf(session) } })
          : send(response, 400, { success: false, error: 'Session is not in NEED_SCAN state, call connect first' });
      case 'POST disconnect':
        this.move(session, 'disconnected');
        return send(response, 200, { success: true, data: { status: 'disconnected', message: 'Session disconnected' } });
      case 'POST restart':
        return session.status === 'connected'
          ? send(response, 200, { success: true, message: 'Session restarted' })
          : send(response, 400, { success: false, error: 'Session is not connected, cannot restart' });
      case 'POST regenerate-key':
        return send(response, 200, { success: true, api_key: this.accounts.renewKey(session) });
      case 'GET message-logs':
        return this.logs(call, session);
      case 'GET session-logs':
        return send(response, 200, { success: true, data: paginator([], 1, 10, call.path) });
      case 'GET passkey-token':
        return send(response, 200, { success: true, data: { token: 'passkey-token' } });
      default:
        return send(response, 404, { success: false, message: 'Not found' });
    }
  }

  /** Calls with a session's own key. */
  session(call: Call, session: SimSession): void {
    const { method, path, response, body } = call;
    const ok = (data: unknown) => send(response, 200, { success: true, data });
    switch (`${method} ${path[0]}`) {
      case 'GET status':
        return send(response, 200, { status: session.status });
      case 'GET user':
        return ok({ id: `${session.phone.slice(1)}:42@s.whatsapp.net`, name: session.name, lid: lidOf(session.phone.slice(1)) });
      case 'GET messages':
      case 'PUT messages':
      case 'DELETE messages':
        return this.message(call, session);
      case 'POST messages':
        return path[1] === 'read' ? ok({ status: 'read' }) : this.message(call, session);
      case 'POST upload':
        return send(response, 200, { success: true, publicUrl: 'https://cdn.example.test/uploads/1' });
      case 'POST decrypt-media':
        return send(response, 200, { success: true, publicUrl: 'https://cdn.example.test/decrypted/1' });
      case 'POST send-presence-update':
        return send(response, 200, { success: true });
      case 'GET on-whatsapp':
        return ok({ exists: !this.settings().notOnWhatsAppSuffixes.some((suffix) => (path[1] ?? '').replace(/@.*/, '').endsWith(suffix)) });
      case 'GET lid-from-pn': {
        const digits = (path[1] ?? '').replace(/\D/g, '');
        return digits.length >= 7 ? ok({ lid: lidOf(digits) }) : send(response, 404, { success: false, error: 'No such number' });
      }
      case 'GET pn-from-lid': {
        const known = this.ledger.lines.find((line) => lidOf(line.recipient) === path[1]);
        return known ? ok({ pn: `${known.recipient}@s.whatsapp.net` }) : send(response, 404, { success: false, error: 'No such LID' });
      }
      case 'GET contacts':
        return this.list(call, [
          {
            jid: '447700900101',
            name: 'Priya (saved)',
            notify: 'Priya',
            verifiedName: null,
            imgUrl: 'https://pps.example.test/1.jpg',
            status: 'Hi',
          },
        ]);
      case 'GET groups':
        return path[2] === 'participants'
          ? ok([{ id: `${session.phone.slice(1)}@s.whatsapp.net`, admin: 'superadmin' }, { id: '230000000000007@lid' }])
          : this.list(call, [{ jid: '120363040000000001@g.us', name: 'VIP customers', imgUrl: null }]);
      default:
        void body;
        return send(response, 404, { success: false, message: 'Not found' });
    }
  }

  /** Changes the status as WhatsApp would, and tells the webhook. */
  move(session: SimSession, status: SimSession['status']): void {
    if (session.status === status) return;
    session.status = status;
    this.hooks.emit(session, 'session.status', { status });
  }

  private create({ body, response }: Call): void {
    const given = (body ?? {}) as Json;
    const missing = ['name', 'phone_number', 'account_protection', 'log_messages'].filter((name) => given[name] === undefined);
    if (missing.length > 0) {
      return send(response, 422, {
        success: false,
        message: 'The given data was not valid',
        errors: Object.fromEntries(missing.map((name) => [name, [`${name} must be present`]])),
      });
    }
    const session = this.accounts.add();
    this.edit(session, given);
    send(response, 201, { success: true, data: sessionView(session, true) });
  }

  private edit(session: SimSession, body: Json): void {
    for (const [wire, member] of Object.entries(editable)) if (body?.[wire] !== undefined) Object.assign(session, { [member]: body[wire] });
  }

  private connect({ body, response }: Call, session: SimSession): void {
    if (session.status === 'connected')
      return send(response, 200, { success: true, data: { status: 'CONNECTED', message: 'Already initialised, no QR needed' } });
    if ((body as Json | undefined)?.linkMethod === 'passkey') {
      this.move(session, 'need_passkey');
      return send(response, 200, {
        success: true,
        data: { status: 'NEED_PASSKEY', passkey: { token: 'passkey-token', expires_at: new Date(Date.now() + 120_000).toISOString() } },
      });
    }
    this.move(session, 'need_scan');
    const qrCode = this.accounts.qrOf(session);
    this.hooks.emit(session, 'qrcode.updated', { qr: qrCode });
    if (this.autoScanMs !== null) setTimeout(() => session.status === 'need_scan' && this.move(session, 'connected'), this.autoScanMs);
    send(response, 200, { success: true, data: { status: 'NEED_SCAN', qrCode } });
  }

  private message({ method, path, response, body }: Call, session: SimSession): void {
    const line = this.ledger.byMsgId.get(Number(path[1]));
    if (!line || line.sessionId !== session.id) return send(response, 404, { success: false, message: 'Message not found' });
    const hasKey = performance.now() - line.monoMs >= this.settings().keyAfterMs;
    if (method === 'GET') {
      if (!hasKey && this.settings().infoBeforeKey === '404') return send(response, 404, { success: false, message: 'Message not found' });
      return send(response, 200, { success: true, data: info(line, hasKey) });
    }
    if (method === 'PUT') {
      return send(response, 200, {
        success: true,
        data: {
          ...info(line, true),
          message: {
            protocolMessage: {
              type: 14,
              key: { id: line.keyId, fromMe: true },
              editedMessage: { conversation: (body as Json | undefined)?.text },
            },
          },
        },
      });
    }
    if (method === 'DELETE') return send(response, 200, { success: true, message: 'Message deleted' });
    if (path[2] === 'resend') {
      if (line.status !== 0) return send(response, 400, { success: false, error: 'Only failed messages can be sent again' });
      line.status = 1;
      return send(response, 200, { success: true, message: 'Message queued again' });
    }
    send(response, 404, { success: false, message: 'Not found' });
  }

  private logs({ query, response, path }: Call, session: SimSession): void {
    const page = Math.max(1, Number(query.get('page') ?? 1));
    const perPage = Math.min(100, Math.max(1, Number(query.get('per_page') ?? 10)));
    const stateOf = (line: LedgerLine) => (line.status === 0 ? 'failed' : line.status >= 2 ? 'sent' : 'in_progress');
    const wanted = query.get('status');
    const rows = this.ledger.lines
      .filter((line) => line.sessionId === session.id && line.decision === 'accepted' && (!wanted || stateOf(line) === wanted))
      .reverse();
    const time = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
    const shown = rows.slice((page - 1) * perPage, page * perPage).map((line) => ({
      id: String(line.msgId),
      whatsapp_session_id: String(session.id),
      to: session.logMessages ? line.to : null,
      content: session.logMessages ? JSON.stringify({ ...(line.text !== null && { text: line.text }) }) : null,
      status: stateOf(line),
      failed_reason: line.failedReason,
      created_at: time(line.wallMs),
      updated_at: time(line.wallMs),
    }));
    send(response, 200, { success: true, data: paginator(shown, page, perPage, path, rows.length) });
  }

  private list({ query, response }: Call, items: unknown[]): void {
    if (query.get('paginated') !== 'true') return send(response, 200, { success: true, data: items });
    send(response, 200, {
      success: true,
      data: { items, pagination: { total: items.length, page: 1, limit: Number(query.get('limit') ?? 20), totalPages: 1 } },
    });
  }
}

function info(line: LedgerLine, hasKey: boolean): Json {
  const jid = /^\d+$/.test(line.recipient) ? `${line.recipient}@s.whatsapp.net` : line.recipient;
  return {
    remoteJid: jid,
    ...(hasKey && { id: line.keyId, key: { id: line.keyId, fromMe: true, remoteJid: jid } }),
    msgId: line.msgId,
    message: { conversation: line.text },
    messageTimestamp: String(Math.floor(line.wallMs / 1_000)),
    status: line.status,
  };
}

function paginator(data: unknown[], page: number, perPage: number, path: string[], total = data.length): Json {
  const last = Math.max(1, Math.ceil(total / perPage));
  const url = (n: number) => `/api/${path.join('/')}?page=${n}`;
  return {
    current_page: page,
    data,
    first_page_url: url(1),
    from: data.length > 0 ? (page - 1) * perPage + 1 : null,
    last_page: last,
    last_page_url: url(last),
    next_page_url: page < last ? url(page + 1) : null,
    path: `/api/${path.join('/')}`,
    per_page: perPage,
    prev_page_url: page > 1 ? url(page - 1) : null,
    to: data.length > 0 ? (page - 1) * perPage + data.length : null,
    total,
  };
}
