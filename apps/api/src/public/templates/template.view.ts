import { type Template, templateBody, type TemplateDraft, type TemplateVariable, variablesOf } from '@heliograph/campaigns';
import { actorSchema } from '@heliograph/kernel';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';

const uuid = z.uuid();
const time = z.iso.datetime();
const actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Maya Lindt' } as const;

const variable = z.object({
  name: z.string(),
  is_required: z.boolean().meta({ description: 'True: a message is not made for a contact that lacks it.' }),
  default: z.string().nullable().meta({ description: 'Value for contacts that lack it; null: none.' }),
});
export const templateVariables = z.array(variable).meta({ description: 'Variables of all contents, by name.' });

const exampleTemplate = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e1',
  version: 3,
  newest_version: 3,
  ...templateBody.parse({
    name: 'Summer sale',
    content: { type: 'text', text: 'Hi {{ contact.first_name }}, {{ coupon }} gives you 20 % off.' },
  }),
  variables: [
    { name: 'contact.first_name', is_required: true, default: null },
    { name: 'coupon', is_required: true, default: null },
  ],
  created_at: '2026-11-24T12:00:00.000Z',
  created_by: actor,
  changed_at: '2026-11-24T12:00:00.000Z',
  changed_by: actor,
  archived_at: null,
};

/** A template in one version. */
export const templateSchema = z
  .object({
    id: uuid,
    version: z.int(),
    newest_version: z.int(),
    ...templateBody.shape,
    variables: templateVariables,
    created_at: time,
    created_by: actorSchema,
    changed_at: time.meta({ description: 'Time of this version.' }),
    changed_by: actorSchema,
    archived_at: time.nullable(),
  })
  .meta({ id: 'Template', example: exampleTemplate });
export type TemplateView = z.input<typeof templateSchema>;
export const templatePage = pageSchema(templateSchema, { id: 'TemplatePage', example: { data: [exampleTemplate], next_cursor: null } });
export const templateVersions = z
  .object({ data: z.array(templateSchema) })
  .meta({ id: 'TemplateVersions', example: { data: [exampleTemplate] } });

/** Returns a template as the API shows it. */
export function templateView({
  templateId,
  version,
  newest,
  name,
  language,
  content,
  languages,
  defaults,
  createdAt,
  createdBy,
  changedAt,
  changedBy,
  archivedAt,
}: Template): TemplateView {
  return {
    id: templateId,
    version,
    newest_version: newest,
    name,
    language,
    content,
    languages,
    defaults,
    variables: variablesView({ language, content, languages, defaults }),
    created_at: createdAt.toISOString(),
    created_by: createdBy,
    changed_at: changedAt.toISOString(),
    changed_by: changedBy,
    archived_at: archivedAt?.toISOString() ?? null,
  };
}

/** Returns the variables of contents that were checked. */
export const variablesView = (draft: TemplateDraft): z.input<typeof templateVariables> => variablesOf(draft).map(variableView);
const variableView = ({ name, isRequired, default: own }: TemplateVariable) => ({ name, is_required: isRequired, default: own });
