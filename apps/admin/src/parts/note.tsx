import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import type { ComponentType, ReactNode } from 'react';
import type { StateName } from '../theme/tokens';

/** A note over the content: icon, bold cause, consequence, acts. */
export function Note({
  state = 'queued',
  icon: Icon = ErrorOutlineOutlined,
  title,
  children,
  acts,
}: {
  state?: StateName;
  icon?: ComponentType;
  title: string;
  children?: ReactNode;
  acts?: ReactNode;
}) {
  return (
    <div className="note" data-state={state} role={state === 'failed' ? 'alert' : 'note'}>
      <Icon />
      <div>
        <b>{title}</b> {children}
      </div>
      {acts && <div className="acts">{acts}</div>}
    </div>
  );
}
