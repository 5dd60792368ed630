import NotificationsOutlined from '@mui/icons-material/NotificationsOutlined';
import { Badge, IconButton, Popover, Tooltip } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { Failed, Skeleton } from '../parts/page';
import { mayDoAnywhere, useMe } from '../providers/me';
import { chooseTenant } from '../providers/tenant';
import { alertIcons, useAlertWords } from './alert-words';
import { linkOf, useAlerts } from './live-alerts';
import './live.css';

const maxShown = 12;

/** Lists what waits for a person, each with a link to its page. */
export function AlertsBell() {
  const translate = useTranslate();
  const format = useFormat();
  const me = useMe();
  const words = useAlertWords();
  const { data, error, refetch } = useAlerts();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  if (!mayDoAnywhere(me, 'overview:read')) return null;
  const alerts = data?.data ?? [];
  const urgent = alerts.filter(({ severity }) => severity !== 'info').length;
  const isUnread = !data && error !== null;
  const title = isUnread
    ? translate('alerts.unread')
    : translate('alerts.bell', { smart_count: alerts.length, figure: format.number(alerts.length) });
  return (
    <>
      <Tooltip title={title}>
        <IconButton aria-label={title} aria-haspopup="dialog" onClick={(event) => setAnchor(event.currentTarget)}>
          <Badge variant="dot" color="error" invisible={urgent === 0}>
            <NotificationsOutlined />
          </Badge>
        </IconButton>
      </Tooltip>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={() => setAnchor(null)}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'right' }}
        transformOrigin={{ vertical: 'top', horizontal: 'right' }}
        slotProps={{ paper: { role: 'dialog', 'aria-label': title, sx: { width: 420 } } }}
      >
        {isUnread && <Failed error={error} retry={() => void refetch()} />}
        {!data && !error && <Skeleton rows={3} />}
        <ul className="alert-list">
          {data && alerts.length === 0 && <li className="none">{translate('alerts.none')}</li>}
          {alerts.slice(0, maxShown).map((alert) => {
            const Icon = alertIcons[alert.kind];
            const { title: said, text } = words(alert);
            return (
              <li key={alert.id}>
                <Link
                  to={linkOf(alert) ?? '/'}
                  onClick={() => {
                    setAnchor(null);
                    if (alert.tenant_id) chooseTenant(alert.tenant_id);
                  }}
                >
                  <span className="alert-icon" data-severity={alert.severity}>
                    <Icon />
                  </span>
                  <span>
                    <span className="strong" dir="auto">
                      {said}
                    </span>
                    <br />
                    <span className="small mute" dir="auto">
                      {text}
                    </span>
                  </span>
                </Link>
              </li>
            );
          })}
          {alerts.length > 0 && (
            <li>
              <Link to="/" onClick={() => setAnchor(null)}>
                {translate('alerts.all', { count: format.number(alerts.length) })}
              </Link>
            </li>
          )}
        </ul>
      </Popover>
    </>
  );
}
