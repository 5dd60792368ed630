import { Checkbox, FormControlLabel, MenuItem, Radio, RadioGroup, TextField } from '@mui/material';
import { useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { countries } from '../clients/countries';
import { entriesOf, useAttributeTypes } from '../contacts/contacts';
import { useCountryNames } from '../i18n/country-names';
import { ActButton } from '../parts/act-button';
import { Autocomplete } from '../parts/autocomplete';
import { Card, Failed, Note, Skeleton } from '../parts/page';
import { Words } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useClients } from '../providers/clients';
import { useTenant } from '../providers/tenant';
import { NameField } from '../segments/name-field';
import { faultWords } from './import-result';
import { ImportDock } from './import-steps';
import {
  charsets,
  type ContactImport,
  type ImportColumn,
  type ImportPreview,
  type ImportReading,
  type ImportTarget,
  mappingFaults,
  separators,
  targets,
  useMayImport,
  usePreview,
  withTarget,
} from './imports';

/** Rows of the file whose cells are shown beside a column. */
const shownCells = 3;
/** Rows of the file that are shown whole. */
const shownRows = 20;

/** The second step: what the columns mean, and what becomes of known people. */
export function ImportColumns({ one, onMapped }: { one: ContactImport; onMapped: () => void }) {
  const translate = useTranslate();
  const [asked, setAsked] = useState<Partial<ImportReading>>(one.settings?.reading ?? {});
  const { data: preview, error, refetch } = usePreview(one.id, asked, true);
  const say = (key: string): string => translate(`imports.${key}`);
  return (
    <>
      {one.state === 'failed' && (
        <Note state="failed" title={say('failed_title')}>
          {faultWords(one, (key, args) => translate(`imports.${key}`, args))}
        </Note>
      )}
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!preview ? (
        !error && <Skeleton />
      ) : (
        <Mapping
          key={preview.columns.map(({ name }) => name).join('\n')}
          one={one}
          preview={preview}
          onAsk={setAsked}
          onMapped={onMapped}
        />
      )}
    </>
  );
}

