import type {
  AccountCredential,
  CallOptions,
  LinkAnswer,
  MediaCopy,
  MediaUpload,
  MessageInfo,
  MessageLogPage,
  OutboundMessage,
  ParsedHook,
  ProviderCapabilities,
  ProviderResult,
  ProviderSession,
  ProviderSessionSettings,
  ProviderSessionStatus,
  SendOutcome,
  SessionCredential,
  SessionIdentity,
  WhatsAppProvider,
} from '../whatsapp-provider';
import { cut, isObject, parseObject, rateFeedback, textOf, type WireResult } from './answer';
import { lidOf, phoneOf } from './addresses';
import { parseHook, receiptStatus } from './parse-hook';
import { sendBody } from './send-body';
import { refusalKind, sendOutcome } from './send-outcome';
import { idOf, readLink, readLogPage, readSession, sessionBody } from './session-reading';
import { foldStatus } from './fold-status';
import type { ProvidersConfig } from './wasender.config';
import { Wire } from './wire';

const allKinds = ['text', 'image', 'video', 'document', 'audio', 'sticker', 'contact', 'location', 'poll'] as const;
/** Deadline of every call but sends, in ms. */
const readTimeoutMs = 15_000;
/** Maximum answer of every call but sends, in bytes: the list of all sessions of an account is a single answer. */
const maxReadBytes = 16 * 1024 * 1024;
/** Deadline of an upload: this time, and that of its bytes at the slowest rate that is waited for, in ms. */
const uploadTimeoutMs = 30_000;
const slowestUploadBytesPerMs = 100;
/** Connections for uploads, apart from those of sends. */
const uploadConnections = 8;
/** Time for which the provider keeps an uploaded file, in ms (WasenderApi docs, upload-media-file). */
const uploadLivesMs = 24 * 3_600_000;
const maxUrlLength = 2_048;

/** WasenderApi (https://wasenderapi.com/api-docs), as its public documentation describes it on 2026-11-22. */
export class WasenderProvider implements WhatsAppProvider {
  readonly name = 'wasender';
  readonly capabilities: ProviderCapabilities = {
    kinds: allKinds,
    channelKinds: ['text'], // the docs promise no other kinds to channels
    idempotencyKey: false,
    messageInfo: true,
    messageLog: true,
    echo: true,
  };
  private readonly wire: Wire;
  private readonly uploads: Wire;

  constructor(private readonly config: ProvidersConfig) {
    const options = {
      baseUrl: config.WASENDER_BASE_URL,
      connectTimeoutMs: config.WASENDER_CONNECT_TIMEOUT_MS,
      userAgent: 'heliograph/0.1',
    };
    this.wire = new Wire({ ...options, connections: config.WASENDER_CONNECTIONS });
    this.uploads = new Wire({ ...options, connections: uploadConnections });
  }

  async send(session: SessionCredential, message: OutboundMessage, options: CallOptions = {}): Promise<SendOutcome> {
    return sendOutcome(
      message.to,
      await this.wire.call({
        method: 'POST',
        path: '/send-message',
        token: session.apiKey,
        body: sendBody(message),
        timeoutMs: options.timeoutMs ?? this.config.WASENDER_SEND_TIMEOUT_MS,
        ...(options.mayWrite && { mayWrite: options.mayWrite }),
      }),
      [session.apiKey],
    );
  }

  messageInfo(session: SessionCredential, providerMessageId: string): Promise<ProviderResult<MessageInfo>> {
    return this.read('GET', `/messages/${encodeURIComponent(providerMessageId)}/info`, session.apiKey, undefined, ({ data }) => {
      // An answer about another message contains no information about this one.
      if (!isObject(data) || (data.msgId !== undefined && idOf(data.msgId) !== providerMessageId)) return null;
      const keyId = isObject(data.key) ? idOf(data.key.id) : null;
      return { providerMessageId, keyId: keyId ?? (typeof data.id === 'string' ? data.id : null), status: receiptStatus(data.status) };
    });
  }

