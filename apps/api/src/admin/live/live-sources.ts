import { Injectable } from '@nestjs/common';
import { importProgressOf } from '@heliograph/contacts';
import { conversationStatesOf } from '@heliograph/inbox';
import { ChangeFeed, Database } from '@heliograph/kernel';
import { groupStatesOf, MessageCounts } from '@heliograph/messaging';
import { sessionStates } from '@heliograph/tenants';
import { endpointStates } from '@heliograph/webhooks';
import { Alerts } from '../overview/alerts';
import { countsView } from '../overview/overview.view';
import { keyOf, type LiveRecord, type LiveResource } from './live-record';
import { nextVersion } from './live-version.repository';

/** Time between two looks for alerts and dead letters, in ms. */
const alertsMs = 2_000;
/** Reads that may be slow take at most this share of the time, each, whatever changes and however much there is to read. */
const maxShare = 0.1;
/** Records of one resource read at once. */
const readAtOnce = 500;

/** Time in which work is not done again, longer the longer it took. */
class Rest {
  private until = 0;

  get isOver(): boolean {
    return performance.now() >= this.until;
  }

  async after<T>(work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      const now = performance.now();
      this.until = now + (now - began) / maxShare;
    }
  }
}

const followed = [
  'sessions',
  'callback_endpoints',
  'message_counts',
  'message_groups',
  'campaigns',
  'conversations',
  'events',
  'contact_imports',
] as const;
type Followed = (typeof followed)[number];

/** Tenant and id in each key of a change. */
const pairsOf = (keys: string[]) => keys.map((key) => key.split('/') as [tenantId: string, id: string]);

/** Returns the record of a change of a tenant, of one of its records, or of the installation, that does not name what changed. */
const markOf = (resource: LiveResource, tenantId: string | null, version: number, id = tenantId ?? 'installation'): LiveRecord => ({
  resource,
  tenantId,
  id,
  version,
  patch: {},
});

/**
 * Reads what changed, once for all streams of this process. Notifications of PostgreSQL name the changed rows; they are read together, so
 * that a row that changes often is read at most once a turn. Alerts and open dead letters are compared with the last look.
 */
@Injectable()
export class LiveSources {
  private readonly changed = new Map<Followed, Set<string>>(followed.map((table) => [table, new Set()]));
  private readonly sent = new Map<string, string>();
  /** Records that were read and not yet returned. */
  private readonly found = new Map<string, LiveRecord>();
  private looksAt = 0;
  private hasLooked = false;
  private readonly lookRest = new Rest();
  private readonly countRest = new Rest();
  private gathers = false;

  constructor(
    private readonly db: Database,
    private readonly counts: MessageCounts,
    private readonly alerts: Alerts,
    feed: ChangeFeed,
  ) {
    for (const table of followed) feed.onChange(table, (id) => this.gathers && this.changed.get(table)?.add(id));
  }

  /** True while changes are gathered. */
  get isOn(): boolean {
    return this.gathers;
  }

  /** Begins or stops to gather changes. Nothing is gathered while nobody listens. */
  set(isOn: boolean): void {
    if (this.gathers === isOn) return;
    this.gathers = isOn;
    this.looksAt = 0;
    this.hasLooked = false;
    this.sent.clear();
    this.found.clear();
    for (const ids of this.changed.values()) ids.clear();
  }

  /**
   * Reads the records that changed since the last call. When one of the reads fails, what the others returned comes with the next call.
   * @param froms begins of the times that counts are asked for
   */
  async read(froms: ReadonlySet<string>): Promise<LiveRecord[]> {
    const add = (records: LiveRecord[]) => records.forEach((record) => this.found.set(keyOf(record), record));
    add(await this.take('sessions', (ids) => this.sessions(ids)));
    add(await this.take('callback_endpoints', (ids) => this.endpoints(ids)));
    if (this.countRest.isOver) add(await this.countRest.after(() => this.take('message_counts', (ids) => this.messageCounts(ids, froms))));
    add(await this.take('message_groups', (keys) => this.groups(keys)));
    add(await this.take('campaigns', (keys) => this.marks('campaigns', keys)));
    add(await this.take('conversations', (keys) => this.conversations(keys)));
    add(await this.take('events', (ids) => this.marks('events', ids)));
    add(await this.take('contact_imports', (keys) => this.imports(keys)));
    const now = performance.now();
    if (now >= this.looksAt && this.lookRest.isOver) {
      this.looksAt = now + alertsMs;
      add(await this.lookRest.after(() => this.look()));
    }
    const records = [...this.found.values()];
    this.found.clear();
    return records;
  }

  /** Reads some of the changed rows of a table. When that fails, they stay changed. */
  private async take(table: Followed, read: (ids: string[]) => Promise<LiveRecord[]>): Promise<LiveRecord[]> {
    const changed = this.changed.get(table) as Set<string>;
    const ids = [...changed].slice(0, readAtOnce);
    if (ids.length === 0) return [];
    // Deleted before they are read: a change during the read is read again.
    for (const id of ids) changed.delete(id);
    try {
      return await read(ids);
    } catch (error) {
      for (const id of ids) changed.add(id);
      throw error;
    }
  }

