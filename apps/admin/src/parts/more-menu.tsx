import MoreHorizOutlined from '@mui/icons-material/MoreHorizOutlined';
import { IconButton, Menu, MenuItem } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';

/** The acts of a page that stand behind three dots. One that cannot be done says why. */
export function MoreMenu({
  acts,
  label,
}: {
  /** Name of the button, where there are several. */
  label?: string;
  acts: { key: string; label: string; onDo: () => void; off?: string | null | undefined; danger?: boolean }[];
}) {
  const translate = useTranslate();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const close = (): void => setAnchor(null);
  return (
    <>
      <IconButton aria-label={label ?? translate('outside.more')} aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
        <MoreHorizOutlined />
      </IconButton>
      <Menu open={anchor !== null} anchorEl={anchor} onClose={close}>
        {acts.map(({ key, label, onDo, off, danger }) => (
          <MenuItem
            key={key}
            aria-disabled={off ? true : undefined}
            sx={danger && !off ? { color: 'var(--failed)' } : off ? { color: 'text.secondary', cursor: 'default' } : undefined}
            onClick={() => {
              if (off) return;
              close();
              onDo();
            }}
          >
            <span>
              {label}
              {off && (
                <span className="small mute" style={{ display: 'block', whiteSpace: 'normal', maxWidth: 260 }}>
                  {off}
                </span>
              )}
            </span>
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
