import type { IncomingMessage } from 'node:http';

/** A body has to be here after this time; one that is read as a stream has to go on within it. */
const periodMs = 15_000;
/** Bytes that a stream brings at least in a period; the end of an ordinary stream may bring fewer. */
export const minStreamBytes = 1_500;
/** How long what still arrives after the answer is read and dropped, so that the client can read the answer, in ms. */
const lingerMs = 1_000;

/** Ends the connection of a client that does not get on with its body. */
export function watchBody(request: IncomingMessage): void {
  const isStream = request.headers['content-type']?.startsWith('application/x-ndjson') ?? false;
  let seen = request.socket.bytesRead;
  const timer = setInterval(() => {
    const came = request.socket.bytesRead - seen;
    seen = request.socket.bytesRead;
    // Bytes that wait to be read show that we are the slow one.
    if (isStream && (came >= minStreamBytes || request.readableLength > 0)) return;
    request.destroy();
  }, periodMs).unref();
  const stop = (): void => clearInterval(timer);
  request.once('end', stop).once('close', stop);
}

/** Ends the connection of a request that was answered before its body had come. */
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
