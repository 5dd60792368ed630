import { normaliseKeyword } from '@heliograph/contacts';
import type { ActionableReason, ActionableSettings } from '@heliograph/tenants';

/** Facts about a message that decide whether it needs an answer. */
export interface Written {
  text: string | null;
  choice: 'button' | 'list' | null;
  /** True when it answers a message of ours. */
  isReply: boolean;
  /** True when it probably asks to opt out. */
  isNear: boolean;
  /** True when it was written in a group. */
  isGroup: boolean;
}

/** A question mark of any script: Latin, full-width, Arabic, Greek (a semicolon of its own), Armenian, Ethiopic. */
const question = /[?？؟\u037e՞፧]/;

/** Returns the reasons why a message needs an answer by the tenant's rules; empty when it needs none. */
export function reasonsToAnswer({ text, choice, isReply, isNear, isGroup }: Written, settings: ActionableSettings): ActionableReason[] {
  const words = text === null ? '' : ` ${normaliseKeyword(text.slice(0, 1_000))} `;
  const found: Record<ActionableReason, boolean> = {
    reply: isReply,
    button: choice === 'button',
    list: choice === 'list',
    keyword: settings.keywords.some((keyword) => words.includes(` ${normaliseKeyword(keyword)} `)),
    keyword_near: isNear,
    question: text !== null && question.test(text),
  };
  return (isGroup ? settings.group_reasons : settings.reasons).filter((reason) => found[reason]);
}
