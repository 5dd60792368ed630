import BlockOutlined from '@mui/icons-material/BlockOutlined';
import DoneAllOutlined from '@mui/icons-material/DoneAllOutlined';
import DoneOutlined from '@mui/icons-material/DoneOutlined';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import ScheduleOutlined from '@mui/icons-material/ScheduleOutlined';
import VisibilityOutlined from '@mui/icons-material/VisibilityOutlined';
import type { ComponentType } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { countOf, leftOf, listOf, type SixCount, sixNames } from './outcomes';
import type { OutcomeCounts } from './overview-queries';

const icons: Record<SixCount, ComponentType> = {
  read: VisibilityOutlined,
  delivered: DoneAllOutlined,
  sent: DoneOutlined,
  failed: ErrorOutlineOutlined,
  waiting: ScheduleOutlined,
  unsent: BlockOutlined,
};

/** The six counts in one box. Each opens the list of exactly its messages. */
export function CountStrip({ counts, from }: { counts: OutcomeCounts; from: string }) {
  const translate = useTranslate();
  const format = useFormat();
  const under = (name: SixCount): string => {
    if (name === 'failed')
      return translate(leftOf(counts) > 0 ? 'overview.under.failed' : 'overview.under.failed_none', {
        share: format.share(counts.failed, leftOf(counts)),
      });
    if (name === 'waiting')
      return translate(counts.uncertain > 0 ? 'overview.under.uncertain' : 'overview.under.waiting', {
        figure: format.number(counts.uncertain),
        smart_count: counts.uncertain,
      });
    return translate(`overview.under.${name}`);
  };
  return (
    <div className="strip">
      {sixNames.map((name) => {
        const Icon = icons[name];
        return (
          <Link key={name} to={listOf(from, name)}>
            <span className="label" data-state={name === 'unsent' ? 'suppressed' : name === 'waiting' ? 'queued' : name}>
              <Icon />
              {translate(`overview.counts.${name}`)}
            </span>
            <span className="figure">{format.number(countOf(counts, name))}</span>
            <span className="under">{under(name)}</span>
          </Link>
        );
      })}
    </div>
  );
}
