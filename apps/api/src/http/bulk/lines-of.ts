import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { AppError } from '@heliograph/kernel';

/** Maximum bytes of a line of a stream. A message is far shorter, and a line without an end must not fill the memory. */
export const maxLineBytes = 256 * 1024;

const lineEnd = 0x0a;
const mark = Buffer.from('\ufeff');

/**
 * Yields the lines of a UTF-8 stream as they arrive, without line ends, several at a time; null for a line that is not UTF-8. Drops a byte
 * order mark before the first line. Leaves the stream open when the reader stops early, since the response uses the same socket.
 * @throws AppError `line_too_long`
 */
export async function* linesOf(stream: Readable): AsyncGenerator<(string | null)[]> {
  let pieces: Buffer[] = [];
  let waiting = 0;
  let isFirst = true;
  const take = (bytes: Buffer): (string | null)[] => {
    const plain = isFirst && bytes.subarray(0, mark.length).equals(mark) ? bytes.subarray(mark.length) : bytes;
    isFirst = false;
    return textsOf(plain);
  };
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const end = bytes.lastIndexOf(lineEnd);
    const rest = end === -1 ? bytes : bytes.subarray(end + 1);
    const whole = end === -1 ? null : Buffer.concat([...pieces, bytes.subarray(0, end)]);
    if (whole) [pieces, waiting] = [[], 0];
    if (rest.length > 0) pieces.push(rest);
    waiting += rest.length;
    if (waiting > maxLineBytes) throw new AppError('too_large', 'line_too_long', `A line has at most ${maxLineBytes} bytes.`);
    if (whole) yield take(whole);
  }
  if (waiting > 0) yield take(Buffer.concat(pieces));
}

/** Decodes many lines at once; line by line only when one of them is not UTF-8. */
function textsOf(bytes: Buffer): (string | null)[] {
  if (isUtf8(bytes)) return bytes.toString('utf8').split('\n');
  const texts: (string | null)[] = [];
  for (let start = 0; start <= bytes.length;) {
    const next = bytes.indexOf(lineEnd, start);
    const line = bytes.subarray(start, next === -1 ? bytes.length : next);
    texts.push(isUtf8(line) ? line.toString('utf8') : null);
    if (next === -1) break;
    start = next + 1;
  }
  return texts;
}
