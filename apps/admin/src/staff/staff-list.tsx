import AddOutlined from '@mui/icons-material/AddOutlined';
import { Tab, Tabs } from '@mui/material';
import { type ReactNode, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link, useNavigate } from 'react-router-dom';
import { ActButton } from '../parts/act-button';
import { ListPage } from '../parts/list';
import { Page } from '../parts/page';
import { StateChip } from '../parts/state-chip';
import { Time } from '../parts/values';
import { useMe } from '../providers/me';
import { useGrantWords } from './grants-field';
import { InviteDrawer } from './invite-drawer';
import { type Person, personState, useMayManagePeople } from './people';
import { RoleMatrix } from './role-matrix';

/** People of the agency. */
export function StaffList() {
  const translate = useTranslate();
  const me = useMe();
  const words = useGrantWords();
  const mayManage = useMayManagePeople();
  const [isInviting, setInviting] = useState(false);
  return (
    <ListPage<Person>
      resource="staff"
      title={translate('staff.title')}
      needsClient={false}
      perPage={50}
      above={<Views at="people" />}
      acts={
        <ActButton
          variant="contained"
          startIcon={<AddOutlined />}
          off={mayManage === false ? translate('staff.may_not') : null}
          onClick={() => setInviting(true)}
        >
          {translate('staff.invite')}
        </ActButton>
      }
      linkOf={({ id }) => `/staff/${id}`}
      columns={[
        { key: 'name', label: translate('staff.name'), render: ({ name }) => <span dir="auto">{name}</span> },
        { key: 'email', label: translate('staff.email'), render: ({ email }) => <bdi dir="ltr">{email}</bdi>, narrowHide: true },
        {
          key: 'grants',
          label: translate('staff.grants'),
          render: ({ grants }) => <Grants of={grants.map(words)} />,
          low: true,
          narrowHide: true,
        },
        { key: 'state', label: translate('staff.state'), render: (person) => <StateChip kind="person" state={personState(person)} /> },
        {
          key: 'factor',
          label: translate('staff.second_factor'),
          render: ({ has_totp }) => <StateChip kind="second_factor" state={has_totp ? 'on' : 'off'} bare />,
          narrowHide: true,
        },
        {
          key: 'seen',
          label: translate('staff.last_seen'),
          render: ({ last_seen_at }) =>
            last_seen_at ? <Time at={last_seen_at} /> : <span className="mute">{translate('staff.never_seen')}</span>,
          end: true,
          narrowHide: true,
        },
      ]}
      empty={{ title: translate('staff.empty') }}
    >
      {isInviting && me && <InviteDrawer me={me} onClose={() => setInviting(false)} />}
    </ListPage>
  );
}

function Grants({ of }: { of: string[] }): ReactNode {
  return (
    <span className="cut" title={of.join(', ')}>
      {of.join(', ')}
    </span>
  );
}

/** The table of roles. */
export function RolesPage() {
  const translate = useTranslate();
  return (
    <Page title={translate('staff.title')}>
      <Views at="roles" />
      <RoleMatrix />
    </Page>
  );
}

const places = { people: '/staff', roles: '/staff/roles' } as const;

function Views({ at }: { at: keyof typeof places }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  return (
    <Tabs
      value={at}
      onChange={(_event, view: keyof typeof places) => void navigate(places[view])}
      aria-label={translate('staff.views')}
      sx={{ marginBottom: 2 }}
    >
      {(Object.keys(places) as (keyof typeof places)[]).map((view) => (
        <Tab key={view} value={view} disableRipple component={Link} to={places[view]} label={translate(`staff.${view}`)} />
      ))}
    </Tabs>
  );
}
