import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, SignedValues } from '@heliograph/kernel';
import type { TenantsConfig } from '@heliograph/tenants';
import type { MediaConfig } from './media.config';

const purpose = 'media';
const hourMs = 3_600_000;
const idBytes = 16;
/** An address of a file, below any origin: `PUBLIC_URL` may have changed since the link was made. */
const linkPattern = /^https?:\/\/[^/?#]+\/media\/([\w.-]+)$/;

/** A file that a link names. */
export interface MediaLink {
  tenantId: string;
  mediaId: string;
}

/**
 * Makes and reads the links by which the provider fetches files. A link names tenant, file and end, and is signed. Links that are made
 * within a day are equal, so that equal messages have equal bodies.
 */
@Injectable()
export class MediaLinks {
  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<MediaConfig & TenantsConfig, 'MEDIA_LINK_HOURS' | 'PUBLIC_URL'>,
    private readonly signed: SignedValues,
  ) {}

  /** Returns the address of a file, valid for at least MEDIA_LINK_HOURS and at most a day more. */
  address({ tenantId, mediaId }: MediaLink, now = Date.now()): string {
    const day = 24;
    const endsAt = Math.ceil((now / hourMs + this.config.MEDIA_LINK_HOURS) / day) * day;
    const value = Buffer.alloc(2 * idBytes + 4);
    bytesOf(tenantId).copy(value, 0);
    bytesOf(mediaId).copy(value, idBytes);
    value.writeUInt32BE(endsAt, 2 * idBytes);
    return new URL(`/media/${this.signed.sign(value, purpose)}`, this.config.PUBLIC_URL).toString();
  }

  /** Returns the file that an address names, also after the end of its link; null: the address is none of ours. */
  fileOf(address: string): MediaLink | null {
    const [, token] = linkPattern.exec(address) ?? [];
    const value = token === undefined ? null : this.valueOf(token);
    return value && fileIn(value);
  }

  /** Returns the file that a link names; `expired`: the link was valid; null: it never was. */
  read(token: string, now = Date.now()): MediaLink | 'expired' | null {
    const value = this.valueOf(token);
    if (!value) return null;
    return value.readUInt32BE(2 * idBytes) * hourMs <= now ? 'expired' : fileIn(value);
  }

  private valueOf(token: string): Buffer | null {
    const value = this.signed.verify(token, purpose);
    return value?.length === 2 * idBytes + 4 ? value : null;
  }
}

const fileIn = (value: Buffer): MediaLink => ({
  tenantId: idOf(value.subarray(0, idBytes)),
  mediaId: idOf(value.subarray(idBytes, 2 * idBytes)),
});
const bytesOf = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');
const idOf = (bytes: Buffer): string => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
