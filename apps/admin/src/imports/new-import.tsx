import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import UploadFileOutlined from '@mui/icons-material/UploadFileOutlined';
import { LinearProgress, TextField } from '@mui/material';
import { type DragEvent, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { ActButton } from '../parts/act-button';
import { NeedsClient } from '../parts/needs-client';
import { Card, Page } from '../parts/page';
import { Refused } from '../parts/refused';
import { useAct } from '../providers/acts';
import { ImportSteps } from './import-steps';
import { saveSample, uploadFile, useMayImport } from './imports';
import './imports.css';

/** The first step of an import: a file that is dropped, chosen, or pasted as rows. */
export function NewImport() {
  const translate = useTranslate();
  return (
    <NeedsClient title={translate('imports.new_title')}>
      <Upload />
    </NeedsClient>
  );
}

function Upload() {
  const translate = useTranslate();
  const navigate = useNavigate();
  const may = useMayImport();
  const act = useAct(['imports']);
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const [pasted, setPasted] = useState('');
  const say = (key: string): string => translate(`imports.${key}`);
  const sample = useAct();
  const off = may === false ? say('may_not') : undefined;
  const send = (file: File | undefined): void => {
    if (!file || off || act.isPending) return;
    act.mutate(async () => {
      const { id } = await uploadFile(file);
      await navigate(`/contacts/imports/${id}`);
    });
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    send(event.dataTransfer.files[0]);
  };
  return (
    <Page
      title={say('new_title')}
      crumbs={[
        { to: '/contacts', label: translate('menu.contacts') },
        { to: '/contacts/imports', label: say('title') },
      ]}
    >
      <ImportSteps at="file" />
      <div className="stack import-upload">
        <Refused error={act.error} title={say('not_taken')} />
        <div
          className={`import-drop${isOver ? ' over' : ''}`}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <UploadFileOutlined />
          <b>{say('drop')}</b>
          <span className="small mute">{say('drop_text')}</span>
          <input
            ref={input}
            type="file"
            hidden
            aria-label={say('choose')}
            accept=".csv,.tsv,.txt,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            onChange={(event) => {
              send(event.target.files?.[0]);
              event.target.value = '';
            }}
          />
          <ActButton variant="contained" off={off} busy={act.isPending && say('uploading')} onClick={() => input.current?.click()}>
            {say('choose')}
          </ActButton>
          {act.isPending && <LinearProgress aria-label={say('uploading')} sx={{ width: 200 }} />}
        </div>
        <Card title={say('paste')} note={say('paste_note')}>
          <div className="stack">
            <TextField
              label={say('paste_label')}
              multiline
              minRows={4}
              maxRows={10}
              value={pasted}
              onChange={(event) => setPasted(event.target.value)}
              slotProps={{ htmlInput: { dir: 'auto', spellCheck: false } }}
            />
            <div>
              <ActButton
                variant="outlined"
                off={off ?? (pasted.trim() === '' ? say('paste_nothing') : undefined)}
                busy={act.isPending && say('uploading')}
                onClick={() => send(new File([pasted], say('paste_name'), { type: 'text/csv' }))}
              >
                {say('paste_use')}
              </ActButton>
            </div>
          </div>
        </Card>
        <div className="row small mute">
          <span>
            {say('sample_text')} {say('nothing_yet')}
          </span>
          <ActButton
            variant="text"
            size="small"
            startIcon={<DownloadOutlined />}
            busy={sample.isPending}
            onClick={() => sample.mutate(saveSample)}
          >
            {say('sample')}
          </ActButton>
          <Refused error={sample.error} />
        </div>
      </div>
    </Page>
  );
}
