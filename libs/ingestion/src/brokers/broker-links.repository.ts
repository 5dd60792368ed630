import { Injectable } from '@nestjs/common';
import { cleanText, Database } from '@heliograph/kernel';
import type { BrokersConfig } from './brokers.config';

/** Connection of one worker to one broker, with what it took since it started. */
export interface BrokerLink {
  source: string;
  workerId: string;
  /** Host and process. */
  worker: string;
  kind: BrokersConfig['INGEST_SOURCES'][number]['kind'];
  tenantId: string | null;
  target: string;
  isUp: boolean;
  since: Date;
  /** Why it is down, without credentials. */
  error: string | null;
  lag: number | null;
  stored: number;
  repeated: number;
  poison: number;
  setAside: number;
  lastMessageAt: Date | null;
  startedAt: Date;
}

/** A connection as it was last reported. */
export type ReportedLink = BrokerLink & {
  /** Seconds since the report. */
  ageS: number;
  /** Seconds since it came up or went down. */
  forS: number;
  seenAt: Date;
};

/** Seconds after which a worker that reports nothing counts as gone. */
export const silentS = 30;
/** Seconds of an outage after which a person should know: most connections come back within some. */
const outageS = 60;

/** State of a source over all its workers. `partly`: some are connected; `silent`: no worker has reported it for `silentS`. */
export type SourceState = 'connected' | 'partly' | 'down' | 'silent';

/** Joins the reports of a source's workers. */
export function sourceState(links: ReportedLink[]): SourceState {
  const alive = links.filter(({ ageS }) => ageS < silentS);
  const up = alive.filter(({ isUp }) => isUp).length;
  if (alive.length === 0) return 'silent';
  if (up === 0) return 'down';
  return up === alive.length ? 'connected' : 'partly';
}

/** A source that nothing is read from. */
export interface SourceOutage {
  source: string;
  tenantId: string | null;
  /** Why the worker that was connected last cannot connect, without credentials; null: no worker reports the source. */
  error: string | null;
  since: Date;
}

/** Returns the sources that no worker has been connected to for a minute. */
export function sourceOutages(links: ReportedLink[]): SourceOutage[] {
  return [...Map.groupBy(links, ({ source }) => source).values()].flatMap((all) => {
    const state = sourceState(all);
    if (state !== 'down' && state !== 'silent') return [];
    const outages = all
      .filter(({ ageS }) => state === 'silent' || ageS < silentS)
      .map(({ ageS, forS, seenAt, ...link }) =>
        state === 'silent' ? { ...link, forS: ageS, since: seenAt, error: null } : { ...link, forS },
      );
    const last = outages.reduce((latest, one) => (one.forS < latest.forS ? one : latest));
    return last.forS < outageS ? [] : [{ source: last.source, tenantId: last.tenantId, error: last.error, since: last.since }];
  });
}

/** Days after which a report is forgotten. */
const forgottenDays = 1;

/** Connections to brokers, as workers report them. */
@Injectable()
export class BrokerLinks {
  constructor(private readonly db: Database) {}

  /** Replaces what a worker reported, and forgets the reports of workers that have been gone for long. */
  async report(links: BrokerLink[]): Promise<void> {
    if (links.length === 0) return;
    await this.db.query(
      `WITH gone AS (DELETE FROM broker_links WHERE seen_at < heliograph_now() - $17 * interval '1 day')
       INSERT INTO broker_links (source, worker_id, worker, kind, tenant_id, target, is_up, since, error, lag, stored, repeated, poison, set_aside, last_message_at, started_at)
       SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::bool[], $8::timestamptz[], $9::text[], $10::bigint[], $11::bigint[],
         $12::bigint[], $13::bigint[], $14::bigint[], $15::timestamptz[], $16::timestamptz[])
       ON CONFLICT (source, worker_id) DO UPDATE SET target = excluded.target, is_up = excluded.is_up, since = excluded.since, error = excluded.error, lag = excluded.lag,
         stored = excluded.stored, repeated = excluded.repeated, poison = excluded.poison, set_aside = excluded.set_aside, last_message_at = excluded.last_message_at,
         seen_at = heliograph_now()`,
      [
        links.map((l) => l.source),
        links.map((l) => l.workerId),
        links.map((l) => l.worker),
        links.map((l) => l.kind),
        links.map((l) => l.tenantId),
        links.map((l) => l.target),
        links.map((l) => l.isUp),
        links.map((l) => l.since),
        links.map((l) => l.error && cleanText(l.error)),
        links.map((l) => l.lag),
        links.map((l) => l.stored),
        links.map((l) => l.repeated),
        links.map((l) => l.poison),
        links.map((l) => l.setAside),
        links.map((l) => l.lastMessageAt),
        links.map((l) => l.startedAt),
        forgottenDays,
      ],
    );
  }

  /** Removes the reports of a worker that ends. */
  async leave(workerId: string): Promise<void> {
    await this.db.query(`DELETE FROM broker_links WHERE worker_id = $1`, [workerId]);
  }

  /** Returns what workers reported, by source. */
  async list(): Promise<ReportedLink[]> {
    const rows = await this.db.query<Omit<ReportedLink, Counted> & Record<Exclude<Counted, 'lag'>, string> & { lag: string | null }>(
      `SELECT source, worker_id AS "workerId", worker, kind, tenant_id AS "tenantId", target, is_up AS "isUp", since, error, lag, stored, repeated, poison,
         set_aside AS "setAside", last_message_at AS "lastMessageAt", started_at AS "startedAt", extract(epoch FROM heliograph_now() - seen_at)::float8 AS "ageS",
         extract(epoch FROM heliograph_now() - since)::float8 AS "forS", seen_at AS "seenAt"
       FROM broker_links ORDER BY source, worker, worker_id LIMIT 1000`,
    );
    return rows.map((row) => ({
      ...row,
      lag: row.lag === null ? null : Number(row.lag),
      stored: Number(row.stored),
      repeated: Number(row.repeated),
      poison: Number(row.poison),
      setAside: Number(row.setAside),
    }));
  }
}

type Counted = 'lag' | 'stored' | 'repeated' | 'poison' | 'setAside';
