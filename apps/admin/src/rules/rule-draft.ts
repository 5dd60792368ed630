import type { components } from '../providers/api-types';
import type { EventRule } from '../events/events';
import { pretty, readObject } from '../parts/json-text';

export type RuleBody = Omit<components['schemas']['CreateEventRule'], 'is_active'>;
type Action = EventRule['actions'][number];

/** Receiver and class of a message as they are typed; empty: not given. */
export interface Envelope {
  to: string;
  messageClass: string;
}

/** An action as it is typed: a text, a template, a message of any kind as JSON, or attributes. */
export type ActionDraft =
  | ({ key: number; kind: 'text'; text: string } & Envelope)
  | ({ key: number; kind: 'template'; templateId: string | null; variables: Record<string, string> } & Envelope)
  | { key: number; kind: 'json'; json: string }
  | { key: number; kind: 'attributes'; rows: { name: string; expression: string }[] };

/** A rule as it is typed. Whether it is on is no part of it: a switch changes that at once. */
export interface RuleDraft {
  name: string;
  event: string;
  condition: string;
  maxAge: string;
  actions: ActionDraft[];
}

/** A fault of what was typed: the place in the body, a key of `rules.fault`, and the line within the field. */
export interface DraftFault {
  path: string;
  key: 'json' | 'no_attributes' | 'twice' | 'empty';
  message?: string;
  line?: number | undefined;
}

/** Members of a message that can be typed without JSON, by its type. */
const simple: Readonly<Record<string, readonly string[]>> = {
  text: ['type', 'text', 'to', 'class'],
  template: ['type', 'template_id', 'variables', 'to', 'class'],
};

function actionDraft(action: Action, key: number): ActionDraft {
  if (action.type === 'set_attributes')
    return { key, kind: 'attributes', rows: Object.entries(action.attributes).map(([name, expression]) => ({ name, expression })) };
  if (action.type !== 'send_message') return { key, kind: 'json', json: pretty(action) };
  const message = action.message as Record<string, unknown> & { type: string };
  const { type, text, template_id: templateId = null, variables = {}, to = '', class: messageClass = '' } = message;
  const envelope = { to, messageClass } as Envelope;
  if (Object.keys(message).every((name) => simple[type]?.includes(name))) {
    if (type === 'text' && typeof text === 'string') return { key, kind: 'text', text, ...envelope };
    if (type === 'template')
      return {
        key,
        kind: 'template',
        templateId: templateId as string | null,
        variables: variables as Record<string, string>,
        ...envelope,
      };
  }
  return { key, kind: 'json', json: pretty(message) };
}

/** Returns a rule as it can be changed. */
export function draftOf(rule: Pick<EventRule, 'name' | 'event' | 'condition' | 'max_age_s' | 'actions'>): RuleDraft {
  return {
    name: rule.name,
    event: rule.event,
    condition: rule.condition ?? '',
    maxAge: rule.max_age_s === null ? '' : String(rule.max_age_s),
    actions: rule.actions.map(actionDraft),
  };
}

/** A new rule that sends a text. */
export function emptyDraft(event: string): RuleDraft {
  return {
    name: '',
    event,
    condition: '',
    maxAge: '',
    actions: [{ key: 0, kind: 'text', text: '', to: '', messageClass: 'transactional' }],
  };
}

/** Returns the message of an action as the API takes it. */
export function messageOf(draft: Extract<ActionDraft, Envelope>): Record<string, unknown> {
  const { to, messageClass } = draft;
  const envelope = { ...(to.trim() && { to: to.trim() }), ...(messageClass && { class: messageClass }) };
  if (draft.kind === 'text') return { type: 'text', text: draft.text, ...envelope };
  const { templateId, variables } = draft;
  return { type: 'template', template_id: templateId, ...(Object.keys(variables).length > 0 && { variables }), ...envelope };
}

function actionOf(draft: ActionDraft, at: number): { action: unknown } | { faults: DraftFault[] } {
  const path = `actions.${at}`;
  switch (draft.kind) {
    case 'text':
      if (draft.text.trim() === '') return { faults: [{ path: `${path}.message.text`, key: 'empty' }] };
      return { action: { type: 'send_message', message: messageOf(draft) } };
    case 'template':
      if (draft.templateId === null) return { faults: [{ path: `${path}.message.template_id`, key: 'empty' }] };
      return { action: { type: 'send_message', message: messageOf(draft) } };
    case 'json': {
      const read = readObject(draft.json);
      if (!read.ok) return { faults: [{ path: `${path}.message`, key: 'json', message: read.message, line: read.line }] };
      const isAction = read.value.type === 'start_drip' || read.value.type === 'stop_drip';
      return { action: isAction ? read.value : { type: 'send_message', message: read.value } };
    }
    case 'attributes': {
      const rows = draft.rows.filter(({ name, expression }) => name.trim() !== '' || expression.trim() !== '');
      if (rows.length === 0) return { faults: [{ path: `${path}.attributes`, key: 'no_attributes' }] };
      const names = rows.map(({ name }) => name.trim());
      if (new Set(names).size < names.length) return { faults: [{ path: `${path}.attributes`, key: 'twice' }] };
      return {
        action: {
          type: 'set_attributes',
          attributes: Object.fromEntries(rows.map(({ name, expression }) => [name.trim(), expression.trim()])),
        },
      };
    }
  }
}

/** Returns the body of what was typed, or its faults with their places. */
export function bodyOf(draft: RuleDraft): { body: RuleBody } | { faults: DraftFault[] } {
  const actions: unknown[] = [];
  const faults: DraftFault[] = [];
  for (const [at, one] of draft.actions.entries()) {
    const read = actionOf(one, at);
    if ('faults' in read) faults.push(...read.faults);
    else actions.push(read.action);
  }
  if (draft.name.trim() === '') faults.push({ path: 'name', key: 'empty' });
  if (draft.event.trim() === '') faults.push({ path: 'event', key: 'empty' });
  if (faults.length > 0) return { faults };
  return {
    body: {
      name: draft.name.trim(),
      event: draft.event.trim(),
      condition: draft.condition.trim() === '' ? null : draft.condition,
      max_age_s: draft.maxAge.trim() === '' ? null : Number(draft.maxAge),
      actions: actions as RuleBody['actions'],
    },
  };
}

/** Writes a version as text, for a comparison line by line. */
export function versionText({
  event,
  condition,
  max_age_s,
  actions,
}: Pick<EventRule, 'event' | 'condition' | 'max_age_s' | 'actions'>): string {
  const parts = actions.map((action) => {
    if (action.type === 'send_message') {
      const { text, ...rest } = action.message as { text?: unknown };
      return typeof text === 'string' ? `send_message ${pretty(rest)}\n${text}` : `send_message ${pretty(rest)}`;
    }
    return pretty(action);
  });
  return [`event: ${event}`, `condition: ${condition ?? '-'}`, `max_age_s: ${max_age_s ?? '-'}`, ...parts].join('\n');
}
