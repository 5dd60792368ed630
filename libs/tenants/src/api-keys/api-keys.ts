import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  type Actor,
  AppError,
  CachedLookup,
  ChangeFeed,
  Database,
  List,
  listKeys,
  newId,
  notFound,
  type Page,
  type PageRequest,
} from '@heliograph/kernel';
import type { KnownTenant } from '../tenants/known-tenants.repository';
import { AddressList } from './address-list';
import { type ApiKey, insertKey, listKeysOf, liveKey, lockKeys, revokeKey, rightsOf, stampUse } from './api-keys.repository';
import { keyPrefix, looksLikeKey, newKeySecret, sha256 } from './key-secret';
import type { ApiKeyScope } from './scopes';

const keyList = new List('api_keys', listKeys.id);

/** Who a request comes from. */
export interface Caller {
  key: { id: string; name: string; scopes: ReadonlySet<ApiKeyScope> };
  tenant: KnownTenant;
}

interface KnownKey extends Caller {
  expiresAt: Date | null;
  addresses: AddressList | null;
}

const flushMs = 60_000;
/** Keys of a tenant that are neither revoked nor expired. */
const maxKeys = 100;

/** API keys: 256 random bits shown once, stored as a hash, checked from memory. A revoked key is dead on every process within a second. */
@Injectable()
export class ApiKeys implements OnApplicationShutdown {
  private readonly known: CachedLookup<KnownKey | null>;
  private readonly used = new Map<string, Date>();
  private readonly timer = setInterval(() => void this.flushUse(), flushMs).unref();

  constructor(
    private readonly db: Database,
    private readonly feed: ChangeFeed,
  ) {
    this.known = new CachedLookup(feed, { load: (hash) => this.load(hash), maxAgeMs: 30_000, maxEntries: 10_000 });
    feed.onChange('api_keys', () => this.known.clear());
    feed.onChange('tenants', () => this.known.clear());
  }

  /**
   * Makes a key; its secret is in this answer and nowhere else. `secret` is given only by installations that must know it beforehand (the demo).
   * @param makerId the key that asks: the new one has at most its scopes, addresses and end. Without it (the command line), any
   * @throws AppError `exceeds_own_rights`, `expires_in_past`, `too_many_keys`
   */
  async create(
    tenantId: string,
    actor: Actor,
    draft: { name: string; scopes: ApiKeyScope[]; expiresAt?: Date | null; allowedAddresses?: string[] | null; secret?: string },
    makerId?: string,
  ): Promise<{ key: ApiKey; secret: string }> {
    const secret = draft.secret ?? newKeySecret();
    const wanted = { scopes: draft.scopes, addresses: draft.allowedAddresses ?? null, expiresAt: draft.expiresAt ?? null };
    const key = await this.db.forTenant(tenantId, async (tx) => {
      await lockKeys(tx, tenantId);
      const rights = await rightsOf(tx, tenantId, wanted, makerId ?? null);
      if (rights.isPast) throw new AppError('unprocessable', 'expires_in_past', 'This time is in the past.', { path: 'expires_at' });
      if (makerId !== undefined && !rights.isWithin)
        throw new AppError(
          'forbidden',
          'exceeds_own_rights',
          'A key can make keys with at most its own scopes, allowed addresses and end.',
        );
      if (rights.live >= maxKeys) throw new AppError('unprocessable', 'too_many_keys', `A tenant has at most ${maxKeys} keys; revoke one.`);
      return insertKey(tx, tenantId, actor, { ...wanted, id: newId(), name: draft.name, prefix: keyPrefix(secret), hash: sha256(secret) });
    });
    // The secret may have been refused just before, and the refusal kept.
    this.feed.announce('api_keys', key.id);
    return { key, secret };
  }

  /** Newest first, revoked ones too. */
  async list(tenantId: string, page: PageRequest): Promise<Page<ApiKey>> {
    const [before = null] = keyList.after(page) ?? [];
    const rows = await this.db.forTenant(tenantId, (tx) => listKeysOf(tx, tenantId, before, page.limit + 1));
    return keyList.pageOf(rows, page.limit, (row) => [row.id]);
  }

  /** Revoking twice is one revocation. @throws AppError not_found */
  async revoke(tenantId: string, actor: Actor, id: string): Promise<ApiKey> {
    const key = await this.db.forTenant(tenantId, (tx) => revokeKey(tx, tenantId, actor, id));
    if (!key) throw notFound('API key');
    this.feed.announce('api_keys', id);
    return key;
  }

  /** Who this secret stands for; null when it stands for nobody, has expired, was revoked, or may not come from this address. */
  async authenticate(secret: string, address: string): Promise<Caller | null> {
    if (!looksLikeKey(secret)) return null;
    const key = await this.known.get(sha256(secret).toString('hex'));
    if (!key || (key.expiresAt && key.expiresAt.getTime() <= Date.now()) || (key.addresses && !key.addresses.has(address))) return null;
    this.used.set(key.key.id, new Date());
    return key;
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flushUse();
  }

  private async load(hash: string): Promise<KnownKey | null> {
    const live = await liveKey(this.db, Buffer.from(hash, 'hex'));
    if (!live) return null;
    const { id, name, scopes, addresses, expiresAt, tenant } = live;
    return { key: { id, name, scopes: new Set(scopes) }, tenant, expiresAt, addresses: addresses ? new AddressList(addresses) : null };
  }

  /** Book-keeping for people: at most once a minute, and never worth failing for. */
  private async flushUse(): Promise<void> {
    const used = [...this.used];
    this.used.clear();
    if (used.length === 0) return;
    await stampUse(this.db, used).catch(() => used.forEach(([id, at]) => this.used.set(id, at)));
  }
}
