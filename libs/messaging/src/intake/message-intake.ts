import { Injectable } from '@nestjs/common';
import {
  AppError,
  canonicalJson,
  Database,
  derivedRowId,
  Folder,
  IdempotencyKeys,
  keyReused,
  newId,
  notFound,
  type RequestKey,
  type Sql,
  type Tx,
} from '@heliograph/kernel';
import { type AllowedSessions, Routing, SessionCredentials } from '@heliograph/tenants';
import { LaneBell } from '../lanes/lane-bell';
import { hasGroup, insertBulkGroup } from './bulk-groups.repository';
import type { MessageDraft, SourcedDraft } from './message-draft';
import { type AcceptedMessage, MessageStore, type MessageToStore, type StoredMessage, type StoreResult } from './message-store.repository';

/**
 * Result of one row of a bulk call. `duplicate`: its own idempotency key was used before for the same message. `replayed`: an earlier try
 * of the same call stored it.
 */
export type Verdict =
  | { status: 'accepted'; message: AcceptedMessage; replayed?: true }
  | { status: 'duplicate'; message: AcceptedMessage }
  | { status: 'refused'; code: string; message: string; path?: string };

/** The session of a message, or the reason why there is none. */
export type MessageRoute = { sessionId: string } | { code: string; message: string; path?: string };

/** Options of a bulk call. */
export interface BulkOptions {
  groupId: string;
  /** Number of the first draft within the whole call. With it, a repeated call finds the rows that it stored before. */
  firstIndex: number;
  /** All rows or none: one refused row refuses every other row. */
  atomic?: boolean;
  /** Sessions that the rows may use; null or absent: all. */
  sessions?: AllowedSessions;
}

/** Rows of one insert statement. */
const chunkSize = 1_000;

/** Stores messages, each once per idempotency key, and rings their lanes. Returned messages are committed. */
@Injectable()
export class MessageIntake {
  private readonly folder: Folder<MessageToStore, StoreResult>;

  constructor(
    private readonly db: Database,
    private readonly rows: MessageStore,
    private readonly routing: Routing,
    private readonly sessions: SessionCredentials,
    private readonly bell: LaneBell,
    private readonly keys: IdempotencyKeys,
  ) {
    this.folder = new Folder({
      write: (batch) => this.rows.store(this.db, batch, this.keys.hours),
      maxBatch: 500,
      concurrency: 2,
    });
  }

  /**
   * Stores one message. A repeat under the same key returns the first message.
   * @param sessions sessions that the message may use; null: all
   * @throws AppError `idempotency_key_reused` when the key was used for another message, `not_found` for a session that does not exist,
   *   belongs to another tenant or is not one of `sessions`, `session_required` when none is named and `sessions` are given,
   *   `reply_to_unknown` when the quoted message does not exist
   */
  async accept(
    tenantId: string,
    draft: MessageDraft,
    sessions: AllowedSessions = null,
  ): Promise<{ message: AcceptedMessage; replayed: boolean }> {
    const [route] = await this.routesOf(tenantId, [draft], sessions);
    // A repeat succeeds even when the quoted message no longer exists.
    if (route && 'code' in route && route.code === quotesNothing.code && draft.idempotencyKey !== null) {
      const known = await this.known(tenantId, draft, sessions);
      if (known) return { message: known, replayed: true };
    }
    const sessionId = sessionOf(route);
    const { stored, message, ringInMs } = await this.folder.add({ ...draft, tenantId, id: newId(), sessionId, groupId: null });
    if (stored && message) {
      // The row is stored before the bell rings: a crash in between leaves a due row, which recovery finds within seconds.
      if (ringInMs !== null) this.bell.ring(sessionId, ringInMs);
      return { message, replayed: false };
    }
    return { message: await this.replay(tenantId, draft, sessions), replayed: true };
  }

  /**
   * Opens the group of a bulk call. The same key returns the same group, so a repeated call finds the rows of the first one.
   * @throws AppError `idempotency_key_reused` when the key was used for another request
   */
  async openGroup(
    tenantId: string,
    options: { name?: string; idempotencyKey?: string; requestHash?: Buffer },
  ): Promise<{ groupId: string; replayed: boolean }> {
    const groupId = newId();
    const { idempotencyKey, requestHash } = options;
    if (!idempotencyKey || !requestHash) {
      await insertBulkGroup(this.db, tenantId, groupId, options.name);
      return { groupId, replayed: false };
    }
    return this.db.transaction(async (tx) => {
      const earlier = await this.keys.takeFor(tx, { tenantId, key: idempotencyKey, requestHash }, groupId);
      if (earlier === null) {
        await insertBulkGroup(tx, tenantId, groupId, options.name);
        return { groupId, replayed: false };
      }
      // The key may belong to a single message.
      if (!(await hasGroup(tx, tenantId, earlier))) throw keyReused();
      return { groupId: earlier, replayed: true };
    });
  }

