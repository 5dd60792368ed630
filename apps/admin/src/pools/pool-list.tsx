import '../parts/access.css';
import AddOutlined from '@mui/icons-material/AddOutlined';
import MoreHorizOutlined from '@mui/icons-material/MoreHorizOutlined';
import { Button, IconButton, Menu, MenuItem, TextField } from '@mui/material';
import { useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Autocomplete } from '../parts/autocomplete';
import { DecisionDialog } from '../parts/decision-dialog';
import { DecisionDrawer } from '../parts/decision-drawer';
import { FormDrawer } from '../parts/form-drawer';
import { ListPage } from '../parts/list';
import { NumberLinks } from '../parts/number-links';
import { useOpened } from '../parts/opened';
import { Facts, Failed, Skeleton } from '../parts/page';
import { RowButton } from '../parts/row-button';
import { timeZones } from '../parts/time-zones';
import { Meter } from '../parts/values';
import type { components } from '../providers/api-types';
import { type Tagged, tagged, useAct, useMay } from '../providers/acts';
import { api, type ApiError, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { useTenant } from '../providers/tenant';
import { useQuery } from '@tanstack/react-query';

type Pool = components['schemas']['CapPool'] & { id: string };
type Open = { kind: 'add' } | { kind: 'show' | 'edit' | 'remove'; pool: Pool };

const used = (cap: number | null, left: number | null): number => (cap ?? 0) - (left ?? 0);

/** Caps that numbers of a client share: what is used of them, and by which numbers. */
export function PoolList() {
  const translate = useTranslate();
  const format = useFormat();
  const mayManage = useMay('sessions:manage');
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const add = (
    <ActButton
      variant="contained"
      startIcon={<AddOutlined />}
      off={mayManage === false ? translate('pools.may_not') : null}
      onClick={() => setOpen({ kind: 'add' })}
    >
      {translate('pools.add')}
    </ActButton>
  );
  const cap = (of: number | null, left: number | null) =>
    of === null ? <span className="mute">{translate('pools.no_cap')}</span> : <Meter used={used(of, left)} of={of} />;
  return (
    <ListPage<Pool>
      resource="pools"
      title={translate('menu.pools')}
      acts={add}
      columns={[
        {
          key: 'name',
          label: translate('pools.name'),
          render: (pool) => (
            <RowButton onClick={() => setOpen({ kind: 'show', pool })}>
              <bdi dir="ltr">{pool.name}</bdi>
            </RowButton>
          ),
        },
        { key: 'day', label: translate('pools.day'), render: ({ daily_cap, left_today }) => cap(daily_cap, left_today) },
        {
          key: 'hour',
          label: translate('pools.hour'),
          render: ({ hourly_cap, left_this_hour }) => cap(hourly_cap, left_this_hour),
          narrowHide: true,
        },
        {
          key: 'members',
          label: translate('pools.members'),
          render: ({ sessions }) => format.number(sessions),
          end: true,
          narrowHide: true,
        },
        {
          key: 'zone',
          label: translate('pools.zone'),
          render: ({ time_zone }) => <bdi dir="ltr">{time_zone}</bdi>,
          low: true,
          narrowHide: true,
        },
        { key: 'acts', label: '', render: (pool) => mayManage && <RowMenu pool={pool} onOpen={setOpen} />, end: true },
      ]}
      empty={{ title: translate('pools.empty'), text: translate('pools.empty_text'), acts: add }}
    >
      {open?.kind === 'add' && <PoolForm onClose={close} />}
      {open?.kind === 'show' && <PoolDrawer pool={open.pool} onClose={close} onEdit={() => setOpen({ kind: 'edit', pool: open.pool })} />}
      {open?.kind === 'edit' && <EditPool name={open.pool.name} onClose={close} />}
      {open?.kind === 'remove' && <RemoveDialog pool={open.pool} onClose={close} />}
    </ListPage>
  );
}

function RowMenu({ pool, onOpen }: { pool: Pool; onOpen: (open: Open) => void }) {
  const translate = useTranslate();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const entries = [
    { kind: 'edit', off: null },
    { kind: 'remove', off: pool.sessions > 0 ? translate('pools.in_use') : null },
  ] as const;
  return (
    <>
      <IconButton
        aria-label={translate('pools.more', { name: pool.name })}
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
              onOpen({ kind, pool });
            }}
          >
            <span>
              {translate(`pools.${kind}`)}
              {off && (
                <div className="small mute" style={{ whiteSpace: 'normal', maxWidth: 260 }}>
                  {off}
                </div>
              )}
            </span>
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}

function PoolDrawer({ pool, onClose, onEdit }: { pool: Pool; onClose: () => void; onEdit: () => void }) {
  const translate = useTranslate();
  const mayManage = useMay('sessions:manage');
  const cap = (of: number | null, left: number | null) =>
    of === null ? translate('pools.no_cap') : <Meter used={used(of, left)} of={of} />;
  return (
    <DecisionDrawer
      title={pool.name}
      onClose={onClose}
      foot={
        <>
          <Button variant="outlined" onClick={onClose}>
            {translate('pools.close')}
          </Button>
          <ActButton variant="contained" off={mayManage === false ? translate('pools.may_not') : null} onClick={onEdit}>
            {translate('pools.edit')}
          </ActButton>
        </>
      }
    >
      <Facts
        rows={[
          [translate('pools.day'), cap(pool.daily_cap, pool.left_today)],
          [translate('pools.hour'), cap(pool.hourly_cap, pool.left_this_hour)],
          [
            translate('pools.zone'),
            <bdi key="zone" dir="ltr">
              {pool.time_zone}
            </bdi>,
          ],
        ]}
      />
      <div>
        <h3>{translate('pools.members')}</h3>
        <NumberLinks of={({ id }) => pool.session_ids.includes(id)} empty={translate('pools.no_members')} />
      </div>
    </DecisionDrawer>
  );
}

