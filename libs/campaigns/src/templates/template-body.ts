import { composed, templateVariable } from '@heliograph/contacts';
import { cleanText } from '@heliograph/kernel';
import { z } from 'zod';

/** Limits of a template. */
export const templateLimits = { maxText: 10_000, maxVariants: 20, maxLanguages: 30, maxDefaults: 50, maxBytes: 256 * 1_024 } as const;

/** A text in Liquid. Its length as a message is checked after it is filled in. */
const liquid = (max: number = templateLimits.maxText) =>
  z
    .string()
    .overwrite((text) => composed(cleanText(text)))
    .check(({ value, issues }) => {
      if (/\S/.test(value)) return;
      issues.push({ code: 'too_small', origin: 'string', minimum: 1, input: value, message: 'The text is empty.' });
    })
    .max(max)
    .meta({ minLength: 1 });

const variants = (what: string) =>
  z
    .array(liquid())
    .max(templateLimits.maxVariants)
    .default([])
    .describe(`Other wordings of ${what}. Each recipient gets one of all wordings, evenly.`);
const caption = liquid().optional().describe('Text under the media.');
const viewOnce = z.boolean().optional().describe('The recipient can open it only once.');
const media = {
  media_id: z.uuid().toLowerCase().optional().describe('A file of the media store. Give either it or `url`.'),
  url: liquid(2_048).optional().describe('Address that the provider fetches the file from.'),
};
const hasOneSource = ({ media_id, url }: { media_id?: string | undefined; url?: string | undefined }) =>
  (media_id === undefined) !== (url === undefined);
const oneSource = { path: ['media_id'], message: 'Give either `media_id` or `url`.' };

/** Contents of a message in one language: what POST /v1/messages takes, with texts in Liquid and files of the media store. */
export const templateContent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: liquid(), variants: variants('the text') }),
  z
    .strictObject({ type: z.literal('image'), ...media, caption, view_once: viewOnce, variants: variants('the caption') })
    .refine(hasOneSource, oneSource),
  z
    .strictObject({ type: z.literal('video'), ...media, caption, view_once: viewOnce, variants: variants('the caption') })
    .refine(hasOneSource, oneSource),
  z
    .strictObject({
      type: z.literal('document'),
      ...media,
      caption,
      file_name: liquid(1_000).optional(),
      variants: variants('the caption'),
    })
    .refine(hasOneSource, oneSource),
  z.strictObject({ type: z.literal('audio'), ...media, view_once: viewOnce }).refine(hasOneSource, oneSource),
  z.strictObject({
    type: z.literal('location'),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    name: liquid(1_000).optional(),
    address: liquid(2_000).optional(),
  }),
  z.strictObject({
    type: z.literal('contact'),
    name: liquid(1_000),
    phone: liquid(1_000).describe('Phone number of the card, in any spelling.'),
  }),
  z.strictObject({
    type: z.literal('poll'),
    question: liquid(1_000),
    options: z.array(liquid(1_000)).min(2).max(12),
    multi_select: z.boolean().optional(),
  }),
]);
export type TemplateContent = z.output<typeof templateContent>;

const language = z
  .string()
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, 'a language as BCP 47, e.g. pt-BR')
  .describe('Language as BCP 47, e.g. `en` or `pt-BR`.');

/** A variable of a template: a column of an import, or `contact.` and a member or an attribute of the contact. */
export const variableName = z.string().overwrite(composed).regex(templateVariable, 'a name of a variable, e.g. coupon or contact.name');

const members = {
  name: z.string().overwrite(cleanText).trim().min(1).max(200),
  language: language.describe('Language of `content`.'),
  content: templateContent.describe('Content for contacts without a language, or with one that `languages` lacks.'),
  languages: z
    .array(z.strictObject({ language, content: templateContent }))
    .max(templateLimits.maxLanguages)
    .describe(
      'Contents in further languages. A contact gets its own language (attribute `language` or `locale`), else the same language of another region.',
    ),
  defaults: z
    .record(variableName, z.string().overwrite(cleanText).max(1_024))
    .refine((all) => Object.keys(all).length <= templateLimits.maxDefaults, `At most ${templateLimits.maxDefaults} defaults.`)
    .describe('Values of variables for contacts that lack them. A variable without one is required.'),
};

/** The body of a new template. */
export const templateBody = z
  .strictObject({
    ...members,
    language: members.language.default('en'),
    languages: members.languages.default([]),
    defaults: members.defaults.default({}),
  })
  .meta({
    id: 'CreateTemplate',
    example: {
      name: 'Summer sale',
      content: { type: 'text', text: 'Hi {{ contact.first_name }}, {{ coupon }} gives you 20 % off.' },
      languages: [{ language: 'es', content: { type: 'text', text: 'Hola {{ contact.first_name }}: {{ coupon }}' } }],
      defaults: { 'contact.first_name': 'friend' },
    },
  });
export type TemplateBody = z.output<typeof templateBody>;

/** Body of a change: given members replace the stored ones, in a new version. */
export const templatePatch = z
  .strictObject({ ...members, is_archived: z.boolean().describe('An archived template is offered for nothing new.') })
  .partial()
  .meta({ id: 'UpdateTemplate', example: { content: { type: 'text', text: 'Hello {{ contact.first_name | default: "friend" }}!' } } });
export type TemplatePatch = z.output<typeof templatePatch>;

/** Contents of a template that is not stored. */
export const templateDraft = z.strictObject({
  language: members.language.default('en'),
  content: members.content,
  languages: members.languages.default([]),
  defaults: members.defaults.default({}),
});
export type TemplateDraft = z.output<typeof templateDraft>;
