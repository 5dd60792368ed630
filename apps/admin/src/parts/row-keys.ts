import { useEffect } from 'react';

const typing = 'textarea, select, [contenteditable], [role="textbox"], input:not([type="checkbox"])';

/** Keys of a list: j and k move between the rows of its table, space selects the row, `acts` adds more. Nothing happens while somebody types or a dialog is open. */
export function useRowKeys(acts: Record<string, () => void>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('[role="dialog"], [role="menu"]')) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest(typing)) return;
      const rows = [...document.querySelectorAll('main table.table tbody tr')];
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      const go = (to: number): void => rows[Math.max(0, Math.min(rows.length - 1, to))]?.querySelector<HTMLElement>('td.name a')?.focus();
      if (event.key === 'j') go(at + 1);
      else if (event.key === 'k') go(at < 0 ? rows.length - 1 : at - 1);
      else if (event.key === ' ' && at >= 0 && target?.matches('a'))
        rows[at]?.querySelector<HTMLElement>('input[type="checkbox"]')?.click();
      else if (acts[event.key] && !target?.matches('button, input')) acts[event.key]?.();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [acts]);
}
