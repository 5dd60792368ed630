import VisibilityOutlined from '@mui/icons-material/VisibilityOutlined';
import { IconButton } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { useLocation, useNavigate } from 'react-router-dom';
import { ClientLink, ClientName } from '../parts/client-link';
import { DecisionDrawer } from '../parts/decision-drawer';
import { lookSearch } from '../parts/look-search';
import { Facts, Failed, Skeleton } from '../parts/page';
import { StateChip } from '../parts/state-chip';
import { Id, Phone, phoneInText } from '../parts/values';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { calledOf } from './message-call';
import { MessageContent } from './message-content';
import { MessageSteps } from './message-steps';

/** Opens the quick look at a message, from its row. */
export function LookButton({ id, tenant, to }: { id: string; tenant: string | undefined; to: string }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  const { search } = useLocation();
  return (
    <IconButton
      size="small"
      aria-label={translate('messages.look', { to: phoneInText(to) })}
      onClick={() => void navigate({ search: lookSearch(search, tenant ? `${tenant}.${id}` : id) })}
    >
      <VisibilityOutlined fontSize="small" />
    </IconButton>
  );
}

/** The quick look at the message that the address names, at the side of the list. */
export function MessageLook() {
  const tenant = useTenant();
  const navigate = useNavigate();
  const { search } = useLocation();
  const look = new URLSearchParams(search).get('look');
  if (!look) return null;
  const [of, id] = look.includes('.') ? (look.split('.') as [string, string]) : [tenant, look];
  if (!of) return null;
  return <Look key={look} tenant={of} id={id} onClose={() => void navigate({ search: lookSearch(search, null) })} />;
}

function Look({ tenant, id, onClose }: { tenant: string; id: string; onClose: () => void }) {
  const translate = useTranslate();
  const { data, error, refetch } = useQuery({
    queryKey: ['messages', 'page', tenant, id],
    queryFn: async ({ signal }) =>
      ok(api.GET('/v1/messages/{id}', { params: { path: { id } }, headers: { 'heliograph-tenant': tenant }, signal })),
  });
  return (
    <DecisionDrawer
      title={data ? translate('message_page.title', { to: phoneInText(data.to) }) : translate('menu.messages')}
      onClose={onClose}
      foot={
        <ClientLink tenant={tenant} to={`/messages/${id}`}>
          {translate('messages.open_page')}
        </ClientLink>
      }
    >
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton />}
      {data && (
        <>
          <div className="row">
            <StateChip kind="message" state={data.state} />
            <Phone value={data.to} />
          </div>
          <MessageContent message={data.message} votes={data.votes} />
          <div>
            <h3>{translate('message_page.timeline')}</h3>
            <MessageSteps
              steps={data.timeline}
              accepted={{ at: data.created_at }}
              notBefore={data.send_at}
              messageClass={data.class}
              called={calledOf(data)}
            />
          </div>
          <Facts
            rows={[
              [translate('messages.client'), <ClientName key="client" id={tenant} />],
              [translate('messages.client_ref'), data.client_ref],
              [translate('message_page.id'), <Id key="id" value={id} />],
            ]}
          />
        </>
      )}
    </DecisionDrawer>
  );
}
