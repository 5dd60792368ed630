import AddOutlined from '@mui/icons-material/AddOutlined';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import RemoveCircleOutlineOutlined from '@mui/icons-material/RemoveCircleOutlineOutlined';
import SyncOutlined from '@mui/icons-material/SyncOutlined';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import type { ContactImport } from './imports';

const counts = [
  { name: 'new', icon: AddOutlined, state: 'read' },
  { name: 'changed', icon: SyncOutlined, state: 'sent' },
  { name: 'unchanged', icon: RemoveCircleOutlineOutlined, state: 'queued' },
  { name: 'refused', icon: ErrorOutlineOutlined, state: 'failed' },
] as const;

/** The four counts of an import, which add up to the rows that were gone through. */
export function ImportCounts({ one }: { one: ContactImport }) {
  const translate = useTranslate();
  const format = useFormat();
  const say = (key: string, args?: Record<string, unknown>): string => translate(`imports.${key}`, args);
  const share = (value: number): string => format.share(value, one.rows_done);
  const under = {
    new: say('under.share', { share: share(one.new) }),
    changed: say(one.settings?.blank === 'clear' ? 'under.blank_clears' : 'under.blank_keeps'),
    unchanged: say('under.unchanged'),
    refused: one.refused > 0 ? say('under.refused', { share: share(one.refused) }) : say('under.none'),
  };
  return (
    <>
      <div className="strip">
        {counts.map(({ name, icon: Icon, state }) => (
          <div key={name}>
            <span className="label" data-state={state}>
              <Icon />
              {say(name)}
            </span>
            <span className="figure">{format.number(one[name])}</span>
            <span className="under">{under[name]}</span>
          </div>
        ))}
      </div>
      <p className="small mute num import-sum">
        {say('together', { smart_count: one.rows_done, figure: format.number(one.rows_done) })}{' '}
        {one.opted_out > 0 && say('opted_out', { smart_count: one.opted_out, figure: format.number(one.opted_out) })}
      </p>
    </>
  );
}
