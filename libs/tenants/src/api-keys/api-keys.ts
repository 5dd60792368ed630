import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import {
  type Actor,
  AppError,
  CachedLookup,
  ChangeFeed,
  Database,
  List,
  listKeys,
  Loops,
  newId,
  notFound,
  type Page,
  type PageRequest,
  sha256,
  type Tx,
} from '@heliograph/kernel';
import type { KnownTenant } from '../tenants/known-tenants.repository';
import { AddressList } from './address-list';
import {
  type ApiKey,
  endKeyAfter,
  insertKey,
  listKeysOf,
  liveKey,
  lockKey,
  lockKeys,
  revokeKey,
  rightsOf,
  stampUse,
} from './api-keys.repository';
import { unknownSessions } from '../sessions/session-rows.repository';
import { keyPrefix, limitedKeyHash, looksLikeKey, newKeySecret } from './key-secret';
import type { ApiKeyScope } from './scopes';

const keyList = new List('api_keys', listKeys.id);

/** Sessions that a caller is limited to; null: all of its tenant. */
export type AllowedSessions = ReadonlySet<string> | null;

/** The authenticated sender of a request. */
export interface Caller {
  key: { id: string; name: string; scopes: ReadonlySet<ApiKeyScope> };
  sessions: AllowedSessions;
  tenant: KnownTenant;
}

/** Limits of the caller who makes a key: a key by its id, a person by their scopes; neither: any key. */
export interface KeyMaker {
  keyId?: string;
  scopes?: ReadonlySet<ApiKeyScope>;
}

interface KeyDraft {
  name: string;
  scopes: ApiKeyScope[];
  expiresAt?: Date | null;
  allowedAddresses?: string[] | null;
  sessionIds?: string[] | null;
}

interface KnownKey extends Caller {
  expiresAt: Date | null;
  addresses: AddressList | null;
}

const flushMs = 60_000;
/** Maximum number of keys of a tenant that are neither revoked nor expired. */
const maxKeys = 100;

/** API keys: 256 random bits shown once, stored as a hash, checked in memory. A revoked key is invalid on every process within a second. */
@Injectable()
export class ApiKeys implements OnApplicationBootstrap {
  private readonly known: CachedLookup<KnownKey | null>;
  private readonly used = new Map<string, Date>();

  constructor(
    private readonly db: Database,
    private readonly feed: ChangeFeed,
    private readonly loops: Loops,
  ) {
    this.known = new CachedLookup(feed, { load: (hash) => this.load(hash), maxAgeMs: 30_000, maxEntries: 10_000 });
    feed.onChange('api_keys', () => this.known.clear());
    feed.onChange('tenants', () => this.known.clear());
  }

  onApplicationBootstrap(): void {
    const work = () => this.flushUse();
    this.loops.start({ name: 'api_key_use', everyMs: flushMs, firstMs: flushMs, work, atEnd: work });
  }

  /**
   * Creates a key; its secret is only in this answer. `secret` is set only by installations that must know it beforehand (the demo).
   * @param maker the new key has at most its scopes, and of a key its addresses, sessions and expiry. Without it (the command line), any
   * @throws AppError `exceeds_own_rights`, `expires_in_past`, `too_many_keys`, `unknown_session`
   */
  async create(
    tenantId: string,
    actor: Actor,
    draft: KeyDraft & { secret?: string },
    maker: KeyMaker = {},
  ): Promise<{ key: ApiKey; secret: string }> {
    const secret = draft.secret ?? newKeySecret();
    const key = await this.db.forTenant(tenantId, async (tx) => {
      await lockKeys(tx, tenantId);
      await this.refuseUnknown(tx, tenantId, draft.sessionIds ?? []);
      return this.insert(tx, tenantId, actor, draft, secret, maker);
    });
    // The secret may have been rejected just before, and the rejection cached.
    this.feed.notifyHere('api_keys', key.id);
    return { key, secret };
  }

  /**
   * Creates a key with name, scopes, addresses and sessions of this one, those deleted since included, which stays valid for `overlapHours` more. A key that expires is followed
   * by one that lives as long as it did.
   * @throws AppError `not_found`, `key_not_live`, `exceeds_own_rights`, `too_many_keys`
   */
  async rotate(
    tenantId: string,
    actor: Actor,
    id: string,
    overlapHours: number,
    maker: KeyMaker = {},
  ): Promise<{ key: ApiKey; secret: string; previous: ApiKey }> {
    const secret = newKeySecret();
    const rotated = await this.db.forTenant(tenantId, async (tx) => {
      await lockKeys(tx, tenantId);
      const old = await lockKey(tx, tenantId, id);
      if (!old) throw notFound('API key');
      if (!old.isLive) throw new AppError('conflict', 'key_not_live', 'This key was revoked or has expired. Create a new one.');
      const { name, scopes, allowedAddresses, sessionIds, nextEnd } = old;
      const draft = { name, scopes, allowedAddresses, sessionIds, expiresAt: nextEnd };
      const key = await this.insert(tx, tenantId, actor, draft, secret, maker);
      return { key, previous: await endKeyAfter(tx, tenantId, id, overlapHours) };
    });
    this.feed.notifyHere('api_keys', rotated.key.id);
    return { ...rotated, secret };
  }

