import { Link as MuiLink } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { chooseTenant } from '../providers/tenant';
import { auditLink } from './audit-link';
import './audit.css';

/**
 * Links from a record to its rows in the audit log. `by`: name of the record where it is a person or a key, which changes others too.
 * `everywhere`: its rows belong to no client, or to several, so the links show those of all clients.
 */
export function AuditLinks({ kind, id, by, everywhere = false }: { kind: string; id: string; by?: string; everywhere?: boolean }) {
  const translate = useTranslate();
  const onClick = everywhere ? () => chooseTenant(null) : undefined;
  return (
    <span className="audit-more">
      <MuiLink component={Link} to={auditLink({ subject_kind: kind, subject_id: id })} onClick={onClick}>
        {translate('audit.same_subject')}
      </MuiLink>
      {by !== undefined && (
        <MuiLink component={Link} to={auditLink({ actor_id: id })} onClick={onClick}>
          {translate('audit.same_actor', { name: by })}
        </MuiLink>
      )}
    </span>
  );
}