  private async sessions(ids: string[]): Promise<LiveRecord[]> {
    const version = await nextVersion(this.db);
    // Alerts may follow from it.
    this.looksAt = 0;
    return (await sessionStates(this.db, ids)).map(({ tenantId, id, isDeleted, ...state }) => ({
      resource: 'sessions',
      tenantId,
      id,
      version,
      patch: isDeleted
        ? null
        : {
            name: state.name,
            status: state.status,
            held_reason: state.heldReason,
            phone: state.phone,
            confirmed_phone: state.confirmedPhone,
            status_since: state.statusSince.toISOString(),
          },
    }));
  }

  private async endpoints(ids: string[]): Promise<LiveRecord[]> {
    const version = await nextVersion(this.db);
    // Alerts may follow from it.
    this.looksAt = 0;
    return (await endpointStates(this.db, ids)).map(({ tenantId, id, name, state, disabledReason, failingSince }) => ({
      resource: 'endpoints',
      tenantId,
      id,
      version,
      patch:
        state === 'deleted' ? null : { name, state, disabled_reason: disabledReason, failing_since: failingSince?.toISOString() ?? null },
    }));
  }

  private async messageCounts(tenantIds: string[], froms: ReadonlySet<string>): Promise<LiveRecord[]> {
    const version = await nextVersion(this.db);
    const records = tenantIds.map((id) => markOf('messages', id, version));
    for (const from of froms) {
      const outcomes = await this.counts.outcomes(tenantIds, new Date(from));
      for (const id of tenantIds)
        records.push({ resource: 'message_counts', tenantId: id, id, version, patch: { ...countsView(outcomes.get(id)) }, from });
    }
    return records;
  }

  private async conversations(keys: string[]): Promise<LiveRecord[]> {
    const version = await nextVersion(this.db);
    const pairs = pairsOf(keys);
    const states = new Map((await conversationStatesOf(this.db, pairs)).map((state) => [state.id, state]));
    return pairs.map(([tenantId, id]) => {
      const state = states.get(id);
      return {
        resource: 'conversations',
        tenantId,
        id,
        version,
        // Merged into another one.
        patch: state
          ? {
              contact_name: state.contactName,
              address: state.address,
              unread: state.unread,
              last_entry_at: state.lastEntryAt.toISOString(),
              last_inbound_at: state.lastInboundAt?.toISOString() ?? null,
              last_text: state.lastText,
            }
          : null,
      };
    });
  }

  /** @param keys a tenant, or a tenant and an id, each */
  private async marks(resource: LiveResource, keys: string[]): Promise<LiveRecord[]> {
    const version = await nextVersion(this.db);
    return pairsOf(keys).map(([tenantId, id]) => markOf(resource, tenantId, version, id));
  }

  private async groups(keys: string[]): Promise<LiveRecord[]> {
    const version = await nextVersion(this.db);
    return (await groupStatesOf(this.db, pairsOf(keys))).map(({ tenantId, id, ...patch }) => ({
      resource: 'groups',
      tenantId,
      id,
      version,
      patch,
    }));
  }

  private async imports(keys: string[]): Promise<LiveRecord[]> {
    const version = await nextVersion(this.db);
    return (await importProgressOf(this.db, pairsOf(keys))).map(({ tenantId, id, state, rowsTotal, rowsDone, created, ...counts }) => ({
      resource: 'imports',
      tenantId,
      id,
      version,
      patch: { state, rows_total: rowsTotal, rows_done: rowsDone, new: created, ...counts },
    }));
  }

  /** Compares alerts and open dead letters of all tenants with the last look. The first look reports nothing, since readers have just read them. */
  private async look(): Promise<LiveRecord[]> {
    const version = await nextVersion(this.db);
    const { alerts, letters } = await this.alerts.find(null);
    const now = new Map<string, { record: LiveRecord; text: string }>();
    for (const [tenantId, open] of letters)
      now.set(`dead_letters/${tenantId}`, {
        record: { resource: 'dead_letters', tenantId, id: tenantId, version, patch: { open } },
        text: String(open),
      });
    for (const [tenantId, own] of Map.groupBy(alerts, (alert) => alert.tenantId))
      now.set(`alerts/${tenantId ?? ''}`, {
        record: markOf('alerts', tenantId, version),
        text: JSON.stringify(own.map(({ kind, subject, cause, count, phones }) => [kind, subject?.id, cause, count, phones])),
      });
    const records = [...now].flatMap(([key, { record, text }]) => (this.sent.get(key) === text ? [] : [record]));
    for (const key of this.sent.keys()) {
      if (now.has(key)) continue;
      const [resource, tenantId] = key.split('/') as ['dead_letters' | 'alerts', string];
      const gone = markOf(resource, tenantId || null, version);
      records.push(resource === 'dead_letters' ? { ...gone, patch: { open: 0 } } : gone);
    }
    this.sent.clear();
    for (const [key, { text }] of now) this.sent.set(key, text);
    const isFirst = !this.hasLooked;
    this.hasLooked = true;
    return isFirst ? [] : records;
  }
}
