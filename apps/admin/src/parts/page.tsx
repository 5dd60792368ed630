import ChevronRightOutlined from '@mui/icons-material/ChevronRightOutlined';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import { Button } from '@mui/material';
import { type ComponentType, type ReactNode, useEffect } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useBrand } from '../providers/brand';
import { ApiError } from '../providers/client';
import { useRefusalText } from '../providers/refusals';
import { useShown } from '../providers/unread';
import { Note } from './note';

export { Note };

/** Frame of a page: path, title, what is said beside it, acts at the end. `title` names the browser's tab too. */
export function Page({
  title,
  crumbs = [],
  beside,
  note,
  acts,
  children,
}: {
  title: string;
  crumbs?: { to: string; label: string }[];
  beside?: ReactNode;
  note?: string;
  acts?: ReactNode;
  children: ReactNode;
}) {
  const brand = useBrand();
  useEffect(() => {
    document.title = `${title} · ${brand.name}`;
  }, [title, brand.name]);
  return (
    <div className="page">
      {crumbs.length > 0 && (
        <nav className="crumb" aria-label={title}>
          {crumbs.map(({ to, label }) => (
            <span key={to} className="row" style={{ gap: 6 }}>
              <Link to={to}>{label}</Link>
              <ChevronRightOutlined className="turn" sx={{ fontSize: 14 }} />
            </span>
          ))}
          <span className="cut">{title}</span>
        </nav>
      )}
      <div className="head">
        <h1>{title}</h1>
        {beside}
        {note && <span className="note-text">{note}</span>}
        {acts && <div className="acts">{acts}</div>}
      </div>
      {children}
    </div>
  );
}

/** A card: head with title, a note and one act; no card stands in a card. */
export function Card({
  title,
  note,
  acts,
  children,
  pad = true,
}: {
  title: string;
  note?: ReactNode;
  acts?: ReactNode;
  children: ReactNode;
  pad?: boolean;
}) {
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
        {note && <span className="small mute">{note}</span>}
        {acts && <div className="acts">{acts}</div>}
      </header>
      {pad ? <div className="pad">{children}</div> : children}
    </section>
  );
}

/** Facts in two columns. What is null or undefined is left out. */
export function Facts({ rows }: { rows: [label: string, value: ReactNode][] }) {
  return (
    <dl className="facts">
      {rows
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([label, value]) => (
          <FactRow key={label} label={label} value={value} />
        ))}
    </dl>
  );
}

function FactRow({ label, value }: { label: string; value: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}

/** Nothing here: what would stand here, why it is empty now, one act. */
export function Empty({
  icon: Icon,
  title,
  children,
  acts,
}: {
  icon?: ComponentType;
  title: string;
  children?: ReactNode;
  acts?: ReactNode;
}) {
  return (
    <div className="empty">
      {Icon && <Icon />}
      <b>{title}</b>
      {children && <span>{children}</span>}
      {acts && <div className="acts">{acts}</div>}
    </div>
  );
}

/** A part that could not be loaded, in its place: what happened, the request's id, and a way to try again. */
export function Failed({ error, retry, acts }: { error: unknown; retry?: () => void; acts?: ReactNode }) {
  const translate = useTranslate();
  const textOf = useRefusalText();
  useShown(error);
  const { status, code, message, requestId } =
    error instanceof ApiError ? error : { status: 0, code: 'unknown', message: String(error), requestId: undefined };
  const title = status === 404 ? 'failed.missing' : status === 403 ? 'failed.forbidden' : status === 0 ? 'failed.offline' : 'failed.title';
  return (
    <div className="empty" role="alert">
      <ErrorOutlineOutlined />
      <b>{translate(title)}</b>
      <span>{textOf({ code, message }) || translate('failed.unknown')}</span>
      <span className="mono mute">{[code, requestId].filter(Boolean).join(' · ')}</span>
      <div className="acts">
        {retry && (
          <Button variant="outlined" onClick={retry}>
            {translate('failed.retry')}
          </Button>
        )}
        {acts}
      </div>
    </div>
  );
}

/** Page of a record that is on its way, or could not be read. */
export function PendingPage({
  title,
  crumbs,
  error,
  retry,
  acts,
}: {
  title: string;
  crumbs: { to: string; label: string }[];
  error: unknown;
  retry: () => void;
  /** Ways out beside the retry. */
  acts?: ReactNode;
}) {
  return (
    <Page title={title} crumbs={crumbs}>
      {error ? (
        <div className="table-box">
          <Failed error={error} retry={retry} acts={acts} />
        </div>
      ) : (
        <Skeleton />
      )}
    </Page>
  );
}

/** Rows that are on their way, in their shape. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  return (
    <div aria-busy="true" style={{ padding: 16, display: 'grid', gap: 20 }}>
      {Array.from({ length: rows }, (_, i) => (
        <span key={i} className="skeleton" style={{ width: `${85 - ((i * 17) % 45)}%` }} />
      ))}
    </div>
  );
}
