import { type MessageClass, messageClasses } from '../messages/class-names';
import type { components } from '../providers/api-types';

type ChangeTenant = components['schemas']['ChangeTenant'];

/** Reasons why a received message waits for a person. */
export const reasons = ['reply', 'button', 'list', 'keyword', 'keyword_near', 'question'] as const;
type Reason = (typeof reasons)[number];

/** Approver of a campaign before its launch. */
export const approvals = ['off', 'person', 'client'] as const;
export type Approval = (typeof approvals)[number];

/** Settings of a client as the API returns them. */
export interface StoredSettings {
  routing: { rule: 'sticky' | 'weighted'; tag?: string } | { rule: 'fixed'; session_id: string };
  uncertain: Record<MessageClass, 'park' | { resend_after_s: number }>;
  content_guard_s: Record<MessageClass, number>;
  dead_letter_days: number | null;
  opt_out: { exempt_classes: MessageClass[]; confirm_opt_out: string | null; confirm_opt_in: string | null };
  bad_numbers: { days: number | null; after_failures: number };
  number_checks: { per_day: number; valid_days: number };
  actionable: { reasons: Reason[]; group_reasons: Reason[]; keywords: string[]; reply_window_hours: number };
  quiet_hours: { from: string; to: string; classes: MessageClass[] } | null;
  frequency_caps: { messages: number; hours: number }[];
  min_gap_s: number;
  /** A boolean in changes from before the client could approve. */
  campaign_approval: Approval | boolean;
  seed_list_id: string | null;
}

export interface StoredClient {
  name: string;
  default_country: string;
  settings: StoredSettings;
}

/** Fields of the form; an empty one stands for never, none, or left to a person. Of several values each stands on a line. */
export type ClientForm = {
  name: string;
  country: string;
  rule: 'sticky' | 'weighted' | 'fixed';
  tag: string;
  session: string;
  letter_days: string;
  bad_days: string;
  failures: string;
  reply_hours: string;
  confirm_opt_out: string;
  confirm_opt_in: string;
  exempt: string;
  reasons: string;
  group_reasons: string;
  keywords: string;
  /** Empty with `quiet_to`: no quiet hours. */
  quiet_from: string;
  quiet_to: string;
  quiet_classes: string;
  /** Each line is a cap, as `messages/hours`. */
  caps: string;
  gap: string;
  checks_per_day: string;
  checks_days: string;
  approval: Approval;
  /** Id of a list, or empty. */
  seed_list: string;
} & Record<`guard_${MessageClass}` | `resend_${MessageClass}`, string>;

const approvalOf = (stored: Approval | boolean): Approval => (typeof stored === 'string' ? stored : stored ? 'person' : 'off');
const textOf = (value: number | string | null): string => (value === null ? '' : String(value));
const numberOf = (text: string): number | null => (text.trim() === '' ? null : Number(text));
const orNull = (text: string): string | null => text.trim() || null;
/** The lines of a field that is not empty, as values of one kind. */
export const linesOf = <T extends string>(text: string): T[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line): line is T => line !== '');
/** Lines for those values of a set that are chosen, in the order of the set. */
export const chosenOf = (set: readonly string[], chosen: readonly string[]): string => set.filter((one) => chosen.includes(one)).join('\n');

/** Greatest number of frequency caps. */
export const maxCaps = 5;
/** A cap as its two fields hold it. */
export interface CapFields {
  messages: string;
  hours: string;
}
export const capsOf = (lines: string): CapFields[] =>
  lines === '' ? [] : lines.split('\n').map((line) => ({ messages: line.split('/')[0] ?? '', hours: line.split('/')[1] ?? '' }));
export const capLines = (caps: { messages: string | number; hours: string | number }[]): string =>
  caps.map(({ messages, hours }) => `${messages}/${hours}`).join('\n');

