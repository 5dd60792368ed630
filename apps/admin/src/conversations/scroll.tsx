import KeyboardArrowDownOutlined from '@mui/icons-material/KeyboardArrowDownOutlined';
import { Button } from '@mui/material';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';
import './entries.css';

/** Pixels from the end within which one is taken to read the newest. */
const nearEnd = 64;

interface Item {
  id: string;
}

/**
 * Items in the order of time, the newest at the end, of which only those in view stand on the page. It begins at the end and stays there while new
 * ones come; who reads further up is not moved, and is told what came. Older ones are asked for at the start.
 */
export function Scroll<T extends Item>({
  items,
  label,
  render,
  older,
}: {
  items: T[];
  label: string;
  render: (item: T, before: T | undefined) => ReactNode;
  older: { has: boolean; isLoading: boolean; load: () => void };
}) {
  const translate = useTranslate();
  const box = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const [seen, setSeen] = useState<string | undefined>(undefined);
  const last = items.at(-1)?.id;
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    getItemKey: (index) => items[index]?.id ?? index,
    estimateSize: () => 76,
    overscan: 8,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: nearEnd,
  });
  const hasItems = items.length > 0;
  useEffect(() => {
    if (hasItems) virtual.scrollToEnd();
  }, [hasItems, virtual]);
  useEffect(() => {
    if (isAtEnd) setSeen(last);
  }, [isAtEnd, last]);
  const { has, isLoading, load } = older;
  const onScroll = (): void => {
    const at = box.current;
    if (!at) return;
    setAtEnd(at.scrollHeight - at.scrollTop - at.clientHeight < nearEnd);
    if (at.scrollTop < 400 && has && !isLoading) load();
  };
  // A box that its first page does not fill cannot be scrolled to ask for more.
  useEffect(() => {
    const at = box.current;
    if (at && hasItems && has && !isLoading && at.scrollHeight <= at.clientHeight + 1) load();
  }, [hasItems, has, isLoading, load, items.length]);
  const fresh = seen === undefined ? 0 : items.length - 1 - items.findIndex(({ id }) => id === seen);
  return (
    <div className="scroll">
      <div className="scroll-box" ref={box} onScroll={onScroll} tabIndex={0} role="log" aria-label={label} aria-live="off">
        <div className="scroll-all" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const item = items[index];
            if (!item) return null;
            return (
              <div
                key={key}
                data-index={index}
                ref={virtual.measureElement}
                className="scroll-item"
                style={{ transform: `translateY(${start}px)` }}
              >
                {index === 0 && has && <div className="small mute scroll-older">{translate('conversation.loading_older')}</div>}
                {render(item, items[index - 1])}
              </div>
            );
          })}
        </div>
      </div>
      {!isAtEnd && (
        <Button variant="outlined" className="to-end" startIcon={<KeyboardArrowDownOutlined />} onClick={() => virtual.scrollToEnd()}>
          {fresh > 0 && seen !== last ? translate('conversation.new_below', { smart_count: fresh }) : translate('conversation.to_end')}
        </Button>
      )}
    </div>
  );
}
