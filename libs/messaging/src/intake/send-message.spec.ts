import fc from 'fast-check';
import { z } from 'zod';
import type { MessageDraft } from './message-draft';
import { bulkMessageBody, type DraftContext, sendMessageBody, toDraft } from './send-message';

const now = new Date('2026-03-02T10:00:00Z');
const context: DraftContext = {
  defaultCountry: 'GB',
  allowsUrl: (url) => !url.includes('127.0.0.1'),
  contentWindows: { transactional: 0, reply: 60, drip: 86_400, broadcast: 86_400 },
  capabilities: {
    kinds: ['text', 'image', 'video', 'document', 'audio', 'sticker', 'contact', 'location', 'poll'],
    channelKinds: ['text'],
  },
  now,
  defaultClass: 'transactional',
};
const hello = { to: '07700 900101', type: 'text', text: 'Hello' };

/** Returns the draft of a body, or the paths and codes of its faults. */
function read(body: unknown, over: Partial<DraftContext> = {}): MessageDraft | string[] {
  const parsed = bulkMessageBody.safeParse(body);
  if (!parsed.success) return parsed.error.issues.map((issue) => `${issue.path.join('/')} ${issue.code}`);
  const result = toDraft(parsed.data, { ...context, ...over });
  return result.ok ? result.draft : result.errors.map((error) => `${error.path} ${error.code}`);
}
const draftOf = (body: unknown, over?: Partial<DraftContext>) => {
  const draft = read(body, over);
  if (Array.isArray(draft)) throw new Error(draft.join(', '));
  return draft;
};

