import { present } from '@heliograph/kernel';
import type { LinkAnswer, MessageLogPage, MessageLogRow, ProviderSession, ProviderSessionSettings } from '../whatsapp-provider';
import { isObject, parseObject } from './answer';
import { chatOf, phoneOf } from './addresses';
import { foldStatus } from './fold-status';

type Json = Record<string, unknown>;

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const flagOrNull = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);

/** Returns a number or a text as text. */
export function idOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Parses a session from a list, detail, create or update answer; null when it has no id. */
export function readSession(value: unknown): ProviderSession | null {
  if (!isObject(value)) return null;
  const providerSessionId = idOf(value.id);
  if (!providerSessionId) return null;
  const apiKey = textOrNull(value.api_key);
  const webhookSecret = textOrNull(value.webhook_secret);
  return {
    providerSessionId,
    name: textOrNull(value.name) ?? providerSessionId,
    phone: phoneOf(value.phone_number),
    status: foldStatus(value.status),
    rawStatus: typeof value.status === 'string' ? value.status.slice(0, 60) : '',
    accountProtection: flagOrNull(value.account_protection),
    logMessages: flagOrNull(value.log_messages),
    webhookUrl: textOrNull(value.webhook_url),
    webhookEnabled: flagOrNull(value.webhook_enabled),
    ...(apiKey && { apiKey }),
    ...(webhookSecret && { webhookSecret }),
  };
}

/** Returns the given members of a create or update request. */
export function sessionBody(settings: ProviderSessionSettings): Json {
  return present({
    name: settings.name,
    phone_number: settings.phone,
    account_protection: settings.accountProtection,
    log_messages: settings.logMessages,
    webhook_url: settings.webhookUrl,
    webhook_enabled: settings.webhookEnabled,
    webhook_events: settings.webhookEvents,
  });
}

/** Parses the answer of connect. */
export function readLink(data: unknown): LinkAnswer {
  const answer = isObject(data) ? data : {};
  const status = foldStatus(answer.status);
  const qr = textOrNull(answer.qrCode) ?? textOrNull(answer.qr);
  if (status === 'connected') return { kind: 'connected' };
  if (qr) return { kind: 'scan', qr };
  if (isObject(answer.passkey) && typeof answer.passkey.token === 'string') {
    const expiresAt = new Date(String(answer.passkey.expires_at));
    return { kind: 'passkey', token: answer.passkey.token, expiresAt: Number.isNaN(expiresAt.getTime()) ? null : expiresAt };
  }
  return { kind: 'waiting', status };
}

/** Times in logs have no time zone; they are taken as UTC. */
function logTime(value: unknown): Date {
  const text = typeof value === 'string' ? value.trim() : '';
  return new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
}

function readLogRow(value: unknown): MessageLogRow | null {
  if (!isObject(value)) return null;
  const providerMessageId = idOf(value.id);
  const createdAt = logTime(value.created_at);
  if (!providerMessageId || Number.isNaN(createdAt.getTime())) return null;
  const content = typeof value.content === 'string' ? parseObject(value.content) : isObject(value.content) ? value.content : null;
  return {
    providerMessageId,
    to: chatOf(value.to) ?? textOrNull(value.to),
    text: typeof content?.text === 'string' ? content.text : null,
    status: value.status === 'in_progress' || value.status === 'sent' || value.status === 'failed' ? value.status : 'unknown',
    failedReason: textOrNull(value.failed_reason),
    createdAt,
  };
}

/** Parses one page of a session's message log. */
export function readLogPage(data: unknown): MessageLogPage {
  const page = isObject(data) ? data : {};
  const rows = Array.isArray(page.data) ? page.data : Array.isArray(data) ? data : [];
  return {
    rows: rows.flatMap((row) => readLogRow(row) ?? []),
    page: typeof page.current_page === 'number' ? page.current_page : 1,
    lastPage: typeof page.last_page === 'number' ? page.last_page : 1,
  };
}
