import '../live/live.css';
import CheckOutlined from '@mui/icons-material/CheckOutlined';
import { Button } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { alertIcons, useAlertWords } from '../live/alert-words';
import { type Alert, linkOf, useAlerts } from '../live/live-alerts';
import { Card, Failed, Skeleton } from '../parts/page';
import { Time } from '../parts/values';
import { chooseTenant } from '../providers/tenant';

const maxShown = 6;

/** Lists what waits for a person, the most urgent first, each with its act. */
export function NeedsAttention() {
  const translate = useTranslate();
  const format = useFormat();
  const { data, error, refetch } = useAlerts();
  const [isWhole, setWhole] = useState(false);
  const alerts = data?.data;
  return (
    <Card title={translate('overview.attention')} note={!!alerts?.length && format.number(alerts.length)} pad={false}>
      {error && !alerts ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !alerts ? (
        <Skeleton rows={3} />
      ) : alerts.length === 0 ? (
        <p className="need-none">
          <CheckOutlined /> {translate('overview.attention_none')}
        </p>
      ) : (
        <ul className="need">
          {alerts.slice(0, isWhole ? undefined : maxShown).map((alert) => (
            <Need key={alert.id} alert={alert} />
          ))}
        </ul>
      )}
      {alerts && alerts.length > maxShown && (
        <div className="need-more">
          <Button variant="text" onClick={() => setWhole(!isWhole)}>
            {translate(isWhole ? 'overview.fewer' : 'overview.more', { count: format.number(alerts.length) })}
          </Button>
        </div>
      )}
    </Card>
  );
}

function Need({ alert }: { alert: Alert }) {
  const words = useAlertWords();
  const Icon = alertIcons[alert.kind];
  const { title, text, act } = words(alert);
  const to = linkOf(alert);
  return (
    <li>
      <span className="alert-icon" data-severity={alert.severity}>
        <Icon />
      </span>
      <div>
        <div className="strong" dir="auto">
          {title}
        </div>
        <div className="small soft" dir="auto">
          {text}
        </div>
      </div>
      <span className="small mute">{alert.since && <Time at={alert.since} />}</span>
      {to && (
        <Button
          component={Link}
          to={to}
          variant="outlined"
          size="small"
          onClick={() => alert.tenant_id && chooseTenant(alert.tenant_id)}
          aria-label={`${act}: ${title}`}
        >
          {act}
        </Button>
      )}
    </li>
  );
}
