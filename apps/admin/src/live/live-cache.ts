import type { QueryClient, QueryKey } from '@tanstack/react-query';

/** The latest state of a record, as the stream sends it. */
export interface LiveRecord {
  resource: string;
  /** Null: it concerns the installation. */
  tenant_id: string | null;
  id: string;
  version: number;
  /** Members that changed; null: the record is gone. */
  patch: Record<string, unknown> | null;
}

export const keyOf = ({ resource, tenant_id, id }: Pick<LiveRecord, 'resource' | 'tenant_id' | 'id'>): string =>
  `${resource}/${tenant_id}/${id}`;

/** Returns the records with the newest of each. */
export function merged(records: Iterable<LiveRecord>): LiveRecord[] {
  const newest = new Map<string, LiveRecord>();
  for (const record of records) {
    const known = newest.get(keyOf(record));
    if (!known || known.version < record.version)
      newest.set(keyOf(record), { ...record, patch: known?.patch && record.patch ? { ...known.patch, ...record.patch } : record.patch });
  }
  return [...newest.values()];
}

/** Resources of the panel by those of the stream, where rows of lists are patched. */
const listed: Record<string, string[]> = { sessions: ['numbers', 'numbers_of_clients'], imports: ['imports'] };

/** Keys of the queries to read anew when a record changes, beside the patched lists. */
function readAnew({ resource, id, tenant_id }: LiveRecord): QueryKey[] {
  switch (resource) {
    case 'sessions':
      return [
        ['number', tenant_id, id],
        ['numbers', 'names', tenant_id],
      ];
    case 'dead_letters':
      return [...['causes', 'newest'].flatMap((what) => [tenant_id, null].map((of) => ['dead_letters', what, of])), ['alerts']];
    case 'endpoints':
      return [['endpoints', tenant_id]];
    case 'imports':
      return [['imports', 'one', tenant_id, id]];
    case 'alerts':
      return [['alerts']];
    case 'campaigns':
      return [['campaigns']];
    default:
      return [];
  }
}

/** Keys of the queries that are read anew at once: those of a page on which people watch figures, or wait for what comes next. */
function readAtOnce({ resource, id, tenant_id }: LiveRecord): QueryKey[] {
  switch (resource) {
    case 'groups':
      // The group of a campaign has its id.
      return [
        ['campaign', tenant_id, id, 'results'],
        ['campaign', tenant_id, id, 'campaign'],
      ];
    case 'campaigns':
      // What somebody did to it, such as an approval.
      return ['campaign', 'check', 'links', 'log'].map((part) => ['campaign', tenant_id, id, part]);
    case 'conversations':
      return [
        ['conversations', tenant_id, 'newest', id],
        ['conversations', tenant_id, 'conversation', id],
        ['conversations', tenant_id, 'now'],
        ['conversations', tenant_id, 'unread'],
      ];
    case 'messages':
      // A conversation and a list show the states of what was sent.
      return [
        ['conversations', tenant_id, 'newest'],
        ['messages', 'page', tenant_id],
        ...[tenant_id, null].map((of) => ['messages', 'newest', of]),
      ];
    case 'events':
      return [
        ['events', 'newest', tenant_id],
        ['events', 'one', tenant_id],
      ];
    default:
      return [];
  }
}
/** Time between two such reads of figures, in ms. */
const atOnceMs = 750;

interface Row {
  id: string | number;
}
interface Rows {
  data?: Row[];
}

/** Members of the overview that counts change. */
interface Counted {
  totals: Record<string, number>;
  clients: (Record<string, unknown> & { tenant_id: string })[];
}

/** Patches of rows, kept so that a slow answer does not undo them. */
const recent = new Map<string, { record: LiveRecord; at: number }>();
const maxRecent = 2_000;

/** Applies patches to the rows of an answer whose request began before they came. Rows without a patch stay the same objects. */
export function laidOver<R extends Row>(resource: string, rows: R[], askedAt: number): R[] {
  if (recent.size === 0) return rows;
  return rows.map((row) => {
    const known = recent.get(`${resource}/${row.id}`);
    return known?.record.patch && known.at > askedAt ? { ...row, ...known.record.patch } : row;
  });
}

function remember(resource: string, record: LiveRecord): void {
  const key = `${resource}/${record.id}`;
  recent.delete(key);
  recent.set(key, { record, at: performance.now() });
  const oldest = recent.keys().next();
  if (recent.size > maxRecent && !oldest.done) recent.delete(oldest.value);
}

/**
 * Applies records to the data that the panel has read. Queries that no patch can update are read again, each at most every 2 s, and only
 * while they are shown; the figures of a campaign at once.
 */
