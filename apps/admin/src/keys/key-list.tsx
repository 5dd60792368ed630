import AddOutlined from '@mui/icons-material/AddOutlined';
import MoreHorizOutlined from '@mui/icons-material/MoreHorizOutlined';
import { Button, IconButton, Menu, MenuItem } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { AuditLinks } from '../audit/audit-links';
import { ActButton } from '../parts/act-button';
import { DecisionDrawer } from '../parts/decision-drawer';
import { ListPage } from '../parts/list';
import { Facts } from '../parts/page';
import { RowButton } from '../parts/row-button';
import { StateChip } from '../parts/state-chip';
import { Dash, Id, Time } from '../parts/values';
import { useMay } from '../providers/acts';
import { useMe } from '../providers/me';
import { useNumberNames } from '../providers/number-names';
import { wordsOf } from '../providers/permissions';
import { CreateKeyDrawer } from './create-key';
import { type ApiKey, keyState } from './keys';
import { RevokeKeyDialog, RotateKeyDrawer } from './key-decisions';

/** API keys of a client: what each may, when it was used, and when it ends. */
export function KeyList() {
  const translate = useTranslate();
  const me = useMe();
  const mayManage = useMay('keys:manage');
  const [open, setOpen] = useState<{ kind: 'create' } | { kind: 'show' | 'rotate' | 'revoke'; key: ApiKey } | null>(null);
  const close = (): void => setOpen(null);
  const off = mayManage === false ? translate('keys.may_not') : null;
  const add = (
    <ActButton variant="contained" startIcon={<AddOutlined />} off={off} onClick={() => setOpen({ kind: 'create' })}>
      {translate('keys.add')}
    </ActButton>
  );
  return (
    <ListPage<ApiKey>
      resource="keys"
      title={translate('menu.keys')}
      acts={add}
      columns={[
        {
          key: 'name',
          label: translate('keys.name'),
          render: (key) => (
            <RowButton onClick={() => setOpen({ kind: 'show', key })}>
              <span dir="auto">{key.name}</span>
            </RowButton>
          ),
        },
        {
          key: 'prefix',
          label: translate('keys.prefix'),
          render: ({ prefix }) => (
            <bdi dir="ltr" className="mono">
              {prefix}…
            </bdi>
          ),
          narrowHide: true,
        },
        {
          key: 'scopes',
          label: translate('keys.scopes'),
          render: ({ scopes }) => translate('keys.scopes_count', { smart_count: scopes.length }),
          low: true,
          narrowHide: true,
        },
        {
          key: 'numbers',
          label: translate('keys.numbers'),
          render: ({ session_ids }) =>
            session_ids ? (
              translate('keys.numbers_count', { smart_count: session_ids.length })
            ) : (
              <span className="mute">{translate('keys.all_numbers')}</span>
            ),
          low: true,
          narrowHide: true,
        },
        { key: 'state', label: translate('keys.state'), render: (key) => <StateChip kind="api_key" state={keyState(key)} /> },
        {
          key: 'used',
          label: translate('keys.last_used'),
          render: ({ last_used_at }) =>
            last_used_at ? <Time at={last_used_at} /> : <span className="mute">{translate('keys.never_used')}</span>,
          narrowHide: true,
        },
        {
          key: 'expires',
          label: translate('keys.expires'),
          render: ({ expires_at }) => (expires_at ? <Time at={expires_at} /> : <span className="mute">{translate('keys.never')}</span>),
          narrowHide: true,
        },
        {
          key: 'by',
          label: translate('keys.by'),
          render: ({ created_by }) => (created_by ? <span dir="auto">{created_by.name ?? created_by.id}</span> : <Dash />),
          low: true,
          narrowHide: true,
        },
        {
          key: 'acts',
          label: '',
          render: (key) => <RowMenu apiKey={key} onOpen={(kind) => setOpen({ kind, key })} />,
          end: true,
        },
      ]}
      empty={{ title: translate('keys.empty'), text: translate('keys.empty_text'), acts: add }}
    >
      {open?.kind === 'create' && me && <CreateKeyDrawer me={me} onClose={close} />}
      {open?.kind === 'show' && <KeyDrawer apiKey={open.key} onAct={(kind) => setOpen({ kind, key: open.key })} onClose={close} />}
      {open?.kind === 'rotate' && <RotateKeyDrawer apiKey={open.key} onClose={close} />}
      {open?.kind === 'revoke' && <RevokeKeyDialog apiKey={open.key} onClose={close} />}
    </ListPage>
  );
}

