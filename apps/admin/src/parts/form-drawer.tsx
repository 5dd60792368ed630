import { Button } from '@mui/material';
import { type FormEvent, type ReactNode, useId } from 'react';
import { useTranslate } from 'react-admin';
import type { ApiError } from '../providers/client';
import { ActButton } from './act-button';
import { DecisionDrawer } from './decision-drawer';
import { Refused } from './refused';

/** A form at the side, its buttons in the foot, and the refusal of the API over its fields. */
export function FormDrawer({
  title,
  button,
  act,
  onDo,
  onClose,
  children,
}: {
  title: string;
  button: string;
  act: { isPending: boolean; error: ApiError | null };
  onDo: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const translate = useTranslate();
  const form = useId();
  return (
    <DecisionDrawer
      title={title}
      onClose={onClose}
      foot={
        <>
          <Button variant="outlined" onClick={onClose}>
            {translate('form.leave')}
          </Button>
          <ActButton type="submit" form={form} variant="contained" busy={act.isPending && translate('frame.saving')}>
            {button}
          </ActButton>
        </>
      }
    >
      <form
        id={form}
        className="form"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (!act.isPending) onDo();
        }}
      >
        {act.error && <Refused error={act.error} />}
        {children}
      </form>
    </DecisionDrawer>
  );
}