describe('sendMessageBody and toDraft', () => {
  it('converts the smallest body into a message that is sent at once and expires a day later', () => {
    expect(draftOf(hello)).toEqual({
      recipient: '+447700900101',
      class: 'transactional',
      body: { content: { kind: 'text', text: 'Hello' } },
      sendAt: null,
      expiresAt: null,
      expiresAfterMs: 86_400_000,
      clientRef: null,
      tags: null,
      replyTo: null,
      contentHash: null,
      contentWindowS: null,
      idempotencyKey: null,
      requestHash: null,
    });
  });

  it('keeps broadcasts for a week, and guards them against repeats for the time that the tenant sets', () => {
    const draft = draftOf(hello, { defaultClass: 'broadcast' });
    expect(draft).toMatchObject({ class: 'broadcast', expiresAfterMs: 7 * 86_400_000, contentWindowS: 86_400 });
    expect(draft.contentHash).toEqual(draftOf({ ...hello, to: '+44 7700 900101', class: 'drip', client_ref: 'other' }).contentHash);
  });

  it.each([
    [
      { type: 'image', url: 'https://x.example/a.jpg', caption: 'c', view_once: true },
      { kind: 'image', url: 'https://x.example/a.jpg', caption: 'c', viewOnce: true },
    ],
    [
      { type: 'video', url: 'http://x.example/a.mp4' },
      { kind: 'video', url: 'http://x.example/a.mp4' },
    ],
    [
      { type: 'document', url: 'https://x.example/a.pdf', file_name: 'a.pdf', size_bytes: 9 },
      { kind: 'document', url: 'https://x.example/a.pdf', fileName: 'a.pdf' },
    ],
    [
      { type: 'audio', url: 'https://x.example/a.ogg' },
      { kind: 'audio', url: 'https://x.example/a.ogg' },
    ],
    [
      { type: 'sticker', url: 'https://x.example/a.webp' },
      { kind: 'sticker', url: 'https://x.example/a.webp' },
    ],
    [
      { type: 'contact', name: 'Jane', phone: '07700 900102' },
      { kind: 'contact', name: 'Jane', phone: '+447700900102' },
    ],
    [
      { type: 'location', latitude: 51.5, longitude: -0.1, name: 'Here' },
      { kind: 'location', latitude: 51.5, longitude: -0.1, name: 'Here' },
    ],
    [
      { type: 'poll', question: 'When?', options: ['a', 'b'], multi_select: true },
      { kind: 'poll', question: 'When?', options: ['a', 'b'], multiSelect: true },
    ],
  ])('reads %j', (members, content) => {
    expect(draftOf({ to: hello.to, ...members }).body.content).toEqual(content);
  });

  it.each([
    [{ ...hello, text: '' }, ['text too_small']],
    [{ ...hello, text: ' \u0000\n' }, ['text too_small']],
    [{ ...hello, text: 'x'.repeat(4_097) }, ['text too_big']],
    [{ ...hello, text: { $ne: 1 } }, ['text invalid_type']],
    [{ ...hello, extra: 1 }, [' unrecognized_keys']],
    [{ ...hello, type: 'template' }, ['type invalid_union']],
    [{ ...hello, to: 'nobody' }, ['to invalid_recipient']],
    [{ ...hello, class: 'urgent' }, ['class invalid_value']],
    [{ ...hello, session_id: '1' }, ['session_id invalid_format']],
    [{ ...hello, tags: Array<string>(11).fill('x') }, ['tags too_big']],
    [{ ...hello, send_at: '2026-03-03T10:00:00' }, ['send_at invalid_format']], // no zone
    [{ ...hello, send_at: '2027-03-04T10:00:00Z' }, ['send_at too_far_ahead']],
    [{ ...hello, expires_at: '2026-03-02T10:00:00Z' }, ['expires_at expires_before_due']],
    [{ ...hello, send_at: '2026-03-03T10:00:00Z', expires_at: '2026-03-03T11:00:00+01:00' }, ['expires_at expires_before_due']],
    [{ ...hello, expires_at: '2028-01-01T00:00:00Z' }, ['expires_at too_far_ahead']],
    [{ ...hello, mentions: ['07700 900102'] }, ['mentions mentions_without_group']],
    [{ ...hello, to: '120363040000000001@g.us', mentions: ['07700 900102', 'x'] }, ['mentions/1 invalid_recipient']],
    [{ ...hello, idempotency_key: 'two words' }, ['idempotency_key invalid_format']],
    [{ to: '1203@newsletter', type: 'image', url: 'https://x.example/a.jpg' }, ['type unsupported_for_channel']],
    [{ to: hello.to, type: 'image', url: 'ftp://x.example/a.jpg' }, ['url invalid_format']],
    [{ to: hello.to, type: 'image', url: 'https://x.example/a b.jpg' }, ['url invalid_format']],
    [{ to: hello.to, type: 'image', url: 'https://x.example/', size_bytes: 5 * 1_024 * 1_024 + 1 }, ['size_bytes too_big']],
    [{ to: hello.to, type: 'contact', name: 'Jane', phone: '1@lid' }, ['phone invalid_phone']],
    [{ to: hello.to, type: 'location', latitude: 91, longitude: 0 }, ['latitude too_big']],
    [{ to: hello.to, type: 'poll', question: 'When?', options: ['a'] }, ['options too_small']],
    [{ to: hello.to, type: 'poll', question: 'When?', options: ['a', 'a'] }, ['options duplicate_option']],
    ['text', [' invalid_type']],
    [null, [' invalid_type']],
  ])('refuses %j', (body, faults) => {
    expect(read(body)).toEqual(faults);
  });

  it.each(['image', 'video', 'document', 'audio', 'sticker'])('refuses a %s from an address that users may not reach', (type) => {
    expect(read({ to: hello.to, type, url: 'http://127.0.0.1/a.jpg' })).toEqual(['url url_not_allowed']);
  });

  it('reports every fault at once', () => {
    expect(read({ ...hello, to: 'x', send_at: '2028-01-01T00:00:00Z', mentions: ['y'] })).toEqual([
      'to invalid_recipient',
      'mentions/0 invalid_recipient',
      'send_at too_far_ahead',
    ]);
  });

  it('refuses a type that the provider cannot send', () => {
    expect(read(hello, { capabilities: { kinds: ['image'], channelKinds: [] } })).toEqual(['type unsupported_kind']);
  });

  it('counts characters as code points, and keeps each of them', () => {
    const flags = '🏳️‍🌈\u202e\u200b𝕏é';
    const max = '😀'.repeat(4_096);
    expect(draftOf({ ...hello, text: max }).body.content).toEqual({ kind: 'text', text: max });
    expect(read({ ...hello, text: `${max}x` })).toEqual(['text too_big']);
    expect(draftOf({ ...hello, text: flags }).body.content).toEqual({ kind: 'text', text: flags });
    expect(draftOf({ ...hello, text: 'a\u0000b\ud800c' }).body.content).toEqual({ kind: 'text', text: 'abc' });
  });

  it('hashes a request independently of the order of its members and the place of its key', () => {
    const inRow = draftOf({ idempotency_key: 'k1', ...hello });
    const inHeader = draftOf(Object.fromEntries(Object.entries(hello).reverse()), { idempotencyKey: 'k1' });
    expect(inRow.idempotencyKey).toBe('k1');
    expect(inHeader).toEqual(inRow);
    expect(draftOf({ ...hello, text: 'Hallo', idempotency_key: 'k1' }).requestHash).not.toEqual(inRow.requestHash);
  });

  it('accepts what its JSON Schema describes and never throws on anything else', () => {
    expect(() => z.toJSONSchema(sendMessageBody)).not.toThrow();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.jsonValue().map((value) => ({ ...hello, text: value })),
          fc.dictionary(fc.constantFrom('to', 'type', 'text', 'url', 'tags', 'send_at', 'mentions'), fc.jsonValue()),
        ),
        (body) => {
          expect(read(body)).toBeDefined();
        },
      ),
    );
  });

  it('reads any text of 50 kB at once', () => {
    for (const piece of ['\u200b', '😀', '\ud800', ' ', 'a', '0', 'http://', '@', '2026-']) {
      const long = piece.repeat(Math.ceil(50_000 / piece.length));
      for (const member of ['to', 'text', 'url', 'send_at', 'client_ref', 'session_id', 'idempotency_key']) {
        expect(read({ to: hello.to, type: member === 'url' ? 'image' : 'text', text: 'x', [member]: long })).toBeInstanceOf(Array);
      }
    }
  });
});
