import type { IncomingMessage } from 'node:http';

/** Time within which a body must be complete; a body that is read as a stream must make progress in each such period. */
const periodMs = 15_000;
/** Time within which a file must be complete, however steadily it comes. */
const fileMs = 2 * 3_600_000;
/** Minimum number of bytes that a stream delivers in a period; the end of an ordinary stream may be shorter. */
export const minStreamBytes = 1_500;
/** Time for which data that arrives after the answer is read and dropped, so that the client can read the answer, in ms. */
const lingerMs = 1_000;

/** Closes the connection of a client that sends its body too slowly. */
export function watchBody(request: IncomingMessage): void {
  const type = request.headers['content-type'] ?? '';
  const isFile = /^multipart\/form-data/i.test(type);
  const isStream = isFile || /^application\/x-ndjson/i.test(type);
  const endsAt = isFile ? performance.now() + fileMs : Infinity;
  let seen = request.socket.bytesRead;
  const timer = setInterval(() => {
    const came = request.socket.bytesRead - seen;
    seen = request.socket.bytesRead;
    // Bytes that are waiting to be read show that this process is the slow side.
    if (isStream && performance.now() < endsAt && (came >= minStreamBytes || request.readableLength > 0)) return;
    request.destroy();
  }, periodMs).unref();
  const stop = (): void => clearInterval(timer);
  request.once('end', stop).once('close', stop);
}

/** Closes the connection of a request that was answered before its body was complete. */
export function endEarly(request: IncomingMessage): void {
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
  request.once('end', () => {
    clearTimeout(timer);
    socket.destroySoon();
  });
  request.resume();
}
