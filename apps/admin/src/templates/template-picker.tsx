import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Autocomplete } from '../parts/autocomplete';
import type { ApiError } from '../providers/client';
import { type Template, useTemplates, useTemplateVersion } from './templates';
import '../parts/code.css';

/** Templates to choose from, and the chosen one. */
interface TemplateChoice {
  /** Undefined while they are read. */
  offered: Template[] | undefined;
  chosen: Template | undefined;
  /** True when the client has no template. */
  isEmpty: boolean;
  error: ApiError | null;
  retry: () => void;
  onType: (text: string) => void;
}

/** Finds templates by name, and the one with this id, which may be none of those that are offered. */
export function useTemplateChoice(id: string | null): TemplateChoice {
  const [typed, setTyped] = useState('');
  const { data, error, refetch } = useTemplates(typed);
  const { data: named } = useTemplateVersion(id, null);
  const chosen = data?.find((one) => one.id === id) ?? (named?.id === id ? named : undefined);
  const isEmpty = data?.length === 0 && !chosen && typed.trim() === '';
  return { offered: data, chosen, isEmpty, error, retry: () => void refetch(), onType: setTyped };
}

/** Field that chooses a template by name. @param fault words about a wrong choice */
export function TemplatePicker({
  choice: { offered = [], chosen, onType },
  onChange,
  fault,
}: {
  choice: TemplateChoice;
  onChange: (picked: Template | null) => void;
  fault?: string | undefined;
}) {
  const translate = useTranslate();
  return (
    <Autocomplete
      size="small"
      options={offered}
      filterOptions={(all) => all}
      onInputChange={(_, text, reason) => onType(reason === 'input' ? text : '')}
      value={chosen ?? null}
      getOptionLabel={({ name }) => name}
      getOptionKey={({ id }) => id}
      isOptionEqualToValue={(a, b) => a.id === b.id}
      noOptionsText={translate('campaigns.no_sources')}
      onChange={(_, picked) => onChange(picked)}
      renderInput={(params) => (
        <TextField
          {...params}
          label={translate('campaigns.template')}
          error={!!fault}
          helperText={fault ?? translate('campaigns.template_help')}
        />
      )}
    />
  );
}

/** Fields for values of a template's variables; nothing for a template without variables. */
export function TemplateVariables({
  template: { variables },
  text,
  helpOf,
  values,
  onChange,
}: {
  template: Template;
  text: string;
  helpOf: (variable: Template['variables'][number]) => string;
  values: Record<string, string>;
  onChange: (values: Record<string, string>) => void;
}) {
  const translate = useTranslate();
  if (variables.length === 0) return null;
  return (
    <fieldset className="panel-group">
      <legend>{translate('campaigns.variables')}</legend>
      <p className="text">{text}</p>
      <div className="two-fields">
        {variables.map((variable) => {
          const { name, default: own } = variable;
          return (
            <TextField
              key={name}
              label={<bdi dir="ltr">{name}</bdi>}
              placeholder={own ?? ''}
              helperText={helpOf(variable)}
              value={values[name] ?? ''}
              onChange={({ target: { value } }) => {
                const { [name]: _old, ...rest } = values;
                onChange(value === '' ? rest : { ...rest, [name]: value });
              }}
              slotProps={{ htmlInput: { maxLength: 1_024, dir: 'auto' } }}
            />
          );
        })}
      </div>
    </fieldset>
  );
}
