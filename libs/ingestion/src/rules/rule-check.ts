import { AppError, invalidBody } from '@heliograph/kernel';
import { sendMessageBody } from '@heliograph/messaging';
import { ExpressionError, TemplateError } from '@heliograph/templates';
import { z } from 'zod';
import type { EventRuleBody } from './rule-body';
import { noDrips, readRule, type Rule } from './rule-plan';

/** Recipient used while a message is checked. */
const anybody = '+447700900101';

/** Checks a rule without an event. @throws AppError `invalid_rule`, or `no_drips`, with the path */
export function checkRule({ condition, actions }: Pick<EventRuleBody, 'condition' | 'actions'>): void {
  readOrThrow('condition', { condition, actions: [] });
  actions.forEach((action, i) => {
    if (action.type === 'start_drip' || action.type === 'stop_drip') throw noDrips(`actions/${i}/drip_id`);
    readOrThrow(`actions/${i}`, { condition: null, actions: [action] });
    if (action.type === 'send_message') checkMessage(action.message, `actions/${i}/message`);
  });
}

/** A message that a template makes: its own members beside those of any message. */
const templateMessage = z.looseObject({
  type: z.literal('template'),
  template_id: z.uuid(),
  variables: z.record(z.string().max(80), z.string().max(1_024)).optional(),
});

/** Checks the parts of a message that do not depend on the event. */
function checkMessage(given: Record<string, unknown>, path: string): void {
  let message = given;
  if (given.type === 'template') {
    const read = templateMessage.safeParse(given);
    if (!read.success)
      throw new AppError('unprocessable', 'invalid_rule', 'The message cannot be sent as it is.', {
        errors: invalidBody(read.error.issues, `${path}/`).details.errors ?? [],
      });
    const { template_id: _id, variables: _variables, ...envelope } = given;
    message = { ...envelope, type: 'text', text: 'x' };
  }
  const parsed = sendMessageBody.safeParse({ to: anybody, ...message });
  const valueAt = (at: readonly PropertyKey[]) =>
    at.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown> | undefined)?.[step], message);
  const wrong = parsed.error?.issues.filter((issue) => {
    const value = valueAt(issue.path);
    return !(typeof value === 'string' && /\{[{%]/.test(value));
  });
  if (wrong && wrong.length > 0) {
    throw new AppError('unprocessable', 'invalid_rule', 'The message cannot be sent as it is.', {
      errors: invalidBody(wrong, `${path}/`).details.errors ?? [],
    });
  }
}

function readOrThrow(path: string, rule: Pick<Rule, 'condition' | 'actions'>): void {
  try {
    readRule(rule);
  } catch (error) {
    if (!(error instanceof ExpressionError || error instanceof TemplateError)) throw error;
    throw new AppError('unprocessable', 'invalid_rule', error.message, { path });
  }
}
