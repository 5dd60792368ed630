import AddOutlined from '@mui/icons-material/AddOutlined';
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import { Button, Checkbox, FormControlLabel, IconButton, MenuItem, TextField } from '@mui/material';
import { createContext, useContext, useMemo } from 'react';
import { useTranslate } from 'react-admin';
import {
  type ActionProps,
  type CombinatorSelectorProps,
  type FieldSelectorProps,
  type NotToggleProps,
  type OperatorSelectorProps,
  QueryBuilder,
  type RuleGroupType,
  type ValueEditorProps,
} from 'react-querybuilder';
import { firstValueOf, type Operator, type SegmentField, type Tree, treeOf, type Value, valueKindOf } from './segments';
import { ValueInput } from './value-input';
import './segments.css';
import { Autocomplete } from '../parts/autocomplete';

interface Builder {
  fields: ReadonlyMap<string, SegmentField>;
  isOff: boolean;
}
const BuilderContext = createContext<Builder>({ fields: new Map(), isOff: false });

/** Deepest nesting of groups that the API takes. */
const maxLevels = 4;

/** Rules and groups of rules, edited in place. */
export function RuleBuilder({
  fields,
  tree,
  isOff,
  onChange,
}: {
  fields: SegmentField[];
  tree: Tree;
  /** The person may look only. */
  isOff: boolean;
  onChange: (tree: Tree) => void;
}) {
  const translate = useTranslate();
  const byName = useMemo(() => new Map(fields.map((field) => [field.name, field])), [fields]);
  const builder = useMemo(() => ({ fields: byName, isOff }), [byName, isOff]);
  const options = useMemo(() => fields.map(({ name, label }) => ({ name, label })), [fields]);
  const operatorsOf = (name: string) => (byName.get(name)?.operators ?? []).map((operator) => ({ name: operator, label: operator }));
  return (
    <BuilderContext.Provider value={builder}>
      <QueryBuilder
        fields={options}
        query={tree as RuleGroupType}
        onQueryChange={(query) => onChange(treeOf(query))}
        getOperators={operatorsOf}
        getDefaultOperator={(name) => byName.get(name)?.operators[0] ?? 'equals'}
        getDefaultValue={({ field, operator }) => {
          const of = byName.get(field);
          return of ? firstValueOf(valueKindOf(of, operator as Operator)) : '';
        }}
        combinators={[
          { name: 'and', label: 'and' },
          { name: 'or', label: 'or' },
        ]}
        resetOnOperatorChange={false}
        showNotToggle
        addRuleToNewGroups
        maxLevels={maxLevels}
        disabled={isOff}
        enableMountQueryChange={false}
        accessibleDescriptionGenerator={({ path }) =>
          path.length === 0
            ? translate('segments.builder.rules')
            : translate('segments.builder.group', { place: path.map((at) => at + 1).join('.') })
        }
        controlElements={controls}
      />
    </BuilderContext.Provider>
  );
}

const controls = {
  combinatorSelector: CombinatorInput,
  notToggle: NotInput,
  fieldSelector: FieldInput,
  operatorSelector: OperatorInput,
  valueEditor: RuleValue,
  addRuleAction: (props: ActionProps) => <AddAct {...props} words="add_rule" />,
  addGroupAction: (props: ActionProps) => <AddAct {...props} words="add_group" />,
  removeRuleAction: (props: ActionProps) => <RemoveAct {...props} words="remove_rule" />,
  removeGroupAction: (props: ActionProps) => <RemoveAct {...props} words="remove_group" />,
};

function CombinatorInput(props: CombinatorSelectorProps) {
  const { value, disabled } = props;
  const translate = useTranslate();
  return (
    <TextField
      select
      size="small"
      className="combinator"
      value={value}
      disabled={!!disabled}
      onChange={(event) => props.handleOnChange(event.target.value)}
      slotProps={{ select: { SelectDisplayProps: { 'aria-label': translate('segments.builder.combinator') } } }}
    >
      {(['and', 'or'] as const).map((name) => (
        <MenuItem key={name} value={name}>
          {translate(`segments.builder.${name}`)}
        </MenuItem>
      ))}
    </TextField>
  );
}

function NotInput(props: NotToggleProps) {
  const { checked, disabled } = props;
  const translate = useTranslate();
  return (
    <FormControlLabel
      className="not"
      control={
        <Checkbox size="small" checked={!!checked} disabled={!!disabled} onChange={(event) => props.handleOnChange(event.target.checked)} />
      }
      label={translate('segments.builder.not')}
    />
  );
}

function AddAct(props: ActionProps & { words: string }) {
  const { disabled, words } = props;
  const translate = useTranslate();
  const { isOff } = useContext(BuilderContext);
  if (isOff || disabled) return null;
  return (
    <Button size="small" variant="text" startIcon={<AddOutlined />} onClick={(event) => props.handleOnClick(event)}>
      {translate(`segments.builder.${words}`)}
    </Button>
  );
}

