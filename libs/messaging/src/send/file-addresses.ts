import { Injectable } from '@nestjs/common';
import type { MessageBody } from '../message';

/** A message whose content names a file of ours. */
export interface FileMessage {
  tenantId: string;
  sessionId: string;
  /** Address in the stored content. */
  url: string;
}

/**
 * Address by which the provider gets a file. `refused`: it never will, so the message fails. `later`: it does not have the file yet, and the
 * message returns to its lane for `inMs`. `countsTry`: an attempt to give it the file failed, which counts as one of the message's tries.
 */
export type FileAddress = { url: string } | { refused: string } | { later: string; inMs: number; countsTry: boolean };

/** Gives the provider files that contents name by addresses of ours, before the calls of their messages. A lib above implements it. */
export interface FileCopies {
  /** True for an address that the provider does not fetch, because it gets a copy of the file. */
  owns(url: string): boolean;
  /**
   * Returns the address to name in the call. Never throws.
   * @param waitMs time that the caller waits for an upload at most
   */
  addressFor(message: FileMessage, waitMs: number): Promise<FileAddress>;
}

/** Addresses by which the provider gets files of ours. Without copies, it fetches each by the address in the content. */
@Injectable()
export class FileAddresses {
  private copies: FileCopies | undefined;

  /** @throws Error for a second registration */
  register(copies: FileCopies): void {
    if (this.copies) throw new Error('Copies of files are registered already.');
    this.copies = copies;
  }

  /** True for an address of a file that the provider gets as a copy. */
  owns(url: string): boolean {
    return this.copies?.owns(url) ?? false;
  }

  /** Returns null when the content names no such file. */
  of({ tenantId, sessionId }: Omit<FileMessage, 'url'>, { content }: MessageBody, waitMs: number): Promise<FileAddress> | null {
    return this.copies && 'url' in content && this.copies.owns(content.url)
      ? this.copies.addressFor({ tenantId, sessionId, url: content.url }, waitMs)
      : null;
  }
}
