import SearchOutlined from '@mui/icons-material/SearchOutlined';
import { Dialog, InputBase } from '@mui/material';
import { useEffect, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { mayDo, useMe } from '../providers/me';
import { chooseTenant, useTenant } from '../providers/tenant';
import { useClients } from './client-switcher';
import { isOpenTo, menu } from './menu-items';

interface Hit {
  key: string;
  group: string;
  label: string;
  go: () => void;
}

const phone = /^\+?[\d\s().-]{6,20}$/;
/** An idempotency key, as the API takes it. It comes last, since most words have this form. */
const keyForm = /^[\x21-\x7e]{4,255}$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The list of everything that can be gone to, opened with ctrl+K: pages, clients, a phone, an id. */
export function Palette() {
  const translate = useTranslate();
  const navigate = useNavigate();
  const me = useMe();
  const tenant = useTenant();
  const { data: clients = [] } = useClients();
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setOpen(true);
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  const go = (to: string) => () => void navigate(to);
  const asked = text.trim();
  const matches = (label: string) => label.toLowerCase().includes(asked.toLowerCase());
  const hits: Hit[] = [
    ...(uuid.test(asked)
      ? [{ key: 'id', group: 'find', label: translate('palette.message', { id: asked }), go: go(`/messages/${asked}`) }]
      : []),
    ...(phone.test(asked) && tenant !== null && mayDo(me, 'contacts:read', tenant)
      ? [
          {
            key: 'contact',
            group: 'find',
            label: translate('palette.contact', { phone: asked }),
            go: go(`/contacts?filter=${encodeURIComponent(JSON.stringify({ address: asked }))}`),
          },
        ]
      : []),
    // Only the list of one client knows recipients.
    ...(phone.test(asked) && tenant !== null && mayDo(me, 'messages:read', tenant)
      ? [
          {
            key: 'to',
            group: 'find',
            label: translate('palette.messages_to', { phone: asked }),
            go: go(`/messages?filter=${encodeURIComponent(JSON.stringify({ to: asked }))}`),
          },
        ]
      : []),
    ...menu
      .flatMap(({ items }) => items)
      .filter((item) => isOpenTo(me, item, tenant))
      .map(({ name, to }) => ({ key: name, group: 'pages', label: translate(`menu.${name}`), go: go(to) }))
      .filter(({ label }) => matches(label)),
    ...(tenant !== null && matches(translate('client.all'))
      ? [{ key: 'all', group: 'clients', label: translate('client.all'), go: () => chooseTenant(null) }]
      : []),
    ...clients
      .filter(({ name }) => matches(name))
      .map(({ id, name }) => ({ key: id, group: 'clients', label: name, go: () => chooseTenant(id) })),
    ...(keyForm.test(asked) && !phone.test(asked) && tenant !== null && mayDo(me, 'messages:read', tenant)
      ? [
          {
            key: 'by-key',
            group: 'find',
            label: translate('palette.by_key', { key: asked }),
            go: go(`/messages?filter=${encodeURIComponent(JSON.stringify({ idempotency_key: asked }))}`),
          },
        ]
      : []),
  ].slice(0, 30);
  const run = (hit: Hit | undefined): void => {
    if (!hit) return;
    setOpen(false);
    setText('');
    hit.go();
  };
  useEffect(() => list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' }), [at]);

  return (
    <>
      <button
        type="button"
        className="find"
        aria-keyshortcuts="Control+K"
        onClick={() => setOpen(true)}
        aria-label={translate('palette.open')}
      >
        <SearchOutlined />
        <span>{translate('palette.open')}</span>
        <kbd data-text="Ctrl K" aria-hidden="true" />
      </button>
      <Dialog
        open={isOpen}
        onClose={() => setOpen(false)}
        fullWidth
        maxWidth="sm"
        aria-label={translate('palette.open')}
        sx={{ '& .MuiDialog-container': { alignItems: 'flex-start' } }}
      >
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
              'aria-activedescendant': hits[at] ? `hit-${hits[at].key}` : undefined,
              'aria-label': translate('palette.open'),
            },
          }}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt(Math.min(at + 1, hits.length - 1));
            else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
            else if (event.key === 'Enter') run(hits[at]);
            else return;
            event.preventDefault();
          }}
        />
        <ul
          id="palette-list"
          role="listbox"
          ref={list}
          aria-label={translate('palette.open')}
          style={{ listStyle: 'none', margin: 0, padding: 6, maxHeight: 360, overflow: 'auto' }}
        >
          {hits.map((hit, index) => (
            <li
              key={hit.key}
              id={`hit-${hit.key}`}
              role="option"
              aria-selected={index === at}
              onMouseMove={() => setAt(index)}
              onClick={() => run(hit)}
              style={{
                padding: '7px 10px',
                borderRadius: 6,
                fontSize: 13,
                cursor: 'pointer',
                background: index === at ? 'var(--current)' : undefined,
                display: 'flex',
                gap: 8,
              }}
            >
              <span className="cut">{hit.label}</span>
              <span className="small mute" style={{ marginInlineStart: 'auto' }}>
                {translate(`palette.${hit.group}`)}
              </span>
            </li>
          ))}
          {hits.length === 0 && (
            <li role="option" aria-selected={false} className="small mute" style={{ padding: '7px 10px' }}>
              {translate('palette.nothing')}
            </li>
          )}
        </ul>
      </Dialog>
    </>
  );
}
