import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { RedriveOne } from '../dead-letters/letter-decisions';
import { ActButton } from '../parts/act-button';
import { CopyCurl } from '../parts/copy-curl';
import { phoneInText } from '../parts/values';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';
import { Fault } from '../sign-in/fault';
import { useLetterOf } from './message-letter';

type Message = components['schemas']['Message'];

/** Acts on a message: its request as a curl command, cancel it, send it again. */
export function MessageActs({ message, tenant }: { message: Message; tenant: string }) {
  const translate = useTranslate();
  const me = useMe();
  const [isAsking, setAsking] = useState(false);
  const [isSending, setSending] = useState(false);
  const letter = useLetterOf(message, tenant);
  const { data: whole } = useQuery({
    queryKey: ['dead_letters', 'page', tenant, letter?.id],
    queryFn: async ({ signal }) => ok(api.GET('/v1/dead-letters/{id}', { params: { path: { id: letter?.id ?? '' } }, signal })),
    enabled: isSending && !!letter,
  });
  const isWaiting = message.state === 'scheduled' || message.state === 'queued';
  return (
    <>
      <CopyCurl call={{ path: `/v1/messages/${message.id}` }} />
      {isWaiting && (
        <ActButton
          variant="outlined"
          color="error"
          off={mayDo(me, 'messages:write', tenant) ? undefined : translate('message_page.may_not_cancel')}
          onClick={() => setAsking(true)}
        >
          {translate('message_page.cancel')}
        </ActButton>
      )}
      {letter?.state === 'open' && (
        <ActButton
          variant="outlined"
          startIcon={<ReplayOutlined />}
          off={mayDo(me, 'dead_letters:manage', tenant) ? undefined : translate('dead_letters.may_not')}
          onClick={() => setSending(true)}
        >
          {translate('message_page.send_again')}
        </ActButton>
      )}
      {isSending && whole && <RedriveOne letter={whole} tenant={tenant} onClose={() => setSending(false)} />}
      {isAsking && <CancelDialog message={message} tenant={tenant} onClose={() => setAsking(false)} />}
    </>
  );
}

function CancelDialog({ message: { id, to }, tenant, onClose }: { message: Message; tenant: string; onClose: () => void }) {
  const translate = useTranslate();
  const queries = useQueryClient();
  const cancel = useMutation<Message, ApiError>({
    mutationFn: () => ok(api.POST('/v1/messages/{id}/cancel', { params: { path: { id } } })),
    onSuccess: (message) => {
      queries.setQueryData(['messages', 'page', tenant, id], message);
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['messages'] }),
  });
  return (
    <Dialog open onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="cancel-title">
      <DialogTitle id="cancel-title">{translate('message_page.cancel_title')}</DialogTitle>
      <DialogContent className="stack">
        <p className="text">{translate('message_page.cancel_text', { to: phoneInText(to) })}</p>
        {cancel.error && <Fault error={cancel.error} />}
      </DialogContent>
      <DialogActions>
        <Button variant="outlined" onClick={onClose}>
          {translate('message_page.keep')}
        </Button>
        <ActButton
          variant="contained"
          color="error"
          busy={cancel.isPending && translate('message_page.cancelling')}
          onClick={() => cancel.mutate()}
        >
          {translate('message_page.cancel')}
        </ActButton>
      </DialogActions>
    </Dialog>
  );
}