const isLive = (key: ApiKey): boolean => !['revoked', 'expired'].includes(keyState(key));

function RowMenu({ apiKey, onOpen }: { apiKey: ApiKey; onOpen: (kind: 'rotate' | 'revoke') => void }) {
  const translate = useTranslate();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  if (!isLive(apiKey)) return null;
  return (
    <>
      <IconButton
        aria-label={translate('keys.more', { name: apiKey.name })}
        aria-haspopup="menu"
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <MoreHorizOutlined />
      </IconButton>
      <Menu open={anchor !== null} anchorEl={anchor} onClose={() => setAnchor(null)}>
        {(['rotate', 'revoke'] as const).map((kind) => (
          <MenuItem
            key={kind}
            onClick={() => {
              setAnchor(null);
              onOpen(kind);
            }}
          >
            {translate(`keys.${kind}`)}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}

function KeyDrawer({ apiKey, onAct, onClose }: { apiKey: ApiKey; onAct: (kind: 'rotate' | 'revoke') => void; onClose: () => void }) {
  const translate = useTranslate();
  const mayAudit = useMay('audit:read');
  const numbers = useNumberNames();
  const off = isLive(apiKey) ? null : translate('keys.not_live');
  return (
    <DecisionDrawer
      title={translate('keys.details', { name: apiKey.name })}
      onClose={onClose}
      foot={
        <>
          <ActButton variant="outlined" color="error" off={off} onClick={() => onAct('revoke')}>
            {translate('keys.revoke')}
          </ActButton>
          {!off && (
            <Button variant="contained" onClick={() => onAct('rotate')}>
              {translate('keys.rotate')}
            </Button>
          )}
        </>
      }
    >
      <div>
        <StateChip kind="api_key" state={keyState(apiKey)} big />
      </div>
      <Facts
        rows={[
          [
            translate('keys.prefix'),
            <bdi key="prefix" dir="ltr" className="mono">
              {apiKey.prefix}…
            </bdi>,
          ],
          [translate('keys.last_used'), apiKey.last_used_at ? <Time key="used" at={apiKey.last_used_at} /> : translate('keys.never_used')],
          [translate('keys.expires'), apiKey.expires_at ? <Time key="expires" at={apiKey.expires_at} /> : translate('keys.never')],
          [
            translate('keys.addresses'),
            apiKey.allowed_addresses ? (
              <bdi key="addresses" dir="ltr" className="mono">
                {apiKey.allowed_addresses.join(', ')}
              </bdi>
            ) : (
              translate('keys.any_address')
            ),
          ],
          [
            translate('keys.numbers'),
            apiKey.session_ids ? (
              <ul key="numbers" className="rights">
                {apiKey.session_ids.map((id) => (
                  <li key={id}>{numbers.has(id) ? <bdi>{numbers.get(id)?.name}</bdi> : <Id value={id} short />}</li>
                ))}
              </ul>
            ) : (
              translate('keys.all_numbers')
            ),
          ],
          [translate('keys.created'), <Time key="created" at={apiKey.created_at} />],
          [translate('keys.by'), apiKey.created_by ? (apiKey.created_by.name ?? apiKey.created_by.id) : null],
          [translate('keys.revoked'), apiKey.revoked_at ? <Time key="revoked" at={apiKey.revoked_at} /> : null],
          [translate('keys.id'), <Id key="id" value={apiKey.id} short />],
          [translate('audit.title'), mayAudit ? <AuditLinks key="audit" kind="api_key" id={apiKey.id} by={apiKey.name} /> : null],
        ]}
      />
      <div>
        <h3>{translate('keys.scopes')}</h3>
        <ul className="rights">
          {apiKey.scopes.map((scope) => (
            <li key={scope}>
              {translate(wordsOf(scope))} <span className="mono mute">{scope}</span>
            </li>
          ))}
        </ul>
      </div>
    </DecisionDrawer>
  );
}
