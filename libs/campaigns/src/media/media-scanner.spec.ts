import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { MediaScanner, verdictOf } from './media-scanner';
import type { MediaConfig } from './media.config';

describe('an answer of a scanner', () => {
  it.each([
    [204, '', { kind: 'clean' }],
    [200, '{"status":"clean"}', { kind: 'clean' }],
    [200, '[{"Status":"OK","Description":"","FileName":"a.png"}]', { kind: 'clean' }],
    [200, '{"status":"refused","reason":"A macro"}', { kind: 'refused', reason: 'A macro' }],
    [200, '[{"Status":"OK"},{"Status":"FOUND","Description":"Eicar"}]', { kind: 'refused', reason: 'Eicar' }],
    [406, '[{"Status":"FOUND","Description":"Eicar-Test-Signature"}]', { kind: 'refused', reason: 'Eicar-Test-Signature' }],
    [406, '<html>', { kind: 'refused', reason: '' }],
    [413, '', { kind: 'refused', reason: 'The file is too large for the scanner' }],
  ])('of %i with %s is a verdict', (status, text, verdict) => expect(verdictOf(status, text)).toEqual(verdict));

  it.each([
    [200, ''],
    [200, 'OK'],
    [200, '{}'],
    [200, '[]'],
    [200, 'null'],
    [200, '"clean"'],
    [200, '{"status":true}'],
    [200, '{"status":"queued"}'],
    [200, '[{"status":"clean"},{"status":"error"}]'],
    [200, '[{"status":"clean"},null]'],
    [201, '{"status":"clean"}'],
    [302, ''],
    [401, ''],
    [404, '{"status":"clean"}'],
    [422, ''],
    [500, '{"status":"clean"}'],
  ])('of %i with %s is none', (status, text) => expect(() => verdictOf(status, text)).toThrow());

  it('has a reason of one line, bounded and without marks that hide text', () => {
    const reason = `<b>Bad\u0000\u202e\r\n  thing</b>.. ${'x'.repeat(500)}`;
    const verdict = verdictOf(200, JSON.stringify({ status: 'refused', reason }));
    expect(verdict).toEqual({ kind: 'refused', reason: `<b>Bad thing</b>.. ${'x'.repeat(181)}` });
  });
});

describe('a scanner that gives no answer', () => {
  it.each([
    ['in time', /^(TimeoutError|UND_ERR_\w+)$/, false],
    ['since nothing listens there', /^ECONNREFUSED$/, true],
  ])('%s is named in the log by a word', async (_, word, isGone) => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    if (isGone) server.close();
    const lines: { error?: unknown }[] = [];
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation((line: unknown) => void lines.push(line as object));
    const scanner = MediaScanner.of({ MEDIA_SCAN_URL: `http://127.0.0.1:${port}`, MEDIA_SCAN_TIMEOUT_MS: 50 } as MediaConfig);
    try {
      const file = { path: __filename, name: 'a.txt', type: 'text/plain', size: 1 };
      await expect(scanner?.check('tenant', file)).rejects.toMatchObject({ reason: 'media_scan_unavailable' });
      expect(lines).toEqual([{ event: 'media.scan_failed', tenant: 'tenant', error: expect.stringMatching(word) as string }]);
    } finally {
      log.mockRestore();
      await scanner?.close();
      server.closeAllConnections();
      server.close();
    }
  });
});
