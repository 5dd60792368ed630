import { type ContactAttributes, contactLimits, fitAttributes, type TypesByName } from '@heliograph/contacts';
import { AppError, derivedId, invalidBody } from '@heliograph/kernel';
import { languageOfContact, type MediaAddress, renderTemplate, type TemplateDraft, valuesOfContact } from '@heliograph/campaigns';
import { type MessageDraft, type MessageReader, sendMessageBody } from '@heliograph/messaging';
import type { KnownTenant } from '@heliograph/tenants';
import {
  type Expression,
  ExpressionError,
  holds,
  type JsonTemplate,
  plainValue,
  readExpression,
  readTemplate,
  TemplateError,
} from '@heliograph/templates';
import { LRUCache } from 'lru-cache';
import type { EventScope } from './event-scope';
import type { RuleAction } from './rule-body';

/** A rule in the version that applies to an event. */
export interface Rule {
  id: string;
  version: number;
  name: string;
  condition: string | null;
  maxAgeS: number | null;
  actions: RuleAction[];
}

/** An action of a rule with its values for an event. */
export type PlannedAction =
  | { type: 'send_message'; draft: MessageDraft & { id: string } }
  /** `refused`: messages about values that do not have the declared type; they are not in `attributes`. */
  | { type: 'set_attributes'; attributes: Record<string, string | number | boolean | null>; refused: string[] };

/** Result of a rule for an event. `failed`: no action of the rule runs. */
export type RulePlan =
  | { outcome: 'matched'; actions: PlannedAction[] }
  | { outcome: 'not_matched'; detail: string | null }
  | { outcome: 'failed'; detail: string };

/** Input of the evaluation of a rule. */
export interface RuleQuestion {
  tenant: KnownTenant;
  eventId: string;
  scope: EventScope;
  /** Recipient of a message without its own; null: none. */
  address: string | null;
  /** Seconds since the event occurred. */
  ageS: number;
  /** Types of the tenant's declared attributes. */
  types: TypesByName | undefined;
  /** Newest versions of the templates that rules of the tenant name, by id. */
  templates?: ReadonlyMap<string, TemplateDraft>;
  mediaAddress?: MediaAddress;
}

interface ReadRule {
  condition: Expression | null;
  actions: ReadAction[];
}
type ReadAction = { type: 'send_message'; template: JsonTemplate } | { type: 'set_attributes'; attributes: [string, Expression][] };

/** Maximum compiled rules in memory; a version never changes. */
const maxKept = 2_000;

/** Computes the plans of rules for events. Changes nothing. */
export class RulePlanner {
  private readonly kept = new LRUCache<string, ReadRule>({ max: maxKept });

  constructor(private readonly reader: MessageReader) {}

  plan(rule: Rule, question: RuleQuestion): RulePlan {
    const { maxAgeS } = rule;
    if (maxAgeS !== null && question.ageS > maxAgeS) return { outcome: 'not_matched', detail: 'The event is too old for this rule.' };
    try {
      const { condition, actions } = this.read(rule);
      if (condition && !holds(condition, question.scope)) return { outcome: 'not_matched', detail: null };
      return { outcome: 'matched', actions: actions.map((action, i) => this.action(action, i, rule, question)) };
    } catch (error) {
      if (!(error instanceof ExpressionError || error instanceof TemplateError || error instanceof AppError)) throw error;
      return { outcome: 'failed', detail: sentenceOf(error) };
    }
  }

  private read(rule: Rule): ReadRule {
    const key = `${rule.id}/${rule.version}`;
    const known = this.kept.get(key);
    if (known) return known;
    const read = readRule(rule);
    this.kept.set(key, read);
    return read;
  }

  private action(action: ReadAction, index: number, rule: Rule, question: RuleQuestion): PlannedAction {
    switch (action.type) {
      case 'send_message':
        return { type: 'send_message', draft: this.draft(action.template, index, rule, question) };
      case 'set_attributes':
        return {
          type: 'set_attributes',
          ...fitted(
            Object.fromEntries(
              action.attributes.map(([name, value]) => [name, plainValue(value, question.scope, contactLimits.maxAttributeText)]),
            ),
            question.types,
          ),
        };
    }
  }

