import { Button, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { FormDrawer } from '../parts/form-drawer';
import { Refused } from '../parts/refused';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';
import { type LetterCause, useMayDecide } from './letters';

/** The person who takes care of the chosen cause, with a note for the others; shown for one client. */
export function CauseCare({ of }: { of: LetterCause }) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const mayDecide = useMayDecide();
  const act = useAct(['dead_letters']);
  const [isOpen, setOpen] = useState(false);
  const say = (key: string, options?: Record<string, unknown>): string => translate(`dead_letters.care.${key}`, options);
  if (!tenant) return null;
  const { kind, cause, care } = of;
  const release = () =>
    act.mutate(() => ok(api.DELETE('/v1/dead-letters/causes/{kind}/{cause}/care', { params: { path: { kind, cause } } })));
  return (
    <div className="row small" style={{ marginBottom: 12 }}>
      <span className="grow">
        {care ? (
          <>
            <bdi>{say('by', { name: care.assignee })}</bdi>{' '}
            <span className="mute">{say('at', { at: format.when(new Date(care.at)) })}</span>
            {care.note && <div dir="auto">{care.note}</div>}
          </>
        ) : (
          <span className="mute">{say('nobody')}</span>
        )}
      </span>
      {act.error && <Refused error={act.error} />}
      {mayDecide && care && (
        <ActButton variant="text" onClick={release} busy={act.isPending && say('releasing')}>
          {say('release')}
        </ActButton>
      )}
      {mayDecide && (
        <Button variant="outlined" onClick={() => setOpen(true)}>
          {say(care ? 'change' : 'take')}
        </Button>
      )}
      {isOpen && <CareDrawer of={of} onClose={() => setOpen(false)} />}
    </div>
  );
}

function CareDrawer({ of: { kind, cause, care }, onClose }: { of: LetterCause; onClose: () => void }) {
  const translate = useTranslate();
  const me = useMe();
  const act = useAct(['dead_letters']);
  const [assignee, setAssignee] = useState(care?.assignee ?? me?.name ?? '');
  const [note, setNote] = useState(care?.note ?? '');
  const say = (key: string): string => translate(`dead_letters.care.${key}`);
  const take = (): void =>
    act.mutate(async () => {
      await ok(
        api.PUT('/v1/dead-letters/causes/{kind}/{cause}/care', {
          params: { path: { kind, cause } },
          body: { ...(assignee.trim() && { assignee: assignee.trim() }), note: note.trim() || null },
        }),
      );
      onClose();
    });
  return (
    <FormDrawer title={say('title')} button={say('take')} act={act} onDo={take} onClose={onClose}>
      <p className="text">{say('text')}</p>
      <TextField
        label={say('assignee')}
        value={assignee}
        onChange={(event) => setAssignee(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 100 } }}
      />
      <TextField
        label={say('note')}
        value={note}
        onChange={(event) => setNote(event.target.value)}
        multiline
        minRows={3}
        slotProps={{ htmlInput: { maxLength: 1_000, style: { padding: '6px 10px' } } }}
      />
    </FormDrawer>
  );
}