  /**
   * Stores many messages in large statements and returns a verdict per draft, in order. Ids follow from the group and the row's number, so
   * a repeated call stores nothing twice.
   */
  async acceptMany(tenantId: string, drafts: MessageDraft[], options: BulkOptions): Promise<Verdict[]> {
    const { sessions = null } = options;
    const routes = await this.routesOf(tenantId, drafts, sessions);
    const repeats = await this.repeatsOf(tenantId, drafts, routes, options);
    const refused = routes.filter((route, i) => 'code' in route && !repeats.has(i)).length;
    if (options.atomic && refused > 0) {
      return routes.map((route, i) => ('code' in route && !repeats.has(i) ? { status: 'refused', ...route } : notStored));
    }
    const rows: MessageToStore[] = [];
    const placeOf: number[] = [];
    // One transaction locks the lanes of all chunks in the order of the lanes, so that two such calls never deadlock.
    const places = [...routes.entries()].flatMap(([i, route]) => ('code' in route ? [] : [{ i, route }]));
    if (options.atomic)
      places.sort((a, b) => (a.route.sessionId < b.route.sessionId ? -1 : a.route.sessionId > b.route.sessionId ? 1 : a.i - b.i));
    places.forEach(({ i, route }) => {
      rows.push({
        ...(drafts[i] as MessageDraft),
        tenantId,
        sessionId: route.sessionId,
        namesSession: drafts[i]?.sessionId !== undefined,
        groupId: options.groupId,
        id: derivedRowId(options.groupId, options.firstIndex + i),
      });
      placeOf.push(i);
    });
    const stored = options.atomic ? await this.storeAllOrNone(tenantId, rows) : await this.storeChunks(this.db, tenantId, rows);
    for (const [sessionId, inMs] of stored.rings) this.bell.ring(sessionId, inMs);
    const verdicts: Verdict[] = routes.map(
      (route, i) =>
        repeats.get(i) ?? { status: 'refused', ...('code' in route ? route : { code: 'not_stored', message: 'The row was not stored.' }) },
    );
    stored.verdicts.forEach((verdict, i) => (verdicts[placeOf[i] as number] = verdict));
    // A repeat may find a message that has moved to another session meanwhile.
    return verdicts.map((verdict) => ('code' in verdict || mayUse(sessions, verdict.message.sessionId) ? verdict : reusedKey()));
  }

  /** Returns verdicts of rows whose quoted message existed when an earlier try stored them, but no longer exists. */
  private async repeatsOf(
    tenantId: string,
    drafts: MessageDraft[],
    routes: MessageRoute[],
    options: BulkOptions,
  ): Promise<Map<number, Verdict>> {
    const places = routes.flatMap((route, i) => ('code' in route && route.code === quotesNothing.code ? [i] : []));
    if (places.length === 0) return new Map();
    const { groupId, firstIndex } = options;
    const rows = places.map((i): MessageToStore => {
      const draft = drafts[i] as MessageDraft;
      return {
        ...draft,
        tenantId,
        groupId,
        id: derivedRowId(groupId, firstIndex + i),
        sessionId: draft.sessionId ?? '',
        namesSession: draft.sessionId !== undefined,
      };
    });
    const earlier = await this.earlier(this.db, tenantId, rows);
    return new Map(
      rows.flatMap((row, k) => {
        const verdict = earlier(row);
        return verdict && verdict.status !== 'refused' ? [[places[k] as number, verdict] as const] : [];
      }),
    );
  }

  /**
   * Stores messages in the caller's transaction, under ids that the caller chose. Messages that are already stored stay as they are. Rings
   * their lanes after the commit. Messages with a source instead of a body are stored by the same statement.
   * @returns a verdict per draft, in order
   */
  async storeWithin(
    tx: Tx,
    tenantId: string,
    drafts: ((MessageDraft | SourcedDraft) & { id: string; sessionId: string; groupId?: string })[],
  ): Promise<Verdict[]> {
    const { verdicts, rings } = await this.storeChunks(
      tx,
      tenantId,
      drafts.map((draft) => ({ ...draft, tenantId, groupId: draft.groupId ?? null })),
    );
    tx.afterCommit(() => rings.forEach((inMs, sessionId) => this.bell.ring(sessionId, inMs)));
    return verdicts;
  }

