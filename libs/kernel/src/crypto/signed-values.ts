import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';

const macBytes = 16;

/**
 * Signs values that anybody may read and nobody else can make, for example links. Equal values get equal tokens while the first key of the
 * ring stays. Any key of the ring verifies them. A value signed for one purpose is not valid for another.
 */
@Injectable()
export class SignedValues {
  private readonly rings: { id: string; secret: Buffer }[];
  private readonly keys = new Map<string, Buffer>();

  constructor(@Inject(APP_CONFIG) config: Pick<KernelConfig, 'KEYRING'>) {
    this.rings = config.KEYRING.split(',').map((part) => {
      const [id, key] = part.split(':') as [string, string];
      return { id, secret: Buffer.from(key, 'base64') };
    });
  }

  /** Returns `<key id>.<value>.<mac>`, base64url. */
  sign(value: Buffer, purpose: string): string {
    const [{ id, secret }] = this.rings as [{ id: string; secret: Buffer }];
    return [id, value.toString('base64url'), this.macOf(id, secret, value, purpose).toString('base64url')].join('.');
  }

  /** Returns the value of a token; null when it was not signed for this purpose. */
  verify(token: string, purpose: string): Buffer | null {
    const [id, value = '', mac = '', ...rest] = token.split('.');
    const ring = this.rings.find((one) => one.id === id);
    if (!ring || rest.length > 0) return null;
    const bytes = Buffer.from(value, 'base64url');
    const given = Buffer.from(mac, 'base64url');
    // One spelling per token: base64url decodes several.
    if (bytes.toString('base64url') !== value || given.toString('base64url') !== mac || given.length !== macBytes) return null;
    return timingSafeEqual(given, this.macOf(ring.id, ring.secret, bytes, purpose)) ? bytes : null;
  }

  private macOf(id: string, secret: Buffer, value: Buffer, purpose: string): Buffer {
    const name = `${id}/${purpose}`;
    let key = this.keys.get(name);
    if (!key) this.keys.set(name, (key = Buffer.from(hkdfSync('sha256', secret, '', `heliograph:signed:${purpose}`, 32))));
    return createHmac('sha256', key).update(value).digest().subarray(0, macBytes);
  }
}
