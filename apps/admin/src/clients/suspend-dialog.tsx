import '../parts/access.css';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { DecisionDialog } from '../parts/decision-dialog';
import { isNamed, TypedName } from '../parts/typed-name';
import { api, ok } from '../providers/client';
import type { Client } from '../providers/clients';
import { useClientAct } from './client-queries';

/** Suspends a client, once its name was typed: says what stops and what goes on. */
export function SuspendDialog({ client, onClose }: { client: Client; onClose: () => void }) {
  const translate = useTranslate();
  const act = useClientAct();
  const [typed, setTyped] = useState('');
  const [isWrong, setWrong] = useState(false);
  const say = (key: string): string => translate(`clients.suspend_form.${key}`, { name: client.name });
  return (
    <DecisionDialog
      title={say('title')}
      button={say('do')}
      back={say('keep')}
      isDanger
      act={act}
      onClose={onClose}
      onDo={() => {
        if (!isNamed(typed, client.name)) return setWrong(true);
        act.mutate(() => ok(api.POST('/admin/v1/tenants/{id}/suspend', { params: { path: { id: client.id } } })), { onSuccess: onClose });
      }}
    >
      <Points title={say('stops')} of={[say('stop_sending'), say('stop_keys'), say('stop_people')]} />
      <Points title={say('goes_on')} of={[say('go_inbound'), say('go_read')]} />
      <p className="text">{say('undo')}</p>
      <TypedName
        label={say('type')}
        value={typed}
        onChange={(value) => {
          setWrong(false);
          setTyped(value);
        }}
        fault={isWrong ? say('typed_wrong') : null}
      />
    </DecisionDialog>
  );
}

function Points({ title, of }: { title: string; of: string[] }) {
  return (
    <div>
      <b className="strong">{title}</b>
      <ul className="points">
        {of.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
    </div>
  );
}
