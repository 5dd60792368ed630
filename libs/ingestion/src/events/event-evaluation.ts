import { Injectable } from '@nestjs/common';
import { MediaLinks, readNewest, type TemplateDraft } from '@heliograph/campaigns';
import { AttributeTypes, contactLimits, normaliseRecipient, type Subject, type SubjectContact, Subjects } from '@heliograph/contacts';
import { Conversations } from '@heliograph/inbox';
import type { Tx } from '@heliograph/kernel';
import { MessageReader } from '@heliograph/messaging';
import { type KnownTenant, KnownTenants } from '@heliograph/tenants';
import { eachWithin } from '@heliograph/templates';
import { EventRules } from '../rules/event-rules.repository';
import type { EventScope } from '../rules/event-scope';
import { type Rule, type RulePlan, RulePlanner, templateOf } from '../rules/rule-plan';
import type { EventSubject } from './event-body';
import { EventTypes } from './event-types.repository';
import { type PayloadCheck, SchemaError } from './payload-check';

/** An event to evaluate. */
export interface EventToEvaluate {
  tenantId: string;
  id: string;
  key: string;
  name: string;
  subject: EventSubject;
  payload: Record<string, unknown>;
  occurredAt: Date;
  /** Seconds since the event occurred. */
  ageS: number;
  /** Rules that acted on the event before: a replay does not set their attributes again. */
  acted: readonly string[];
}

/**
 * Maximum processor time of all rules of an event, in ms: rules of one tenant must not delay events of others. Processor time does not
 * depend on the load of the machine.
 */
const budgetMs = 250;

/** Reasons why no rule is evaluated. */
export const rejections = ['unknown_event', 'invalid_payload', 'invalid_subject', 'unknown_subject'] as const;
export type Rejection = (typeof rejections)[number];

/** Result for an event: a rejection, or the plan of each rule. */
export type Evaluation =
  | { kind: 'rejected'; reason: Rejection; detail: string }
  | { kind: 'evaluated'; contact: SubjectContact; plans: { rule: Rule; plan: RulePlan }[] };

/** Evaluates events: event type, subject, rules. Finds or creates contacts, and changes nothing else. */
@Injectable()
export class EventEvaluation {
  private readonly planner: RulePlanner;

  constructor(
    private readonly types: EventTypes,
    private readonly rules: EventRules,
    private readonly subjects: Subjects,
    private readonly attributes: AttributeTypes,
    private readonly conversations: Conversations,
    private readonly tenants: KnownTenants,
    private readonly links: MediaLinks,
    reader: MessageReader,
  ) {
    this.planner = new RulePlanner(reader);
  }

  /**
   * Returns one evaluation per event, in order. A later event of a person sees the attributes that an earlier one sets.
   * @param only evaluates this rule instead of the stored ones
   */
  async evaluate(tx: Tx, events: EventToEvaluate[], only?: Rule): Promise<Evaluation[]> {
    const names = events.map(({ tenantId, name }) => ({ tenantId, name }));
    const checks = await this.types.checksOf(tx, names);
    const rules = only ? null : await this.rules.activeFor(tx, names);
    const tenants = await this.tenantsOf(events);
    const types = await this.attributes.of(tx, [...tenants.keys()]);
    const templates = await templatesOf(
      tx,
      events.map((event) => ({ tenantId: event.tenantId, rules: only ? [only] : (rules?.get(`${event.tenantId}/${event.name}`) ?? []) })),
    );
    const evaluations = new Array<Evaluation>(events.length);
    const asked: { place: number; subject: Subject }[] = [];
    eachWithin(
      budgetMs,
      events,
      (event, place) => {
        const check = checks.get(`${event.tenantId}/${event.name}`);
        const wrong = check && wrongWith(check, event.payload);
        const subject = toSubject(event, tenants.get(event.tenantId) as KnownTenant);
        if (!check) evaluations[place] = rejected('unknown_event', `No event type has the name ${event.name}.`);
        else if (wrong) evaluations[place] = rejected('invalid_payload', wrong);
        else if (typeof subject === 'string') evaluations[place] = rejected('invalid_subject', subject);
        else asked.push({ place, subject });
      },
      (_event, place) =>
        (evaluations[place] = rejected('invalid_payload', `The check of the payload takes more than ${budgetMs} ms of processor time.`)),
    );
    const { found, merges } = await this.subjects.find(
      tx,
      asked.map((a) => a.subject),
    );
    await this.conversations.merge(tx, merges);
    const seen = new Map<string, SubjectContact>();
    const rulesOf = (event: EventToEvaluate) => (only ? [only] : (rules?.get(`${event.tenantId}/${event.name}`) ?? []));
    const known = (k: number) => {
      const contact = found[k];
      return contact && { ...contact, attributes: seen.get(contact.contactId)?.attributes ?? contact.attributes };
    };
    eachWithin(
      budgetMs,
      asked,
      ({ place }, k) => {
        const event = events[place] as EventToEvaluate;
        const contact = known(k);
        if (!contact) {
          evaluations[place] = rejected('unknown_subject', 'No contact has this id, and the subject has no address.');
          return;
        }
        const question = {
          tenant: tenants.get(event.tenantId) as KnownTenant,
          eventId: event.id,
          scope: scopeOf(event, contact),
          address: contact.address,
          ageS: event.ageS,
          types: types.get(event.tenantId),
          templates: templates.get(event.tenantId) ?? new Map<string, TemplateDraft>(),
          mediaAddress: (mediaId: string) => this.links.address({ tenantId: event.tenantId, mediaId }),
        };
        const plans = rulesOf(event).map((rule) => ({ rule, plan: withoutRepeats(this.planner.plan(rule, question), rule, event) }));
        const attributes = { ...contact.attributes };
        for (const one of plans) {
          const set = attributesOf([one.plan]);
          if (hasRoom(attributes, set)) Object.assign(attributes, set);
          else one.plan = tooManyAttributes;
        }
        seen.set(contact.contactId, { ...contact, attributes });
        evaluations[place] = { kind: 'evaluated', contact, plans };
      },
      ({ place }, k) => {
        const plans = rulesOf(events[place] as EventToEvaluate).map((rule) => ({ rule, plan: tookTooLong }));
        evaluations[place] = { kind: 'evaluated', contact: known(k) as SubjectContact, plans };
      },
    );
    return evaluations;
  }

