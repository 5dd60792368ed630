import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { UploadPlaces } from './upload-places';

const request = (body: object, type = 'multipart/form-data; boundary=a', headers: object = {}, socket = new PassThrough()) =>
  ({ routeOptions: { config: { body } }, headers: { 'content-type': type, ...headers }, raw: { socket } }) as unknown as FastifyRequest;
const file = request({ file: true });

/** An answer that ends when it is told to, as that of a server. */
function reply(): { reply: FastifyReply; end: () => Promise<void> } {
  const raw = new Writable();
  return {
    reply: { raw } as unknown as FastifyReply,
    end: async () => {
      raw.destroy();
      await once(raw, 'close');
    },
  };
}

describe('uploads at the same time', () => {
  it('are at most so many for each tenant, until the answer of one has ended', async () => {
    const places = new UploadPlaces(2);
    const first = reply();
    places.take('a', file, first.reply);
    places.take('a', file, reply().reply);
    expect(() => places.take('a', file, reply().reply)).toThrow(expect.objectContaining({ reason: 'too_many_uploads' }) as Error);
    places.take('b', file, reply().reply);
    await first.end();
    places.take('a', file, reply().reply);
    expect(() => places.take('a', file, reply().reply)).toThrow('2 uploads');
  });

  it('are over when the connection ends, also one whose answer waits behind another or whose client has left before', async () => {
    const places = new UploadPlaces(1);
    const socket = new PassThrough();
    const waiting = reply();
    places.take('a', request({ file: true }, undefined, {}, socket), waiting.reply);
    socket.destroy();
    await once(socket, 'close');
    places.take('a', request({ file: true }, undefined, {}, socket), reply().reply);
    places.take('a', file, reply().reply);
    // The place was left once.
    await waiting.end();
    expect(() => places.take('a', file, reply().reply)).toThrow('under way');
  });

  it('add one listener to the answer, and none that stays', async () => {
    const one = reply();
    const raw = one.reply.raw as unknown as Writable;
    const socket = new PassThrough();
    new UploadPlaces(1).take('a', request({ file: true }, undefined, {}, socket), one.reply);
    expect([raw.listenerCount('close'), socket.listenerCount('close')]).toEqual([1, 1]);
    await one.end();
    expect([raw.listenerCount('close'), socket.listenerCount('close')]).toEqual([0, 0]);
  });

  it('are files and streams of lines, and no other bodies', () => {
    const places = new UploadPlaces(1);
    places.take('a', request({ lines: true }, 'application/x-ndjson'), reply().reply);
    for (const other of [request({ lines: true }, 'application/json'), request({}), request({}, 'application/x-ndjson')])
      places.take('a', other, reply().reply);
    expect(() => places.take('a', file, reply().reply)).toThrow('under way');
  });

  it('are large bodies of many rows too, and those of an unknown size', () => {
    const rows = { maxBytes: 32 * 1024 * 1024, lines: true };
    const json = (headers: object, body: object = rows) => request(body, 'application/json', headers);
    for (const large of [json({ 'content-length': '2000000' }), json({}), json({ 'content-length': '9', 'content-encoding': 'gzip' })])
      expect(() => new UploadPlaces(0).take('a', large, reply().reply)).toThrow('under way');
    for (const small of [json({ 'content-length': '20000' }), json({}, { maxBytes: 1024 * 1024, raw: true })])
      new UploadPlaces(0).take('a', small, reply().reply);
  });
});
