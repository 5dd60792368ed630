import { templateVariable } from '@heliograph/contacts';
import { type JsonTemplate, readTemplate, TemplateError } from '@heliograph/templates';
import type { TemplateContent, TemplateDraft } from './template-body';

/** A version of a template. It never changes. */
export interface TemplateVersion extends TemplateDraft {
  templateId: string;
  version: number;
}

/** A variable of a template. */
export interface TemplateVariable {
  name: string;
  /** True when a message cannot be made without it. */
  isRequired: boolean;
  /** Value for contacts that lack it; null: none. */
  default: string | null;
}

/** Values of variables by name: `coupon`, `contact.name`. */
export type TemplateValues = Record<string, unknown>;

/** A body as `POST /v1/messages` takes it, without its recipient; or the reason why there is none, for people and without content. */
export type RenderedTemplate = { body: Record<string, unknown> } | { failed: string };

/** Returns the address of a file of the media store. */
export type MediaAddress = (mediaId: string) => string;

/** A content that is parsed: one form per wording. */
interface ParsedContent {
  /** Null: the content without a language of its own. */
  language: string | null;
  forms: JsonTemplate[];
  variables: TemplateVariable[];
}

/** Wall-clock time of a text, in ms, where its processor time is limited: a busy machine is no reason to fail. */
export const interruptedMs = 2_000;
/** Units of memory of one text while it is filled in. */
const maxMemory = 100_000;
/** Greatest lengths of filled-in members, in code points. The limits of POST /v1/messages. */
const maxLengths: Record<string, number> = { text: 4_096, caption: 4_096, file_name: 255, name: 256, address: 1_024, question: 255 };
const maxOption = 100;

const parsed = new WeakMap<TemplateDraft, ParsedContent[]>();

/** Returns the parsed contents of a version, the default one first. Parses each version once. @throws TemplateError, with the language and the wording */
export function contentsOf(version: TemplateDraft): ParsedContent[] {
  const known = parsed.get(version);
  if (known) return known;
  const { content, languages, defaults } = version;
  const contents = [parseContent(null, content, defaults), ...languages.map((one) => parseContent(one.language, one.content, defaults))];
  parsed.set(version, contents);
  return contents;
}

/** Returns the variables of all contents, by name. A variable is required when one content requires it. @throws TemplateError */
export function variablesOf(version: TemplateDraft): TemplateVariable[] {
  return merged(contentsOf(version).flatMap(({ variables }) => variables));
}

/**
 * Returns the place of the content for a language in `contentsOf`: the same language and region, else the same language, else the default.
 * `languageSql` gives the same answer.
 */
export function placeForLanguage(
  { language: own, languages }: Pick<TemplateDraft, 'language' | 'languages'>,
  wanted: string | null,
): number {
  if (wanted === null) return 0;
  const all = [own, ...languages.map(({ language }) => language)].map(plainTag);
  const tag = plainTag(wanted);
  const same = all.indexOf(tag);
  if (same >= 0) return same;
  const near = all.findIndex((one) => baseOf(one) === baseOf(tag));
  return Math.max(0, near);
}

/** Returns the language tag in the form that is compared. */
export const plainTag = (tag: string): string => tag.trim().toLowerCase().replaceAll('_', '-');
export const baseOf = (tag: string): string => tag.split('-')[0] as string;

/** Returns the place of the wording that a seed selects. Equal seeds select equal wordings. */
export function wordingOf(seed: number, wordings: number): number {
  return ((Math.trunc(seed) % wordings) + wordings) % wordings;
}

/**
 * Makes the body of one message. Reads only the version and the values, and is bounded: at most 50 ms a text (see `readTemplate`), 100,000
 * units of memory, and the lengths that WhatsApp allows. Blank values count as missing.
 * @param seed selects the wording
 * @param mediaAddress address of a file of the media store
 * @param maxMs wall-clock time of a text; a caller that limits processor time gives `interruptedMs`
 */
export function renderTemplate(
  version: TemplateDraft,
  language: string | null,
  seed: number,
  values: TemplateValues,
  mediaAddress: MediaAddress = (id) => `media:${id}`,
  maxMs?: number,
): RenderedTemplate {
  try {
    const { forms } = contentsOf(version)[placeForLanguage(version, language)] as ParsedContent;
    const form = forms[wordingOf(seed, forms.length)] as JsonTemplate;
    const { media_id, ...body } = form.fill(scopeOf(version, values), {
      memory: maxMemory,
      ...(maxMs !== undefined && { ms: maxMs }),
    }) as Record<string, unknown>;
    if (typeof media_id === 'string') body.url = mediaAddress(media_id);
    for (const member of mayBeEmpty(body)) if (isBlank(body[member])) delete body[member];
    const fault = faultOf(body);
    return fault === null ? { body } : { failed: fault };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { failed: error.message };
  }
}

/** Characters that are dropped at both ends of a name: those that `trim` drops. */
export const edgeBlanks =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

/** Returns the first name in a name. `firstNameSql` reads the same. */
export const firstNameOf = (name: string | null): string | null => name?.trim().split(' ')[0] ?? null;