  private async refuseUnknown(tx: Tx, tenantId: string, sessionIds: string[]): Promise<void> {
    const unknown = await unknownSessions(tx, tenantId, sessionIds);
    if (unknown.length === 0) return;
    const message = 'No such session.';
    const errors = unknown.slice(0, 100).map((place) => ({ path: `session_ids/${place}`, code: 'unknown_session', message }));
    throw new AppError('unprocessable', 'unknown_session', message, { errors });
  }

  private async insert(tx: Tx, tenantId: string, actor: Actor, draft: KeyDraft, secret: string, maker: KeyMaker): Promise<ApiKey> {
    const wanted = {
      scopes: draft.scopes,
      addresses: draft.allowedAddresses ?? null,
      sessionIds: draft.sessionIds ?? null,
      expiresAt: draft.expiresAt ?? null,
    };
    const rights = await rightsOf(tx, tenantId, wanted, maker.keyId ?? null);
    if (rights.isPast) throw new AppError('unprocessable', 'expires_in_past', 'This time is in the past.', { path: 'expires_at' });
    if (maker.keyId !== undefined && !rights.isWithin)
      throw new AppError(
        'forbidden',
        'exceeds_own_rights',
        'A key can make keys with at most its own scopes, allowed addresses, sessions and end.',
      );
    if (maker.scopes && !draft.scopes.every((scope) => maker.scopes?.has(scope)))
      throw new AppError('forbidden', 'exceeds_own_rights', 'You can create keys with at most your own permissions.');
    if (rights.live >= maxKeys) throw new AppError('unprocessable', 'too_many_keys', `A tenant has at most ${maxKeys} keys; revoke one.`);
    const hash = wanted.sessionIds ? limitedKeyHash(sha256(secret)) : sha256(secret);
    return insertKey(tx, tenantId, actor, { ...wanted, id: newId(), name: draft.name, prefix: keyPrefix(secret), hash });
  }

  /** Lists keys, newest first, including revoked ones. */
  async list(tenantId: string, page: PageRequest): Promise<Page<ApiKey>> {
    const [before = null] = keyList.after(page) ?? [];
    const { rows, total } = await this.db.forTenant(tenantId, (tx) => listKeysOf(tx, tenantId, before, page.limit + 1));
    return { ...keyList.pageOf(rows, page.limit, (row) => [row.id]), total };
  }

  /** Revokes a key; repeating it changes nothing. @throws AppError not_found */
  async revoke(tenantId: string, actor: Actor, id: string): Promise<ApiKey> {
    const key = await this.db.forTenant(tenantId, (tx) => revokeKey(tx, tenantId, actor, id));
    if (!key) throw notFound('API key');
    this.feed.notifyHere('api_keys', id);
    return key;
  }

  /** Returns the caller that this secret authenticates; null when it is unknown, expired, revoked or not allowed from this address. */
  async authenticate(secret: string, address: string): Promise<Caller | null> {
    if (!looksLikeKey(secret)) return null;
    const key = await this.known.get(sha256(secret).toString('hex'));
    if (!key || (key.expiresAt && key.expiresAt.getTime() <= Date.now()) || (key.addresses && !key.addresses.has(address))) return null;
    this.used.set(key.key.id, new Date());
    return key;
  }

  private async load(hex: string): Promise<KnownKey | null> {
    const hash = Buffer.from(hex, 'hex');
    const live = await liveKey(this.db, hash, limitedKeyHash(hash));
    if (!live) return null;
    const { id, name, scopes, addresses, sessionIds, expiresAt, tenant } = live;
    return {
      key: { id, name, scopes: new Set(scopes) },
      sessions: sessionIds && new Set(sessionIds),
      tenant,
      expiresAt,
      addresses: addresses && new AddressList(addresses),
    };
  }

  /** Records the last use for people: at most once a minute. What a failure keeps from being recorded is recorded later. */
  private async flushUse(): Promise<void> {
    const used = [...this.used];
    this.used.clear();
    if (used.length === 0) return;
    try {
      await stampUse(this.db, used);
    } catch (error) {
      // A key that was used meanwhile has a later time.
      for (const [id, at] of used) if (!this.used.has(id)) this.used.set(id, at);
      throw error;
    }
  }
}
