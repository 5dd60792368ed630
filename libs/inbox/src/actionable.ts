import { normaliseKeyword } from '@heliograph/contacts';
import type { ActionableReason, ActionableSettings } from '@heliograph/tenants';

/** What is looked at. */
export interface Written {
  text: string | null;
  choice: 'button' | 'list' | null;
  /** It answers a message of ours. */
  isReply: boolean;
  /** It probably asks to opt out. */
  isNear: boolean;
  /** It stands in a group. */
  isGroup: boolean;
}

/** A question mark of any script: Latin, full-width, Arabic, Greek (a semicolon of its own), Armenian, Ethiopic. */
const question = /[?？؟\u037e՞፧]/;

/** Why a message wants an answer, by the tenant's rules; none: it does not. */
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