  messageLog(
    account: AccountCredential,
    providerSessionId: string,
    page: number,
    perPage: number,
  ): Promise<ProviderResult<MessageLogPage>> {
    return this.read(
      'GET',
      `${sessionPath(providerSessionId)}/message-logs?page=${page}&per_page=${perPage}`,
      account.accessToken,
      undefined,
      ({ data }) => readLogPage(data),
    );
  }

  sessionStatus(session: SessionCredential): Promise<ProviderResult<{ status: ProviderSessionStatus; rawStatus: string }>> {
    return this.read('GET', '/status', session.apiKey, undefined, (body) => {
      const raw = body.status ?? (isObject(body.data) ? body.data.status : undefined);
      return typeof raw === 'string' ? { status: foldStatus(raw), rawStatus: cut(raw, 60) } : null;
    });
  }

  sessionIdentity(session: SessionCredential): Promise<ProviderResult<SessionIdentity>> {
    return this.read('GET', '/user', session.apiKey, undefined, ({ data }) =>
      isObject(data) ? { phone: phoneOf(data.id), lid: lidOf(data.lid), name: typeof data.name === 'string' ? data.name : null } : null,
    );
  }

  onWhatsApp(session: SessionCredential, address: string): Promise<ProviderResult<{ exists: boolean }>> {
    return this.read('GET', `/on-whatsapp/${encodeURIComponent(address)}`, session.apiKey, undefined, ({ success, data }) =>
      success === true && isObject(data) && typeof data.exists === 'boolean' ? { exists: data.exists } : null,
    );
  }

  showTyping(session: SessionCredential, to: string): Promise<ProviderResult<void>> {
    const jid = to.startsWith('+') ? `${to.slice(1)}@s.whatsapp.net` : to;
    return this.read('POST', '/send-presence-update', session.apiKey, { jid, type: 'composing' }, () => undefined);
  }

  async uploadMedia(session: SessionCredential, { type, size, bytes }: MediaUpload): Promise<ProviderResult<MediaCopy>> {
    // A stream that is destroyed while nobody reads it would otherwise end the process.
    bytes.on('error', () => undefined);
    const wire = await this.uploads.call({
      method: 'POST',
      path: '/upload',
      token: session.apiKey,
      content: { type, size, bytes },
      timeoutMs: uploadTimeoutMs + size / slowestUploadBytesPerMs,
    });
    // Also after an answer that came before the end of the bytes.
    bytes.destroy();
    return toResult(wire, (body) => {
      const url = body.publicUrl ?? (isObject(body.data) ? body.data.publicUrl : undefined);
      const isUrl = typeof url === 'string' && url.length <= maxUrlLength && /^https?:\/\//i.test(url) && URL.canParse(url);
      return isUrl ? { url, livesMs: uploadLivesMs } : null;
    });
  }

  markRead(
    session: SessionCredential,
    { keyId: id, rawChat: remoteJid }: { keyId: string; rawChat: string },
  ): Promise<ProviderResult<void>> {
    return this.read('POST', '/messages/read', session.apiKey, { key: { id, remoteJid, fromMe: false } }, () => undefined);
  }

  listSessions(account: AccountCredential): Promise<ProviderResult<ProviderSession[]>> {
    return this.read('GET', '/whatsapp-sessions', account.accessToken, undefined, ({ data }) =>
      Array.isArray(data) ? data.flatMap((one) => readSession(one) ?? []) : null,
    );
  }

