import { rejections, type TrialResult } from '@heliograph/ingestion';
import { z } from 'zod';
import { bodyView } from '../messages/message.view';

const uuid = z.uuid();
const example = {
  rejected: null,
  contact: { id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f0', address: '+447700900101' },
  rules: [
    {
      rule_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739b0',
      rule_version: 1,
      name: 'Welcome',
      outcome: 'matched',
      detail: null,
      actions: [
        {
          type: 'send_message',
          to: '+447700900101',
          class: 'transactional',
          message: { content: { type: 'text', text: 'Welcome, Priya!' } },
          session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f',
          session_reason: 'Picked by weight among the connected sessions that fit.',
        },
      ],
    },
  ],
} as const;

const action = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('send_message'),
    to: z.string(),
    class: z.string(),
    message: z.unknown(),
    session_id: uuid.nullable().meta({ description: 'Null: no session fits.' }),
    session_reason: z.string().nullable(),
  }),
  z.object({
    type: z.literal('set_attributes'),
    attributes: z.record(z.string(), z.unknown()),
    refused: z.array(z.string()).meta({ description: 'Attributes that are not set because their declared type differs.' }),
  }),
]);

/** Result of a dry run. */
export const trialSchema = z
  .object({
    rejected: z
      .object({ reason: z.enum(rejections), detail: z.string() })
      .nullable()
      .meta({ description: 'Why no rule is evaluated; null when rules are evaluated.' }),
    contact: z
      .object({ id: uuid, address: z.string().nullable() })
      .nullable()
      .meta({ description: 'The subject. For an unknown id: the contact that would be created.' }),
    rules: z.array(
      z.object({
        rule_id: uuid,
        rule_version: z.int().meta({ description: '0 for a rule that is not saved yet.' }),
        name: z.string(),
        outcome: z.enum(['matched', 'not_matched', 'failed']),
        detail: z.string().nullable(),
        actions: z.array(action),
      }),
    ),
  })
  .meta({ id: 'EventTrial', example });

export function trialView({ evaluation, routes }: TrialResult): z.input<typeof trialSchema> {
  if (evaluation.kind === 'rejected') {
    const { reason, detail } = evaluation;
    return { rejected: { reason, detail }, contact: null, rules: [] };
  }
  const { contact, plans } = evaluation;
  return {
    rejected: null,
    contact: { id: contact.contactId, address: contact.address },
    rules: plans.map(({ rule, plan }) => ({
      rule_id: rule.id,
      rule_version: rule.version,
      name: rule.name,
      outcome: plan.outcome,
      detail: plan.outcome === 'matched' ? null : plan.detail,
      actions: (plan.outcome === 'matched' ? plan.actions : []).map((planned) => {
        switch (planned.type) {
          case 'send_message': {
            const { id, recipient, class: of, body } = planned.draft;
            const route = routes.get(id);
            return {
              type: planned.type,
              to: recipient,
              class: of,
              message: bodyView(body),
              session_id: route?.sessionId ?? null,
              session_reason: route?.why ?? null,
            };
          }
          case 'set_attributes':
            return planned;
        }
      }),
    })),
  };
}
