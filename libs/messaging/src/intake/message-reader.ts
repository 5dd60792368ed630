import { Inject, Injectable } from '@nestjs/common';
import { AppError, Egress } from '@heliograph/kernel';
import { WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import type { KnownTenant } from '@heliograph/tenants';
import type { MessageClass } from '../message';
import type { MessageDraft } from './message-draft';
import { type BulkMessageBody, type DraftResult, type SendMessageBody, toDraft } from './send-message';

/** Makes drafts of bodies, whichever way they came, with the tenant's defaults. */
@Injectable()
export class MessageReader {
  constructor(
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
    private readonly egress: Egress,
  ) {}

  read(
    tenant: Pick<KnownTenant, 'defaultCountry' | 'settings'>,
    body: SendMessageBody | BulkMessageBody,
    defaultClass: MessageClass,
    idempotencyKey?: string,
  ): DraftResult {
    return toDraft(body, {
      defaultCountry: tenant.defaultCountry,
      allowsUrl: (url) => this.egress.allows(url),
      defaultClass,
      contentWindows: tenant.settings.content_guard_s,
      capabilities: this.provider.capabilities,
      now: new Date(),
      ...(idempotencyKey && { idempotencyKey }),
    });
  }

  /** @throws AppError `invalid_message` with the path of every fault */
  readOrThrow(
    tenant: Pick<KnownTenant, 'defaultCountry' | 'settings'>,
    body: SendMessageBody,
    idempotencyKey: string | undefined,
  ): MessageDraft {
    const read = this.read(tenant, body, 'transactional', idempotencyKey);
    if (!read.ok) throw new AppError('unprocessable', 'invalid_message', 'The message cannot be sent as it is.', { errors: read.errors });
    return read.draft;
  }
}