  /** Stores all rows, or rolls all of them back when one is refused, for example because of a used key. */
  private async storeAllOrNone(tenantId: string, rows: MessageToStore[]): Promise<{ verdicts: Verdict[]; rings: Map<string, number> }> {
    let refused: Verdict[] = [];
    try {
      return await this.db.transaction(async (tx) => {
        const stored = await this.storeChunks(tx, tenantId, rows);
        if (stored.verdicts.every((verdict) => verdict.status !== 'refused')) return stored;
        refused = stored.verdicts;
        throw new RowRefused();
      });
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error;
      return { verdicts: refused.map((verdict) => (verdict.status === 'refused' ? verdict : notStored)), rings: new Map() };
    }
  }

  /** Stores the rows chunk by chunk. @returns a verdict per row, and the lanes to ring with their delays in ms */
  private async storeChunks(
    db: Sql,
    tenantId: string,
    rows: MessageToStore[],
  ): Promise<{ verdicts: Verdict[]; rings: Map<string, number> }> {
    const verdicts: Verdict[] = [];
    const rings = new Map<string, number>();
    for (let start = 0; start < rows.length; start += chunkSize) {
      const chunk = rows.slice(start, start + chunkSize);
      const results = await this.rows.store(db, chunk, this.keys.hours);
      const missing = chunk.filter((_, i) => !results[i]?.stored);
      const earlier = missing.length > 0 ? await this.earlier(db, tenantId, missing) : null;
      chunk.forEach((row, i) => {
        const { message, ringInMs } = results[i] as StoreResult;
        if (ringInMs !== null) rings.set(row.sessionId, ringInMs);
        verdicts.push(
          message
            ? { status: 'accepted', message }
            : (earlier?.(row) ?? { status: 'refused', code: 'not_stored', message: 'The row was not stored.' }),
        );
      });
    }
    return { verdicts, rings };
  }

  /** Finds the stored message of each row that was not stored: the same row of an earlier try, or the message under its own key. */
  private async earlier(db: Sql, tenantId: string, rows: MessageToStore[]): Promise<(row: MessageToStore) => Verdict | undefined> {
    const byId = await this.rows.byIds(
      db,
      tenantId,
      rows.map((row) => row.id),
    );
    const keyed = rows.filter((row) => row.idempotencyKey !== null).map((row) => ({ tenantId, key: row.idempotencyKey as string }));
    const byKey = await this.rows.byKeys(db, keyed);
    // Another message of the call has the place of this row, so the new key of the row is free again.
    const taken = rows.filter((row) => row.idempotencyKey !== null && isOther(byId.get(row.id), row));
    if (taken.length > 0) await this.keys.releaseFor(db, taken.map(keyOf));
    return (row) => {
      const same = byId.get(row.id);
      if (same && !isOther(same, row)) return { status: 'accepted', message: same.message, replayed: true };
      const record = byKey.get(`${tenantId}/${row.idempotencyKey}`);
      if (record?.message && record.message.id !== row.id && row.requestHash?.equals(record.requestHash))
        return { status: 'duplicate', message: record.message };
      return reusedKey();
    };
  }

  private async replay(tenantId: string, draft: MessageDraft, sessions: AllowedSessions): Promise<AcceptedMessage> {
    const message = await this.known(tenantId, draft, sessions);
    if (!message) throw keyReused();
    return message;
  }

  /** Returns the message that was stored under the key of the draft, if it is the same message and still in one of `sessions`. */
  private async known(
    tenantId: string,
    { idempotencyKey, requestHash }: MessageDraft,
    sessions: AllowedSessions,
  ): Promise<AcceptedMessage | null> {
    const key = idempotencyKey as string;
    const record = (await this.rows.byKeys(this.db, [{ tenantId, key }])).get(`${tenantId}/${key}`);
    if (!record?.message || !mayUse(sessions, record.message.sessionId)) return null;
    return requestHash?.equals(record.requestHash) ? record.message : null;
  }

  /**
   * Returns the session of each draft, or the reason why there is none, in order. A draft that quotes a message and names no session uses
   * the session of the quoted message. Drafts that are limited to `sessions` must name one of them: nothing else decides for them.
   */
  async routesOf(tenantId: string, given: MessageDraft[], sessions: AllowedSessions = null): Promise<MessageRoute[]> {
    if (!sessions) return this.routesOfAll(tenantId, given);
    const faults = given.map(({ sessionId }) =>
      sessionId === undefined ? namesNoSession : mayUse(sessions, sessionId) ? null : noSession,
    );
    const routes = (
      await this.routesOfAll(
        tenantId,
        given.filter((_, i) => faults[i] === null),
      )
    ).values();
    return faults.map((fault) => fault ?? (routes.next().value as MessageRoute));
  }