  /** Derives the message's id from the event and the action, so that an event that is read twice sends once, in any version of the rule. */
  private draft(template: JsonTemplate, index: number, rule: Rule, question: RuleQuestion) {
    const { tenant, eventId, scope, address } = question;
    const filled = {
      to: address ?? undefined,
      ...contentOf(template.fill(scope) as Record<string, unknown>, derivedId(eventId, rule.id), question),
    };
    if (filled.to === undefined) throw new AppError('unprocessable', 'no_address', 'The subject has no address to send to.');
    const parsed = sendMessageBody.safeParse(filled);
    if (!parsed.success) throw invalidBody(parsed.error.issues);
    const draft = this.reader.readOrThrow(tenant, parsed.data, undefined);
    return {
      ...draft,
      id: derivedId(eventId, `${rule.id}/${index}`),
      origin: { kind: 'rule' as const, eventId, ruleId: rule.id, ruleVersion: rule.version },
    };
  }
}

/** Returns the message of an action; one of the type `template` with the content that its template makes. @throws TemplateError */
function contentOf(message: Record<string, unknown>, seed: string, { scope, templates, mediaAddress }: RuleQuestion): object {
  const id = templateOf(message);
  if (id === null) return message;
  const template = templates?.get(id);
  if (!template) throw new TemplateError('The template of the message does not exist.');
  const { contact, payload, event } = scope;
  const { type: _type, template_id: _id, variables, ...envelope } = message;
  const values = {
    ...payload,
    ...(variables as Record<string, unknown> | undefined),
    payload,
    event,
    ...valuesOfContact({ name: contact.name, externalId: contact.external_id, attributes: contact.attributes }),
    'contact.phone': contact.phone,
  };
  // Digits at the end of an id that depends on the event: wordings are equally frequent, and a repeat has the same one.
  const rendered = renderTemplate(template, languageOfContact(contact.attributes), parseInt(seed.slice(-8), 16), values, mediaAddress);
  if ('failed' in rendered) throw new TemplateError(rendered.failed);
  return { ...envelope, ...rendered.body };
}

/** Returns the template that a message names; null: none. */
export function templateOf({ type, template_id }: Record<string, unknown>): string | null {
  return type === 'template' && typeof template_id === 'string' ? template_id : null;
}

/** Refuses an action that starts or stops a drip: drips are not supported yet. */
export const noDrips = (path?: string) =>
  new AppError('unprocessable', 'no_drips', 'Drips are not supported yet.', path === undefined ? {} : { path });

/** Compiles a rule, and checks everything that does not depend on an event. @throws ExpressionError, TemplateError, AppError `no_drips` */
export function readRule({ condition, actions }: Pick<Rule, 'condition' | 'actions'>): ReadRule {
  return {
    condition: condition === null ? null : readExpression(condition),
    actions: actions.map((action): ReadAction => {
      switch (action.type) {
        case 'send_message':
          return { type: 'send_message', template: readTemplate(action.message) };
        case 'set_attributes':
          return {
            type: 'set_attributes',
            attributes: Object.entries(action.attributes).map(([name, text]) => [name, readExpression(text)]),
          };
        case 'start_drip':
        case 'stop_drip':
          throw noDrips();
      }
    }),
  };
}

function fitted(attributes: ContactAttributes, types: TypesByName | undefined) {
  const { fitting, refused } = fitAttributes(types, attributes);
  return { attributes: fitting, refused: refused.map(({ message }) => message) };
}

/** Returns the error's message with the first fault of a body. */
function sentenceOf(error: Error): string {
  const [first] = error instanceof AppError ? (error.details.errors ?? []) : [];
  return first ? `${first.path}: ${first.message}` : error.message;
}
