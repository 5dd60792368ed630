/** Bytes at most of a character that a cut may have broken. */
const maxBroken = 3;

/** Returns the charset that a content type names, if any. */
export function charsetOf(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? '')?.[1];
}

/**
 * Decodes bytes that must be kept in any case: by their declared charset, else as UTF-8, else as Windows-1252, which has a
 * character for every byte. Removes a byte order mark. `isCut`: the bytes end anywhere; a character that is broken there is left out.
 */
export function anyText(bytes: Buffer, contentType?: string, { isCut = false } = {}): string {
  for (const label of [charsetOf(contentType) ?? 'utf-8', 'utf-8'])
    for (let broken = 0; broken <= (isCut ? Math.min(maxBroken, bytes.length) : 0); broken++) {
      try {
        return new TextDecoder(label, { fatal: true }).decode(bytes.subarray(0, bytes.length - broken));
      } catch {
        // The charset is unknown or the bytes are not valid in it: try the next one.
      }
    }
  return new TextDecoder('windows-1252').decode(bytes);
}