  private async tenantsOf(events: EventToEvaluate[]): Promise<Map<string, KnownTenant>> {
    const ids = [...new Set(events.map((e) => e.tenantId))];
    const tenants = await Promise.all(ids.map((id) => this.tenants.find(id)));
    return new Map(tenants.flatMap((tenant) => (tenant ? [[tenant.id, tenant]] : [])));
  }
}

/** Returns the newest versions of the templates that rules name, by tenant and id. Asks nothing when they name none. */
async function templatesOf(tx: Tx, asked: { tenantId: string; rules: Rule[] }[]): Promise<Map<string, Map<string, TemplateDraft>>> {
  const named = asked.flatMap(({ tenantId, rules }) =>
    rules.flatMap(({ actions }) =>
      actions.flatMap((action) => {
        const id = action.type === 'send_message' ? templateOf(action.message) : null;
        return id === null ? [] : [{ tenantId, id }];
      }),
    ),
  );
  const keys = [...new Map(named.map((key) => [`${key.tenantId}/${key.id}`, key])).values()];
  const found = keys.length === 0 ? [] : await readNewest(tx, keys);
  return new Map(
    [...Map.groupBy(found, ({ tenantId }) => tenantId)].map(([tenantId, all]) => [
      tenantId,
      new Map(all.map((one) => [one.templateId, one])),
    ]),
  );
}

const tookTooLong: RulePlan = { outcome: 'failed', detail: `The rules of the event took more than ${budgetMs} ms of processor time.` };
const tooManyAttributes: RulePlan = {
  outcome: 'failed',
  detail: `The contact would have more than ${contactLimits.maxAttributes} attributes.`,
};

/** True when a contact stays within its limit. A contact above the limit may not gain an attribute. */
function hasRoom(had: Record<string, unknown>, set: Record<string, unknown>): boolean {
  const count = (all: Record<string, unknown>) => Object.values(all).filter((value) => value !== null).length;
  return count({ ...had, ...set }) <= Math.max(contactLimits.maxAttributes, count(had));
}

const rejected = (reason: Rejection, detail: string): Evaluation => ({ kind: 'rejected', reason, detail });

/**
 * Drops attributes from the plan of a rule that acted on the event before: they may have changed since. Messages have derived ids and are
 * sent once.
 */
function withoutRepeats(plan: RulePlan, rule: Rule, { acted }: EventToEvaluate): RulePlan {
  if (plan.outcome !== 'matched' || !acted.includes(rule.id)) return plan;
  return { ...plan, actions: plan.actions.filter((action) => action.type !== 'set_attributes') };
}

/** Returns the attributes that the plans set; the last plan wins. */
function attributesOf(plans: RulePlan[]): Record<string, string | number | boolean | null> {
  return Object.assign(
    {},
    ...plans.flatMap((plan) =>
      plan.outcome === 'matched' ? plan.actions.flatMap((action) => (action.type === 'set_attributes' ? [action.attributes] : [])) : [],
    ),
  ) as Record<string, string | number | boolean | null>;
}

function wrongWith(check: PayloadCheck, payload: object): string | null {
  try {
    return check(payload);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return `The schema cannot be used: ${error.message}`;
  }
}

/** Returns the subject, or a message when its address is not valid. */
function toSubject({ tenantId, subject }: EventToEvaluate, { defaultCountry }: KnownTenant): Subject | string {
  const { phone, lid = null, external_id: externalId = null, contact_id: contactId = null } = subject;
  const read = phone === undefined ? null : normaliseRecipient(phone, defaultCountry);
  if (read && !read.ok) return `subject/phone: ${read.message}`;
  if (read?.ok && read.kind !== 'phone') return 'subject/phone is not a phone number.';
  return { tenantId, phone: read?.ok ? read.recipient : null, lid, externalId, contactId };
}

function scopeOf(event: EventToEvaluate, contact: SubjectContact): EventScope {
  return {
    event: { id: event.key, name: event.name, occurred_at: event.occurredAt.toISOString() },
    payload: event.payload,
    contact: {
      id: contact.contactId,
      name: contact.name,
      external_id: contact.externalId,
      phone: contact.phone,
      attributes: contact.attributes,
      tags: contact.tags,
    },
  };
}
