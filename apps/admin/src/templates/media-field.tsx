import CloseOutlined from '@mui/icons-material/CloseOutlined';
import UploadFileOutlined from '@mui/icons-material/UploadFileOutlined';
import { IconButton, TextField } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useRef } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Note } from '../parts/page';
import { Words } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { type ContentDraft, type Media, useMedia, useMayWriteTemplates } from './templates';

const accepted: Record<string, string> = {
  image: 'image/jpeg,image/png',
  video: 'video/mp4,video/3gpp',
  audio: 'audio/*',
  document: '',
};

/** The file of a content: uploaded here, or at an address of one's own. */
export function MediaField({
  content,
  onChange,
  error,
}: {
  content: ContentDraft;
  onChange: (changes: Partial<ContentDraft>) => void;
  error?: string | undefined;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const queries = useQueryClient();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const may = useMayWriteTemplates();
  const { data: file } = useMedia(content.mediaId);
  const upload = useMutation<Media, ApiError, File>({
    mutationFn: (chosen) => {
      const form = new FormData();
      form.append('file', chosen, chosen.name);
      return ok(api.POST('/v1/media', { body: form as never, bodySerializer: (body) => body as never }));
    },
    onSuccess: (stored) => {
      queries.setQueryData(['media', tenant, stored.id], stored);
      onChange({ mediaId: stored.id, url: '' });
    },
  });
  return (
    <fieldset className="panel-group">
      <legend>{translate('templates.file')}</legend>
      <input
        ref={input}
        id={id}
        className="hidden"
        type="file"
        tabIndex={-1}
        aria-label={translate('templates.upload')}
        accept={accepted[content.type]}
        onChange={({ target }) => {
          const [chosen] = target.files ?? [];
          if (chosen) upload.mutate(chosen);
          target.value = '';
        }}
      />
      {content.mediaId && (
        <div className="media-row">
          {file?.kind === 'image' && <img src={new URL(file.url).pathname} alt="" />}
          <span>
            <Words className="cut">{file?.name ?? content.mediaId}</Words>
            {file && (
              <span className="small mute" style={{ display: 'block' }}>
                {file.type}, {format.bytes(file.bytes)}
              </span>
            )}
          </span>
          <span className="grow" />
          <IconButton aria-label={translate('templates.remove_file')} onClick={() => onChange({ mediaId: null })}>
            <CloseOutlined />
          </IconButton>
        </div>
      )}
      <div className="row">
        <ActButton
          variant="outlined"
          startIcon={<UploadFileOutlined />}
          off={may === false ? translate('templates.may_not') : undefined}
          busy={upload.isPending && translate('templates.uploading')}
          onClick={() => input.current?.click()}
        >
          {translate(content.mediaId ? 'templates.other_file' : 'templates.upload')}
        </ActButton>
        <span className="small mute">{translate(`templates.file_help.${content.type}`)}</span>
      </div>
      <UploadRefused error={upload.error} />
      {!content.mediaId && (
        <TextField
          label={translate('templates.url')}
          value={content.url}
          onChange={({ target }) => onChange({ url: target.value })}
          helperText={translate('templates.url_help')}
          slotProps={{ htmlInput: { dir: 'ltr', inputMode: 'url', maxLength: 2_048 } }}
        />
      )}
      {error && (
        <div className="field-error" role="alert">
          {error}
        </div>
      )}
      {content.type === 'document' && (
        <TextField
          label={translate('templates.file_name')}
          value={content.fileName}
          onChange={({ target }) => onChange({ fileName: target.value })}
          slotProps={{ htmlInput: { maxLength: 1_000 } }}
        />
      )}
    </fieldset>
  );
}

/** Why a file was not stored; a scan in words of its own. */
function UploadRefused({ error }: { error: ApiError | null }) {
  const translate = useTranslate();
  if (error?.code === 'media_scan_unavailable')
    return (
      <Note state="failed" title={translate('templates.scan_down')}>
        {translate('templates.scan_later')}
      </Note>
    );
  if (error?.code !== 'media_refused_by_scan') return <Refused error={error} />;
  const reason = error.faults.find(({ path }) => path === 'file')?.message;
  return (
    <Note state="failed" title={translate('templates.scan_refused')}>
      {reason && (
        <>
          {translate('templates.scan_reason')} <Words>{reason}</Words>.{' '}
        </>
      )}
      {translate('templates.scan_other')}
    </Note>
  );
}
