import { once } from 'node:events';
import { Writable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { UploadPlaces } from './upload-places';

const request = (body: object, type = 'multipart/form-data; boundary=a', headers: object = {}) =>
  ({ routeOptions: { config: { body } }, headers: { 'content-type': type, ...headers } }) as unknown as FastifyRequest;
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
