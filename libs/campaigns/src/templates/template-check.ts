import { Injectable } from '@nestjs/common';
import { AppError, type FieldError, type Sql } from '@heliograph/kernel';
import { MessageReader } from '@heliograph/messaging';
import type { KnownTenant } from '@heliograph/tenants';
import { eachWithin, TemplateError } from '@heliograph/templates';
import { contentsOf, plainTag, renderTemplate } from './message-template';
import { type TemplateContent, type TemplateDraft, templateLimits } from './template-body';

/** Recipient used while a template is checked. */
const anybody = '+447700900101';
/** Processor time for one wording, in ms. */
export const maxWordingMs = 50;
const sampleMedia = 'https://files.example.com/sample';

/** Checks templates before they are stored. */
@Injectable()
export class TemplateCheck {
  constructor(private readonly reader: MessageReader) {}

  /** Checks everything that does not depend on a recipient. @throws AppError `invalid_template` with the path of every fault */
  async check(_tx: Sql, { defaultCountry }: Pick<KnownTenant, 'id' | 'defaultCountry'>, draft: TemplateDraft): Promise<void> {
    const errors = this.faultsOf(defaultCountry, draft);
    if (errors.length > 0) throw new AppError('unprocessable', 'invalid_template', 'The template cannot be stored as it is.', { errors });
  }

  private faultsOf(defaultCountry: string, draft: TemplateDraft): FieldError[] {
    const { content, languages } = draft;
    if (Buffer.byteLength(JSON.stringify([content, languages])) > templateLimits.maxBytes)
      return [{ path: 'content', code: 'too_large', message: `A template has at most ${templateLimits.maxBytes} bytes of JSON.` }];
    const tags = [draft.language, ...languages.map(({ language }) => language)].map(plainTag);
    const twice = tags.findIndex((tag, i) => tags.indexOf(tag) < i);
    if (twice > 0)
      return [
        { path: `languages/${twice - 1}/language`, code: 'duplicate_language', message: 'The template has two contents in this language.' },
      ];
    return [{ path: 'content', content }, ...languages.map((one, i) => ({ path: `languages/${i}/content`, content: one.content }))].flatMap(
      (one) => this.faultsOfContent(defaultCountry, { ...draft, content: one.content, languages: [] }, one.path),
    );
  }

  private faultsOfContent(defaultCountry: string, alone: TemplateDraft, path: string): FieldError[] {
    try {
      const [{ forms, variables }] = contentsOf(alone) as [ReturnType<typeof contentsOf>[number]];
      const values = Object.fromEntries(variables.map(({ name }) => [name, 'x']));
      const faults: (FieldError | undefined)[] = [];
      eachWithin(
        maxWordingMs,
        forms,
        (_, wording) => {
          const rendered = renderTemplate(alone, null, wording, values, () => sampleMedia);
          if ('failed' in rendered && /limit exceeded|characters when it is filled in/.test(rendered.failed)) {
            faults[wording] = { path: pathOf(path, alone.content, wording), ...tooSlow };
            return;
          }
          const read = 'body' in rendered ? this.reader.readContent(defaultCountry, anybody, rendered.body) : { fault: rendered.failed };
          const [, member = '', message = ''] = /^([\w/]+): (.*)$/s.exec('fault' in read ? read.fault : '') ?? [];
          if (isFixed(alone.content, member)) faults[wording] = { path: `${path}/${member}`, code: 'invalid_content', message };
        },
        (_, wording) => void (faults[wording] = { path: pathOf(path, alone.content, wording), ...tooSlow }),
      );
      return faults.filter((fault) => fault !== undefined);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return [{ path, code: 'invalid_liquid', message: error.message }];
    }
  }
}

const tooSlow = { code: 'too_slow', message: `The text takes more than ${maxWordingMs} ms, or more memory than a message may.` };

/** Returns the path of a wording: the first one is the text or the caption itself. */
function pathOf(path: string, content: TemplateContent, wording: number): string {
  return 'variants' in content && wording > 0 ? `${path}/variants/${wording - 1}` : path;
}

/** True when a member of the content does not depend on variables. */
function isFixed(content: TemplateContent, member: string): boolean {
  const value = (content as Record<string, unknown>)[member.split('/')[0] as string];
  return value !== undefined && !/\{[{%]/.test(JSON.stringify([value, 'variants' in content ? content.variants : []]));
}
