import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';

const version = 'v1';

/**
 * Seals secrets at rest: AES-256-GCM with a random 96-bit nonce and the first key of the ring. Any key of the ring opens them.
 * Each value is bound to its location (`sessions.api_key:<tenant>:<id>`), so a value copied to another row does not open.
 */
@Injectable()
export class SealedSecrets {
  private readonly keys: Map<string, Buffer>;
  /** Id of the key that seals. */
  readonly currentId: string;

  constructor(@Inject(APP_CONFIG) config: Pick<KernelConfig, 'KEYRING'>) {
    this.keys = new Map(
      config.KEYRING.split(',').map((part) => {
        const [id, key] = part.split(':') as [string, string];
        return [id, Buffer.from(key, 'base64')];
      }),
    );
    this.currentId = this.keys.keys().next().value as string;
  }

  /** Ids of all keys of the ring. */
  get ids(): string[] {
    return [...this.keys.keys()];
  }

  /** Returns `v1.<key id>.<nonce>.<tag>.<ciphertext>`, base64url. */
  seal(plain: string, boundTo: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.keys.get(this.currentId) as Buffer, nonce).setAAD(Buffer.from(boundTo));
    const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return [version, this.currentId, ...[nonce, cipher.getAuthTag(), sealed].map((b) => b.toString('base64url'))].join('.');
  }

  /** @throws when the key is not in the ring, or the value was changed or belongs to another location; the message contains no secret */
  open(sealed: string, boundTo: string): string {
    const [form, keyId = '', nonce = '', tag = '', text = ''] = sealed.split('.');
    const key = this.keys.get(keyId);
    if (form !== version || !key) throw new Error(`A sealed value needs key "${keyId}", which is not in KEYRING.`);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'))
        .setAAD(Buffer.from(boundTo))
        .setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]).toString('utf8');
    } catch {
      throw new Error(`A sealed value of ${boundTo.split(':')[0]} cannot be opened: it was changed or belongs to another row or column.`);
    }
  }

  /** True when the value is sealed with the key that currently seals. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${version}.${this.currentId}.`);
  }
}
