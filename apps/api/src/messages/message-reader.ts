import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '@heliograph/kernel';
import {
  type BulkMessageBody,
  type DraftResult,
  type MessageClass,
  type MessageDraft,
  type SendMessageBody,
  toDraft,
} from '@heliograph/messaging';
import { WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import type { CurrentTenantInfo } from '../auth/api-key.guard';

/** Makes drafts of what clients send, with the tenant's defaults. */
@Injectable()
export class MessageReader {
  constructor(@Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider) {}

  read(
    tenant: CurrentTenantInfo,
    body: SendMessageBody | BulkMessageBody,
    defaultClass: MessageClass,
    idempotencyKey?: string,
  ): DraftResult {
    return toDraft(body, {
      defaultCountry: tenant.defaultCountry,
      defaultClass,
      contentWindows: tenant.settings.content_guard_s,
      capabilities: this.provider.capabilities,
      now: new Date(),
      ...(idempotencyKey && { idempotencyKey }),
    });
  }

  /** @throws AppError `invalid_message` with the path of every fault */
  readOrThrow(tenant: CurrentTenantInfo, body: SendMessageBody, idempotencyKey: string | undefined): MessageDraft {
    const read = this.read(tenant, body, 'transactional', idempotencyKey);
    if (!read.ok) throw new AppError('unprocessable', 'invalid_message', 'The message cannot be sent as it is.', { errors: read.errors });
    return read.draft;
  }
}

/** The Idempotency-Key header, checked. @throws AppError `invalid_idempotency_key` */
export function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw new AppError('invalid', 'invalid_idempotency_key', 'Idempotency-Key is 1 to 255 visible ASCII characters.', {
      path: 'Idempotency-Key',
    });
  }
  return header;
}
