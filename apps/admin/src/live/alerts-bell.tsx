import NotificationsOutlined from '@mui/icons-material/NotificationsOutlined';
import { Badge, IconButton, Menu, MenuItem, Tooltip } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { mayDoAnywhere, useMe } from '../providers/me';
import { chooseTenant } from '../providers/tenant';
import { alertIcons, useAlertWords } from './alert-words';
import { linkOf, useAlerts } from './live-alerts';
import './live.css';

const mostShown = 12;

/** What waits for a person, with the way to it. */
export function AlertsBell() {
  const translate = useTranslate();
  const format = useFormat();
  const navigate = useNavigate();
  const me = useMe();
  const words = useAlertWords();
  const { data } = useAlerts();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  if (!mayDoAnywhere(me, 'overview:read')) return null;
  const alerts = data?.data ?? [];
  const urgent = alerts.filter(({ severity }) => severity !== 'info').length;
  const title = translate('alerts.bell', { smart_count: alerts.length, figure: format.number(alerts.length) });
  return (
    <>
      <Tooltip title={title}>
        <IconButton aria-label={title} aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
          <Badge variant="dot" color="error" invisible={urgent === 0}>
            <NotificationsOutlined />
          </Badge>
        </IconButton>
      </Tooltip>
      <Menu open={anchor !== null} anchorEl={anchor} onClose={() => setAnchor(null)} slotProps={{ paper: { sx: { maxWidth: 420 } } }}>
        {alerts.length === 0 && <MenuItem onClick={() => setAnchor(null)}>{translate('alerts.none')}</MenuItem>}
        {alerts.slice(0, mostShown).map((alert) => {
          const Icon = alertIcons[alert.kind];
          const { title: said, text } = words(alert);
          const to = linkOf(alert);
          return (
            <MenuItem
              key={alert.id}
              sx={{ whiteSpace: 'normal', alignItems: 'flex-start' }}
              onClick={() => {
                setAnchor(null);
                if (alert.tenant_id) chooseTenant(alert.tenant_id);
                void navigate(to ?? '/');
              }}
            >
              <span className="alert-icon" data-severity={alert.severity}>
                <Icon />
              </span>
              <span>
                <span className="strong">{said}</span>
                <br />
                <span className="small mute">{text}</span>
              </span>
            </MenuItem>
          );
        })}
        {alerts.length > 0 && (
          <MenuItem
            onClick={() => {
              setAnchor(null);
              void navigate('/');
            }}
          >
            {translate('alerts.all', { count: format.number(alerts.length) })}
          </MenuItem>
        )}
      </Menu>
    </>
  );
}