function Mapping({
  one,
  preview,
  onAsk,
  onMapped,
}: {
  one: ContactImport;
  preview: ImportPreview;
  onAsk: (reading: ImportReading) => void;
  onMapped: () => void;
}) {
  const translate = useTranslate();
  const may = useMayImport();
  const tenant = useTenant();
  const { data: clients = [] } = useClients();
  const { settings } = one;
  const isKnown = (settings?.columns ?? []).every(({ column }) => preview.columns.some(({ name }) => name === column));
  const [used, setUsed] = useState<ImportColumn[]>((isKnown && settings?.columns) || preview.suggested);
  const [country, setCountry] = useState(settings?.default_country ?? clients.find(({ id }) => id === tenant)?.default_country ?? '');
  const [hasConsent, setConsent] = useState<boolean | null>(settings ? settings.consent != null : null);
  const [source, setSource] = useState(settings?.consent?.source ?? '');
  const [givenAt, setGivenAt] = useState(settings?.consent?.given_at?.slice(0, 10) ?? '');
  const [known, setKnown] = useState(settings?.known ?? 'update');
  const [blank, setBlank] = useState(settings?.blank ?? 'keep');
  const [order, setOrder] = useState(settings?.date_order ?? 'dmy');
  const [tags, setTags] = useState(settings?.tags?.join(', ') ?? '');
  const [listId, setListId] = useState(settings?.list_id ?? '');
  const [keepsRows, setKeepsRows] = useState(settings?.keep_rows ?? true);
  const [isTried, setTried] = useState(false);
  const act = useAct(['imports']);
  const say = (key: string, args?: Record<string, unknown>): string => translate(`imports.${key}`, args);
  const chosenCountry = country || (clients.find(({ id }) => id === tenant)?.default_country ?? '');
  const faults = [...mappingFaults(used, { isGiven: hasConsent === true, source }), ...(hasConsent === null ? ['no_consent_choice'] : [])];
  const check = (): void => {
    setTried(true);
    if (faults.length > 0) return;
    act.mutate(async () => {
      await ok(
        api.PUT('/v1/imports/{id}/mapping', {
          params: { path: { id: one.id } },
          body: {
            reading: preview.reading,
            columns: used,
            ...(chosenCountry && { default_country: chosenCountry }),
            consent: hasConsent
              ? { source: source.trim(), given_at: givenAt ? `${givenAt}T00:00:00Z` : null, text_version: null, text: null }
              : null,
            known,
            blank,
            date_order: order,
            tags: entriesOf(tags),
            list_id: listId || null,
            keep_rows: keepsRows,
          },
        }),
      );
      await ok(api.POST('/v1/imports/{id}/check', { params: { path: { id: one.id } } }));
      onMapped();
    });
  };
  const hasDates = used.some(({ to }) => to === 'consent_at' || to === 'attribute');
  return (
    <>
      <Refused error={act.error} />
      <div className="two-one">
        <div className="stack">
          <Card title={say('columns')} note={say('columns_note')} pad={false}>
            <ColumnTable preview={preview} used={used} onChange={setUsed} />
          </Card>
          <p className="small mute import-hint">{say('unused_text')}</p>
          <FirstRows preview={preview} />
        </div>
        <div className="stack">
          <Card title={say('consent')}>
            <div className="stack">
              <ConsentChoice value={hasConsent} onChange={setConsent} isWrong={isTried && hasConsent === null} />
              {hasConsent && (
                <>
                  <TextField
                    label={say('source')}
                    helperText={isTried && !source.trim() ? say('fault.no_source') : say('source_help')}
                    error={isTried && !source.trim()}
                    value={source}
                    onChange={(event) => setSource(event.target.value)}
                    slotProps={{ htmlInput: { maxLength: 64, dir: 'auto' } }}
                  />
                  <TextField
                    type="date"
                    label={say('given_at')}
                    helperText={say('given_at_help')}
                    value={givenAt}
                    onChange={(event) => setGivenAt(event.target.value)}
                    slotProps={{ inputLabel: { shrink: true } }}
                  />
                </>
              )}
            </div>
          </Card>
          <Card title={say('how')}>
            <div className="stack">
              {one.format === 'csv' && <ReadingFields reading={preview.reading} onAsk={onAsk} />}
              <FormControlLabel
                control={
                  <Checkbox
                    checked={preview.reading.header}
                    onChange={(event) => onAsk({ ...preview.reading, header: event.target.checked })}
                  />
                }
                label={say('header')}
              />
              <CountryField value={chosenCountry} onChange={setCountry} />
              {hasDates && (
                <TextField select label={say('date_order')} value={order} onChange={(event) => setOrder(event.target.value as 'dmy')}>
                  {(['dmy', 'mdy'] as const).map((value) => (
                    <MenuItem key={value} value={value}>
                      {say(`date_orders.${value}`)}
                    </MenuItem>
                  ))}
                </TextField>
              )}
              <TextField select label={say('known')} value={known} onChange={(event) => setKnown(event.target.value as 'update')}>
                {(['update', 'fill', 'keep'] as const).map((value) => (
                  <MenuItem key={value} value={value}>
                    {say(`known_choice.${value}`)}
                  </MenuItem>
                ))}
              </TextField>
              <TextField select label={say('blank')} value={blank} onChange={(event) => setBlank(event.target.value as 'keep')}>
                {(['keep', 'clear'] as const).map((value) => (
                  <MenuItem key={value} value={value}>
                    {say(`blank_choice.${value}`)}
                  </MenuItem>
                ))}
              </TextField>
              <NameField
                kind="list"
                label={say('list')}
                help={listId === '' ? say('list_none') : null}
                value={listId}
                onChange={setListId}
              />
              <TextField label={say('tags')} helperText={say('tags_help')} value={tags} onChange={(event) => setTags(event.target.value)} />
              <FormControlLabel
                control={<Checkbox checked={keepsRows} onChange={(event) => setKeepsRows(event.target.checked)} />}
                label={say('keep_rows')}
              />
            </div>
          </Card>
        </div>
      </div>
      {isTried && faults.length > 0 && (
        <Note state="failed" title={say('fault.title')}>
          {faults.map((fault) => say(`fault.${fault}`)).join(' ')}
        </Note>
      )}
      <ImportDock note={say('check_text')}>
        <ActButton
          variant="contained"
          off={may === false ? say('may_not') : undefined}
          busy={act.isPending && say('starting')}
          onClick={check}
        >
          {say('check')}
        </ActButton>
      </ImportDock>
    </>
  );
}

