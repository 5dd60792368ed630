import ContentCopyOutlined from '@mui/icons-material/ContentCopyOutlined';
import { IconButton, Tooltip } from '@mui/material';
import { useEffect, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { type Client, useClients } from '../providers/clients';
import { allClientsTint, clientColours, clientTints } from '../theme/tokens';

/** A time; the exact one with its zone on hover and focus. */
export function Time({ at, precise }: { at: string | null | undefined; precise?: boolean }) {
  const format = useFormat();
  if (!at) return <Dash />;
  const date = new Date(at);
  return (
    <Tooltip title={format.full(date)}>
      <time dateTime={at} className="num nowrap" tabIndex={precise ? undefined : 0}>
        {precise ? format.exact(date) : format.when(date)}
      </time>
    </Tooltip>
  );
}

/** Time since then, and the exact one on hover and focus; counts on by itself. */
export function Since({ at }: { at: string | null | undefined }) {
  const format = useFormat();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  if (!at) return <Dash />;
  return (
    <Tooltip title={format.full(new Date(at))}>
      <time dateTime={at} className="num nowrap" tabIndex={0}>
        {format.duration(Math.max(0, now - new Date(at).getTime()))}
      </time>
    </Tooltip>
  );
}

/** A phone number, grouped for reading; always left to right. */
export function Phone({ value }: { value: string | null | undefined }) {
  if (!value) return <Dash />;
  return (
    <bdi dir="ltr" className="num nowrap">
      {groupedPhone(value)}
    </bdi>
  );
}

/** Writes a phone number in groups; what is none stays as it is. */
export function groupedPhone(value: string): string {
  const digits = /^\+(\d{7,15})$/.exec(value)?.[1];
  if (!digits) return value;
  const country = digits.startsWith('1') ? 1 : /^(?:7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/.test(digits) ? 2 : 3;
  const rest = digits.slice(country);
  return `+${digits.slice(0, country)} ${rest.slice(0, 4)} ${rest.slice(4)}`.trimEnd();
}

/** Writes a phone number for a sentence: grouped, and left to right also in a sentence that is written from right to left. */
export const phoneInText = (value: string): string => `\u2066${groupedPhone(value)}\u2069`;

/** Nothing to say. */
export function Dash() {
  const translate = useTranslate();
  return (
    <span className="mute">
      <span aria-hidden="true">–</span>
      <span className="hidden">{translate('value.none')}</span>
    </span>
  );
}

/** A value that is not known because its read failed; the note over the page says why. */
export function Unread() {
  return <span className="mute">{useTranslate()('failed.unread')}</span>;
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Both ends of an id, by which people compare ids; what is none stays as it is. */
export const shortId = (value: string): string => (uuid.test(value) ? `${value.slice(0, 4)}…${value.slice(-4)}` : value);

/** An id in full or shortened, with a button that copies it. */
export function Id({ value, short }: { value: string; short?: boolean }) {
  const translate = useTranslate();
  const [isCopied, setCopied] = useState(false);
  return (
    <span className="row" style={{ gap: 2, flexWrap: 'nowrap' }}>
      <bdi dir="ltr" className="mono cut">
        {short ? shortId(value) : value}
      </bdi>
      <Tooltip title={translate(isCopied ? 'value.copied' : 'value.copy')}>
        <IconButton
          aria-label={translate('value.copy_id', { id: value })}
          sx={{ width: 24, height: 24, '& svg': { fontSize: 14 } }}
          onClick={() => {
            void navigator.clipboard.writeText(value);
            setCopied(true);
          }}
          onBlur={() => setCopied(false)}
        >
          <ContentCopyOutlined />
        </IconButton>
      </Tooltip>
    </span>
  );
}

/** Tint and letters of a client: those it was given, else made of id and name. `id` null: all clients. */
export function clientLook(
  id: string | null,
  name: string,
  given?: Pick<Client, 'colour' | 'initials'>,
): { tint: string; letters: string } {
  if (id === null) return { tint: allClientsTint, letters: '∗' };
  const hash = [...id].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0, 7);
  const colour = given?.colour ?? clientColours[hash % clientColours.length] ?? 'slate';
  const words = name
    .trim()
    .split(/\s+/)
    .map((word) => [...word]);
  const made = (words[0]?.[0] ?? '') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : (words[0]?.[1] ?? ''));
  return { tint: clientTints[colour], letters: (given?.initials ?? made).toLocaleUpperCase() };
}

/** Two letters and a tint that stand for a client; `id` null: all clients. `given` shows looks that are not saved yet. */
export function ClientTag({ id, name, given }: { id: string | null; name: string; given?: Pick<Client, 'colour' | 'initials'> }) {
  const { data: clients } = useClients();
  const { tint, letters } = clientLook(id, name, given ?? clients?.find((client) => client.id === id));
  return <span className="tag" style={{ '--tint': tint } as React.CSSProperties} data-text={letters} aria-hidden="true" />;
}

/** A client by tag and name. */
export function ClientName({ id, name }: { id: string; name: string }) {
  return (
    <span className="row" style={{ gap: 8, flexWrap: 'nowrap' }}>
      <ClientTag id={id} name={name} />
      <span dir="auto" className="cut">
        {name}
      </span>
    </span>
  );
}

/** Used of a limit: a bar with its figures; no limit: the figure alone. */
export function Meter({ used, of }: { used: number; of: number | null }) {
  const format = useFormat();
  const translate = useTranslate();
  if (of === null) return <span className="num">{format.number(used)}</span>;
  const share = of === 0 ? 1 : used / of;
  return (
    <span className="row num nowrap" style={{ flexWrap: 'nowrap' }}>
      <span className={`meter${share >= 1 ? ' full' : share >= 0.9 ? ' high' : ''}`}>
        <i style={{ width: `${Math.min(100, share * 100)}%` }} />
      </span>
      <span>
        <b className="strong">{format.number(used)}</b> <span className="mute">{translate('value.of', { of: format.number(of) })}</span>
      </span>
    </span>
  );
}
