import CloseOutlined from '@mui/icons-material/CloseOutlined';
import { Drawer, IconButton } from '@mui/material';
import { type ReactNode, useId } from 'react';
import { useTranslate } from 'react-admin';
import './records.css';

/** A decision at the side: what will happen, what it takes, and the buttons in a foot that stays. Focus stays inside; Escape closes it. */
export function DecisionDrawer({
  title,
  onClose,
  foot,
  children,
}: {
  title: string;
  onClose: () => void;
  foot: ReactNode;
  children: ReactNode;
}) {
  const translate = useTranslate();
  const id = useId();
  return (
    <Drawer
      open
      anchor="right"
      onClose={onClose}
      slotProps={{ paper: { role: 'dialog', 'aria-modal': true, 'aria-labelledby': id, sx: { width: { xs: '100%', sm: 456 } } } }}
    >
      <div className="decision">
        <header>
          <h2 id={id}>{title}</h2>
          <IconButton aria-label={translate('frame.close_panel')} onClick={onClose}>
            <CloseOutlined />
          </IconButton>
        </header>
        <div className="body">{children}</div>
        <footer>{foot}</footer>
      </div>
    </Drawer>
  );
}
