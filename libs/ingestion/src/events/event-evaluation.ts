import { Injectable } from '@nestjs/common';
import { AttributeTypes, contactLimits, normaliseRecipient, type Subject, type SubjectContact, Subjects } from '@heliograph/contacts';
import { Conversations } from '@heliograph/inbox';
import type { Tx } from '@heliograph/kernel';
import { MessageReader } from '@heliograph/messaging';
import { type KnownTenant, KnownTenants } from '@heliograph/tenants';
import { eachWithin } from '@heliograph/templates';
import { EventRules } from '../rules/event-rules.repository';
import type { EventScope } from '../rules/event-scope';
import { type Rule, type RulePlan, RulePlanner } from '../rules/rule-plan';
import type { EventSubject } from './event-body';
import { EventTypes } from './event-types.repository';
import { type PayloadCheck, SchemaError } from './payload-check';

/** An event to be looked at. */
export interface EventToEvaluate {
  tenantId: string;
  id: string;
  key: string;
  name: string;
  subject: EventSubject;
  payload: Record<string, unknown>;
  occurredAt: Date;
  /** Seconds since it happened. */
  ageS: number;
  /** Rules that followed it before: what they set of the contact is not set again when it is replayed. */
  acted: readonly string[];
}

/**
 * Processor time all rules of one event may take together, in ms: one tenant's rules must not hold up the others' events, and a
 * machine that is busy with something else is not their fault.
 */
const budgetMs = 250;

/** Reasons why no rule is asked. */
export const rejections = ['unknown_event', 'invalid_payload', 'invalid_subject', 'unknown_subject'] as const;
export type Rejection = (typeof rejections)[number];

/** The result for an event: a rejection, or the plan of each rule. */
export type Evaluation =
  | { kind: 'rejected'; reason: Rejection; detail: string }
  | { kind: 'evaluated'; contact: SubjectContact; plans: { rule: Rule; plan: RulePlan }[] };

/** Works out what follows from events: the catalogue, the subject, the rules. Finds or makes contacts, and does nothing else. */
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
    reader: MessageReader,
  ) {
    this.planner = new RulePlanner(reader);
  }

  /**
   * Returns one evaluation per event, in order. A later event of a person sees what an earlier one sets.
   * @param only asks this rule instead of the stored ones
   */
  async evaluate(tx: Tx, events: EventToEvaluate[], only?: Rule): Promise<Evaluation[]> {
    const names = events.map(({ tenantId, name }) => ({ tenantId, name }));
    const checks = await this.types.checksOf(tx, names);
    const rules = only ? null : await this.rules.activeFor(tx, names);
    const tenants = await this.tenantsOf(events);
    const types = await this.attributes.of(tx, [...tenants.keys()]);
    const evaluations = new Array<Evaluation>(events.length);
    const asked: { place: number; subject: Subject }[] = [];
    eachWithin(
      budgetMs,
      events,
      (event, place) => {
        const check = checks.get(`${event.tenantId}/${event.name}`);
        const wrong = check && wrongWith(check, event.payload);
        const subject = toSubject(event, tenants.get(event.tenantId) as KnownTenant);
        if (!check) evaluations[place] = rejected('unknown_event', `No event type is called ${event.name}.`);
        else if (wrong) evaluations[place] = rejected('invalid_payload', wrong);
        else if (typeof subject === 'string') evaluations[place] = rejected('invalid_subject', subject);
        else asked.push({ place, subject });
      },
      (_event, place) =>
        (evaluations[place] = rejected('invalid_payload', `To check it takes more than ${budgetMs} ms of processor time.`)),
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
          evaluations[place] = rejected('unknown_subject', 'No contact is known by this id, and no address was given.');
          return;
        }
        const question = {
          tenant: tenants.get(event.tenantId) as KnownTenant,
          eventId: event.id,
          scope: scopeOf(event, contact),
          address: contact.address,
          ageS: event.ageS,
          types: types.get(event.tenantId),
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
    const tenants = await Promise.all(ids.map((id) => this.tenants.get(id)));
    return new Map(tenants.flatMap((tenant) => (tenant ? [[tenant.id, tenant]] : [])));
  }
}

const tookTooLong: RulePlan = { outcome: 'failed', detail: `The rules of the event took more than ${budgetMs} ms of processor time.` };
const tooManyAttributes: RulePlan = {
  outcome: 'failed',
  detail: `The contact would have more than ${contactLimits.maxAttributes} attributes.`,
};

/** True when a contact stays within its limit. A contact that is over it may not gain any attribute. */
function hasRoom(had: Record<string, unknown>, set: Record<string, unknown>): boolean {
  const count = (all: Record<string, unknown>) => Object.values(all).filter((value) => value !== null).length;
  return count({ ...had, ...set }) <= Math.max(contactLimits.maxAttributes, count(had));
}

const rejected = (reason: Rejection, detail: string): Evaluation => ({ kind: 'rejected', reason, detail });

/** Drops attributes from the plan of a rule that acted on the event before: others may have changed them since. Messages have derived ids and are sent once. */
function withoutRepeats(plan: RulePlan, rule: Rule, { acted }: EventToEvaluate): RulePlan {
  if (plan.outcome !== 'matched' || !acted.includes(rule.id)) return plan;
  return { ...plan, actions: plan.actions.filter((action) => action.type !== 'set_attributes') };
}

/** Attributes that plans set, the last word of each. */
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

/** A sentence when the address cannot be read. */
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
