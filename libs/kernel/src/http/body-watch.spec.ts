import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { minStreamBytes, watchBody } from './body-watch';

const second = 1_000;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A body of this type that brings so many bytes a second. @returns seconds after which its connection is closed; null: not within that time */
function closedAfter(type: string, bytesPerSecond: number, seconds: number, { unread = 0, endsAfter = Infinity } = {}): number | null {
  const socket = { bytesRead: 0 };
  let closed = false;
  const request = Object.assign(new EventEmitter(), {
    headers: { 'content-type': type },
    socket,
    readableLength: unread,
    destroy: () => {
      closed = true;
      request.emit('close');
    },
  });
  watchBody(request as unknown as IncomingMessage);
  for (let past = 1; past <= seconds; past++) {
    socket.bytesRead += bytesPerSecond;
    jest.advanceTimersByTime(second);
    if (closed) return past;
    if (past === endsAfter) request.emit('end');
  }
  return null;
}

const hours = 3_600;
const enough = minStreamBytes / 15;

describe('a body that comes', () => {
  it.each([
    ['at 10 bytes a second', 'multipart/form-data; boundary=a', 10, {}, 15],
    ['not at all', 'multipart/form-data; boundary=a', 0, {}, 15],
    ['at 10 bytes a second', 'application/x-ndjson', 10, {}, 15],
    ['fast, but not within 15 s', 'application/json', 100_000, {}, 15],
    ['steadily for hours, as lines', 'application/x-ndjson', enough, {}, null],
    ['steadily for hours, as a file', 'multipart/form-data; boundary=a', enough, {}, 2 * hours],
    ['fast for hours, as a file that nobody reads', 'multipart/form-data; boundary=a', 0, { unread: 1 }, 2 * hours],
    ['and has ended', 'multipart/form-data; boundary=a', enough, { endsAfter: 10 }, null],
  ])('%s (%s) is ended in time', (_how, type, bytes, more, after) => {
    expect(closedAfter(type, bytes, 3 * hours, more)).toBe(after);
  });
});