export class LiveCache {
  private readonly versions = new Map<string, number>();
  private readonly due = new Map<string, QueryKey>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** Timers of queries that were read a moment ago; true: another read is due at their end. */
  private readonly resting = new Map<string, { timer: ReturnType<typeof setTimeout>; isDue: boolean }>();

  constructor(
    private readonly queries: QueryClient,
    private readonly everyMs = 2_000,
  ) {}

  apply(records: LiveRecord[]): void {
    for (const record of merged(records)) {
      if ((this.versions.get(keyOf(record)) ?? 0) >= record.version) continue;
      this.versions.set(keyOf(record), record.version);
      for (const resource of listed[record.resource] ?? []) this.patchRows(resource, record);
      if (record.resource === 'message_counts') this.patchCounts(record);
      if (record.resource === 'imports') this.patchImport(record);
      for (const key of readAnew(record)) this.readSoon(key);
      if (record.resource === 'conversations') this.patchConversation(record);
      for (const key of readAtOnce(record)) this.readNow(key, record.resource === 'groups' ? atOnceMs : this.everyMs);
    }
  }

  /** Reads everything anew: something may have been missed. */
  refresh(): void {
    this.versions.clear();
    void this.queries.invalidateQueries();
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    for (const { timer } of this.resting.values()) clearTimeout(timer);
  }

  private patchRows(resource: string, record: LiveRecord): void {
    remember(resource, record);
    let isShown = false;
    this.queries.setQueriesData<Row>({ queryKey: [resource, 'getOne', { id: record.id }] }, (row) => {
      if (!row || !record.patch) return row;
      isShown = true;
      return { ...row, ...record.patch };
    });
    for (const kind of ['getList', 'getManyReference'])
      this.queries.setQueriesData<Rows>({ queryKey: [resource, kind] }, (list) => {
        if (!list?.data?.some(({ id }) => id === record.id) || !record.patch) return list;
        isShown = true;
        return { ...list, data: list.data.map((row) => (row.id === record.id ? { ...row, ...record.patch } : row)) };
      });
    // It is new to the lists, or it is gone from them.
    if (!isShown) this.readSoon([resource, 'getList']);
  }

  private patchCounts({ tenant_id, patch }: LiveRecord): void {
    this.queries.setQueriesData<Counted>({ queryKey: ['overview', 'counts', 'today'] }, (overview) => {
      const before = overview?.clients.find((client) => client.tenant_id === tenant_id);
      if (!overview || !before || !patch) return overview;
      // The totals change by what the client's counts change, so that they stay their sum.
      const totals = Object.fromEntries(
        Object.entries(overview.totals).map(([name, count]) => [name, count + Number(patch[name] ?? 0) - Number(before[name] ?? 0)]),
      );
      return { ...overview, totals, clients: overview.clients.map((client) => (client === before ? { ...client, ...patch } : client)) };
    });
  }

  private patchConversation({ tenant_id, id, patch }: LiveRecord): void {
    this.queries.setQueriesData<Rows>({ queryKey: ['conversations', tenant_id, 'now'] }, (list) => {
      if (!patch || !list?.data?.some((row) => row.id === id)) return list;
      return { ...list, data: list.data.map((row) => (row.id === id ? { ...row, ...patch } : row)) };
    });
  }

  /** Moves the bar of an import at once. Another step of it shows more than the stream tells, so that it is read before it is shown. */
  private patchImport({ tenant_id, id, patch }: LiveRecord): void {
    const queryKey = ['imports', 'one', tenant_id, id];
    const shown = this.queries.getQueryData<{ state: string }>(queryKey);
    if (!shown || !patch) return;
    if (shown.state === patch.state) this.queries.setQueryData(queryKey, { ...shown, ...patch });
    else void this.queries.invalidateQueries({ queryKey });
  }

  private readSoon(key: QueryKey): void {
    this.due.set(JSON.stringify(key), key);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      for (const queryKey of this.due.values()) void this.queries.invalidateQueries({ queryKey });
      this.due.clear();
    }, this.everyMs);
  }

  /** Reads a query that is shown anew: at once, or after the pause that follows the read before. */
  private readNow(queryKey: QueryKey, pauseMs: number): void {
    const name = JSON.stringify(queryKey);
    const known = this.resting.get(name);
    if (known) {
      known.isDue = true;
      return;
    }
    if (this.queries.getQueriesData({ queryKey }).length === 0) return;
    void this.queries.invalidateQueries({ queryKey });
    const timer = setTimeout(() => {
      const isDue = this.resting.get(name)?.isDue;
      this.resting.delete(name);
      if (isDue) this.readNow(queryKey, pauseMs);
    }, pauseMs);
    this.resting.set(name, { timer, isDue: false });
  }
}
