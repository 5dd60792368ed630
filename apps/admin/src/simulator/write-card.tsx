import SendOutlined from '@mui/icons-material/SendOutlined';
import { TextField } from '@mui/material';
import { type FormEvent, useState } from 'react';
import { useTranslate } from 'react-admin';
import { ActButton } from '../parts/act-button';
import { Card } from '../parts/page';
import { Refused } from '../parts/refused';
import { api, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { NumberField } from './number-field';
import { ownFirst, type SimulatorNumber, useOwnNumbers, useSimulatorAct } from './simulator-data';

/** Writes to a number as a contact would. */
export function WriteCard({ numbers, start }: { numbers: SimulatorNumber[]; start: number | null }) {
  const translate = useTranslate();
  const act = useSimulatorAct();
  const own = useOwnNumbers();
  const [chosen, setNumber] = useState<number | null>(start);
  const number = chosen ?? ownFirst(numbers, own)[0]?.id ?? null;
  const [from, setFrom] = useState('+447700900123');
  const [name, setName] = useState('');
  const [text, setText] = useState(() => translate('simulator.default_text'));
  const errors = useFaults(act.error);
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (act.isPending || number === null) return;
    act.mutate(() =>
      ok(
        api.POST('/admin/v1/simulator/numbers/{id}/messages', {
          params: { path: { id: number } },
          body: { from: from.replace(/[\s().-]/g, ''), text, ...(name.trim() && { name: name.trim() }) },
        }),
      ),
    );
  };
  return (
    <Card title={translate('simulator.write')}>
      <form className="form" onSubmit={send}>
        <span className="soft small">{translate('simulator.write_text')}</span>
        <NumberField label="simulator.to" numbers={numbers} value={number} onChange={setNumber} />
        <TextField
          required
          type="tel"
          label={translate('simulator.from')}
          value={from}
          onChange={(event) => setFrom(event.target.value)}
          error={'from' in errors}
          helperText={errors.from}
          slotProps={{ inputLabel: { required: false }, htmlInput: { dir: 'ltr' } }}
        />
        <TextField
          label={translate('simulator.name')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          slotProps={{ htmlInput: { maxLength: 100, dir: 'auto' } }}
        />
        <TextField
          required
          multiline
          label={translate('simulator.text')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          slotProps={{ inputLabel: { required: false }, htmlInput: { maxLength: 4_096, dir: 'auto' } }}
        />
        <Refused error={act.error} title={translate('simulator.do_failed')} />
        <div className="acts">
          <ActButton type="submit" variant="outlined" startIcon={<SendOutlined />} busy={act.isPending}>
            {translate('simulator.send')}
          </ActButton>
        </div>
        <span className="small soft" role="status">
          {act.isSuccess &&
            translate('simulator.written', { name: own.get(String(number))?.name ?? numbers.find(({ id }) => id === number)?.name ?? '' })}
        </span>
      </form>
    </Card>
  );
}
