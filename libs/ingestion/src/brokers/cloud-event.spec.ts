import fc from 'fast-check';
import { maxMessageBytes, readCloudEvent } from './cloud-event';

const envelope = { specversion: '1.0', type: 'message.send', source: '/shop', id: '4711' };
const data = { to: '+447700900101', type: 'text', text: 'Ready.' };
const inJson = (value: unknown, headers: Record<string, string> = {}, contentType: string | null = 'application/cloudevents+json') =>
  readCloudEvent({ contentType, headers, body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) });
const binary = (prefix: string, over: Record<string, string | undefined> = {}) =>
  Object.fromEntries(
    Object.entries({ ...envelope, ...over }).flatMap(([name, value]) => (value === undefined ? [] : [[prefix + name, value]])),
  );
const wanted = { ok: true, type: 'message.send', source: '/shop', id: '4711', tenant: null, data };

describe('readCloudEvent', () => {
  it('reads structured mode, with or without its content type', () => {
    expect(inJson({ ...envelope, data })).toEqual(wanted);
    expect(inJson({ ...envelope, data }, {}, 'application/cloudevents+json; charset=utf-8')).toEqual(wanted);
    expect(inJson({ ...envelope, data }, {}, 'application/json')).toEqual(wanted);
    expect(inJson({ ...envelope, data }, {}, null)).toEqual(wanted);
    expect(inJson({ ...envelope, data_base64: Buffer.from(JSON.stringify(data)).toString('base64') })).toEqual(wanted);
  });

  it.each(['cloudevents:', 'cloudevents_', 'ce_', 'ce-'])('reads binary mode with headers %s…', (prefix) => {
    expect(inJson(data, binary(prefix), 'application/json')).toEqual(wanted);
    expect(inJson(data, { ...binary(prefix), other: 'x' }, null)).toEqual(wanted);
  });

  it('reads the tenant in both modes, even if the rest is not readable', () => {
    expect(inJson({ ...envelope, heliographtenant: 't1', data })).toMatchObject({ ok: true, tenant: 't1' });
    expect(inJson(data, binary('ce-', { heliographtenant: 't1' }))).toMatchObject({ tenant: 't1' });
    expect(inJson('{', { 'ce-heliographtenant': 't1' })).toMatchObject({ ok: false, tenant: 't1', reason: 'invalid_json' });
    expect(inJson({ ...envelope, specversion: '0.1', heliographtenant: 't1' })).toMatchObject({ ok: false, tenant: 't1' });
  });

  it('creates no id where there is none', () => {
    expect(inJson({ ...envelope, id: undefined, data })).toEqual({ ...wanted, id: null });
    expect(inJson(data, binary('ce-', { id: undefined }), null)).toEqual({ ...wanted, id: null });
  });

  it.each<[unknown, string]>([
    ['', 'invalid_json'],
    ['null', 'invalid_cloudevent'],
    ['[]', 'invalid_cloudevent'],
    ['"text"', 'invalid_cloudevent'],
    [data, 'invalid_cloudevent'],
    [{ ...envelope, specversion: '0.3', data }, 'invalid_cloudevent'],
    [{ ...envelope, source: undefined, data }, 'invalid_cloudevent'],
    [{ ...envelope, type: 7, data }, 'invalid_cloudevent'],
    [{ ...envelope, id: { $ne: 1 }, data }, 'invalid_cloudevent'],
    [{ ...envelope, time: 'yesterday', data }, 'invalid_cloudevent'],
    [{ ...envelope, 'Bad-Name': 'x', data }, 'invalid_cloudevent'],
    [{ ...envelope, data_base64: 'e30x' }, 'invalid_json'],
    [{ ...envelope, data_base64: 7 }, 'invalid_cloudevent'],
    ['['.repeat(10_000), 'too_deep'],
    [{ ...envelope, data: JSON.parse('['.repeat(101) + ']'.repeat(101)) as unknown }, 'too_deep'],
    ['x'.repeat(maxMessageBytes + 1), 'too_large'],
    [JSON.stringify(envelope).replace('{', '{"data":{"order_id":9007199254740993},'), 'number_not_exact'],
    [JSON.stringify(envelope).replace('{', '{"data":{"a":1,"a":2},'), 'duplicate_member'],
  ])('rejects %j with a reason', (body, reason) => {
    expect(inJson(body)).toMatchObject({ ok: false, reason });
  });

  it('ignores brackets inside strings', () => {
    expect(inJson({ ...envelope, data: { text: '\\"[{'.repeat(500) } })).toMatchObject({ ok: true });
  });

  it('rejects a batch', () => {
    expect(inJson([{ ...envelope, data }], {}, 'application/cloudevents-batch+json')).toMatchObject({ reason: 'batch_unsupported' });
  });

  it('rejects bytes that are not UTF-8 as JSON', () => {
    expect(readCloudEvent({ contentType: null, headers: binary('ce-'), body: Buffer.from([0x22, 0xff, 0x22]) })).toMatchObject({
      reason: 'invalid_json',
    });
  });

  it('shows no content in its reason', () => {
    expect(JSON.stringify(inJson('{"to":"+447700900101", oops'))).not.toContain('4477');
  });

  it('never throws and always returns a result, for any input', () => {
    const header = fc.oneof(
      fc.constantFrom(
        'ce-id',
        'ce-type',
        'ce-source',
        'ce-specversion',
        'ce_time',
        'cloudevents:subject',
        'ce-heliographtenant',
        '__proto__',
      ),
      fc.string(),
    );
    const attribute = fc.constantFrom(
      ...Object.keys(envelope),
      'time',
      'data',
      'data_base64',
      'heliographtenant',
      '__proto__',
      'constructor',
      'toString',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.dictionary(attribute, fc.jsonValue()).map((value) => JSON.stringify({ ...envelope, ...value })),
      fc.integer({ min: 1, max: 50_000 }).map((depth) => '['.repeat(depth)),
      fc.integer({ min: 1, max: 50_000 }).map((depth) => `{"specversion":"1.0","data":${'['.repeat(depth)}${']'.repeat(depth)}}`),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          text.map((value) => Buffer.from(value)),
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        ),
        fc.dictionary(header, fc.oneof(fc.string(), fc.constant('1.0'))),
        fc.option(fc.oneof(fc.string(), fc.constantFrom('application/cloudevents+json', 'application/json')), { nil: null }),
        (body, headers, contentType) => {
          const read = readCloudEvent({ contentType, headers, body });
          if (read.ok) expect([typeof read.type, typeof read.source]).toEqual(['string', 'string']);
          else expect(read.reason).toMatch(/^[a-z_]+$/);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
