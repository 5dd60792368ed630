import MoreHorizOutlined from '@mui/icons-material/MoreHorizOutlined';
import { Button, IconButton, Menu, MenuItem, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { chipOf } from '../numbers/number-state';
import { Card } from '../parts/page';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { Phone } from '../parts/values';
import { api, ok } from '../providers/client';
import { ownFirst, type SimulatorNumber, useOwnNumbers, useSimulatorAct } from './simulator-data';

const pageSize = 12;
const statuses = ['connected', 'disconnected', 'logged_out', 'expired'] as const;

/** Numbers of the simulator, with what can happen to them. */
export function NumbersCard({ numbers, onChoose }: { numbers: SimulatorNumber[]; onChoose: (id: number) => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const own = useOwnNumbers();
  const act = useSimulatorAct();
  const [text, setText] = useState('');
  const [shown, setShown] = useState(pageSize);
  const [open, setOpen] = useState<{ number: SimulatorNumber; anchor: HTMLElement } | null>(null);
  const asked = text.trim().toLowerCase();
  const found = ownFirst(numbers, own).filter(({ id, name, phone }) =>
    [String(id), name, phone, own.get(String(id))?.name ?? ''].some((of) => of.toLowerCase().includes(asked)),
  );
  const close = (): void => setOpen(null);
  const entries = open ? entriesOf(open.number) : [];
  const run = (name: string): void => {
    const number = open?.number;
    close();
    if (!number) return;
    if (name === 'write' || name === 'fail') return onChoose(number.id);
    const path = { path: { id: number.id } };
    act.mutate(() => {
      if (name === 'scan') return ok(api.POST('/admin/v1/simulator/numbers/{id}/scan', { params: path }));
      const body = name === 'other_phone' ? { phone: otherPhone(number) } : { status: name as (typeof statuses)[number] };
      return ok(api.PATCH('/admin/v1/simulator/numbers/{id}', { params: path, body }));
    });
  };
  return (
    <Card
      title={translate('simulator.numbers')}
      note={translate('simulator.numbers_of', { count: format.number(Math.min(shown, found.length)), of: format.number(found.length) })}
      pad={false}
    >
      <div className="pad sim-find">
        <TextField
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder={translate('simulator.find')}
          slotProps={{ htmlInput: { 'aria-label': translate('simulator.find'), type: 'search' } }}
        />
        <Refused error={act.error} title={translate('simulator.do_failed')} />
      </div>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{translate('simulator.number')}</th>
            <th scope="col" className="narrow-hide">
              {translate('simulator.phone')}
            </th>
            <th scope="col">{translate('simulator.state')}</th>
            <th scope="col" className="narrow-hide">
              {translate('simulator.ours')}
            </th>
            <th scope="col" className="end">
              <span className="hidden">{translate('list.acts')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {found.slice(0, shown).map((number) => {
            const mine = own.get(String(number.id));
            return (
              <tr key={number.id}>
                <td className="name">
                  <span dir="auto">{number.name}</span>
                </td>
                <td className="narrow-hide">
                  <Phone value={number.phone} />
                </td>
                <td>
                  <StateChip kind="number" state={chipOf(number.status)} />
                </td>
                <td className="narrow-hide">
                  {mine ? (
                    <Link className="linked" to={`/numbers/${mine.id}`}>
                      <span dir="auto">{mine.name}</span>
                    </Link>
                  ) : (
                    <span className="mute">{translate('simulator.not_ours')}</span>
                  )}
                </td>
                <td className="end">
                  <IconButton
                    aria-label={translate('simulator.acts_of', { name: number.name })}
                    aria-haspopup="menu"
                    onClick={(event) => setOpen({ number, anchor: event.currentTarget })}
                  >
                    <MoreHorizOutlined />
                  </IconButton>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {found.length === 0 && <p className="pad mute small">{translate('simulator.no_match')}</p>}
      {found.length > shown && (
        <div className="pad">
          <Button variant="outlined" onClick={() => setShown(shown + 50)}>
            {translate('simulator.more', { smart_count: Math.min(50, found.length - shown) })}
          </Button>
        </div>
      )}
      <Menu open={open !== null} anchorEl={open?.anchor ?? null} onClose={close}>
        {entries.map(({ name, off }) => (
          <MenuItem key={name} aria-disabled={off ? true : undefined} onClick={() => !off && run(name)}>
            <span>
              {translate(`simulator.act.${name}`)}
              {off && (
                <span className="mute small" style={{ display: 'block' }}>
                  {translate(off)}
                </span>
              )}
            </span>
          </MenuItem>
        ))}
      </Menu>
    </Card>
  );
}

/** Acts that a number offers; `off` is the key of the reason why one is switched off. */
function entriesOf({ status, shows_qr }: SimulatorNumber): { name: string; off: string | null }[] {
  return [
    { name: 'scan', off: shows_qr || status === 'need_passkey' ? null : 'simulator.no_qr' },
    ...statuses.map((name) => ({ name, off: name === status ? 'simulator.is_state' : null })),
    { name: 'other_phone', off: null },
    { name: 'write', off: null },
    { name: 'fail', off: null },
  ];
}

/** A phone that is not the one of the number: its last digit is another. */
const otherPhone = ({ phone }: SimulatorNumber): string => `${phone.slice(0, -1)}${(Number(phone.at(-1)) + 1) % 10}`;
