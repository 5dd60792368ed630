import AddOutlined from '@mui/icons-material/AddOutlined';
import DeleteOutlined from '@mui/icons-material/DeleteOutlined';
import { Button, IconButton, MenuItem, TextField } from '@mui/material';
import { useTranslate } from 'react-admin';
import { useEventTypes } from '../events/events';
import { messageClasses } from '../messages/class-names';
import { Autocomplete } from '../parts/autocomplete';
import { CodeArea } from '../parts/code-area';
import { pretty } from '../parts/json-text';
import { type ActionDraft, type DraftFault, type Envelope, messageOf, type RuleDraft } from './rule-draft';
import { TemplateFields } from './template-fields';

/** Faults by their place: those that were found while typing, and those that the API found. */
export interface Faults {
  own: DraftFault[];
  api: Record<string, string>;
}

/** The fields of a rule. */
export function RuleFields({ draft, onChange, faults }: { draft: RuleDraft; onChange: (draft: RuleDraft) => void; faults: Faults }) {
  const translate = useTranslate();
  const { data: types = [] } = useEventTypes();
  const say = (key: string, options?: Record<string, unknown>): string => translate(`rules.${key}`, options);
  const set = (changes: Partial<RuleDraft>): void => onChange({ ...draft, ...changes });
  const { saidAt, lineAt } = faultReader(faults, translate);
  const setAction = (at: number, action: ActionDraft): void => set({ actions: draft.actions.map((one, i) => (i === at ? action : one)) });
  const add = (action: ActionDraft): void => set({ actions: [...draft.actions, action] });
  const key = Math.max(-1, ...draft.actions.map((one) => one.key)) + 1;
  return (
    <div className="wide-form">
      <div className="two-fields">
        <TextField
          label={say('name')}
          value={draft.name}
          onChange={(event) => set({ name: event.target.value })}
          error={!!saidAt('name')}
          helperText={saidAt('name')}
          slotProps={{ htmlInput: { maxLength: 100 } }}
        />
        <Autocomplete
          freeSolo
          options={types.map(({ name }) => name)}
          inputValue={draft.event}
          onInputChange={(_, event) => event !== draft.event && set({ event })}
          renderInput={(params) => (
            <TextField {...params} label={say('event')} error={!!saidAt('event')} helperText={saidAt('event') ?? say('event_help')} />
          )}
        />
      </div>
      <CodeArea
        label={say('condition')}
        value={draft.condition}
        onChange={(condition) => set({ condition })}
        minLines={3}
        help={say('condition_help')}
        error={saidAt('condition')}
        errorLine={lineAt('condition')}
      />
      <TextField
        type="number"
        label={say('max_age')}
        value={draft.maxAge}
        onChange={(event) => set({ maxAge: event.target.value })}
        error={!!saidAt('max_age_s')}
        helperText={saidAt('max_age_s') ?? say('max_age_help')}
        sx={{ maxWidth: 320 }}
        slotProps={{ htmlInput: { min: 1, max: 31_536_000, inputMode: 'numeric' } }}
      />
      {draft.actions.map((action, at) => (
        <fieldset key={action.key} className="panel-group">
          <legend>{say(`kinds.${action.kind}`, { number: at + 1 })}</legend>
          <ActionFields action={action} at={at} faults={faults} onChange={(changed) => setAction(at, changed)} />
          <div className="row" style={{ justifyContent: 'flex-end' }}>
            {(action.kind === 'text' || action.kind === 'template') && (
              <Button variant="text" onClick={() => setAction(at, { key: action.key, kind: 'json', json: pretty(messageOf(action)) })}>
                {say('as_json')}
              </Button>
            )}
            <Button
              variant="text"
              startIcon={<DeleteOutlined />}
              onClick={() => set({ actions: draft.actions.filter((_, i) => i !== at) })}
              aria-label={say('remove_action', { number: at + 1 })}
            >
              {say('remove')}
            </Button>
          </div>
        </fieldset>
      ))}
      {saidAt('actions', true) && (
        <div className="field-error" role="alert">
          {saidAt('actions', true)}
        </div>
      )}
      <div className="row">
        <Button
          variant="outlined"
          startIcon={<AddOutlined />}
          onClick={() => add({ key, kind: 'text', text: '', to: '', messageClass: 'transactional' })}
        >
          {say('add_message')}
        </Button>
        <Button
          variant="outlined"
          startIcon={<AddOutlined />}
          onClick={() => add({ key, kind: 'template', templateId: null, variables: {}, to: '', messageClass: 'transactional' })}
        >
          {say('add_template')}
        </Button>
        <Button
          variant="outlined"
          startIcon={<AddOutlined />}
          onClick={() => add({ key, kind: 'attributes', rows: [{ name: '', expression: '' }] })}
        >
          {say('add_attributes')}
        </Button>
      </div>
    </div>
  );
}

