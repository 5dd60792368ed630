import DoneOutlined from '@mui/icons-material/DoneOutlined';
import { type ReactNode, useEffect, useState } from 'react';
import { type Identifier, useListContext, useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';

/** True when the selection is everything that the filter matches. That ends with the filter, and when a row of the selection is unticked. */
export function useWhole(): [isWhole: boolean, setWhole: (isWhole: boolean) => void] {
  const { filterValues, selectedIds } = useListContext();
  const [chosen, choose] = useState<{ filter: string; ids: Identifier[] } | null>(null);
  const filter = JSON.stringify(filterValues);
  const isWhole = chosen?.filter === filter && selectedIds.length > 0 && chosen.ids.every((id) => selectedIds.includes(id));
  useEffect(() => {
    if (!isWhole) choose(null);
  }, [isWhole]);
  return [isWhole, (whole) => choose(whole ? { filter, ids: selectedIds } : null)];
}

/** The note over a table with selected rows: how many, the step to the whole filter and back, and what can be done with them. */
export function SelectionBar({
  selected,
  onPage,
  matching,
  isWhole = false,
  onWhole,
  acts,
}: {
  selected: number;
  /** Rows of the page. */
  onPage: number;
  /** Rows that match the filter; undefined while not known. */
  matching?: number | undefined;
  isWhole?: boolean;
  /** Goes to everything that matches, or back; none: only what is ticked can be chosen. */
  onWhole?: (isWhole: boolean) => void;
  acts: ReactNode;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const say = (key: string, count: number, more: Record<string, unknown> = {}): string =>
    translate(`selection.${key}`, { smart_count: count, figure: format.number(count), ...more });
  return (
    <div className="note selection" data-state="sent" role="status">
      <DoneOutlined />
      <div>
        {isWhole ? say('whole', matching ?? 0, { page: format.number(onPage) }) : say('some', selected)}{' '}
        {!onWhole ? null : isWhole ? (
          <button type="button" className="linked" onClick={() => onWhole(false)}>
            {translate('selection.only_page')}
          </button>
        ) : (
          selected === onPage &&
          matching !== undefined &&
          matching > onPage && (
            <button type="button" className="linked" onClick={() => onWhole(true)}>
              {say('all', matching)}
            </button>
          )
        )}
      </div>
      <div className="acts">{acts}</div>
    </div>
  );
}
