import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppError, type FieldError, type Sql } from '@heliograph/kernel';
import { MessageReader } from '@heliograph/messaging';
import type { KnownTenant } from '@heliograph/tenants';
import { endsWithin, TemplateError } from '@heliograph/templates';
import { MediaLinks } from '../media/media-links';
import { type MediaFile, readFiles } from '../media/media-files.repository';
import {
  contentsOf,
  interruptedMs,
  type MediaAddress,
  plainTag,
  type RenderedTemplate,
  renderTemplate,
  type TemplateValues,
} from './message-template';
import { type TemplateContent, type TemplateDraft, templateLimits } from './template-body';

/** Recipient used while a template is checked. */
const anybody = '+447700900101';
/** Processor time for one wording, in ms. */
export const maxWordingMs = 50;
/** Time for all wordings together, in ms. */
const maxCheckMs = 1_000;
const sampleMedia = 'https://files.example.com/sample';

/** Checks templates before they are stored. */
@Injectable()
export class TemplateCheck {
  constructor(
    private readonly reader: MessageReader,
    private readonly links: MediaLinks,
  ) {}

  /** Returns the addresses of the files of a tenant. */
  mediaAddress(tenantId: string): MediaAddress {
    return (mediaId) => this.links.address({ tenantId, mediaId });
  }

  /** Checks everything that does not depend on a recipient. @throws AppError `invalid_template` with the path of every fault */
  async check(tx: Sql, tenant: Pick<KnownTenant, 'id' | 'defaultCountry'>, draft: TemplateDraft): Promise<void> {
    // Nobody deletes the files before the template that sends them is stored.
    const errors = await this.faultsOf(tx, tenant, draft, 'FOR KEY SHARE');
    if (errors.length > 0) throw new AppError('unprocessable', 'invalid_template', 'The template cannot be stored as it is.', { errors });
  }

  /** Returns every fault that does not depend on a recipient. */
  async faultsOf(
    tx: Sql,
    { id, defaultCountry }: Pick<KnownTenant, 'id' | 'defaultCountry'>,
    draft: TemplateDraft,
    lock: '' | 'FOR KEY SHARE' = '',
  ): Promise<FieldError[]> {
    const { content, languages } = draft;
    if (Buffer.byteLength(JSON.stringify([content, languages])) > templateLimits.maxBytes)
      return [{ path: 'content', code: 'too_large', message: `A template has at most ${templateLimits.maxBytes} bytes of JSON.` }];
    const tags = [draft.language, ...languages.map(({ language }) => language)].map(plainTag);
    const twice = tags.findIndex((tag, i) => tags.indexOf(tag) < i);
    if (twice > 0)
      return [
        { path: `languages/${twice - 1}/language`, code: 'duplicate_language', message: 'The template has two contents in this language.' },
      ];
    const contents = [
      { path: 'content', content },
      ...languages.map((one, i) => ({ path: `languages/${i}/content`, content: one.content })),
    ];
    const files = await readFiles(
      tx,
      id,
      contents.flatMap((one) => ('media_id' in one.content && one.content.media_id) || []),
      lock,
    );
    const spent = { ms: 0 };
    const faults: FieldError[] = [];
    for (const one of contents) {
      const fault = faultOfFile(one.content, files);
      if (fault) faults.push({ path: `${one.path}/media_id`, ...fault });
      else faults.push(...(await this.faultsOfContent(defaultCountry, { ...draft, content: one.content, languages: [] }, one.path, spent)));
      // Each wording of a hostile template may take all of its time.
      if (spent.ms > maxCheckMs && faults.length === 0) faults.push({ path: one.path, ...tooSlow });
      if (faults.some(({ code }) => code === tooSlow.code)) break;
    }
    return faults;
  }

  /** @param spent time that was used for wordings so far; that of other requests in between does not count */
  private async faultsOfContent(defaultCountry: string, alone: TemplateDraft, path: string, spent: { ms: number }): Promise<FieldError[]> {
    try {
      const parsedFrom = performance.now();
      const [{ forms, variables }] = contentsOf(alone) as [ReturnType<typeof contentsOf>[number]];
      const values = Object.fromEntries(variables.map(({ name }) => [name, 'x']));
      const faults: FieldError[] = [];
      spent.ms += performance.now() - parsedFrom;
      for (const wording of forms.keys()) {
        // Other requests get their turn: every wording of a hostile template may take all of its time.
        if (wording > 0) await setImmediate();
        const startedAt = performance.now();
        const fault = this.faultOfWording(defaultCountry, alone, path, wording, values);
        spent.ms += performance.now() - startedAt;
        if (fault) faults.push(fault);
        if (fault?.code === tooSlow.code) break;
      }
      return faults;
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return [{ path, code: 'invalid_liquid', message: error.message }];
    }
  }

  /** Returns the fault of one wording that does not depend on a recipient; null: none. */
  private faultOfWording(
    defaultCountry: string,
    alone: TemplateDraft,
    path: string,
    wording: number,
    values: TemplateValues,
  ): FieldError | null {
    const slow = { path: pathOf(path, alone.content, wording), ...tooSlow };
    const made: RenderedTemplate[] = [];
    const isDone = endsWithin(maxWordingMs, () => {
      made[0] = renderTemplate(alone, null, wording, values, () => sampleMedia, interruptedMs);
    });
    const [rendered] = made;
    if (!isDone || !rendered) return slow;
    if ('failed' in rendered && /limit exceeded|characters when it is filled in/.test(rendered.failed)) return slow;
    const read = 'body' in rendered ? this.reader.readContent(defaultCountry, anybody, rendered.body) : { fault: rendered.failed };
    const [, member = '', message = ''] = /^([\w/]+): (.*)$/s.exec('fault' in read ? read.fault : '') ?? [];
    return isFixed(alone.content, member) ? { path: `${path}/${member}`, code: 'invalid_content', message } : null;
  }
}

/** Returns the reason why a content cannot send its file; null: none. */
function faultOfFile(content: TemplateContent, files: MediaFile[]): Omit<FieldError, 'path'> | null {
  if (!('media_id' in content) || content.media_id === undefined) return null;
  const file = files.find(({ id }) => id === content.media_id);
  if (!file) return { code: 'unknown_media', message: 'No such file.' };
  if (content.type === 'document' || content.type === file.kind) return null;
  return { code: 'wrong_media', message: `The file is sent as ${file.kind}, not as ${content.type}.` };
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
