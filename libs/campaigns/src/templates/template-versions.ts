import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import { LRUCache } from 'lru-cache';
import type { TemplateVersion } from './message-template';
import { readVersions, type VersionKey } from './templates.repository';

const keyOf = ({ tenantId, id, version }: VersionKey): string => `${tenantId}/${id}/${version}`;

/** Versions of templates in memory. A version never changes, so it stays valid. */
@Injectable()
export class TemplateVersions {
  private readonly kept = new LRUCache<string, TemplateVersion>({ max: 1_000 });

  constructor(private readonly db: Database) {}

  /** Returns each version, in order; undefined where there is none. Reads those that are not in memory in one statement. */
  async get(keys: VersionKey[]): Promise<(TemplateVersion | undefined)[]> {
    const found = new Map(keys.map((key) => [keyOf(key), this.kept.get(keyOf(key))]));
    const absent = new Map(keys.filter((key) => !found.get(keyOf(key))).map((key) => [keyOf(key), key]));
    if (absent.size > 0)
      for (const { tenantId, ...version } of await readVersions(this.db, [...absent.values()])) {
        const key = keyOf({ tenantId, id: version.templateId, version: version.version });
        this.kept.set(key, version);
        found.set(key, version);
      }
    return keys.map((key) => found.get(keyOf(key)));
  }
}
