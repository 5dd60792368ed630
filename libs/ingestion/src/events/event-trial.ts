import { Injectable } from '@nestjs/common';
import { Database, newId } from '@heliograph/kernel';
import { Routing, type RoutingPick } from '@heliograph/tenants';
import type { EventRuleBody } from '../rules/rule-body';
import { checkRule } from '../rules/rule-check';
import type { Rule } from '../rules/rule-plan';
import type { SendEventBody } from './event-body';
import { type Evaluation, EventEvaluation, type EventToEvaluate } from './event-evaluation';

/** The result of a dry run. */
export interface TrialResult {
  evaluation: Evaluation;
  /** Session of each message by the message's id; null: none. */
  routes: Map<string, RoutingPick | null>;
}

class RolledBack extends Error {}

/** Evaluates the rules for an event and stores nothing. */
@Injectable()
export class EventTrial {
  constructor(
    private readonly db: Database,
    private readonly evaluation: EventEvaluation,
    private readonly routing: Routing,
  ) {}

  /**
   * @param rule unsaved rule to evaluate instead of the stored ones
   * @throws AppError `invalid_rule`, `no_drips`
   */
  async run(tenantId: string, event: SendEventBody, rule?: EventRuleBody): Promise<TrialResult> {
    if (rule) checkRule(rule);
    const occurredAt = event.occurred_at ? new Date(event.occurred_at) : new Date();
    const asked = {
      tenantId,
      id: newId(),
      key: event.id,
      name: event.name,
      subject: event.subject,
      payload: event.payload,
      occurredAt,
      ageS: (Date.now() - occurredAt.getTime()) / 1_000,
      acted: [],
    };
    const only = rule && {
      id: newId(),
      version: 0,
      name: rule.name,
      condition: rule.condition,
      maxAgeS: rule.max_age_s,
      actions: rule.actions,
    };
    const evaluation = await this.withoutTrace(asked, only);
    const drafts =
      evaluation.kind === 'rejected'
        ? []
        : evaluation.plans.flatMap(({ plan }) =>
            plan.outcome === 'matched' ? plan.actions.flatMap((action) => (action.type === 'send_message' ? [action.draft] : [])) : [],
          );
    const routes = new Map<string, RoutingPick | null>();
    for (const { id, recipient: to, sessionId, tag } of drafts) {
      const { pick } = await this.routing.dryRun(tenantId, { to, ...(sessionId && { sessionId }), ...(tag && { tag }) });
      routes.set(id, pick);
    }
    return { evaluation, routes };
  }

  /** Creates the contact if needed, evaluates the event, and rolls back. */
  private async withoutTrace(event: EventToEvaluate, only: Rule | undefined): Promise<Evaluation> {
    let evaluation: Evaluation | undefined;
    try {
      await this.db.transaction(async (tx) => {
        [evaluation] = await this.evaluation.evaluate(tx, [event], only);
        throw new RolledBack();
      });
    } catch (error) {
      if (!(error instanceof RolledBack)) throw error;
    }
    return evaluation as Evaluation;
  }
}
