import AddOutlined from '@mui/icons-material/AddOutlined';
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import { Button, Checkbox, FormControlLabel, IconButton, MenuItem, TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslate } from 'react-admin';
import { messageClasses } from '../messages/class-names';
import { ActButton } from '../parts/act-button';
import { ListPicker } from '../parts/list-picker';
import { Card, Failed, Note, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { tagged, type Tagged, useAct } from '../providers/acts';
import { api } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { originsKey, useOrigins } from './field-origins';
import type { components } from '../providers/api-types';
import { useNumberNames } from '../providers/number-names';
import {
  type Approval,
  approvals,
  type CapFields,
  capLines,
  capsOf,
  changesOf,
  chosenOf,
  type ClientForm,
  formOf,
  linesOf,
  maxCaps,
  reasons,
  type StoredSettings,
} from './client-form';

type Tenant = components['schemas']['Tenant'];

/** Settings of the client that is chosen. */
export function ClientSettings({ tenant }: { tenant: string }) {
  const queryKey = ['settings', 'client', tenant];
  const act = useAct(queryKey, ['clients'], originsKey(tenant));
  const { data, error, refetch } = useQuery({ queryKey, queryFn: () => tagged<Tenant>(api.GET('/v1/tenant')), staleTime: Infinity });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton />;
  return <ClientFields key={data.tag} tenant={tenant} start={data} act={act} />;
}

function ClientFields({ tenant, start, act }: { tenant: string; start: Tagged<Tenant>; act: ReturnType<typeof useAct> }) {
  const translate = useTranslate();
  const numbers = useNumberNames();
  const stored = { name: start.value.name, default_country: start.value.default_country, settings: start.value.settings as StoredSettings };
  const originOf = useOrigins(tenant, stored, start.value.default_settings as StoredSettings);
  const [form, setForm] = useState(() => formOf(stored));
  const changes = changesOf(form, stored);
  const isSame = Object.keys(changes).length === 0;
  const errors = useFaults(act.error);
  const say = (name: string): string => translate(`settings.client.${name}`);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (isSame || act.isPending) return;
    act.mutate(() => api.PATCH('/v1/tenant', { params: { header: start.tag ? { 'If-Match': start.tag } : {} }, body: changes }));
  };
  const field = (
    name: keyof ClientForm,
    label: string,
    props: { help?: string; path?: string; max?: number; min?: number; text?: boolean; time?: boolean; needed?: boolean } = {},
  ) => {
    const error = props.path && errors[props.path];
    const origin = originOf(name);
    return (
      <TextField
        label={label}
        value={form[name]}
        type={props.time ? 'time' : props.text ? 'text' : 'number'}
        multiline={name === 'confirm_opt_out' || name === 'confirm_opt_in' || name === 'keywords'}
        onChange={(event) => setForm((old) => ({ ...old, [name]: event.target.value }))}
        error={!!error}
        required={props.needed ?? false}
        helperText={
          error ?? (
            <>
              {props.help && say(props.help)} {origin}
            </>
          )
        }
        slotProps={{
          inputLabel: { required: false, ...(props.time && { shrink: true }) },
          htmlInput: props.text || props.time ? {} : { min: props.min ?? 0, max: props.max, step: 1, inputMode: 'numeric' },
        }}
      />
    );
  };
  const caps = capsOf(form.caps);
  const setCaps = (next: CapFields[]): void => setForm((old) => ({ ...old, caps: capLines(next) }));
  const isQuiet = form.quiet_from !== '' || form.quiet_to !== '';
  const className = (name: string) => translate(`class.${name}`);
  const reasonName = (name: string) => say(`reason.${name}`);
  const choices = (
    name: 'exempt' | 'reasons' | 'group_reasons' | 'quiet_classes',
    set: readonly string[],
    wordOf: (one: string) => string,
    help?: string,
  ) => {
    const chosen = linesOf(form[name]);
    const choose = (one: string, isChosen: boolean): void =>
      setForm((old) => ({ ...old, [name]: chosenOf(set, isChosen ? [...chosen, one] : chosen.filter((other) => other !== one)) }));
    return (
      <fieldset className="settings-choices">
        <legend>{say(name)}</legend>
        <div>
          {set.map((one) => (
            <FormControlLabel
              key={one}
              control={<Checkbox checked={chosen.includes(one)} onChange={(event) => choose(one, event.target.checked)} />}
              label={wordOf(one)}
            />
          ))}
        </div>
        {help && <span className="small mute">{help}</span>}
        {originOf(name)}
      </fieldset>
    );
  };
  return (
    <form className="settings-cards" onSubmit={save}>
      {act.error?.status === 412 ? (
        <Note state="uncertain" title={translate('settings.stale')}>
          {translate('settings.stale_text')}
        </Note>
      ) : (
        <Refused error={act.error} title={translate('settings.refused')} />
      )}
      <Card title={say('general')}>
        <div className="settings-form">
          <div className="pair">
            {field('name', say('name'), { text: true, path: 'name', needed: true })}
            {field('country', say('country'), { text: true, help: 'country_help', path: 'default_country', needed: true })}
          </div>
        </div>
      </Card>
      <Card title={say('routing')} note={say('routing_note')}>
        <div className="settings-form">
          <div className="pair">
            <TextField
              select
              label={say('rule')}
              value={form.rule}
              onChange={(event) => setForm((old) => ({ ...old, rule: event.target.value as ClientForm['rule'] }))}
            >
              {(['sticky', 'weighted', 'fixed'] as const).map((rule) => (
                <MenuItem key={rule} value={rule}>
                  {say(`rules.${rule}`)}
                </MenuItem>
              ))}
            </TextField>
            {form.rule === 'fixed' ? (
              <TextField
                select
                required
                label={say('number')}
                value={form.session}
                onChange={(event) => setForm((old) => ({ ...old, session: event.target.value }))}
                slotProps={{ inputLabel: { required: false } }}
              >
                {[...numbers].map(([id, { name }]) => (
                  <MenuItem key={id} value={id}>
                    {name}
                  </MenuItem>
                ))}
              </TextField>
            ) : (
              field('tag', say('tag'), { text: true, help: 'tag_help' })
            )}
          </div>
          {originOf('rule', 'session')}
        </div>
      </Card>
      <Card title={say('copies')} note={say('copies_note')}>
        <div className="settings-form">
          <div className="pair">
            {messageClasses.map((name) => (
              <div key={name}>{field(`guard_${name}`, className(name), { max: 2_592_000, needed: true })}</div>
            ))}
          </div>
        </div>
      </Card>
      <Card title={say('unknown')} note={say('unknown_note')}>
        <div className="settings-form">
          <div className="pair">
            {messageClasses.map((name) => (
              <div key={name}>{field(`resend_${name}`, className(name), { min: 30, max: 86_400 })}</div>
            ))}
          </div>
        </div>
      </Card>
      <Card title={say('limits')}>
        <div className="settings-form">
          <div className="pair">
            {field('letter_days', say('letter_days'), { help: 'never_help', min: 1, max: 3_650 })}
            {field('bad_days', say('bad_days'), { help: 'never_help', min: 1, max: 3_650 })}
            {field('failures', say('failures'), { min: 1, max: 100, needed: true })}
            {field('reply_hours', say('reply_hours'), { min: 1, max: 720, needed: true })}
          </div>
          {choices('exempt', messageClasses, className, say('exempt_help'))}
          {field('confirm_opt_out', say('confirm_opt_out'), { text: true, help: 'confirm_help' })}
          {field('confirm_opt_in', say('confirm_opt_in'), { text: true, help: 'confirm_help' })}
        </div>
      </Card>
      <Card title={say('attention')} note={say('attention_note')}>
        <div className="settings-form">
          {choices('reasons', reasons, reasonName)}
          {choices('group_reasons', reasons, reasonName)}
          {field('keywords', say('keywords'), { text: true, help: 'keywords_help' })}
        </div>
      </Card>
      <Card title={say('campaigns')} note={say('campaigns_note')}>
        <div className="settings-form">
          <div className="pair">
            {field('quiet_from', say('quiet_from'), { time: true, needed: isQuiet, help: 'quiet_help' })}
            {field('quiet_to', say('quiet_to'), { time: true, needed: isQuiet })}
          </div>
          {choices('quiet_classes', messageClasses, className)}
          <fieldset className="settings-choices settings-caps">
            <legend>{say('caps')}</legend>
            {caps.map((cap, place) => (
              <div key={place} className="settings-cap">
                {(['messages', 'hours'] as const).map((part) => (
                  <TextField
                    key={part}
                    required
                    type="number"
                    label={say(`cap_of.${part}`)}
                    value={cap[part]}
                    onChange={(event) => setCaps(caps.map((one, i) => (i === place ? { ...one, [part]: event.target.value } : one)))}
                    slotProps={{
                      inputLabel: { required: false },
                      htmlInput: { min: 1, max: part === 'messages' ? 1_000 : 2_160, step: 1, inputMode: 'numeric' },
                    }}
                  />
                ))}
                <IconButton
                  aria-label={translate('settings.client.cap_remove', { nr: place + 1 })}
                  onClick={() => setCaps(caps.filter((_, i) => i !== place))}
                >
                  <CloseOutlined fontSize="small" />
                </IconButton>
              </div>
            ))}
            {caps.length < maxCaps && (
              <Button
                className="settings-cap-add"
                startIcon={<AddOutlined />}
                onClick={() => setCaps([...caps, { messages: '', hours: '' }])}
              >
                {say('cap_add')}
              </Button>
            )}
            <span className="small mute">{say('caps_help')}</span>
            {originOf('caps')}
          </fieldset>
          {field('gap', say('gap'), { max: 2_592_000, needed: true })}
          <div className="pair">
            {field('checks_per_day', say('checks_per_day'), { min: 1, max: 1_000, needed: true, help: 'checks_help' })}
            {field('checks_days', say('checks_days'), { min: 1, max: 365, needed: true })}
          </div>
          <TextField
            select
            label={say('approval')}
            value={form.approval}
            onChange={(event) => setForm((old) => ({ ...old, approval: event.target.value as Approval }))}
          >
            {approvals.map((one) => (
              <MenuItem key={one} value={one}>
                {say(`approvals.${one}`)}
              </MenuItem>
            ))}
          </TextField>
          {originOf('approval')}
          <ListPicker
            label={say('seed_list')}
            help={
              <>
                {say('seed_list_help')} {originOf('seed_list')}
              </>
            }
            value={form.seed_list}
            onChange={(seed_list) => setForm((old) => ({ ...old, seed_list }))}
          />
        </div>
      </Card>
      <div className="settings-form">
        <div className="acts">
          <ActButton
            variant="contained"
            type="submit"
            off={isSame ? translate('settings.same') : undefined}
            busy={act.isPending && translate('frame.saving')}
          >
            {translate('settings.save')}
          </ActButton>
          <span className="small mute">
            {translate('settings.at_once')} {translate('settings.origin.note')}
          </span>
        </div>
      </div>
    </form>
  );
}