  private async routesOfAll(tenantId: string, given: MessageDraft[]): Promise<MessageRoute[]> {
    const replies = given.flatMap((draft) => draft.replyTo ?? []);
    if (replies.length === 0) return this.routesOfPlain(tenantId, given);
    const quoted = await this.rows.quotable(this.db, tenantId, [...new Set(replies)]);
    const sessionIds = given.map(({ replyTo, sessionId }) => sessionId ?? (replyTo === null ? undefined : quoted.get(replyTo)));
    const drafts = given.map((draft, i) => ({ ...draft, ...(sessionIds[i] && { sessionId: sessionIds[i] }) }));
    const routes = await this.routesOfPlain(tenantId, drafts);
    return routes.map((route, i) => {
      const replyTo = given[i]?.replyTo ?? null;
      return replyTo !== null && 'sessionId' in route && quoted.get(replyTo) !== route.sessionId ? quotesNothing : route;
    });
  }

  /** Routes drafts that quote nothing; from memory when they name their session. */
  private async routesOfPlain(tenantId: string, drafts: MessageDraft[]): Promise<MessageRoute[]> {
    const routes = new Array<MessageRoute>(drafts.length);
    const known = new Map<string, boolean>();
    const toRoute: number[] = [];
    for (const [i, draft] of drafts.entries()) {
      if (!draft.sessionId) {
        toRoute.push(i);
        continue;
      }
      let ours = known.get(draft.sessionId);
      if (ours === undefined) known.set(draft.sessionId, (ours = (await this.sessions.find(draft.sessionId))?.tenantId === tenantId));
      routes[i] = ours ? { sessionId: draft.sessionId } : noSession;
    }
    if (toRoute.length > 0) {
      const picks = await this.routing.pickMany(
        tenantId,
        toRoute.map((i) => ({ to: (drafts[i] as MessageDraft).recipient, tag: drafts[i]?.tag })),
      );
      picks.forEach((pick, k) => {
        routes[toRoute[k] as number] = pick
          ? { sessionId: pick.sessionId }
          : { code: 'no_session', message: 'No session of this tenant can send the message.' };
      });
    }
    return routes;
  }
}

const noSession = { code: 'not_found', message: 'No such session.' };

const namesNoSession = {
  code: 'session_required',
  message: 'This API key is limited to sessions. Name one of them.',
  path: 'session_id',
};

const quotesNothing = {
  code: 'reply_to_unknown',
  message: 'No message with this id was sent, or can still be sent, through the same session.',
  path: 'reply_to',
};

function sessionOf(route: MessageRoute | undefined): string {
  if (!route) throw notFound('session');
  if (!('code' in route)) return route.sessionId;
  if (route.code === 'not_found') throw notFound('session');
  throw new AppError('unprocessable', route.code, route.message, route.path === undefined ? {} : { path: route.path });
}

function mayUse(sessions: AllowedSessions, sessionId: string): boolean {
  return sessions === null || sessions.has(sessionId.toLowerCase());
}

function reusedKey(): Verdict {
  const { reason, message } = keyReused();
  return { status: 'refused', code: reason, message };
}

/** Rolls the transaction back. */
class RowRefused extends Error {}

const notStored: Verdict = {
  status: 'refused',
  code: 'not_stored',
  message: 'The call stores all rows or none, and another row was refused.',
};

/** Returns the key of a row that has one. */
function keyOf({ tenantId, idempotencyKey, requestHash, id }: MessageToStore): RequestKey & { resourceId: string } {
  return { tenantId, key: idempotencyKey as string, requestHash: requestHash as Buffer, resourceId: id };
}

/** True when the message that is stored under a row's id differs from the row. */
function isOther(stored: StoredMessage | undefined, row: MessageToStore): boolean {
  if (!stored) return false;
  const { message } = stored;
  const dueAt = Math.max(row.sendAt?.getTime() ?? 0, message.createdAt.getTime());
  // A message whose body was made no longer holds its source.
  const isMade = row.body === null && stored.source === null;
  const asked = [
    row.recipient,
    row.class,
    isMade ? null : (row.body ?? row.source),
    row.clientRef,
    row.tags ?? [],
    row.replyTo,
    row.sendAt?.getTime() ?? null,
  ];
  const there = [
    message.recipient,
    message.class,
    isMade ? null : (stored.body ?? stored.source),
    message.clientRef,
    message.tags,
    stored.replyTo,
    message.sendAt?.getTime() ?? null,
  ];
  return (
    canonicalJson(asked) !== canonicalJson(there) ||
    (row.expiresAt?.getTime() ?? dueAt + row.expiresAfterMs) !== message.expiresAt.getTime() ||
    // The session counts only when the row names it: routing may pick another one for the same row later.
    (row.namesSession === true && row.sessionId !== message.sessionId)
  );
}
