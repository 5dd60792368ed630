import './simulator.css';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import DoneOutlined from '@mui/icons-material/DoneOutlined';
import DoneAllOutlined from '@mui/icons-material/DoneAllOutlined';
import { type ComponentType, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Empty, Failed, Page, Skeleton } from '../parts/page';
import { useMe } from '../providers/me';
import { FaultsCard } from './faults-card';
import { LedgerCard } from './ledger-card';
import { NumbersCard } from './numbers-card';
import { useSimulator } from './simulator-data';
import { WriteCard } from './write-card';

/** The simulator: its numbers, faults on demand, messages of contacts, and its ledger. */
export function SimulatorPage() {
  const translate = useTranslate();
  const me = useMe();
  const { data, error, refetch } = useSimulator(me?.has_simulator === true);
  const [chosen, setChosen] = useState<number | null>(null);
  const title = translate('menu.simulator');
  if (me && !me.has_simulator)
    return (
      <Page title={title}>
        <div className="table-box">
          <Empty title={translate('simulator.none')}>{translate('simulator.none_text')}</Empty>
        </div>
      </Page>
    );
  if (!data)
    return (
      <Page title={title}>
        <div className="table-box">{error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton />}</div>
      </Page>
    );
  return (
    <Page title={title} note={translate('simulator.lead')}>
      <div className="strip">
        <Figure label="accepted" value={data.accepted} icon={DoneOutlined} />
        <Figure label="refused" value={data.refused} icon={ErrorOutlineOutlined} />
        <Figure label="duplicates" value={data.duplicates} icon={DoneAllOutlined} note={translate('simulator.duplicates_note')} />
      </div>
      <div className="two-one" style={{ marginTop: 16 }}>
        <div className="stack">
          <NumbersCard numbers={data.numbers} onChoose={setChosen} />
          <LedgerCard numbers={data.numbers} />
        </div>
        <div className="stack">
          <WriteCard key={`write ${chosen}`} numbers={data.numbers} start={chosen} />
          <FaultsCard key={`faults ${chosen}`} numbers={data.numbers} faults={data.faults} start={chosen} />
        </div>
      </div>
    </Page>
  );
}

function Figure({ label, value, icon: Icon, note }: { label: string; value: number; icon: ComponentType; note?: string }) {
  const translate = useTranslate();
  const format = useFormat();
  return (
    <div>
      <span className="label">
        <Icon />
        {translate(`simulator.${label}`)}
      </span>
      <span className="figure">{format.number(value)}</span>
      {note && <span className="under">{note}</span>}
    </div>
  );
}