  getSession(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<ProviderSession>> {
    return this.read('GET', sessionPath(providerSessionId), account.accessToken, undefined, ({ data }) =>
      sessionIn(data, providerSessionId),
    );
  }

  createSession(account: AccountCredential, settings: ProviderSessionSettings): Promise<ProviderResult<ProviderSession>> {
    return this.read('POST', '/whatsapp-sessions', account.accessToken, sessionBody(settings), ({ data }) => readSession(data));
  }

  updateSession(
    account: AccountCredential,
    providerSessionId: string,
    settings: ProviderSessionSettings,
  ): Promise<ProviderResult<ProviderSession>> {
    return this.read('PUT', sessionPath(providerSessionId), account.accessToken, sessionBody(settings), ({ data }) =>
      sessionIn(data, providerSessionId),
    );
  }

  deleteSession(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<void>> {
    return this.read('DELETE', sessionPath(providerSessionId), account.accessToken, undefined, () => undefined);
  }

  connectSession(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<LinkAnswer>> {
    return this.read('POST', `${sessionPath(providerSessionId)}/connect`, account.accessToken, { linkMethod: 'qr' }, ({ data }) =>
      readLink(data),
    );
  }

  sessionQr(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<{ qr: string }>> {
    return this.read('GET', `${sessionPath(providerSessionId)}/qrcode`, account.accessToken, undefined, ({ data }) =>
      isObject(data) && typeof data.qrCode === 'string' ? { qr: data.qrCode } : null,
    );
  }

  disconnectSession(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<{ status: ProviderSessionStatus }>> {
    return this.read('POST', `${sessionPath(providerSessionId)}/disconnect`, account.accessToken, {}, ({ data }) => ({
      status: foldStatus(isObject(data) ? data.status : undefined),
    }));
  }

  restartSession(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<void>> {
    return this.read('POST', `${sessionPath(providerSessionId)}/restart`, account.accessToken, {}, () => undefined);
  }

  regenerateKey(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<{ apiKey: string }>> {
    return this.read('POST', `${sessionPath(providerSessionId)}/regenerate-key`, account.accessToken, {}, (body) => {
      const key = body.api_key ?? (isObject(body.data) ? body.data.api_key : undefined);
      return typeof key === 'string' && key !== '' ? { apiKey: key } : null;
    });
  }

  parseHook(body: string): ParsedHook {
    return parseHook(body);
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await Promise.all([this.wire.close(), this.uploads.close()]);
  }

  /** Makes one call that is not a send. `pick` returns null when the body lacks the requested data. */
  private async read<T>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    token: string,
    body: unknown,
    pick: (body: Record<string, unknown>) => T | null,
  ): Promise<ProviderResult<T>> {
    return toResult(
      await this.wire.call({
        method,
        path,
        token,
        timeoutMs: readTimeoutMs,
        maxAnswerBytes: maxReadBytes,
        ...(body !== undefined && { body }),
      }),
      pick,
    );
  }
}

/** Returns the requested session; null when the answer is about another one. */
function sessionIn(data: unknown, providerSessionId: string): ProviderSession | null {
  const session = readSession(data);
  return session?.providerSessionId === providerSessionId ? session : null;
}

function sessionPath(providerSessionId: string): string {
  return `/whatsapp-sessions/${encodeURIComponent(providerSessionId)}`;
}

function toResult<T>(wire: WireResult, pick: (body: Record<string, unknown>) => T | null): ProviderResult<T> {
  if (wire.kind === 'broken') return { ok: false, reason: 'unavailable', detail: wire.detail, httpStatus: null, feedback: {} };
  const { status, headers, text } = wire;
  const body = parseObject(text);
  const feedback = rateFeedback(status, headers, body);
  const fail = (
    reason: Extract<ProviderResult<T>, { ok: false }>['reason'],
    detail = textOf(body) || `The provider answered ${status}.`,
  ): ProviderResult<T> => ({
    ok: false,
    reason,
    detail,
    httpStatus: status,
    feedback: reason === 'throttled' ? rateFeedback(429, headers, body) : feedback,
  });
  if (status === 204) return { ok: true, value: pick({}) as T, feedback };
  if (status >= 200 && status < 300 && body && body.success !== false) {
    const value = pick(body);
    return value === null ? fail('unavailable', 'The provider’s answer lacks what was asked for.') : { ok: true, value, feedback };
  }
  if (status === 429) return fail('throttled');
  // As sends are: a limit, or a session that is down, may come with any status.
  const kind = refusalKind(body);
  if (kind === 'session_down') return fail(kind);
  if (status === 401 || status === 403) return fail('unauthorised');
  const isRefusal = status < 300 ? body?.success === false : status >= 400 && status < 500 && status !== 408;
  if (!isRefusal) return fail('unavailable');
  if (kind === 'throttled') return fail(kind);
  return fail(status === 404 ? 'not_found' : kind);
}
