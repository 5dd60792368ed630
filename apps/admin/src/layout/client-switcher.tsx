import ExpandMoreOutlined from '@mui/icons-material/ExpandMoreOutlined';
import { Button, MenuItem, MenuList, Popover, TextField, useTheme } from '@mui/material';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { ClientTag } from '../parts/values';
import { useClients } from '../providers/clients';
import { chooseTenant, useTenant } from '../providers/tenant';

export { useClients };

/** Chooses the client that the panel acts for, or all. The page stays. */
export function ClientSwitcher() {
  const translate = useTranslate();
  const queries = useQueryClient();
  const tenant = useTenant();
  const { data: clients = [] } = useClients();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [text, setText] = useState('');
  const chosen = clients.find(({ id }) => id === tenant);
  const name = chosen?.name ?? translate('client.all');
  const choose = (id: string | null): void => {
    setAnchor(null);
    setText('');
    chooseTenant(id);
    void queries.invalidateQueries();
  };
  const hasField = clients.length > 8;
  const side = useTheme().direction === 'rtl' ? 'right' : 'left';
  const found = clients.filter((client) => client.name.toLowerCase().includes(text.toLowerCase()));
  return (
    <>
      <Button
        variant="text"
        onClick={(event) => setAnchor(event.currentTarget)}
        aria-haspopup="menu"
        aria-label={translate('client.switch', { name })}
        sx={{ color: 'text.primary', gap: 1, marginInlineStart: '-6px', minWidth: 0 }}
      >
        <ClientTag id={chosen ? chosen.id : null} name={name} />
        <span className="cut">{name}</span>
        <ExpandMoreOutlined sx={{ fontSize: 18 }} />
      </Button>
      {/* The field stands over the menu, which may hold nothing but entries. */}
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={() => setAnchor(null)}
        anchorOrigin={{ vertical: 'bottom', horizontal: side }}
        transformOrigin={{ vertical: 'top', horizontal: side }}
      >
        {hasField && (
          <div style={{ padding: '10px 10px 0' }}>
            <TextField
              autoFocus
              value={text}
              placeholder={translate('client.find')}
              onChange={(event) => setText(event.target.value)}
              slotProps={{ htmlInput: { 'aria-label': translate('client.find') } }}
            />
          </div>
        )}
        <MenuList autoFocusItem={!hasField} sx={{ padding: '4px' }}>
          {!text && (
            <MenuItem selected={tenant === null} onClick={() => choose(null)}>
              <ClientTag id={null} name="" /> {translate('client.all')}
            </MenuItem>
          )}
          {found.map((client) => (
            <MenuItem key={client.id} selected={client.id === tenant} onClick={() => choose(client.id)}>
              <ClientTag id={client.id} name={client.name} /> {client.name}
              {client.suspended_at && <span className="small mute">{translate('state.client.suspended')}</span>}
            </MenuItem>
          ))}
        </MenuList>
      </Popover>
    </>
  );
}
