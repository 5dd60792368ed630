import type { SimSession } from './accounts';
import { jidOf, lidOf } from './sent-content';
import type { HookSender } from './hooks';
import { type Call, type Json, ok, refuse, send } from './http';
import type { Ledger, LedgerLine } from './ledger';
import { lookUp } from './lookups';
import { whatsAppMessage } from './messages';
import type { Random } from './random';
import { newKeyId } from './sends';
import type { SimulatorSettings } from './settings';
import type { Uploads } from './uploads';

const presences = ['composing', 'paused', 'recording', 'available', 'unavailable'];
const mediaLinks = 'https://cdn.example.test';

/** Calls with a session's own key, except the send. */
export class SessionApi {
  constructor(
    private readonly ledger: Ledger,
    private readonly hooks: HookSender,
    private readonly random: Random,
    private readonly uploads: Uploads,
    private readonly settings: () => SimulatorSettings,
  ) {}

  handle(call: Call, session: SimSession): void | Promise<void> {
    const { method, path, response, body } = call;
    switch (`${method} ${path[0]}`) {
      case 'GET status':
        return send(response, 200, { status: session.status });
      case 'GET user': {
        const digits = session.phone.replace(/\D/g, '');
        return ok(response, { id: `${digits}:42@s.whatsapp.net`, name: session.name, lid: lidOf(digits) });
      }
      case 'POST messages':
        return path[1] === 'read' ? this.markRead(call, session) : this.message(call, session);
      case 'GET messages':
      case 'PUT messages':
      case 'DELETE messages':
        return this.message(call, session);
      case 'POST upload':
        return this.uploads.handle(call, session);
      case 'POST decrypt-media':
        return this.decrypt(call);
      case 'POST send-presence-update':
        return typeof body.jid === 'string' && presences.includes(String(body.type))
          ? send(response, 200, { success: true })
          : invalid(response, { type: [`needs jid and a type of ${presences.join(', ')}`] });
      default:
        return lookUp(call, session, this.settings());
    }
  }

  private message({ method, path, response, body }: Call, session: SimSession): void {
    const line = this.ledger.byMsgId.get(Number(path[1]));
    const s = this.settings();
    const hasKey = line !== undefined && performance.now() - line.monoMs >= s.keyAfterMs;
    if (!line || line.sessionId !== session.id || (!hasKey && s.infoBeforeKey === '404')) return refuse(response, 404, 'Message not found');
    switch (`${method} ${path.slice(2).join('/')}`) {
      case 'GET info':
        return ok(response, info(line, hasKey, whatsAppMessage(line)));
      case 'PUT ':
        if (typeof body.text !== 'string' || body.text === '') return invalid(response, { text: ['text must be present'] });
        return ok(response, this.edited(line, body.text));
      case 'DELETE ':
        return send(response, 200, { success: true, message: 'Message removed' });
      case 'POST resend':
        if (line.status !== 0) return refuse(response, 422, 'Only failed messages can be sent again');
        Object.assign(line, { status: 1, failedReason: null, keyId: newKeyId(this.random) });
        this.hooks.follow(session, line);
        return send(response, 200, { success: true, message: 'Resend started' });
      default:
        return send(response, 404, { success: false, message: 'Not found' });
    }
  }

  /** An edit is its own message, which refers to the first one. */
  private edited(line: LedgerLine, text: string): Json {
    const original = { id: line.keyId, fromMe: true, remoteJid: jidOf(line.recipient) };
    const protocolMessage = { key: original, type: 14, timestampMs: Date.now(), editedMessage: { extendedTextMessage: { text } } };
    return info({ ...line, keyId: newKeyId(this.random), wallMs: Date.now(), status: 1 }, true, { protocolMessage });
  }

  private markRead({ body, response }: Call, session: SimSession): void {
    const key = body.key as Json | undefined;
    if (typeof key?.id === 'string' && typeof key.remoteJid === 'string') {
      this.ledger.reads.push({ sessionId: session.id, keyId: key.id, remoteJid: key.remoteJid });
      return ok(response, { status: 'read' });
    }
    invalid(response, { key: ['key needs id and remoteJid'] });
  }

  private decrypt({ body, response }: Call): void {
    const { key, message } = ((body.data as Json | undefined)?.messages ?? {}) as { key?: Json; message?: Json };
    const media = Object.entries(message ?? {}).find(([name]) => /^(image|video|audio|document|sticker)Message$/.test(name))?.[1];
    const { url, mediaKey } = (media ?? {}) as Json;
    if (typeof key?.id !== 'string' || !url || !mediaKey) return refuse(response, 422, 'No media in this message');
    send(response, 200, { success: true, publicUrl: `${mediaLinks}/decrypted-media/${key.id}` });
  }
}

function info(line: LedgerLine, hasKey: boolean, message: Json): Json {
  const remoteJid = jidOf(line.recipient);
  return {
    remoteJid,
    ...(hasKey && { id: line.keyId }),
    msgId: line.msgId,
    ...(hasKey && { key: { id: line.keyId, fromMe: true, remoteJid } }),
    message,
    messageTimestamp: String(Math.floor(line.wallMs / 1_000)),
    status: line.status,
  };
}

const invalid = (response: Call['response'], errors: Record<string, string[]>): void =>
  send(response, 422, { success: false, message: 'The given data was not valid', errors });
