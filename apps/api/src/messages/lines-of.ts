import type { Readable } from 'node:stream';
import { AppError } from '@heliograph/kernel';

/** Longest line of a stream, in characters: a message is far shorter, and a line without end must not fill the memory. */
export const longestLine = 256 * 1024;

/**
 * Lines of a UTF-8 stream as they arrive, without their ends, several at a time. The stream is left as it is when the reader
 * stops early: the answer goes over the same socket.
 * @throws AppError `line_too_long`
 */
export async function* linesOf(stream: Readable): AsyncGenerator<string[]> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8').iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    if (rest.length > longestLine) throw new AppError('too_large', 'line_too_long', `A line has at most ${longestLine} characters.`);
    if (lines.length > 0) yield lines;
  }
  if (rest !== '') yield [rest];
}
