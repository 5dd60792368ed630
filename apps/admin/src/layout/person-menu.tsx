import LogoutOutlined from '@mui/icons-material/LogoutOutlined';
import ManageAccountsOutlined from '@mui/icons-material/ManageAccountsOutlined';
import { Divider, IconButton, ListSubheader, Menu, MenuItem } from '@mui/material';
import { useState } from 'react';
import { useLogout, useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useMe } from '../providers/me';

/** Shows who is signed in, and signs out. */
export function PersonMenu() {
  const translate = useTranslate();
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
        <span className="avatar" data-text={letters} aria-hidden="true" />
      </IconButton>
      <Menu open={anchor !== null} anchorEl={anchor} onClose={() => setAnchor(null)}>
        <ListSubheader
          role="presentation"
          disableGutters
          disableSticky
          sx={{ px: 1.5, py: 0.75, lineHeight: 'inherit', fontWeight: 400, color: 'inherit' }}
        >
          <div className="strong">{me?.name}</div>
          <div className="small mute">{me?.email}</div>
        </ListSubheader>
        <Divider component="li" />
        <MenuItem component={Link} to="/account" onClick={() => setAnchor(null)}>
          <ManageAccountsOutlined /> {translate('own.title')}
        </MenuItem>
        <MenuItem onClick={() => void logout()}>
          <LogoutOutlined /> {translate('frame.sign_out')}
        </MenuItem>
      </Menu>
    </>
  );
}
