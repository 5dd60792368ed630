import { type ContactAttributes, fitAttributes, type TypesByName } from '@heliograph/contacts';
import { AppError, derivedId, invalidBody } from '@heliograph/kernel';
import { type MessageDraft, type MessageReader, sendMessageBody } from '@heliograph/messaging';
import type { KnownTenant } from '@heliograph/tenants';
import { LRUCache } from 'lru-cache';
import type { RuleAction } from './event-body';
import { type EventScope, type Expression, ExpressionError, holds, plainValue, readExpression } from './expression';
import { type JsonTemplate, readTemplate, TemplateError } from './text-template';

/** A rule as it counts for an event. */
export interface Rule {
  id: string;
  version: number;
  name: string;
  condition: string | null;
  maxAgeS: number | null;
  actions: RuleAction[];
}

/** Something a rule wants done. */
export type PlannedAction =
  | { type: 'send_message'; draft: MessageDraft & { id: string } }
  /** `refused`: sentences on values that the tenant's declared attributes do not take; they are not among `attributes`. */
  | { type: 'set_attributes'; attributes: Record<string, string | number | boolean | null>; refused: string[] }
  | { type: 'start_drip' | 'stop_drip'; dripId: string };

/** What a rule makes of an event. `failed`: it cannot be followed; nothing of it is done. */
export type RulePlan =
  | { outcome: 'matched'; actions: PlannedAction[] }
  | { outcome: 'not_matched'; detail: string | null }
  | { outcome: 'failed'; detail: string };

/** What a rule is asked about. */
export interface RuleQuestion {
  tenant: KnownTenant;
  eventId: string;
  scope: EventScope;
  /** Where a message goes that says nothing else; null: nowhere. */
  address: string | null;
  /** Seconds since it happened. */
  ageS: number;
  /** What declared attributes of contacts hold. */
  types: TypesByName | undefined;
}

interface ReadRule {
  condition: Expression | null;
  actions: ReadAction[];
}
type ReadAction =
  | { type: 'send_message'; template: JsonTemplate }
  | { type: 'set_attributes'; attributes: [string, Expression][] }
  | { type: 'start_drip' | 'stop_drip'; drip_id: string };

/** Rules that were read are kept, since a version never changes. */
const maxKept = 2_000;

/** Works out what rules make of events. Changes nothing. */
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
            Object.fromEntries(action.attributes.map(([name, value]) => [name, plainValue(value, question.scope)])),
            question.types,
          ),
        };
      case 'start_drip':
      case 'stop_drip':
        return { type: action.type, dripId: action.drip_id };
    }
  }

  /** The message's id follows from the event and the action: an event that is taken twice sends once, whatever version. */
  private draft(template: JsonTemplate, index: number, rule: Rule, { tenant, eventId, scope, address }: RuleQuestion) {
    const filled = { to: address ?? undefined, ...(template.fill(scope) as object) };
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

/** Reads everything in a rule that can be wrong by itself. @throws ExpressionError, TemplateError */
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
          return action;
      }
    }),
  };
}

function fitted(attributes: ContactAttributes, types: TypesByName | undefined) {
  const { fitting, refused } = fitAttributes(types, attributes);
  return { attributes: fitting, refused: refused.map(({ message }) => message) };
}

/** With the first fault of a body. */
function sentenceOf(error: Error): string {
  const [first] = error instanceof AppError ? (error.details.errors ?? []) : [];
  return first ? `${first.path}: ${first.message}` : error.message;
}
