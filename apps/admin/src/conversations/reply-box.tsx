import SendOutlined from '@mui/icons-material/SendOutlined';
import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { TextField } from '@mui/material';
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';
import { ActButton } from '../parts/act-button';
import { Note } from '../parts/page';
import { plainName } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { type ConversationDetail, newIdempotencyKey, useConversationAct } from './conversations';

/** Obstacles that end by themselves or by linking the number: the answer waits. */
const waits: readonly string[] = ['session_not_connected', 'session_held'];

/** Drafts that were not sent, by conversation, while the page is open. */
const drafts = new Map<string, string>();

/** The box to answer in. Enter sends, Shift and Enter makes a new line. It says why when an answer cannot go out. */
export function ReplyBox({ conversation, focus }: { conversation: ConversationDetail; focus: number }) {
  const translate = useTranslate();
  const may = useMay('conversations:write');
  const act = useConversationAct(conversation.id);
  const { id, contact_name, address, session, reply_blocked_by: block } = conversation;
  const [text, setText] = useState(drafts.get(id) ?? '');
  const [key, setKey] = useState(newIdempotencyKey);
  const [isEmpty, setEmpty] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (focus > 0) input.current?.focus();
  }, [focus]);
  const write = (next: string): void => {
    setText(next);
    setEmpty(false);
    if (next) drafts.set(id, next);
    else drafts.delete(id);
    // Another text is another message.
    if (act.error) setKey(newIdempotencyKey());
  };
  const name = plainName(contact_name, address);
  const off =
    may === false
      ? translate('conversation.may_not')
      : block && !waits.includes(block)
        ? translate(`conversation.blocked.${block}`, { name, number: session?.name ?? '' })
        : null;
  const send = (): void => {
    if (off || act.isPending) return;
    if (!text.trim()) return setEmpty(true);
    act.mutate(
      () =>
        ok(
          api.POST('/v1/conversations/{id}/messages', {
            params: { path: { id }, header: { 'Idempotency-Key': key } },
            body: { type: 'text', text },
          }),
        ),
      {
        onSuccess: () => {
          write('');
          setKey(newIdempotencyKey());
        },
      },
    );
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') return input.current?.blur();
    // A word that is being composed ends with Enter, too.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  if (off)
    return (
      <div className="reply">
        <Note state="queued" icon={WarningAmberOutlined} title={translate('conversation.cannot')}>
          {off}
        </Note>
      </div>
    );
  return (
    <form className="reply" onSubmit={submit}>
      <Refused error={act.error} />
      {block && (
        <p className="small reply-waits" role="note">
          <WarningAmberOutlined />
          {translate(`conversation.blocked.${block}`, { name, number: session?.name ?? '' })}
        </p>
      )}
      <div className="reply-row">
        <TextField
          inputRef={input}
          multiline
          maxRows={8}
          fullWidth
          value={text}
          placeholder={translate('conversation.reply')}
          error={isEmpty}
          helperText={isEmpty ? translate('conversation.write_first') : undefined}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          slotProps={{ htmlInput: { 'aria-label': translate('conversation.reply_to', { name }), maxLength: 65_536, dir: 'auto' } }}
        />
        <ActButton type="submit" variant="contained" startIcon={<SendOutlined />} busy={act.isPending && translate('conversation.sending')}>
          {translate('conversation.send')}
        </ActButton>
      </div>
      <p className="small mute reply-keys">{translate('conversation.reply_keys')}</p>
    </form>
  );
}
