import { Checkbox, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Autocomplete } from '../parts/autocomplete';
import { Card, Failed, Skeleton } from '../parts/page';
import { ClientName } from '../parts/client-link';
import { useMay } from '../providers/acts';
import { useTenant } from '../providers/tenant';
import { useNamesOf } from '../segments/segments';
import { Amount } from './amount';
import { type AudienceSource, type Campaign, type Source, useCheck } from './api';
import { refusedOf } from './campaign-draft';
import { LeftOutList } from './left-out';
import { OverlapLines } from './overlap-lines';
import { sourceKey, useSources } from './sources';
import type { EditedDraft } from './use-draft';

/** Step 1: name, client, and the people who are chosen. */
export function AudienceStep({ campaign, edited }: { campaign: Campaign; edited: EditedDraft }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const { draft, change } = edited;
  const { audience } = draft;
  const isNameless = refusedOf(draft).name !== undefined;
  const set = (patch: Partial<typeof audience>): void => change({ audience: { ...audience, ...patch } });
  return (
    <div className="two-one">
      <Card title={translate('campaigns.step.audience')}>
        <div className="form">
          <div className="two">
            <TextField
              label={translate('campaigns.name')}
              value={draft.name}
              error={isNameless}
              helperText={translate(isNameless ? 'campaigns.missing.name' : 'campaigns.name_help')}
              onChange={(event) => change({ name: event.target.value })}
              slotProps={{ htmlInput: { maxLength: 200, dir: 'auto' } }}
            />
            <div>
              <div className="strong" style={{ fontSize: 13, lineHeight: '18px', marginBottom: 5 }}>
                {translate('campaigns.client')}
              </div>
              <div className="row" style={{ minHeight: 32, fontSize: 13 }}>
                {tenant && <ClientName id={tenant} />}
              </div>
            </div>
          </div>
          <SourcesField
            label={translate('campaigns.include')}
            help={translate('campaigns.include_help')}
            value={audience.include}
            onChange={(include) => set({ include })}
          />
          <SourcesField
            label={translate('campaigns.exclude')}
            help={translate('campaigns.exclude_help')}
            value={audience.exclude}
            onChange={(exclude) => set({ exclude })}
          />
          <div className="two">
            <Amount
              isOptional
              label={translate('campaigns.max_people')}
              help={translate('campaigns.max_people_help')}
              value={audience.max_people}
              min={1}
              max={10_000_000}
              onChange={(max_people) => set({ max_people })}
            />
          </div>
          <fieldset className="fieldset">
            <legend>{translate('campaigns.who_gets_it')}</legend>
            <Tick
              label={translate('campaigns.random_order')}
              help={translate('campaigns.random_order_help')}
              checked={audience.random_order}
              onChange={(random_order) => set({ random_order })}
            />
            <Tick
              label={translate('campaigns.requires_consent')}
              help={translate('campaigns.requires_consent_help')}
              checked={draft.requires_consent}
              onChange={(requires_consent) => change({ requires_consent })}
            />
            <Tick
              label={translate('campaigns.obeys_caps')}
              help={translate('campaigns.obeys_caps_help')}
              checked={draft.caps.obeys}
              onChange={(obeys) => change({ caps: { ...draft.caps, obeys } })}
            />
            <Tick
              label={translate('campaigns.counts_for_caps')}
              help={translate('campaigns.counts_for_caps_help')}
              checked={draft.caps.counts}
              onChange={(counts) => change({ caps: { ...draft.caps, counts } })}
            />
          </fieldset>
        </div>
      </Card>
      <CountCard campaign={campaign} edited={edited} />
    </div>
  );
}

/** A box to tick, with its words and help. */
export function Tick({
  label,
  help,
  checked,
  onChange,
}: {
  label: string;
  help?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label className="tick-line">
      <Checkbox checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <span>
        {label}
        {help && <span className="small">{help}</span>}
      </span>
    </label>
  );
}

function SourcesField({
  label,
  help,
  value,
  onChange,
}: {
  label: string;
  help: string;
  value: AudienceSource[];
  onChange: (value: AudienceSource[]) => void;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const [typed, setTyped] = useState('');
  const { sources, isPending, error, refetch } = useSources(typed);
  const known = new Map(sources.map((source) => [sourceKey(source), source]));
  const names = useNamesOf(value.filter((source) => !known.has(sourceKey(source))));
  if (error && sources.length === 0) return <Failed error={error} retry={refetch} />;
  // One that is gone stays visible by its id, so that it can be taken out.
  const chosen: Source[] = value.map(
    (source) => known.get(sourceKey(source)) ?? { ...source, name: names.get(source.id) ?? source.id, people: null },
  );
  return (
    <Autocomplete<Source, true>
      multiple
      size="small"
      disableCloseOnSelect
      loading={isPending}
      options={sources}
      filterOptions={(all) => all}
      onInputChange={(_, text, reason) => reason !== 'reset' && setTyped(text)}
      value={chosen}
      groupBy={({ kind }) => translate(`campaigns.source.${kind}`)}
      getOptionLabel={({ name }) => name}
      getOptionKey={(option) => sourceKey(option)}
      isOptionEqualToValue={(a, b) => sourceKey(a) === sourceKey(b)}
      noOptionsText={translate('campaigns.no_sources')}
      loadingText={translate('campaigns.loading')}
      onChange={(_, picked) => onChange(picked.map(({ kind, id }): AudienceSource => ({ kind, id })))}
      renderOption={({ key, ...props }, { name, people }) => (
        <li key={key} {...props}>
          <span className="grow cut" dir="auto">
            {name}
          </span>
          {people !== null && <span className="mute num">{format.number(people)}</span>}
        </li>
      )}
      renderInput={(params) => <TextField {...params} label={label} helperText={help} />}
    />
  );
}

/** The people that the draft reaches now, and those it leaves out, counted anew after each change. */
function CountCard({ campaign, edited }: { campaign: Campaign; edited: EditedDraft }) {
  const translate = useTranslate();
  const format = useFormat();
  const isChosen = edited.draft.audience.include.length > 0;
  const mayManage = useMay('campaigns:manage');
  const { data, error, isFetching, refetch } = useCheck(campaign.id, isChosen && mayManage ? edited.revision : null);
  if (mayManage === false) return null;
  return (
    <Card title={translate('campaigns.people')} note={isFetching && data ? translate('campaigns.counting') : undefined} pad={false}>
      {!isChosen ? (
        <p className="text pad" style={{ padding: '14px 16px' }}>
          {translate('campaigns.missing.include')}
        </p>
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton rows={3} />
      ) : (
        <div aria-live="polite">
          <div style={{ padding: '14px 16px' }}>
            <div className="flight-head" style={{ margin: 0 }}>
              <span className="big">{format.number(data.sendable)}</span>
              <span>{translate('campaigns.of_audience', { smart_count: data.sendable, figure: format.number(data.audience) })}</span>
            </div>
          </div>
          {data.overlaps.length > 0 && (
            <ul className="ready" style={{ padding: '0 16px 14px' }} aria-label={translate('campaigns.overlaps')}>
              <OverlapLines overlaps={data.overlaps} />
            </ul>
          )}
          <LeftOutList id={campaign.id} skips={data.skips} audience={data.audience} />
        </div>
      )}
    </Card>
  );
}
