import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useParams } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { NeedsClient } from '../parts/needs-client';
import { Page, PendingPage } from '../parts/page';
import { StateChip } from '../parts/state-chip';
import { ImportChecked } from './import-checked';
import { ImportColumns } from './import-columns';
import { ImportReady } from './import-ready';
import { ImportResult } from './import-result';
import { ImportSteps, type ImportStep } from './import-steps';
import { ImportWork } from './import-work';
import { type ContactImport, separators, useImport } from './imports';
import './imports.css';

/** An import at the step that it has reached. Its address stays the same from the upload to the undo. */
export function ImportPage() {
  const translate = useTranslate();
  return (
    <NeedsClient title={translate('imports.title')}>
      <One />
    </NeedsClient>
  );
}

/** Step of an import by its state. */
function stepOf({ state, run_at }: ContactImport): ImportStep {
  if (run_at !== null || state === 'running') return 'run';
  if (state === 'checking' || state === 'checked') return 'check';
  return state === 'uploading' ? 'file' : 'columns';
}

function One() {
  const { id = '' } = useParams();
  const translate = useTranslate();
  const { data: one, error, refetch } = useImport(id);
  const [isMapping, setMapping] = useState(false);
  const queries = useQueryClient();
  const state = one?.state;
  // What was read before the run is old.
  useEffect(() => {
    if (state === 'done' || state === 'cancelled' || state === 'undone') void queries.invalidateQueries({ queryKey: ['contacts'] });
  }, [queries, state]);
  const crumbs = [
    { to: '/contacts', label: translate('menu.contacts') },
    { to: '/contacts/imports', label: translate('imports.title') },
  ];
  if (!one) return <PendingPage title={translate('imports.one')} crumbs={crumbs} error={error} retry={() => void refetch()} />;
  const step = isMapping && one.state === 'checked' ? 'columns' : stepOf(one);
  const isOver = ['done', 'undone'].includes(one.state);
  return (
    <Page title={one.file_name} crumbs={crumbs} beside={<FileFacts one={one} />}>
      <ImportSteps at={step} isOver={isOver} />
      {step === 'columns' && one.source === 'api' ? (
        <ImportReady one={one} />
      ) : step === 'columns' ? (
        <ImportColumns key={id} one={one} onMapped={() => setMapping(false)} />
      ) : ['checking', 'running', 'undoing', 'uploading'].includes(one.state) ? (
        <ImportWork one={one} />
      ) : one.state === 'checked' ? (
        <ImportChecked one={one} onBack={one.source === 'api' ? null : () => setMapping(true)} />
      ) : (
        <ImportResult one={one} />
      )}
    </Page>
  );
}

/** State, size and reading of the file, beside its name. */
function FileFacts({ one }: { one: ContactImport }) {
  const translate = useTranslate();
  const format = useFormat();
  const { rows_total: rows, bytes, format: kind, reading } = one;
  const size =
    bytes < 100_000
      ? translate('imports.kilobytes', { figure: format.number(Math.max(1, Math.round(bytes / 1_000))) })
      : translate('imports.megabytes', { figure: format.number(Math.round(bytes / 100_000) / 10) });
  const separator = separators.find(({ value }) => value === reading?.separator)?.word;
  const parts = [
    rows !== null && translate('imports.rows', { smart_count: rows, figure: format.number(rows) }),
    size,
    one.source === 'api' ? translate('imports.by_api') : kind === 'xlsx' ? 'XLSX' : reading?.charset.toUpperCase(),
    kind === 'csv' && separator && translate(`imports.separators.${separator}`),
  ].filter(Boolean);
  return (
    <>
      <StateChip kind="import" state={one.state} />
      <span className="mute small num narrow-hide">{parts.join(' · ')}</span>
    </>
  );
}
