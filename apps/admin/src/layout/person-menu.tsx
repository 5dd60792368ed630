import LogoutOutlined from '@mui/icons-material/LogoutOutlined';
import PersonOutlined from '@mui/icons-material/PersonOutlined';
import { Divider, IconButton, Menu, MenuItem } from '@mui/material';
import { useState } from 'react';
import { useLogout, useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { useMe } from '../providers/me';

/** Who is signed in, the person's own page, and the way out. */
export function PersonMenu() {
  const translate = useTranslate();
  const navigate = useNavigate();
  const logout = useLogout();
  const me = useMe();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const letters = (me?.name ?? '')
    .split(/\s+/)
    .map((word) => word[0] ?? '')
    .slice(0, 2)
    .join('')
    .toUpperCase();
  return (
    <>
      <IconButton
        aria-label={translate('frame.person', { name: me?.name ?? '' })}
        aria-haspopup="menu"
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <span className="avatar" aria-hidden="true">
          {letters}
        </span>
      </IconButton>
      <Menu open={anchor !== null} anchorEl={anchor} onClose={() => setAnchor(null)}>
        <li style={{ padding: '6px 12px' }}>
          <div className="strong">{me?.name}</div>
          <div className="small mute">{me?.email}</div>
        </li>
        <Divider component="li" />
        <MenuItem
          onClick={() => {
            setAnchor(null);
            void navigate('/account');
          }}
        >
          <PersonOutlined /> {translate('frame.account')}
        </MenuItem>
        <MenuItem onClick={() => void logout()}>
          <LogoutOutlined /> {translate('frame.sign_out')}
        </MenuItem>
      </Menu>
    </>
  );
}