/** Reads the faults at a place, or within it. */
function faultReader({ own, api }: Faults, translate: ReturnType<typeof useTranslate>) {
  const isAt = (path: string, at: string, isExact: boolean): boolean => path === at || (!isExact && path.startsWith(`${at}.`));
  return {
    saidAt: (at: string, isExact = false): string | undefined => {
      const mine = own.find(({ path }) => isAt(path, at, isExact));
      if (mine) return translate(`rules.fault.${mine.key}`, { message: mine.message });
      const path = Object.keys(api).find((one) => isAt(one, at, isExact));
      return path === undefined ? undefined : `${path === at ? '' : `${path.slice(at.length + 1)}: `}${api[path]}`;
    },
    /** Line that a message names, as CEL and Liquid do: "1:14" or "line:2". */
    lineAt: (at: string): number | undefined => {
      const mine = own.find(({ path }) => isAt(path, at, false));
      if (mine) return mine.line;
      const path = Object.keys(api).find((one) => isAt(one, at, false));
      const line = path && /(?:\bline:? ?(\d+))|(?:<input>:|^|\s)(\d+):\d+/.exec(api[path] as string);
      return line ? Number(line[1] ?? line[2]) : undefined;
    },
  };
}

function ActionFields({
  action,
  at,
  faults,
  onChange,
}: {
  action: ActionDraft;
  at: number;
  faults: Faults;
  onChange: (action: ActionDraft) => void;
}) {
  const translate = useTranslate();
  const say = (key: string, options?: Record<string, unknown>): string => translate(`rules.${key}`, options);
  const { saidAt, lineAt } = faultReader(faults, translate);
  const path = `actions.${at}`;
  const wrong = saidAt(path);
  const [toWrong, classWrong] = [saidAt(`${path}.message.to`), saidAt(`${path}.message.class`)];
  const hasEnvelopeFault = toWrong !== undefined || classWrong !== undefined;
  const envelope = (of: Extract<ActionDraft, Envelope>) => (
    <EnvelopeFields value={of} toWrong={toWrong} classWrong={classWrong} onChange={(changes) => onChange({ ...of, ...changes })} />
  );
  switch (action.kind) {
    case 'text':
      return (
        <>
          <CodeArea
            label={say('text')}
            value={action.text}
            onChange={(text) => onChange({ ...action, text })}
            minLines={4}
            help={say('text_help')}
            error={hasEnvelopeFault ? saidAt(`${path}.message.text`) : wrong}
            errorLine={lineAt(path)}
          />
          {envelope(action)}
        </>
      );
    case 'template':
      return (
        <>
          <TemplateFields
            templateId={action.templateId}
            variables={action.variables}
            fault={hasEnvelopeFault ? saidAt(`${path}.message.template_id`) : wrong}
            onChange={(changes) => onChange({ ...action, ...changes })}
          />
          {envelope(action)}
        </>
      );
    case 'json':
      return (
        <CodeArea
          label={say('message_json')}
          value={action.json}
          onChange={(json) => onChange({ ...action, json })}
          minLines={6}
          help={say('message_json_help')}
          error={wrong}
          errorLine={lineAt(path)}
        />
      );
    case 'attributes':
      return (
        <>
          {action.rows.map((row, i) => {
            const set = (changes: Partial<typeof row>): void =>
              onChange({ ...action, rows: action.rows.map((one, j) => (j === i ? { ...one, ...changes } : one)) });
            return (
              <div key={i} className="pair-row">
                <TextField
                  label={say('attribute')}
                  value={row.name}
                  onChange={(event) => set({ name: event.target.value })}
                  slotProps={{ htmlInput: { dir: 'ltr', className: 'mono' } }}
                />
                <TextField
                  label={say('expression')}
                  value={row.expression}
                  onChange={(event) => set({ expression: event.target.value })}
                  error={!!saidAt(`${path}.attributes.${row.name}`, true)}
                  helperText={saidAt(`${path}.attributes.${row.name}`, true)}
                  slotProps={{ htmlInput: { dir: 'ltr', className: 'mono', spellCheck: false } }}
                />
                <IconButton
                  aria-label={say('remove_attribute', { name: row.name || String(i + 1) })}
                  onClick={() => onChange({ ...action, rows: action.rows.filter((_, j) => j !== i) })}
                >
                  <DeleteOutlined />
                </IconButton>
              </div>
            );
          })}
          {wrong && (
            <div className="field-error" role="alert">
              {wrong}
            </div>
          )}
          <span className="small mute">{say('attributes_help')}</span>
          <div>
            <Button
              variant="text"
              startIcon={<AddOutlined />}
              onClick={() => onChange({ ...action, rows: [...action.rows, { name: '', expression: '' }] })}
            >
              {say('add_attribute')}
            </Button>
          </div>
        </>
      );
  }
}

/** Receiver and class of a message. */
function EnvelopeFields({
  value: { to, messageClass },
  toWrong,
  classWrong,
  onChange,
}: {
  value: Envelope;
  toWrong: string | undefined;
  classWrong: string | undefined;
  onChange: (changes: Partial<Envelope>) => void;
}) {
  const translate = useTranslate();
  const say = (key: string): string => translate(`rules.${key}`);
  return (
    <div className="two-fields">
      <TextField
        label={say('to')}
        value={to}
        onChange={(event) => onChange({ to: event.target.value })}
        error={!!toWrong}
        helperText={toWrong ?? say('to_help')}
        slotProps={{ htmlInput: { dir: 'ltr', maxLength: 1_000 } }}
      />
      <TextField
        select
        label={say('class')}
        value={messageClass}
        onChange={(event) => onChange({ messageClass: event.target.value })}
        error={!!classWrong}
        helperText={classWrong ?? say('class_help')}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        <MenuItem value="">{say('class_default')}</MenuItem>
        {messageClasses.map((one) => (
          <MenuItem key={one} value={one}>
            {one}
          </MenuItem>
        ))}
      </TextField>
    </div>
  );
}