function RemoveAct(props: ActionProps & { words: string }) {
  const { disabled, words } = props;
  const translate = useTranslate();
  const { isOff } = useContext(BuilderContext);
  if (isOff || disabled) return null;
  return (
    <IconButton
      className="remove"
      size="small"
      aria-label={translate(`segments.builder.${words}`)}
      onClick={(event) => props.handleOnClick(event)}
    >
      <CloseOutlined fontSize="small" />
    </IconButton>
  );
}

/** Returns the name of a field in the language of the panel; an attribute has its own. */
export function useFieldLabel(): (field: Pick<SegmentField, 'name' | 'label' | 'area'>) => string {
  const translate = useTranslate();
  return ({ name, label, area }) => {
    if (area === 'attributes') return label;
    const [, last, counted, days] = eventField.exec(name) ?? [];
    if (last !== undefined) return translate('segments.event_last', { event: last });
    if (counted !== undefined) return translate('segments.event_count', { event: counted, days });
    return translate(`segments.field.${name}`, { _: label });
  };
}

/** Names of the fields of a type of events: the time of the last one, and their number within some days. */
const eventField = /^event_last\.(.+)$|^event_count\.(.+)\.(\d+)$/;

function FieldInput(props: FieldSelectorProps) {
  const { value, disabled } = props;
  const translate = useTranslate();
  const { fields } = useContext(BuilderContext);
  const labelOf = useFieldLabel();
  const all = useMemo(
    () =>
      [...fields.values()].toSorted(
        (a, b) => areas.indexOf(a.area) - areas.indexOf(b.area) || order.indexOf(a.name) - order.indexOf(b.name),
      ),
    [fields],
  );
  return (
    <Autocomplete
      className="field"
      size="small"
      disableClearable
      disabled={!!disabled}
      options={all}
      value={(value !== undefined && fields.get(value)) || (null as never)}
      groupBy={({ area }) => translate(`segments.area.${area}`)}
      getOptionLabel={labelOf}
      isOptionEqualToValue={(a, b) => a.name === b.name}
      getOptionKey={({ name }) => name}
      onChange={(_event, field) => props.handleOnChange(field.name)}
      renderInput={(params) => (
        <TextField
          {...params}
          error={value !== undefined && !fields.has(value)}
          placeholder={value !== undefined && !fields.has(value) ? value : undefined}
          slotProps={{ htmlInput: { ...params.inputProps, 'aria-label': translate('segments.builder.field') } }}
        />
      )}
    />
  );
}
/** Order in which fields are offered. Attributes and unknown fields keep theirs. */
const order = [
  ...['name', 'name_words', 'address', 'external_id', 'country', 'tags', 'created_at', 'list', 'consent', 'opted_out', 'last_reply'],
  ...['last_sent', 'last_delivered', 'last_read', 'last_failed', 'campaign_sent', 'campaign_delivered', 'campaign_read', 'campaign_failed'],
  ...['campaign_replied', 'campaign_opted_out', 'events'],
];
const areas = ['contact', 'attributes', 'lists', 'consent', 'conversations', 'messages', 'events'];

function OperatorInput(props: OperatorSelectorProps) {
  const { value, disabled, field, rule } = props;
  const translate = useTranslate();
  const { fields } = useContext(BuilderContext);
  const of = fields.get(field);
  const operators = of?.operators ?? [];
  if (operators.length === 0) return <span className="operator small mute">{value}</span>;
  const isKnown = operators.includes(value as Operator);
  return (
    <TextField
      select
      size="small"
      className="operator"
      value={isKnown ? value : ''}
      error={!isKnown}
      disabled={!!disabled}
      onChange={(event) => props.handleOnChange(event.target.value)}
      slotProps={{ select: { SelectDisplayProps: { 'aria-label': translate('segments.builder.operator') } } }}
      key={rule.id}
    >
      {operators.map((operator) => (
        <MenuItem key={operator} value={operator}>
          {operatorLabel(translate, of?.type, operator)}
        </MenuItem>
      ))}
    </TextField>
  );
}

/** Operators that have words of their own with some types. */
const ownWords: Partial<Record<SegmentField['type'], Operator[]>> = {
  set: ['is_one_of', 'is_none_of'],
  time: ['is_empty', 'is_not_empty'],
};

function operatorLabel(translate: ReturnType<typeof useTranslate>, type: SegmentField['type'] | undefined, operator: Operator): string {
  const hasOwn = type !== undefined && ownWords[type]?.includes(operator);
  return translate(hasOwn ? `segments.operator_of.${type}.${operator}` : `segments.operator.${operator}`);
}

function RuleValue(props: ValueEditorProps) {
  const { field, operator, value, disabled } = props;
  const { fields } = useContext(BuilderContext);
  const of = fields.get(field);
  if (!of) return <span className="value" />;
  const kind = valueKindOf(of, operator as Operator);
  return (
    <span className="value">
      <ValueInput
        key={kind}
        kind={kind}
        field={of}
        value={value as Value}
        isOff={!!disabled}
        onChange={(next) => props.handleOnChange(next)}
      />
    </span>
  );
}
