import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslate } from 'react-admin';
import type { ApiError } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { Card, Failed, Skeleton } from './page';
import { Words } from './person-text';
import { Time } from './values';
import './records.css';

/** Versions of a record, newest first: by whom and when, and what each changed. */
export function Versions<V extends { version: number }>({
  of: [resource, id],
  newest,
  isOpen: startsOpen = false,
  read,
  madeBy,
  figures,
  change,
}: {
  /** Resource and id of the record. */
  of: [resource: string, id: string];
  newest: number;
  /** The newest one is open at first. */
  isOpen?: boolean;
  read: (signal: AbortSignal) => Promise<V[]>;
  madeBy: (one: V) => { name: string; at: string };
  figures?: (one: V) => string;
  /** Difference of a version to the one before it; the first has none before. */
  change: (before: V | undefined, after: V) => ReactNode;
}) {
  const translate = useTranslate();
  const tenant = useTenant();
  const [open, setOpen] = useState<number | null>(startsOpen ? newest : null);
  const { data, error, refetch } = useQuery<V[], ApiError>({
    queryKey: [resource, tenant, id, 'versions', newest],
    queryFn: ({ signal }) => read(signal),
    enabled: tenant !== null,
  });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton rows={3} />;
  return (
    <Card title={translate('versions.title')} pad={false}>
      <ol className="lines" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {data.map((one, at) => {
          const before = data[at + 1];
          const isOpen = open === one.version;
          const { name, at: time } = madeBy(one);
          return (
            <li key={one.version} style={{ flexWrap: 'wrap' }}>
              <b className="num">{translate('versions.number', { version: one.version })}</b>
              <Words className="mute">{name}</Words>
              <Time at={time} />
              {figures && <span className="mute small num">{figures(one)}</span>}
              <span className="grow" />
              <Button variant="text" aria-expanded={isOpen} onClick={() => setOpen(isOpen ? null : one.version)}>
                {translate(isOpen ? 'versions.hide' : before ? 'versions.show_change' : 'versions.show_version')}
              </Button>
              {isOpen && change(before, one)}
            </li>
          );
        })}
      </ol>
    </Card>
  );
}
