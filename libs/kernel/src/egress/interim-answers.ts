import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

const interim = /^HTTP\/1\.[01] 1\d\d /;

/**
 * Connects so that an answer `100 Continue` before the final one is skipped like any other 1xx. undici breaks the connection at it,
 * and what was taken would look lost: it is shown to undici as 103, which has the same length.
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

/** Makes each 100 at the start of the bytes a 103. @returns where what is no interim answer begins */
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