/** Returns the values of variables that a contact has. `valuesSql` gives the same values. */
export function valuesOfContact(contact: {
  name: string | null;
  externalId: string | null;
  attributes: Record<string, unknown>;
}): TemplateValues {
  const { name, externalId, attributes } = contact;
  const ofAttributes = Object.entries(attributes).map(([attribute, value]) => [`contact.${attribute}`, value] as const);
  const first = isBlank(attributes.first_name) ? firstNameOf(name) : attributes.first_name;
  return {
    ...Object.fromEntries(ofAttributes),
    'contact.name': name,
    'contact.first_name': first,
    'contact.external_id': externalId,
  };
}

/** Returns the language of a contact: its attribute `language`, else `locale`; null: unknown. `languageSql` reads the same. */
export function languageOfContact({ language, locale }: Record<string, unknown>): string | null {
  const given = isBlank(language) ? locale : language;
  return isBlank(given) ? null : String(given);
}

/** Returns the names of required variables that these values lack, for the content of a language. @throws TemplateError */
export function missingOf(version: TemplateDraft, language: string | null, values: TemplateValues): string[] {
  const { variables } = contentsOf(version)[placeForLanguage(version, language)] as ParsedContent;
  return variables.filter(({ name, isRequired }) => isRequired && isBlank(values[name])).map(({ name }) => name);
}

/** True for a value that counts as missing. */
export const isBlank = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && !/\S/.test(value));

/** Members that a message goes without when they turn out empty. */
const mayBeEmpty = ({ type }: Record<string, unknown>): string[] => [
  'caption',
  'file_name',
  'address',
  ...(type === 'location' ? ['name'] : []),
];

function parseContent(language: string | null, content: TemplateContent, defaults: Record<string, string>): ParsedContent {
  const forms = formsOf(content).map(readTemplate);
  const used = forms.flatMap((form) => form.variables());
  return {
    language,
    forms,
    variables: merged(
      used.map(({ path, isRequired }) => {
        const name = nameOf(path);
        const own = defaults[name] ?? null;
        return { name, isRequired: isRequired && isBlank(own), default: own };
      }),
    ),
  };
}

/** Returns the content once per wording. */
function formsOf(content: TemplateContent): object[] {
  switch (content.type) {
    case 'text': {
      const { variants, ...form } = content;
      return [form, ...variants.map((text) => ({ ...form, text }))];
    }
    case 'image':
    case 'video':
    case 'document': {
      const { variants, ...form } = content;
      return [form, ...variants.map((caption) => ({ ...form, caption }))];
    }
    default:
      return [content];
  }
}

/** Returns the name of the variable behind a path. @throws TemplateError */
function nameOf([root = '', member]: string[]): string {
  if (root !== 'contact') return checkedName(root);
  if (member === undefined) throw new TemplateError('Name a member of contact, e.g. contact.name.');
  return checkedName(`contact.${member}`);
}

function checkedName(name: string): string {
  if (templateVariable.test(name)) return name;
  throw new TemplateError(`${JSON.stringify(name.slice(0, 80))} cannot be the name of a variable.`);
}

function merged(variables: TemplateVariable[]): TemplateVariable[] {
  const byName = Map.groupBy(variables, ({ name }) => name);
  return [...byName]
    .map(([name, all]) => ({ name, isRequired: all.some((one) => one.isRequired), default: all[0]?.default ?? null }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns what texts can read: values by name, members of the contact under `contact`, and defaults where a value is blank. */
function scopeOf({ defaults }: TemplateDraft, values: TemplateValues): Record<string, unknown> {
  const given = Object.entries({ ...defaults, ...Object.fromEntries(Object.entries(values).filter(([, value]) => !isBlank(value))) });
  const isOfContact = ([name]: [string, unknown]) => name.startsWith('contact.');
  return Object.fromEntries([
    ...given.filter((one) => !isOfContact(one) && one[0] !== 'contact'),
    ['contact', Object.fromEntries(given.filter(isOfContact).map(([name, value]) => [name.slice('contact.'.length), value]))],
  ]);
}

/** Returns the first fault of a filled-in body; null: none. */
function faultOf(body: Record<string, unknown>): string | null {
  for (const [member, value] of Object.entries(body)) {
    if (member === 'options' && Array.isArray(value)) {
      const at = value.findIndex((option) => textFault(option, maxOption) !== null);
      if (at >= 0) return `options/${at}: ${textFault(value[at], maxOption)}`;
    }
    const max = maxLengths[member];
    const fault = max === undefined ? null : textFault(value, max);
    if (fault !== null) return `${member}: ${fault}`;
  }
  return null;
}

function textFault(value: unknown, max: number): string | null {
  if (typeof value !== 'string') return null;
  if (!/\S/.test(value)) return 'The text is empty.';
  return value.length > max && lengthOf(value) > max ? `The text has more than ${max} characters (Unicode code points).` : null;
}

/** Returns the length of a text in code points. */
export function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
