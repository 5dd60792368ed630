import { type ReactNode, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Refused } from '../parts/refused';
import { api, type ApiError, ok } from '../providers/client';
import { ConfirmPhoneDialog, EndDialog, KeyDialog, RenameDialog } from './dialogs';
import { LimitsDrawer } from './limits-drawer';
import type { WhatsAppNumber } from './number-state';
import { useLane, useNumber, useNumberAct } from './queries';

/** Dialog of an act of a number. */
export type NumberDialog = 'confirm' | 'key' | 'rename' | 'limits' | 'disconnect' | 'end';

/** An act of a number, as menus show it. `off`: why it cannot be done. */
export interface NumberAct {
  key: string;
  label: string;
  off?: string | null;
  danger?: boolean;
  onDo: () => void;
}

/** All acts of a number, for its page and for its row in the list. `dialog` is the one that is open. */
export function useNumberActs(
  number: WhatsAppNumber,
  { onEnded }: { onEnded?: () => void } = {},
): { acts: NumberAct[]; dialog: ReactNode; open: (dialog: NumberDialog) => void; isPending: boolean; error: ApiError | null } {
  const translate = useTranslate();
  const act = useNumberAct(number.id);
  const [dialog, open] = useState<NumberDialog | null>(null);
  const close = (): void => open(null);
  const path = { params: { path: { id: number.id } } };
  const off = number.account_id === null ? translate('numbers.no_account') : null;
  const isPaused = number.held_reason === 'paused';
  const acts: NumberAct[] = [
    {
      key: 'pause',
      label: translate(isPaused ? 'numbers.resume_sending' : 'numbers.pause_sending'),
      onDo: () => act.mutate(() => ok(api.POST(isPaused ? '/v1/sessions/{id}/resume' : '/v1/sessions/{id}/pause', path))),
    },
    { key: 'limits', label: translate('numbers.change_limits'), onDo: () => open('limits') },
    { key: 'check', label: translate('numbers.act.check'), onDo: () => act.mutate(() => ok(api.POST('/v1/sessions/{id}/sync', path))) },
    { key: 'rename', label: translate('numbers.act.rename'), onDo: () => open('rename') },
    { key: 'give_key', label: translate('numbers.act.give_key'), onDo: () => open('key') },
    {
      key: 'restart',
      label: translate('numbers.act.restart'),
      off,
      onDo: () => act.mutate(() => ok(api.POST('/v1/sessions/{id}/restart', path))),
    },
    { key: 'disconnect', label: translate('numbers.act.disconnect'), off, onDo: () => open('disconnect') },
    { key: 'end', label: translate('numbers.act.end'), danger: true, onDo: () => open('end') },
  ];
  return {
    acts,
    open,
    isPending: act.isPending,
    error: act.error,
    dialog: (
      <>
        {dialog === 'confirm' && <ConfirmPhoneDialog number={number} onClose={close} />}
        {dialog === 'key' && <KeyDialog number={number} onClose={close} />}
        {dialog === 'rename' && <Rename id={number.id} onClose={close} />}
        {dialog === 'limits' && <Limits number={number} onClose={close} />}
        {dialog === 'disconnect' && <EndDialog number={number} kind="disconnect" onClose={close} />}
        {dialog === 'end' && <EndDialog number={number} kind="end" onClose={close} onDone={onEnded ?? close} />}
      </>
    ),
  };
}

/** Renames the number as it is now: a row of a list has no tag that guards the change. */
function Rename({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error } = useNumber(id, false);
  return data ? <RenameDialog number={data.value} tag={data.tag} onClose={onClose} /> : <Refused error={error} />;
}

function Limits({ number, onClose }: { number: WhatsAppNumber; onClose: () => void }) {
  const { data, error } = useLane(number.id);
  return data ? <LimitsDrawer number={number} start={data.value} tag={data.tag} onClose={onClose} /> : <Refused error={error} />;
}
