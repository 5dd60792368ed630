import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

const interim = /^HTTP\/1\.[01] 1\d\d /;

/**
 * Connects so that a `100 Continue` before the final answer is skipped like any other 1xx. undici closes the connection on it, and
 * a request that was accepted would look lost. undici receives it as a 103, which has the same length.
 */
export function skippingContinue(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) return callback(error, null);
      skipContinue(socket);
      callback(null, socket);
    });
}

function skipContinue(socket: Socket): void {
  let isHeadDue = false;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  const read = socket.read.bind(socket) as (size?: number) => unknown;
  socket.write = (...args: unknown[]) => {
    isHeadDue = true;
    return write(...args);
  };
  socket.read = ((size?: number) => {
    const chunk = read(size);
    if (!isHeadDue || !Buffer.isBuffer(chunk)) return chunk;
    isHeadDue = rewritten(chunk) === chunk.length;
    return chunk;
  }) as Socket['read'];
}

/** Changes each 100 at the start of the bytes to 103. @returns index of the first byte after the interim answers */
function rewritten(bytes: Buffer): number {
  let at = 0;
  while (interim.test(bytes.toString('latin1', at, at + 13))) {
    if (bytes.toString('latin1', at + 9, at + 12) === '100') bytes.write('103', at + 9, 'latin1');
    const end = bytes.indexOf('\r\n\r\n', at, 'latin1');
    if (end < 0) return bytes.length;
    at = end + 4;
  }
  return at;
}