/** Reads the pool with its tag first, so that nobody's change is lost. The form begins with what was read for it, and with no older answer. */
function EditPool({ name, onClose }: { name: string; onClose: () => void }) {
  const tenant = useTenant();
  const { data, error, refetch } = useQuery<Tagged<Omit<Pool, 'id'>>, ApiError>({
    queryKey: ['pools', tenant, 'one', name],
    queryFn: ({ signal }) => tagged(api.GET('/v1/cap-pools/{name}', { params: { path: { name } }, signal })),
    gcTime: 0,
  });
  const readTag = async (): Promise<string | null> => (await refetch()).data?.tag ?? null;
  if (data) return <PoolForm pool={data.value} tag={data.tag} readTag={readTag} onClose={onClose} />;
  return (
    <DecisionDrawer title={name} onClose={onClose} foot={null}>
      {error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton rows={3} />}
    </DecisionDrawer>
  );
}

const orNone = (text: string): number | null => (text.trim() === '' ? null : Number(text));

function PoolForm({
  pool,
  tag,
  readTag,
  onClose,
}: {
  pool?: Omit<Pool, 'id'>;
  tag?: string | null;
  /** Reads the tag of the version that somebody else saved meanwhile. */
  readTag?: () => Promise<string | null>;
  onClose: () => void;
}) {
  const translate = useTranslate();
  const act = useAct(['pools']);
  const opened = useOpened(pool, tag);
  const { data: pools = [] } = useListContext<Pool>();
  const [name, setName] = useState(pool?.name ?? '');
  const [day, setDay] = useState(pool?.daily_cap ? String(pool.daily_cap) : '');
  const [hour, setHour] = useState(pool?.hourly_cap ? String(pool.hourly_cap) : '');
  const [zone, setZone] = useState(pool?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const faults = useFaults(act.error);
  const isTaken = !pool && pools.some((other) => other.name === name.trim());
  const isChanged = act.error?.status === 412;
  const field = (label: string, value: string, set: (value: string) => void, fault: string | undefined) => (
    <TextField
      type="number"
      label={label}
      helperText={fault ?? translate('pools.form.cap_help')}
      error={!!fault}
      value={value}
      onChange={(event) => set(event.target.value)}
      slotProps={{ htmlInput: { min: 1, max: 10_000_000, step: 1 } }}
    />
  );
  return (
    <FormDrawer
      title={pool ? pool.name : translate('pools.add')}
      button={translate(pool ? 'pools.save' : 'pools.create')}
      act={act}
      onClose={onClose}
      onDo={() => {
        if (isTaken) return;
        act.mutate(
          () =>
            ok(
              api.PUT('/v1/cap-pools/{name}', {
                params: { path: { name: name.trim() }, header: opened.header },
                body: { daily_cap: orNone(day), hourly_cap: orNone(hour), time_zone: zone },
              }),
            ),
          { onSuccess: onClose, onError: (error) => void (error.status === 412 && readTag?.().then(opened.retag)) },
        );
      }}
    >
      {isChanged && <p className="text">{translate('pools.form.changed')}</p>}
      {!pool && (
        <TextField
          autoFocus
          required
          label={translate('pools.form.name')}
          helperText={isTaken ? translate('pools.form.exists') : translate('pools.form.name_help')}
          error={isTaken}
          value={name}
          onChange={(event) => setName(event.target.value)}
          slotProps={{ htmlInput: { pattern: '[\\w.\\-]{1,64}', maxLength: 64, dir: 'ltr' }, inputLabel: { required: false } }}
        />
      )}
      {field(translate('pools.form.day'), day, setDay, faults.daily_cap)}
      {field(translate('pools.form.hour'), hour, setHour, faults.hourly_cap)}
      <Autocomplete
        size="small"
        disableClearable
        options={timeZones}
        value={zone}
        onChange={(_, value) => setZone(value)}
        renderInput={(params) => (
          <TextField
            {...params}
            label={translate('pools.form.zone')}
            error={'time_zone' in faults}
            helperText={faults.time_zone ?? translate('pools.form.zone_help')}
          />
        )}
      />
    </FormDrawer>
  );
}

function RemoveDialog({ pool, onClose }: { pool: Pool; onClose: () => void }) {
  const translate = useTranslate();
  const act = useAct(['pools']);
  return (
    <DecisionDialog
      title={translate('pools.remove_title', { name: pool.name })}
      button={translate('pools.remove_do')}
      back={translate('pools.keep')}
      isDanger
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(() => ok(api.DELETE('/v1/cap-pools/{name}', { params: { path: { name: pool.name } } })), { onSuccess: onClose })
      }
    >
      <p className="text">{translate('pools.remove_text')}</p>
    </DecisionDialog>
  );
}
