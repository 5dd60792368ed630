import { templateBody, type TemplatePreview } from '@heliograph/campaigns';
import { composed } from '@heliograph/contacts';
import { z } from 'zod';
import { faultParamsSchema } from '../../http/problem.schema';
import { templateVariables } from './template.view';

const uuid = z.uuid();
const trial = {
  contact_id: uuid.optional().describe('Contact whose values are filled in. Needs the scope `contacts:read`.'),
  campaign_id: uuid
    .optional()
    .describe(
      'Campaign whose message it is: columns of its imports, then its `variables`, fill in what the contact lacks, as at the launch.',
    ),
  variables: z
    .record(z.string().overwrite(composed).max(80), z.string().max(1_024))
    .default({})
    .describe('Values that go before all others.'),
  language: z.string().min(1).max(40).optional().describe('Default: the language of the contact.'),
  wording: z.int().min(0).max(1_000).default(0).describe('Wording to use, from 0 on.'),
};

/** Body of a test send. */
export const testTemplateBody = z
  .strictObject({
    to: z.string().min(1).max(128).describe('Recipient, as in POST /v1/messages.'),
    session_id: uuid.optional().describe('Session to send through. Default: the routing rule of the tenant picks one.'),
    version: z.int().min(1).optional().describe('Default: the newest version.'),
    ...trial,
  })
  .meta({ id: 'TestTemplate', example: { to: '+447700900101', variables: { coupon: 'SUN20' } } });
export type TestTemplateBody = z.output<typeof testTemplateBody>;

const { language: own, content, languages, defaults } = templateBody.shape;
/** Body of a preview. */
export const previewBody = z
  .strictObject({
    template: z.strictObject({ language: own, content, languages, defaults }).describe('Contents, which need not be stored.'),
    ...trial,
  })
  .meta({
    id: 'PreviewTemplate',
    example: { template: { content: { type: 'text', text: 'Hi {{ contact.first_name }}' } }, variables: { 'contact.first_name': 'Ada' } },
  });
export type PreviewBody = z.output<typeof previewBody>;

export const previewSchema = z
  .object({
    body: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'The message, as POST /v1/messages takes it. Required variables without a value show as `[name]`.' }),
    failed: z.string().nullable().meta({ description: 'Reason why there is no message.' }),
    language: z.string().meta({ description: 'Language of the content that was chosen.' }),
    wording: z.int(),
    wordings: z.int().meta({ description: 'Number of wordings in this language.' }),
    characters: z.int().nullable().meta({ description: 'Length of the text or the caption, in Unicode code points.' }),
    missing: z.array(z.string()).meta({ description: 'Required variables without a value.' }),
    variables: templateVariables,
    findings: z.array(
      z.object({
        severity: z.enum(['error', 'warning']).meta({ description: 'With an error the template cannot be stored.' }),
        path: z.string(),
        code: z.string(),
        message: z.string(),
        params: faultParamsSchema.optional(),
      }),
    ),
  })
  .meta({
    id: 'TemplatePreview',
    example: {
      body: { type: 'text', text: 'Hi Ada' },
      failed: null,
      language: 'en',
      wording: 0,
      wordings: 1,
      characters: 6,
      missing: [],
      variables: [{ name: 'contact.first_name', is_required: true, default: null }],
      findings: [],
    },
  });

export function previewView({ variables, ...preview }: TemplatePreview): z.input<typeof previewSchema> {
  return {
    ...preview,
    variables: variables.map(({ name, isRequired, default: own }) => ({ name, is_required: isRequired, default: own })),
  };
}

export const templateUses = z
  .object({
    data: z.array(
      z.object({
        kind: z.enum(['campaign', 'event_rule']),
        id: uuid,
        name: z.string(),
        state: z.string(),
        version: z.int().nullable().meta({ description: 'Version that it is bound to; null: the newest.' }),
      }),
    ),
  })
  .meta({
    id: 'TemplateUses',
    example: {
      data: [{ kind: 'campaign', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e2', name: 'Summer sale', state: 'draft', version: null }],
    },
  });
