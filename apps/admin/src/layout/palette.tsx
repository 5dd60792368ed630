import SearchOutlined from '@mui/icons-material/SearchOutlined';
import { Dialog, InputBase } from '@mui/material';
import { useEffect, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';
import { type Hit, type PageAct, useHits } from './palette-hits';
import './palette.css';

/** Buttons and links in the head of the page that can be pressed now. They bring their own words and rights. */
function actsOfPage(): PageAct[] {
  return [...document.querySelectorAll<HTMLElement>('#main-content .head .acts :is(a, button)')]
    .filter((element) => !element.matches(':disabled, [aria-disabled="true"]'))
    .map((element) => ({
      label: (element.getAttribute('aria-label') ?? element.textContent).trim(),
      // After the dialog has given the focus back.
      press: () => requestAnimationFrame(() => element.click()),
    }))
    .filter(({ label }) => label !== '');
}

/** The list of everything that can be gone to or done here, opened with ctrl+K: pages, clients, numbers, a phone, any id, acts of the page. */
export function Palette() {
  const translate = useTranslate();
  const [acts, setActs] = useState<PageAct[] | null>(null);
  const open = (): void => setActs(actsOfPage());

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        open();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  return (
    <>
      <button type="button" className="find" aria-keyshortcuts="Control+K" onClick={open} aria-label={translate('palette.open')}>
        <SearchOutlined />
        <span>{translate('palette.open')}</span>
        <kbd data-text="Ctrl K" aria-hidden="true" />
      </button>
      <Dialog
        open={acts !== null}
        onClose={() => setActs(null)}
        fullWidth
        maxWidth="sm"
        slotProps={{ paper: { 'aria-label': translate('palette.open') } }}
        sx={{ '& .MuiDialog-container': { alignItems: 'flex-start' } }}
      >
        {acts && <Finder acts={acts} onClose={() => setActs(null)} />}
      </Dialog>
    </>
  );
}

function Finder({ acts, onClose }: { acts: PageAct[]; onClose: () => void }) {
  const translate = useTranslate();
  const [text, setText] = useState('');
  /** Key of the hit that was moved to; null: the first one. */
  const [at, setAt] = useState<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const { groups, isSearching } = useHits(text.trim(), acts);
  const hits = groups.flatMap(([, some]) => some);
  const index = Math.max(
    0,
    hits.findIndex(({ key }) => key === at),
  );
  const current = hits[index];
  const run = (hit: Hit | undefined): void => {
    if (!hit) return;
    onClose();
    hit.go();
  };
  useEffect(() => {
    // Returns nothing: browsers answer with a promise, which is no function to clean up with.
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [current?.key]);
  return (
    <>
      <InputBase
        autoFocus
        fullWidth
        value={text}
        placeholder={translate('palette.open')}
        sx={{ padding: '10px 16px', borderBottom: 1, borderColor: 'divider' }}
        slotProps={{
          input: {
            role: 'combobox',
            'aria-expanded': true,
            'aria-controls': 'palette-list',
            'aria-activedescendant': current && `hit-${current.key}`,
            'aria-label': translate('palette.open'),
          },
        }}
        onChange={(event) => {
          setText(event.target.value);
          setAt(null);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(hits[Math.min(index + 1, hits.length - 1)]?.key ?? null);
          else if (event.key === 'ArrowUp') setAt(hits[Math.max(index - 1, 0)]?.key ?? null);
          else if (event.key === 'Enter') run(current);
          else return;
          event.preventDefault();
        }}
      />
      <div id="palette-list" className="palette" role="listbox" ref={list} aria-label={translate('palette.open')}>
        {groups.map(([group, some]) => (
          <div key={group} role="group" aria-labelledby={`palette-${group}`}>
            <div id={`palette-${group}`} className="small mute" role="presentation">
              {translate(`palette.${group}`)}
            </div>
            {some.map((hit) => (
              <div
                key={hit.key}
                id={`hit-${hit.key}`}
                role="option"
                aria-selected={hit === current}
                onMouseMove={() => setAt(hit.key)}
                onClick={() => run(hit)}
              >
                <span className="cut" dir="auto">
                  {hit.label}
                </span>
                {hit.beside && (
                  <span className="small mute" dir="auto">
                    {hit.beside}
                  </span>
                )}
              </div>
            ))}
          </div>
        ))}
        {hits.length === 0 && (
          <div role="option" aria-selected={false} className="small mute">
            {translate(isSearching ? 'palette.searching' : 'palette.nothing')}
          </div>
        )}
      </div>
    </>
  );
}
