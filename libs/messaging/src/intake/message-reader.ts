import { Inject, Injectable } from '@nestjs/common';
import { normaliseRecipient } from '@heliograph/contacts';
import { AppError, Egress, type FieldError } from '@heliograph/kernel';
import { WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import type { KnownTenant } from '@heliograph/tenants';
import type { MessageBody, MessageClass } from '../message';
import { FileAddresses } from '../send/file-addresses';
import type { MessageDraft } from './message-draft';
import { type BulkMessageBody, type DraftResult, renderedMessageBody, type SendMessageBody, toBody, toDraft } from './send-message';

/** Converts bodies into drafts, with the tenant's defaults. API requests, bulk rows and body sources use it. */
@Injectable()
export class MessageReader {
  constructor(
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
    private readonly egress: Egress,
    private readonly files: FileAddresses,
  ) {}

  read(
    tenant: Pick<KnownTenant, 'defaultCountry' | 'settings'>,
    body: SendMessageBody | BulkMessageBody,
    defaultClass: MessageClass,
    idempotencyKey?: string,
  ): DraftResult {
    return toDraft(body, {
      defaultCountry: tenant.defaultCountry,
      allowsUrl: this.allowsUrl,
      defaultClass,
      contentWindows: tenant.settings.content_guard_s,
      capabilities: this.provider.capabilities,
      now: new Date(),
      ...(idempotencyKey && { idempotencyKey }),
    });
  }

  /** Reads the content that a body source made for this recipient, by the rules of a request. @returns the body, or the first fault */
  readContent(defaultCountry: string, recipient: string, made: unknown): MessageBody | { fault: string } {
    const parsed = renderedMessageBody.safeParse(made);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return { fault: `${issue?.path.join('/') || 'body'}: ${issue?.message}` };
    }
    const to = normaliseRecipient(recipient, defaultCountry);
    const errors: FieldError[] = [];
    const context = { defaultCountry, allowsUrl: this.allowsUrl, capabilities: this.provider.capabilities };
    const body = toBody(parsed.data, to.ok ? to.kind : null, context, errors);
    const [error] = errors;
    return error ? { fault: `${error.path}: ${error.message}` } : body;
  }

  /** True when the provider may fetch the address, or need not. */
  private readonly allowsUrl = (url: string): boolean => this.files.owns(url) || this.egress.allows(url);

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