/** The form that shows these settings. */
export function formOf({ name, default_country: country, settings }: StoredClient): ClientForm {
  const { routing, uncertain, content_guard_s: guards, opt_out: optOut, bad_numbers: bad, actionable } = settings;
  const perClass = Object.fromEntries(
    messageClasses.flatMap((of) => {
      const policy = uncertain[of];
      return [
        [`guard_${of}`, String(guards[of])],
        [`resend_${of}`, policy === 'park' ? '' : String(policy.resend_after_s)],
      ];
    }),
  ) as Record<`guard_${MessageClass}` | `resend_${MessageClass}`, string>;
  return {
    name,
    country,
    rule: routing.rule,
    tag: routing.rule === 'fixed' ? '' : (routing.tag ?? ''),
    session: routing.rule === 'fixed' ? routing.session_id : '',
    letter_days: textOf(settings.dead_letter_days),
    bad_days: textOf(bad.days),
    failures: String(bad.after_failures),
    reply_hours: String(actionable.reply_window_hours),
    confirm_opt_out: optOut.confirm_opt_out ?? '',
    confirm_opt_in: optOut.confirm_opt_in ?? '',
    exempt: chosenOf(messageClasses, optOut.exempt_classes),
    reasons: chosenOf(reasons, actionable.reasons),
    group_reasons: chosenOf(reasons, actionable.group_reasons),
    keywords: actionable.keywords.join('\n'),
    quiet_from: settings.quiet_hours?.from ?? '',
    quiet_to: settings.quiet_hours?.to ?? '',
    quiet_classes: chosenOf(messageClasses, settings.quiet_hours?.classes ?? ['drip', 'broadcast']),
    caps: capLines(settings.frequency_caps),
    gap: String(settings.min_gap_s),
    checks_per_day: String(settings.number_checks.per_day),
    checks_days: String(settings.number_checks.valid_days),
    approval: approvalOf(settings.campaign_approval),
    seed_list: settings.seed_list_id ?? '',
    ...perClass,
  };
}

/** Fields of the form that differ from what is stored, as the body of the PATCH. */
export function changesOf(form: ClientForm, stored: StoredClient): ChangeTenant {
  const was = formOf(stored);
  const isNew = (...names: (keyof ClientForm)[]): boolean => names.some((name) => form[name] !== was[name]);
  const newClasses = (kind: 'guard' | 'resend') => messageClasses.filter((of) => isNew(`${kind}_${of}`));
  const guards = newClasses('guard').map((of) => [of, Number(form[`guard_${of}`])]);
  const policies = newClasses('resend').map((of) => {
    const after = numberOf(form[`resend_${of}`]);
    return [of, after === null ? 'park' : { resend_after_s: after }];
  });
  const settings = {
    ...(isNew('rule', 'tag', 'session') && {
      routing:
        form.rule === 'fixed'
          ? { rule: form.rule, session_id: form.session }
          : { rule: form.rule, ...(form.tag.trim() && { tag: form.tag.trim() }) },
    }),
    ...(guards.length > 0 && { content_guard_s: Object.fromEntries(guards) }),
    ...(policies.length > 0 && { uncertain: Object.fromEntries(policies) }),
    ...(isNew('letter_days') && { dead_letter_days: numberOf(form.letter_days) }),
    ...(isNew('bad_days', 'failures') && {
      bad_numbers: {
        ...(isNew('bad_days') && { days: numberOf(form.bad_days) }),
        ...(isNew('failures') && { after_failures: Number(form.failures) }),
      },
    }),
    ...(isNew('reply_hours', 'reasons', 'group_reasons', 'keywords') && {
      actionable: {
        ...(isNew('reply_hours') && { reply_window_hours: Number(form.reply_hours) }),
        ...(isNew('reasons') && { reasons: linesOf<Reason>(form.reasons) }),
        ...(isNew('group_reasons') && { group_reasons: linesOf<Reason>(form.group_reasons) }),
        ...(isNew('keywords') && { keywords: linesOf(form.keywords) }),
      },
    }),
    ...(isNew('confirm_opt_out', 'confirm_opt_in', 'exempt') && {
      opt_out: {
        ...(isNew('exempt') && { exempt_classes: linesOf<MessageClass>(form.exempt) }),
        ...(isNew('confirm_opt_out') && { confirm_opt_out: orNull(form.confirm_opt_out) }),
        ...(isNew('confirm_opt_in') && { confirm_opt_in: orNull(form.confirm_opt_in) }),
      },
    }),
    ...(isNew('quiet_from', 'quiet_to', 'quiet_classes') && {
      quiet_hours:
        form.quiet_from === '' && form.quiet_to === ''
          ? null
          : { from: form.quiet_from, to: form.quiet_to, classes: linesOf<MessageClass>(form.quiet_classes) },
    }),
    ...(isNew('caps') && {
      frequency_caps: capsOf(form.caps).map(({ messages, hours }) => ({ messages: Number(messages), hours: Number(hours) })),
    }),
    ...(isNew('gap') && { min_gap_s: Number(form.gap) }),
    ...(isNew('checks_per_day', 'checks_days') && {
      number_checks: {
        ...(isNew('checks_per_day') && { per_day: Number(form.checks_per_day) }),
        ...(isNew('checks_days') && { valid_days: Number(form.checks_days) }),
      },
    }),
    ...(isNew('approval') && { campaign_approval: form.approval }),
    ...(isNew('seed_list') && { seed_list_id: orNull(form.seed_list) }),
  };
  return {
    ...(isNew('name') && { name: form.name.trim() }),
    ...(isNew('country') && { default_country: form.country.trim().toUpperCase() }),
    ...(Object.keys(settings).length > 0 && { settings }),
  };
}
