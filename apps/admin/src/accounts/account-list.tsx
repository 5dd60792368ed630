import AddOutlined from '@mui/icons-material/AddOutlined';
import CheckOutlined from '@mui/icons-material/CheckOutlined';
import MoreHorizOutlined from '@mui/icons-material/MoreHorizOutlined';
import { Button, IconButton, Menu, MenuItem, TextField } from '@mui/material';
import '../parts/access.css';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDialog } from '../parts/decision-dialog';
import { DecisionDrawer } from '../parts/decision-drawer';
import { FormDrawer } from '../parts/form-drawer';
import { ListPage } from '../parts/list';
import { NumberLinks } from '../parts/number-links';
import { Note } from '../parts/page';
import { Refused } from '../parts/refused';
import { RowButton } from '../parts/row-button';
import { Time } from '../parts/values';
import type { components } from '../providers/api-types';
import { useAct, useMay } from '../providers/acts';
import { api, type ApiError, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';

type Account = components['schemas']['ProviderAccount'];
type Open = { kind: 'add' } | { kind: 'show' | 'rename' | 'replace' | 'remove'; account: Account };
type Checked = { account: Account; sessions: number } | { account: Account; error: ApiError };

/** Accounts at the provider, with which numbers are created and linked there. Tokens go in and never come out. */
export function AccountList() {
  const translate = useTranslate();
  const format = useFormat();
  const mayManage = useMay('sessions:manage');
  const [open, setOpen] = useState<Open | null>(null);
  const [checked, setChecked] = useState<Checked | null>(null);
  const close = (): void => setOpen(null);
  const add = (
    <ActButton
      variant="contained"
      startIcon={<AddOutlined />}
      off={mayManage === false ? translate('accounts.may_not') : null}
      onClick={() => setOpen({ kind: 'add' })}
    >
      {translate('accounts.add')}
    </ActButton>
  );
  return (
    <ListPage<Account>
      resource="accounts"
      title={translate('accounts.title')}
      acts={add}
      above={checked && <Verdict checked={checked} />}
      columns={[
        {
          key: 'name',
          label: translate('accounts.name'),
          render: (account) => (
            <RowButton onClick={() => setOpen({ kind: 'show', account })}>
              <span dir="auto">{account.name}</span>
            </RowButton>
          ),
        },
        { key: 'provider', label: translate('accounts.provider'), render: ({ provider }) => provider, narrowHide: true },
        { key: 'numbers', label: translate('accounts.numbers'), render: ({ sessions }) => format.number(sessions), end: true },
        { key: 'added', label: translate('accounts.added'), render: ({ created_at }) => <Time at={created_at} />, narrowHide: true },
        {
          key: 'acts',
          label: '',
          render: (account) => mayManage && <RowActs account={account} onOpen={setOpen} onChecked={setChecked} />,
          end: true,
        },
      ]}
      empty={{ title: translate('accounts.empty'), text: translate('accounts.empty_text'), acts: add }}
    >
      {open?.kind === 'add' && <AddDrawer onClose={close} />}
      {open?.kind === 'show' && (
        <DecisionDrawer
          title={open.account.name}
          onClose={close}
          foot={
            <Button variant="outlined" onClick={close}>
              {translate('accounts.close')}
            </Button>
          }
        >
          <h3>{translate('accounts.numbers_of', { smart_count: open.account.sessions })}</h3>
          <NumberLinks of={({ account_id }) => account_id === open.account.id} empty={translate('accounts.no_numbers')} />
        </DecisionDrawer>
      )}
      {open?.kind === 'rename' && <RenameDialog account={open.account} onClose={close} />}
      {open?.kind === 'replace' && <ReplaceDialog account={open.account} onClose={close} />}
      {open?.kind === 'remove' && <RemoveDialog account={open.account} onClose={close} />}
    </ListPage>
  );
}

function Verdict({ checked }: { checked: Checked }) {
  const translate = useTranslate();
  const { name } = checked.account;
  if ('error' in checked) return <Refused error={checked.error} title={translate('accounts.check_bad', { name })} />;
  return (
    <div role="status">
      <Note state="read" icon={CheckOutlined} title={translate('accounts.check_good', { name, smart_count: checked.sessions })} />
    </div>
  );
}

function RowActs({
  account,
  onOpen,
  onChecked,
}: {
  account: Account;
  onOpen: (open: Open) => void;
  onChecked: (checked: Checked | null) => void;
}) {
  const translate = useTranslate();
  const check = useAct();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const entries = [
    { kind: 'rename', off: null },
    { kind: 'replace', off: null },
    { kind: 'remove', off: account.sessions > 0 ? translate('accounts.in_use') : null },
  ] as const;
  const run = (): void => {
    onChecked(null);
    check.mutate(
      async () => {
        const { sessions } = await ok(api.POST('/v1/provider-accounts/{id}/test', { params: { path: { id: account.id } } }));
        onChecked({ account, sessions });
      },
      { onError: (error) => onChecked({ account, error }) },
    );
  };
  return (
    <span className="row" style={{ flexWrap: 'nowrap', justifyContent: 'flex-end' }}>
      <ActButton variant="outlined" busy={check.isPending && translate('accounts.checking')} onClick={run}>
        {translate('accounts.check')}
      </ActButton>
      <IconButton
        aria-label={translate('accounts.more', { name: account.name })}
        aria-haspopup="menu"
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <MoreHorizOutlined />
      </IconButton>
      <Menu open={anchor !== null} anchorEl={anchor} onClose={() => setAnchor(null)}>
        {entries.map(({ kind, off }) => (
          <MenuItem
            key={kind}
            aria-disabled={!!off}
            onClick={() => {
              if (off) return;
              setAnchor(null);
              onOpen({ kind, account });
            }}
          >
            <span>
              {translate(`accounts.${kind}`)}
              {off && <div className="small mute">{off}</div>}
            </span>
          </MenuItem>
        ))}
      </Menu>
    </span>
  );
}

interface FieldProps {
  value: string;
  onChange: (value: string) => void;
  fault?: string | undefined;
  autoFocus?: boolean;
}

function NameField({ value, onChange, fault, autoFocus }: FieldProps) {
  const translate = useTranslate();
  return (
    <TextField
      required
      autoFocus={!!autoFocus}
      label={translate('accounts.form.name')}
      helperText={fault ?? translate('accounts.form.name_help')}
      error={!!fault}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ htmlInput: { maxLength: 200, dir: 'auto' }, inputLabel: { required: false } }}
    />
  );
}

