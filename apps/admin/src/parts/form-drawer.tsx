import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import type { ApiError } from '../providers/client';
import { DrawerForm } from './drawer-form';
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
  return (
    <DrawerForm
      title={title}
      button={button}
      back={translate('form.leave')}
      busy={act.isPending && translate('frame.saving')}
      layout="form"
      onDo={onDo}
      onClose={onClose}
    >
      {act.error && <Refused error={act.error} />}
      {children}
    </DrawerForm>
  );
}
