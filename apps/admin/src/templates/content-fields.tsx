import AddOutlined from '@mui/icons-material/AddOutlined';
import DeleteOutlined from '@mui/icons-material/DeleteOutlined';
import { Button, Checkbox, FormControlLabel, IconButton, MenuItem, TextField } from '@mui/material';
import { useTranslate } from 'react-admin';
import { MediaField } from './media-field';
import { type ContentDraft, type ContentType, contentTypes, fileTypes } from './templates';

const maxVariants = 20;
const maxOptions = 12;

/** The fields of one content. `faultAt` gives the fault of a member, as the api said it. */
export function ContentFields({
  content,
  onChange,
  faultAt,
}: {
  content: ContentDraft;
  onChange: (content: ContentDraft) => void;
  faultAt: (member: string) => string | undefined;
}) {
  const translate = useTranslate();
  const say = (key: string, options?: Record<string, unknown>): string => translate(`templates.${key}`, options);
  const set = (changes: Partial<ContentDraft>): void => onChange({ ...content, ...changes });
  const isFile = fileTypes.includes(content.type);
  const field = (
    member: 'latitude' | 'longitude' | 'name' | 'address' | 'phone' | 'question',
    label: string,
    apiName: string = member,
    help?: string,
  ) => (
    <TextField
      label={label}
      value={content[member]}
      onChange={({ target }) => set({ [member]: target.value })}
      error={!!faultAt(apiName)}
      helperText={faultAt(apiName) ?? help}
      slotProps={{ htmlInput: { dir: 'auto', maxLength: 2_000 } }}
    />
  );
  return (
    <div className="wide-form">
      <TextField
        select
        label={say('type')}
        value={content.type}
        onChange={({ target }) => set({ type: target.value as ContentType })}
        sx={{ maxWidth: 260 }}
      >
        {contentTypes.map((type) => (
          <MenuItem key={type} value={type}>
            {translate(`type.${type}`)}
          </MenuItem>
        ))}
      </TextField>
      {isFile && <MediaField content={content} onChange={set} error={faultAt('media_id') ?? faultAt('url')} />}
      {(content.type === 'text' || (isFile && content.type !== 'audio')) && (
        <Wordings content={content} set={set} faultAt={faultAt} label={say(content.type === 'text' ? 'text' : 'caption')} />
      )}
      {(content.type === 'image' || content.type === 'video' || content.type === 'audio') && (
        <FormControlLabel
          control={<Checkbox checked={content.viewOnce} onChange={(_event, viewOnce) => set({ viewOnce })} />}
          label={say('view_once')}
        />
      )}
      {content.type === 'location' && (
        <>
          <div className="two-fields">
            {field('latitude', say('latitude'), 'latitude', say('degrees'))}
            {field('longitude', say('longitude'), 'longitude', say('degrees'))}
          </div>
          {field('name', say('place_name'))}
          {field('address', say('address'))}
        </>
      )}
      {content.type === 'contact' && (
        <div className="two-fields">
          {field('name', say('card_name'))}
          {field('phone', say('card_phone'))}
        </div>
      )}
      {content.type === 'poll' && (
        <>
          {field('question', say('question'))}
          {content.options.map((option, at) => (
            <div key={at} className="wording-row">
              <TextField
                label={say('option', { number: at + 1 })}
                value={option}
                onChange={({ target }) => set({ options: content.options.map((one, i) => (i === at ? target.value : one)) })}
                error={!!faultAt('options')}
                slotProps={{ htmlInput: { dir: 'auto', maxLength: 1_000 } }}
              />
              {content.options.length > 2 && (
                <IconButton
                  aria-label={say('remove_option', { number: at + 1 })}
                  onClick={() => set({ options: content.options.filter((_, i) => i !== at) })}
                >
                  <DeleteOutlined />
                </IconButton>
              )}
            </div>
          ))}
          {faultAt('options') && (
            <div className="field-error" role="alert">
              {faultAt('options')}
            </div>
          )}
          <div className="row">
            {content.options.length < maxOptions && (
              <Button variant="outlined" startIcon={<AddOutlined />} onClick={() => set({ options: [...content.options, ''] })}>
                {say('add_option')}
              </Button>
            )}
            <FormControlLabel
              control={<Checkbox checked={content.multiSelect} onChange={(_event, multiSelect) => set({ multiSelect })} />}
              label={say('multi_select')}
            />
          </div>
        </>
      )}
    </div>
  );
}

/** The text or the caption, and other wordings of it. */
function Wordings({
  content: { text, variants, type },
  set,
  faultAt,
  label,
}: {
  content: ContentDraft;
  set: (changes: Partial<ContentDraft>) => void;
  faultAt: (member: string) => string | undefined;
  label: string;
}) {
  const translate = useTranslate();
  const fault = faultAt(type === 'text' ? 'text' : 'caption') ?? faultAt('');
  return (
    <>
      <TextField
        label={label}
        multiline
        minRows={4}
        maxRows={18}
        value={text}
        onChange={({ target }) => set({ text: target.value })}
        error={!!fault}
        helperText={fault ?? translate('templates.text_help')}
        slotProps={{ htmlInput: { dir: 'auto', maxLength: 10_000 } }}
      />
      {variants.map((variant, at) => (
        <div key={at} className="wording-row">
          <TextField
            label={translate('templates.wording', { number: at + 2 })}
            multiline
            minRows={2}
            maxRows={18}
            value={variant}
            onChange={({ target }) => set({ variants: variants.map((one, i) => (i === at ? target.value : one)) })}
            error={!!faultAt(`variants.${at}`)}
            helperText={faultAt(`variants.${at}`)}
            slotProps={{ htmlInput: { dir: 'auto', maxLength: 10_000 } }}
          />
          <IconButton
            aria-label={translate('templates.remove_wording', { number: at + 2 })}
            onClick={() => set({ variants: variants.filter((_, i) => i !== at) })}
          >
            <DeleteOutlined />
          </IconButton>
        </div>
      ))}
      {variants.length < maxVariants && (text.trim() !== '' || variants.length > 0) && (
        <div className="row">
          <Button variant="outlined" startIcon={<AddOutlined />} onClick={() => set({ variants: [...variants, ''] })}>
            {translate('templates.add_wording')}
          </Button>
          <span className="small mute">{translate('templates.wording_help')}</span>
        </div>
      )}
    </>
  );
}
