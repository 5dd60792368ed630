import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { AppError } from '@heliograph/kernel';
import { mediaMaxBytes } from '@heliograph/messaging';
import { fileTypeFromFile } from 'file-type';

/** Kinds of content that a file can be sent as, besides `document`, which takes every file. */
export const mediaKinds = ['image', 'video', 'audio', 'document'] as const;
export type MediaKind = (typeof mediaKinds)[number];

/** Types that files may have, by what they are sent as. Everything else is refused: programs, web pages, scripts. */
const types: Readonly<Record<MediaKind, readonly string[]>> = {
  image: ['image/jpeg', 'image/png'],
  video: ['video/mp4', 'video/3gpp'],
  audio: ['audio/mpeg', 'audio/ogg', 'audio/aac', 'audio/mp4', 'audio/x-m4a', 'audio/amr'],
  document: [
    'application/pdf',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    'application/vnd.oasis.opendocument.text',
    'application/vnd.oasis.opendocument.spreadsheet',
    'application/vnd.oasis.opendocument.presentation',
    'application/x-cfb',
    'application/zip',
    'image/webp',
    'image/gif',
    'video/quicktime',
    'text/plain',
    'text/csv',
  ],
};
const plainTypes: Readonly<Record<string, string>> = { '.txt': 'text/plain', '.csv': 'text/csv' };

/** Greatest size of any file, in bytes. */
export const maxMediaBytes = mediaMaxBytes.document;

/** Returns the type of a file by its content, and what it is sent as. @throws AppError `unsupported_media` */
export async function mediaTypeOf(path: string, name: string, bytes: number): Promise<{ type: string; kind: MediaKind }> {
  const found = (await fileTypeFromFile(path))?.mime.split(';')[0] ?? (await plainTypeOf(path, name));
  const kind = mediaKinds.find((one) => found !== undefined && types[one].includes(found));
  if (found === undefined || kind === undefined)
    throw new AppError(
      'unsupported_media_type',
      'unsupported_media',
      'Files of this type cannot be sent. The type is read from the content of the file.',
      {
        path: 'file',
      },
    );
  // WhatsApp takes a greater one only as a document.
  return { type: found, kind: bytes > mediaMaxBytes[kind] ? 'document' : kind };
}

/** Text has no mark of its own: its name tells, where the bytes are text. */
async function plainTypeOf(path: string, name: string): Promise<string | undefined> {
  const type = plainTypes[extname(name).toLowerCase()];
  if (type === undefined) return undefined;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
    const head = buffer.subarray(0, bytesRead);
    // The end of the part may cut a character.
    const isText = [0, 1, 2, 3].some((cut) => isUtf8(head.subarray(0, bytesRead - cut)));
    return isText && !head.includes(0) ? type : undefined;
  } finally {
    await file.close();
  }
}