function TokenField({ value, onChange, fault, autoFocus }: FieldProps) {
  const translate = useTranslate();
  return (
    <TextField
      required
      autoFocus={!!autoFocus}
      type="password"
      autoComplete="off"
      label={translate('accounts.form.token')}
      helperText={fault ?? translate('accounts.form.token_help')}
      error={!!fault}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ htmlInput: { minLength: 8, maxLength: 500 }, inputLabel: { required: false } }}
    />
  );
}

function AddDrawer({ onClose }: { onClose: () => void }) {
  const translate = useTranslate();
  const act = useAct(['accounts']);
  const [name, setName] = useState('');
  const [token, setToken] = useState('');
  const faults = useFaults(act.error);
  return (
    <FormDrawer
      title={translate('accounts.add')}
      button={translate('accounts.add_do')}
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(() => ok(api.POST('/v1/provider-accounts', { body: { name: name.trim(), access_token: token.trim() } })), {
          onSuccess: onClose,
        })
      }
    >
      <NameField autoFocus value={name} onChange={setName} fault={faults.name} />
      <TokenField value={token} onChange={setToken} fault={faults.access_token} />
    </FormDrawer>
  );
}

function RenameDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const translate = useTranslate();
  const act = useAct(['accounts']);
  const [name, setName] = useState(account.name);
  return (
    <DecisionDialog
      title={translate('accounts.rename')}
      button={translate('accounts.save_name')}
      back={translate('accounts.keep')}
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(
          () => ok(api.PATCH('/v1/provider-accounts/{id}', { params: { path: { id: account.id } }, body: { name: name.trim() } })),
          { onSuccess: onClose },
        )
      }
    >
      <NameField autoFocus value={name} onChange={setName} />
    </DecisionDialog>
  );
}

function ReplaceDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const translate = useTranslate();
  const act = useAct(['accounts']);
  const [token, setToken] = useState('');
  return (
    <DecisionDialog
      title={translate('accounts.replace')}
      button={translate('accounts.save_token')}
      back={translate('accounts.keep')}
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(
          () => ok(api.PATCH('/v1/provider-accounts/{id}', { params: { path: { id: account.id } }, body: { access_token: token.trim() } })),
          { onSuccess: onClose },
        )
      }
    >
      <p className="text">{translate('accounts.replace_text')}</p>
      <TokenField autoFocus value={token} onChange={setToken} />
    </DecisionDialog>
  );
}

function RemoveDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const translate = useTranslate();
  const act = useAct(['accounts']);
  return (
    <DecisionDialog
      title={translate('accounts.remove_title', { name: account.name })}
      button={translate('accounts.remove_do')}
      back={translate('accounts.keep')}
      isDanger
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(() => ok(api.DELETE('/v1/provider-accounts/{id}', { params: { path: { id: account.id } } })), { onSuccess: onClose })
      }
    >
      <p className="text">{translate('accounts.remove_text')}</p>
    </DecisionDialog>
  );
}