/** Columns of the file with some of their cells, and what each of them is. */
function ColumnTable({
  preview,
  used,
  onChange,
}: {
  preview: ImportPreview;
  used: ImportColumn[];
  onChange: (used: ImportColumn[]) => void;
}) {
  const translate = useTranslate();
  const { data: types = [] } = useAttributeTypes();
  const say = (key: string, args?: Record<string, unknown>): string => translate(`imports.${key}`, args);
  return (
    <table className="table import-columns">
      <thead>
        <tr>
          <th scope="col">{say('column')}</th>
          <th scope="col">{say('cells')}</th>
          <th scope="col">{say('becomes')}</th>
        </tr>
      </thead>
      <tbody>
        {preview.columns.map(({ name, variable }, place) => {
          const use = used.find(({ column }) => column === name);
          const cells = preview.rows.map((row) => row.cells[place]?.trim() ?? '').filter(Boolean);
          const change = (to: string): void => onChange(withTarget(used, name, to === '' ? null : (to as ImportTarget)));
          return (
            <tr key={name}>
              <td className="name">
                <Words className="mono cut">{name}</Words>
                {variable !== null && (
                  <div className="small mute">
                    {say('in_messages')} <bdi dir="ltr" className="mono">{`{{ ${variable} }}`}</bdi>
                  </div>
                )}
              </td>
              <td className="cells">
                {cells.slice(0, shownCells).map((cell, i) => (
                  <Words key={i} className="small mute cut">
                    {cell}
                  </Words>
                ))}
              </td>
              <td className="use">
                <TextField
                  select
                  value={use?.to ?? ''}
                  onChange={(event) => change(event.target.value)}
                  slotProps={{
                    select: { displayEmpty: true, SelectDisplayProps: { 'aria-label': say('use_of', { column: name }) } },
                  }}
                >
                  <MenuItem value="">{say('target.none')}</MenuItem>
                  {targets.map((target) => (
                    <MenuItem key={target} value={target}>
                      {say(`target.${target}`)}
                    </MenuItem>
                  ))}
                </TextField>
                {use?.to === 'attribute' && (
                  <Autocomplete
                    freeSolo
                    size="small"
                    options={types.map((type) => type.name)}
                    inputValue={use.attribute ?? ''}
                    onInputChange={(_, value) => onChange(withTarget(used, name, 'attribute', value))}
                    renderInput={(params) => <TextField {...params} label={say('attribute_of', { column: name })} />}
                  />
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The first rows of the file as they were read, folded. */
function FirstRows({ preview: { columns, rows } }: { preview: ImportPreview }) {
  const translate = useTranslate();
  if (rows.length === 0) return null;
  return (
    <details className="first-rows">
      <summary>{translate('imports.first_rows', { smart_count: Math.min(rows.length, shownRows) })}</summary>
      <div className="table-box">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{translate('imports.line')}</th>
              {columns.map(({ name }, place) => (
                <th key={place} scope="col">
                  <Words>{name}</Words>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shownRows).map(({ line, cells }) => (
              <tr key={line}>
                <td className="num mute">{line}</td>
                {columns.map((_, place) => (
                  <td key={place}>
                    <Words className="cut">{cells[place] ?? ''}</Words>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function ConsentChoice({ value, onChange, isWrong }: { value: boolean | null; onChange: (value: boolean) => void; isWrong: boolean }) {
  const translate = useTranslate();
  const label = useId();
  return (
    <div>
      <div id={label} className="small mute" style={{ marginBottom: 4 }}>
        {translate('imports.consent_ask')}
      </div>
      <RadioGroup aria-labelledby={label} value={value === null ? '' : String(value)} onChange={(_, chosen) => onChange(chosen === 'true')}>
        <FormControlLabel value="true" control={<Radio />} label={translate('imports.consent_yes')} />
        <FormControlLabel value="false" control={<Radio />} label={translate('imports.consent_no')} />
      </RadioGroup>
      {isWrong && (
        <div className="field-error" role="alert">
          {translate('imports.fault.no_consent_choice')}
        </div>
      )}
    </div>
  );
}

/** Settings for reading the text of a CSV file; a change shows the rows anew. */
function ReadingFields({ reading, onAsk }: { reading: ImportReading; onAsk: (reading: ImportReading) => void }) {
  const translate = useTranslate();
  const say = (key: string): string => translate(`imports.${key}`);
  return (
    <>
      <TextField
        select
        label={say('charset')}
        value={reading.charset}
        onChange={(event) => onAsk({ ...reading, charset: event.target.value as ImportReading['charset'] })}
      >
        {charsets.map((charset) => (
          <MenuItem key={charset} value={charset}>
            {say(`charsets.${charset}`)}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        select
        label={say('separator')}
        value={reading.separator}
        onChange={(event) => onAsk({ ...reading, separator: event.target.value as ImportReading['separator'] })}
      >
        {separators.map(({ value, word }) => (
          <MenuItem key={word} value={value}>
            {say(`separators.${word}`)}
          </MenuItem>
        ))}
      </TextField>
    </>
  );
}

function CountryField({ value, onChange }: { value: string; onChange: (code: string) => void }) {
  const translate = useTranslate();
  const countryName = useCountryNames();
  return (
    <Autocomplete
      size="small"
      disableClearable
      options={countries}
      value={value || 'GB'}
      getOptionLabel={countryName}
      onChange={(_, code) => onChange(code)}
      renderInput={(params) => (
        <TextField {...params} label={translate('imports.default_country')} helperText={translate('imports.default_country_help')} />
      )}
    />
  );
}
