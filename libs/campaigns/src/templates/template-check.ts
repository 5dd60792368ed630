import { Injectable } from '@nestjs/common';
import { AppError, type FieldError, type Sql } from '@heliograph/kernel';
import { MessageReader } from '@heliograph/messaging';
import type { KnownTenant } from '@heliograph/tenants';
import { eachWithin, TemplateError } from '@heliograph/templates';
import { MediaLinks } from '../media/media-links';
import { type MediaFile, readFiles } from '../media/media-files.repository';
import { contentsOf, interruptedMs, type MediaAddress, plainTag, renderTemplate } from './message-template';
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
    const errors = await this.faultsOf(tx, tenant, draft);
    if (errors.length > 0) throw new AppError('unprocessable', 'invalid_template', 'The template cannot be stored as it is.', { errors });
  }

  /** Returns every fault that does not depend on a recipient. */
  async faultsOf(tx: Sql, { id, defaultCountry }: Pick<KnownTenant, 'id' | 'defaultCountry'>, draft: TemplateDraft): Promise<FieldError[]> {
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
    );
    const startedAt = performance.now();
    const faults: FieldError[] = [];
    for (const one of contents) {
      const fault = faultOfFile(one.content, files);
      if (fault) faults.push({ path: `${one.path}/media_id`, ...fault });
      else faults.push(...this.faultsOfContent(defaultCountry, { ...draft, content: one.content, languages: [] }, one.path));
      // Each wording of a hostile template may take all of its time.
      if (performance.now() - startedAt > maxCheckMs && faults.length === 0) faults.push({ path: one.path, ...tooSlow });
      if (faults.some(({ code }) => code === tooSlow.code)) break;
    }
    return faults;
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
          if (faults.some((fault) => fault?.code === tooSlow.code)) return;
          const rendered = renderTemplate(alone, null, wording, values, () => sampleMedia, interruptedMs);
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
