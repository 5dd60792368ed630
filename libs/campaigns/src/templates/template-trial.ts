import { Injectable } from '@nestjs/common';
import { type Contact, Contacts } from '@heliograph/contacts';
import { AppError, Database, type FieldError } from '@heliograph/kernel';
import { type AcceptedMessage, MessageIntake, MessageReader, sendMessageBody } from '@heliograph/messaging';
import type { KnownTenant } from '@heliograph/tenants';
import { readCampaign } from '../campaigns.repository';
import { campaignValuesOf } from '../launch/audience.repository';
import {
  contentsOf,
  isBlank,
  languageOfContact,
  lengthOf,
  missingOf,
  placeForLanguage,
  renderTemplate,
  type TemplateValues,
  type TemplateVariable,
  valuesOfContact,
  variablesOf,
  wordingOf,
} from './message-template';
import type { TemplateDraft } from './template-body';
import { TemplateCheck } from './template-check';
import { Templates } from './templates.repository';

/** Recipient of a trial. */
export interface TrialRecipient {
  contactId?: string | undefined;
  /** Campaign whose message it is: imports and `variables` fill in what the contact lacks, as in the message that it sends. */
  campaignId?: string | undefined;
  /** Values that go before all others. */
  values: Record<string, string>;
  /** Default: the language of the contact. */
  language?: string | undefined;
  /** Place of the wording, from 0 on. */
  wording: number;
}

/** A finding about contents. Errors keep them from being stored. */
export type TemplateFinding = FieldError & { severity: 'error' | 'warning' };

/** A template as one recipient would get it. Required variables without a value show as `[name]`. */
export interface TemplatePreview {
  body: Record<string, unknown> | null;
  failed: string | null;
  /** Language of the chosen content. */
  language: string;
  wording: number;
  wordings: number;
  /** Length of the text or the caption, in code points; null: the content has none. */
  characters: number | null;
  missing: string[];
  variables: TemplateVariable[];
  findings: TemplateFinding[];
}

/** Characters from which on WhatsApp folds a text. */
const foldsAt = 768;

/** Shows templates as a recipient would get them, and sends them to one. */
@Injectable()
export class TemplateTrial {
  constructor(
    private readonly templates: Templates,
    private readonly check: TemplateCheck,
    private readonly contacts: Contacts,
    private readonly reader: MessageReader,
    private readonly intake: MessageIntake,
    private readonly db: Database,
  ) {}

  /** @throws AppError not_found for the contact or the campaign */
  async preview(
    tenant: Pick<KnownTenant, 'id' | 'defaultCountry'>,
    draft: TemplateDraft,
    recipient: TrialRecipient,
  ): Promise<TemplatePreview> {
    const errors = await this.templates.faultsOf(tenant, draft);
    const findings = errors.map((error): TemplateFinding => ({ ...error, severity: 'error' }));
    const broken = errors.find(({ code }) => code === 'invalid_liquid' || code === 'too_slow' || code === 'too_large');
    const { values, language } = await this.valuesFor(tenant.id, recipient);
    const place = placeForLanguage(draft, language);
    const spoken = [draft.language, ...draft.languages.map((one) => one.language)][place] as string;
    if (broken)
      return {
        ...{ body: null, failed: broken.message, language: spoken, wording: 0, wordings: 1, characters: null, missing: [], variables: [] },
        findings,
      };
    const wordings = contentsOf(draft)[place]?.forms.length ?? 1;
    const wording = wordingOf(recipient.wording, wordings);
    const missing = missingOf(draft, language, values);
    const shown = { ...values, ...Object.fromEntries(missing.map((name) => [name, `[${name}]`])) };
    const rendered = renderTemplate(draft, language, wording, shown, this.check.mediaAddress(tenant.id));
    const body = 'body' in rendered ? rendered.body : null;
    const text = body?.text ?? body?.caption;
    const characters = typeof text === 'string' ? lengthOf(text) : null;
    if (characters !== null && characters > foldsAt)
      findings.push({
        path: 'content',
        code: 'folds',
        message: 'WhatsApp folds a text of this length behind "Read more".',
        severity: 'warning',
      });
    return {
      body,
      failed: 'failed' in rendered ? rendered.failed : null,
      language: spoken,
      wording,
      wordings,
      characters,
      missing,
      variables: variablesOf(draft),
      findings,
    };
  }

  /** Sends a version to one recipient. @throws AppError not_found, `template_failed`, `invalid_message`, `no_session` */
  async send(
    tenant: KnownTenant,
    template: TemplateDraft,
    to: { to: string; sessionId?: string | undefined },
    recipient: TrialRecipient,
  ): Promise<AcceptedMessage> {
    const { values, language } = await this.valuesFor(tenant.id, recipient);
    const missing = missingOf(template, language, values);
    if (missing.length > 0)
      throw new AppError('unprocessable', 'missing_variable', 'Variables of the template have no value.', {
        errors: missing.map((name) => ({ path: `variables/${name}`, code: 'missing_variable', message: `${name} has no value.` })),
      });
    const rendered = renderTemplate(template, language, recipient.wording, values, this.check.mediaAddress(tenant.id));
    if ('failed' in rendered) throw new AppError('unprocessable', 'template_failed', rendered.failed);
    const message = { to: to.to, class: 'transactional', ...(to.sessionId && { session_id: to.sessionId }), ...rendered.body };
    const parsed = sendMessageBody.safeParse(message);
    if (!parsed.success)
      throw new AppError('unprocessable', 'template_failed', parsed.error.issues[0]?.message ?? 'The message cannot be sent.');
    const draft = this.reader.readOrThrow(tenant, parsed.data, undefined);
    // A test is repeated on purpose.
    return (await this.intake.accept(tenant.id, { ...draft, contentHash: null, contentWindowS: null })).message;
  }

  /** Returns the values of a campaign for a contact, those that count first last. */
  private async ofCampaign(tenantId: string, id: string | undefined, contactId: string | undefined): Promise<TemplateValues[]> {
    if (id === undefined) return [];
    return this.db.forTenant(tenantId, async (tx) => {
      const { imported, fallback } = await campaignValuesOf(tx, tenantId, await readCampaign(tx, tenantId, id), contactId);
      return [filled(fallback), filled(imported)];
    });
  }

  private async valuesFor(
    tenantId: string,
    { contactId, campaignId, values, language }: TrialRecipient,
  ): Promise<{ values: TemplateValues; language: string | null }> {
    const contact = contactId === undefined ? null : await this.contacts.get(tenantId, contactId);
    // As `valuesSql` has them for a message of a campaign; what is given goes before.
    const layers = [...(await this.ofCampaign(tenantId, campaignId, contactId)), filled(contact ? ownValues(contact) : {}), filled(values)];
    return {
      values: layers.reduce((all, layer) => ({ ...all, ...layer }), {}),
      language: language ?? (contact && languageOfContact(contact.attributes)),
    };
  }
}

/** Returns the values that are not blank. */
const filled = (values: TemplateValues): TemplateValues =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => !isBlank(value)));

function ownValues(contact: Contact): TemplateValues {
  const phone = contact.addresses.find((address) => address.startsWith('+'));
  return { ...valuesOfContact(contact), ...(phone !== undefined && { 'contact.phone': phone }) };
}
