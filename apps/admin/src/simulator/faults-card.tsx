import { MenuItem, TextField } from '@mui/material';
import { type FormEvent, useState } from 'react';
import { useTranslate } from 'react-admin';
import { ActButton } from '../parts/act-button';
import { Card } from '../parts/page';
import { Refused } from '../parts/refused';
import { api, ok } from '../providers/client';
import { NumberField } from './number-field';
import { type FaultKind, type SimulatorFault, type SimulatorNumber, useOwnNumbers, useSimulatorAct } from './simulator-data';

/** Faults that are offered, with the names of their words; the api knows more of them. */
const kinds = {
  'refuse-422': 'refuse_422',
  'refuse-429': 'refuse_429',
  'refuse-401': 'refuse_401',
  'refuse-403': 'refuse_403',
  'refuse-not-connected': 'refuse_not_connected',
  'refuse-500': 'refuse_500',
  'refuse-reset': 'refuse_reset',
  'accept-cut': 'accept_cut',
  'accept-500': 'accept_500',
  'accept-hang': 'accept_hang',
  'fail-later': 'fail_later',
} as const satisfies Partial<Record<FaultKind, string>>;
type Offered = keyof typeof kinds;
const rates = { all: 1, tenth: 0.1, hundredth: 0.01 } as const;

/** Makes sends fail, and shows which faults apply. */
export function FaultsCard({ numbers, faults, start }: { numbers: SimulatorNumber[]; faults: SimulatorFault[]; start: number | null }) {
  const translate = useTranslate();
  const own = useOwnNumbers();
  const act = useSimulatorAct();
  const [kind, setKind] = useState<Offered>('refuse-422');
  const [number, setNumber] = useState(start);
  const [rate, setRate] = useState<keyof typeof rates>('all');
  const [times, setTimes] = useState('20');
  const word = (of: string): string => (of in kinds ? translate(`simulator.fault.${kinds[of as Offered]}`) : of);
  const add = (event: FormEvent): void => {
    event.preventDefault();
    if (act.isPending) return;
    act.mutate(() =>
      ok(
        api.POST('/admin/v1/simulator/faults', {
          body: {
            kind,
            rate: rates[rate],
            ...(number !== null && { session_id: number }),
            ...(times.trim() && { times: Number(times) }),
          },
        }),
      ),
    );
  };
  return (
    <Card title={translate('simulator.faults')}>
      <form className="form" onSubmit={add}>
        <span className="soft small">{translate('simulator.faults_text')}</span>
        <TextField select label={translate('simulator.kind')} value={kind} onChange={(event) => setKind(event.target.value as Offered)}>
          {(Object.keys(kinds) as Offered[]).map((name) => (
            <MenuItem key={name} value={name}>
              {word(name)}
            </MenuItem>
          ))}
        </TextField>
        <NumberField label="simulator.of" all="simulator.all" numbers={numbers} value={number} onChange={setNumber} />
        <TextField select label={translate('simulator.rate')} value={rate} onChange={(event) => setRate(event.target.value as typeof rate)}>
          {Object.keys(rates).map((name) => (
            <MenuItem key={name} value={name}>
              {translate(`simulator.rate_choice.${name}`)}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          type="number"
          label={translate('simulator.times')}
          helperText={translate('simulator.times_help')}
          value={times}
          onChange={(event) => setTimes(event.target.value)}
          slotProps={{ htmlInput: { min: 1, max: 1_000_000 } }}
        />
        <Refused error={act.error} title={translate('simulator.do_failed')} />
        <div className="acts">
          <ActButton type="submit" variant="outlined" busy={act.isPending}>
            {translate('simulator.add_fault')}
          </ActButton>
        </div>
      </form>
      <div className="sim-faults">
        {faults.length === 0 ? (
          <p className="mute small">{translate('simulator.no_faults')}</p>
        ) : (
          <>
            <ul>
              {faults.map((fault) => (
                <li key={fault.id}>
                  <span>{word(fault.kind)}</span>
                  <span className="mute small">
                    {[
                      fault.session_id === null
                        ? translate('simulator.all')
                        : (own.get(String(fault.session_id))?.name ??
                          numbers.find(({ id }) => id === fault.session_id)?.name ??
                          String(fault.session_id)),
                      translate('simulator.struck', { smart_count: fault.struck }),
                    ].join(' · ')}
                  </span>
                </li>
              ))}
            </ul>
            <ActButton
              variant="outlined"
              busy={act.isPending}
              onClick={() => act.mutate(() => ok(api.DELETE('/admin/v1/simulator/faults')))}
            >
              {translate('simulator.remove_faults')}
            </ActButton>
          </>
        )}
      </div>
    </Card>
  );
}
