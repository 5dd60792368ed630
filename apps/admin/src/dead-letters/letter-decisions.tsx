import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { Checkbox, TextField } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { DrawerForm } from '../parts/drawer-form';
import { Note } from '../parts/page';
import { api, type ApiError, ok } from '../providers/client';
import { unknownOutcome, useReasons } from '../providers/reasons';
import { Fault } from '../sign-in/fault';
import { useMessageOf } from './letter-subject';
import type { LetterDetail } from './letters';
import { ReasonField } from './reason-field';

/** Redrive of one letter: what will happen, another number if wanted, and consent where it may send twice. */
export function RedriveOne({ letter, tenant, onClose }: { letter: LetterDetail; tenant: string; onClose: () => void }) {
  const translate = useTranslate();
  const queries = useQueryClient();
  const form = useId();
  const [accepts, setAccepts] = useState(false);
  const [isMissing, setMissing] = useState(false);
  const [to, setTo] = useState('');
  const [typed, setTyped] = useState<string | null>(null);
  const say = (key: string): string => translate(`dead_letters.redrive_one.${key}`);
  const isUnknown = letter.cause === unknownOutcome;
  const isMessage = letter.kind === 'message';
  const { data: message } = useMessageOf(letter, tenant, isMessage && !isUnknown);
  const old = textOf(message?.message);
  // Undefined: the text stays as it is.
  const text = old !== undefined && typed !== null && typed.trim() !== '' && typed !== old.text ? typed.trim() : undefined;
  const recipient = to.trim() || undefined;
  const reasons = useReasons();
  const redrive = useMutation<unknown, ApiError>({
    mutationFn: () =>
      ok(
        api.POST('/v1/dead-letters/{id}/redrive', {
          params: { path: { id: letter.id } },
          headers: { 'heliograph-tenant': tenant },
          body: {
            may_duplicate: accepts,
            ...(text === undefined
              ? recipient && { to: recipient }
              : { message: { ...old, type: 'text' as const, to: recipient ?? message?.to ?? '', text } }),
          },
        }),
      ),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['dead_letters'] }),
  });
  const submit = (): void => {
    if (isUnknown && !accepts) return setMissing(true);
    redrive.mutate();
  };
  return (
    <DrawerForm
      title={say('title')}
      button={say('act')}
      back={translate('dead_letters.cancel')}
      busy={redrive.isPending && say('busy')}
      onDo={submit}
      onClose={onClose}
    >
      <div>
        <h3>{say('will')}</h3>
        <p className="text">{say(isMessage ? (isUnknown ? 'message_unknown' : 'message') : 'other')}</p>
      </div>
      {!isUnknown && !letter.redrive_helps && (
        <Note state="uncertain" icon={WarningAmberOutlined} title={say('no_help')}>
          {reasons.get(letter.cause)?.what_to_do ?? letter.what_to_do}
        </Note>
      )}
      {isMessage && !isUnknown && (
        <TextField
          label={say('to')}
          helperText={say('to_help')}
          value={to}
          onChange={(event) => setTo(event.target.value)}
          slotProps={{ htmlInput: { inputMode: 'tel', dir: 'ltr', maxLength: 128 } }}
        />
      )}
      {old && (
        <TextField
          label={say('text')}
          helperText={say('text_help')}
          value={typed ?? old.text}
          onChange={(event) => setTyped(event.target.value)}
          multiline
          minRows={3}
          slotProps={{ htmlInput: { dir: 'auto', style: { padding: '6px 10px' } } }}
        />
      )}
      {isUnknown && (
        <>
          <Note state="uncertain" icon={WarningAmberOutlined} title={translate('dead_letters.duplicate.title')}>
            {translate('dead_letters.duplicate.text')}
          </Note>
          <div>
            <label className="tick">
              <Checkbox
                checked={accepts}
                onChange={(event) => {
                  setAccepts(event.target.checked);
                  setMissing(false);
                }}
                slotProps={{ input: { 'aria-invalid': isMissing, 'aria-describedby': isMissing ? `${form}-tick` : undefined } }}
              />
              <span>
                {translate('dead_letters.duplicate.accept')} <span className="mono mute">may_duplicate</span>
              </span>
            </label>
            {isMissing && (
              <div id={`${form}-tick`} className="field-error" role="alert">
                {translate('dead_letters.duplicate.needed')}
              </div>
            )}
          </div>
        </>
      )}
      {redrive.error && <Fault error={redrive.error} message={reasons.get(redrive.error.code)?.text} />}
    </DrawerForm>
  );
}

/** Text and mentions of a message of text alone; undefined for other content, and before the text is made. */
function textOf(message: unknown): { text: string; mentions?: string[] } | undefined {
  const { content, mentions } = (message ?? {}) as { content?: { type: string; text?: string }; mentions?: string[] };
  return content?.type === 'text' && content.text !== undefined ? { text: content.text, ...(mentions && { mentions }) } : undefined;
}

/** Discard of one letter, with a reason that stays with it. */
export function DiscardOne({ letter, tenant, onClose }: { letter: LetterDetail; tenant: string; onClose: () => void }) {
  const translate = useTranslate();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const [isMissing, setMissing] = useState(false);
  const say = (key: string): string => translate(`dead_letters.discard_one.${key}`);
  const discard = useMutation<unknown, ApiError>({
    mutationFn: () =>
      ok(
        api.POST('/v1/dead-letters/{id}/discard', {
          params: { path: { id: letter.id } },
          headers: { 'heliograph-tenant': tenant },
          body: { reason: reason.trim() },
        }),
      ),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['dead_letters'] }),
  });
  const submit = (): void => {
    if (reason.trim()) discard.mutate();
    else setMissing(true);
  };
  return (
    <DrawerForm
      title={say('title')}
      button={say('act')}
      back={translate('dead_letters.cancel')}
      busy={discard.isPending && say('busy')}
      isDanger
      onDo={submit}
      onClose={onClose}
    >
      <div>
        <h3>{say('will')}</h3>
        <p className="text">{say(letter.cause === unknownOutcome ? 'text_unknown' : 'text')}</p>
      </div>
      <ReasonField
        value={reason}
        isMissing={isMissing}
        onChange={(given) => {
          setReason(given);
          setMissing(false);
        }}
      />
      {discard.error && <Fault error={discard.error} />}
    </DrawerForm>
  );
}
