import fc from 'fast-check';
import type { HookFact } from '../src/whatsapp-provider';
import { parseHook } from '../src/wasender/parse-hook';
import { sendOutcome } from '../src/wasender/send-outcome';
import { fixtures } from '../testing/fixtures';

const ours = '3EB0A1B2C3D4E5F6071829';
const priya = { phone: '+447700900101', lid: '230000000000007@lid' };
const inbound = (over: Record<string, unknown>) => ({ type: 'inbound', ...over });
const receipt = (status: string, over: Record<string, unknown> = {}) => ({ type: 'receipt', keyId: ours, status, member: null, ...over });
const pair = { type: 'lid_pair', ...priya };

/** Expected result for each hook of the provider; `null`: nothing that we act on. */
const expected: Record<string, Record<string, unknown>[] | null> = {
  '100-hook-received-text': [
    inbound({ keyId: '3AF00112233445566778', text: 'Yes please', kind: 'text', sender: { ...priya, chat: priya.phone } }),
    pair,
  ],
  '101-hook-received-text-lid': [
    inbound({ text: 'What time do you close?', pushName: 'Priya', sender: { ...priya, chat: priya.lid } }),
    pair,
  ],
  '102-hook-personal-image': [
    inbound({
      kind: 'image',
      text: 'is this the right one?',
      media: expect.objectContaining({ kind: 'image', mimetype: 'image/jpeg' }) as object,
    }),
    pair,
  ],
  '103-hook-group-received': [
    inbound({
      text: 'Morning all',
      sender: { phone: null, lid: null, chat: '120363040000000001@g.us' },
      author: expect.objectContaining(priya) as object,
    }),
    pair,
  ],
  '104-hook-newsletter-received': [
    inbound({ text: 'Channel post', author: null, sender: { phone: null, lid: null, chat: '120363990000000001@newsletter' } }),
  ],
  '105-hook-upsert-inbound': [inbound({ keyId: '3AF00112233445566778', text: 'Yes please' }), pair],
  '106-hook-upsert-own-echo': [
    {
      type: 'own_message',
      keyId: ours,
      text: 'Hello Priya, your order 5521 is ready.',
      recipient: { phone: priya.phone, lid: null, chat: priya.phone },
    },
  ],
  '107-hook-upsert-phone-typed': [{ type: 'own_message', keyId: '3A11223344556677AABB', text: 'I will call you at five' }],
  '110-hook-message-sent-ok': [
    { type: 'own_message', keyId: ours, providerMessageId: null, text: 'Hello Priya, your order 5521 is ready.' },
  ],
  '111-hook-message-sent-failed': [
    { type: 'send_failed', phone: '+44770090019', detail: 'Sending failed, JID not valid for number: (number)' },
  ],
  '112-hook-update-sent': [receipt('sent')],
  '113-hook-update-delivered': [receipt('delivered', { at: new Date('2026-11-22T00:00:04.250Z') })],
  '114-hook-update-read': [receipt('read')],
  '115-hook-update-played': [receipt('played', { keyId: '3EB0112233445566778899' })],
  '116-hook-update-error': [receipt('error', { keyId: '3EB0998877665544332211' })],
  '117-hook-update-fromme-false': [receipt('sent')],
  '118-hook-receipt-delivered': [receipt('delivered', { keyId: '3EB0C0FFEE001122334455', member: priya.lid })],
  '119-hook-receipt-read': [receipt('read', { keyId: '3EB0C0FFEE001122334455', member: priya.lid })],
  '120-hook-session-connected': [{ type: 'session_status', status: 'connected' }],
  '121-hook-session-logged-out': [{ type: 'session_status', status: 'logged_out' }],
  '122-hook-qrcode-updated': [{ type: 'qr', qr: '2@fakeQrPayload0003/abc,def,ghi,1' }],
  '123-hook-passkey-updated': null,
  '130-hook-messages-delete': [{ type: 'deleted', keyId: '3AF00112233445566778' }],
  '131-hook-reaction': [{ type: 'reaction', targetKeyId: ours, emoji: '👍' }],
  '132-hook-poll-results': [
    {
      type: 'poll_result',
      options: [
        { name: 'Morning', voters: ['+447700900105'] },
        { name: 'Afternoon', voters: [] },
        { name: 'Evening', voters: [] },
      ],
    },
  ],
  '133-hook-call': null,
  '134-hook-contacts-upsert': [],
  '135-hook-groups-upsert': null,
  '136-hook-group-participants': null,
  '137-hook-chats-update': null,
};
const hooks = fixtures().filter((one) => one.kind === 'webhook');

function factsOf(body: unknown): HookFact[] {
  const parsed = parseHook(JSON.stringify(body));
  return parsed.kind === 'facts' ? parsed.facts : [];
}

describe('the hooks of the provider', () => {
  it('each have an expected result here', () => expect(hooks.map((hook) => hook.name)).toEqual(Object.keys(expected).sort()));

  it.each(hooks.map((hook) => [hook.name, hook] as const))('are parsed: %s', (name, hook) => {
    const parsed = parseHook(JSON.stringify(hook.request.body));
    const facts = expected[name];
    if (facts === null) expect(parsed).toMatchObject({ kind: 'unhandled' });
    else expect(parsed).toMatchObject({ kind: 'facts', facts });
  });
});

describe('a hook in any form', () => {
  const key = { id: ours, fromMe: false, remoteJid: '447700900101@s.whatsapp.net' };
  const said = { key, messageBody: 'Hi', messageTimestamp: 1_795_305_602 };

  it.each([
    ['an array', { messages: [said] }],
    ['one object', { messages: said }],
    ['`message` with a key', { message: said }],
    ['bare', said],
  ])('may wrap a message as %s', (_form, data) => {
    for (const event of ['messages.received', 'messages.recieved', 'messages.upsert', 'messages-personal.received'])
      expect(factsOf({ event, data })).toMatchObject([{ type: 'inbound', keyId: ours, text: 'Hi' }]);
  });

  it.each<[unknown, string]>([
    [1_795_305_602, 'seconds'],
    [1_795_305_602_000, 'milliseconds'],
    ['1795305602', 'text'],
    [{ low: 1_795_305_602, high: 0, unsigned: true }, 'a long'],
  ])('may contain a time as %p (%s)', (messageTimestamp) => {
    expect(factsOf({ event: 'messages.upsert', data: { messages: { ...said, messageTimestamp } } })[0]).toMatchObject({
      at: new Date('2026-11-22T00:00:02.000Z'),
    });
  });

  it.each([
    ['messageBody', { messageBody: 'Hi' }],
    ['conversation', { message: { conversation: 'Hi' } }],
    ['extended text', { message: { extendedTextMessage: { text: 'Hi' } } }],
    ['a caption', { message: { imageMessage: { caption: 'Hi' } } }],
    ...[
      'ephemeralMessage',
      'viewOnceMessage',
      'viewOnceMessageV2',
      'viewOnceMessageV2Extension',
      'documentWithCaptionMessage',
      'editedMessage',
      'keepInChatMessage',
    ].map((wrapper): [string, object] => [wrapper, { message: { [wrapper]: { message: { conversation: 'Hi' } } } }]),
  ])('may contain the text in %s', (_form, content) => {
    expect(factsOf({ event: 'messages.received', data: { messages: { key, ...content } } })[0]).toMatchObject({ text: 'Hi' });
  });

  it.each(['cleanedSenderPn', 'cleanSenderPn', 'clearedSenderPn', 'senderPn', 'remoteJidAlt'])(
    'may contain the phone number of a LID in %s',
    (member) => {
      const lidKey = { id: ours, fromMe: false, remoteJid: '230000000000007@lid', [member]: '447700900101' };
      expect(factsOf({ event: 'messages.received', data: { messages: { key: lidKey, messageBody: 'Hi' } } })).toMatchObject([
        { sender: priya },
        pair,
      ]);
    },
  );

  it('may contain junk in place of a phone number: the next member counts, and the digits of a LID never do', () => {
    const junk = { id: ours, remoteJid: '230000000000007@lid', cleanedSenderPn: 'n/a', senderPn: '447700900101:12@s.whatsapp.net' };
    expect(factsOf({ event: 'messages.received', data: { messages: { key: junk, messageBody: 'Hi' } } })[0]).toMatchObject({
      sender: priya,
    });
    const none = { id: ours, remoteJid: '447700900101@lid' };
    expect(factsOf({ event: 'messages.received', data: { messages: { key: none, messageBody: 'Hi' } } })[0]).toMatchObject({
      sender: { phone: null, lid: '447700900101@lid' },
    });
  });

  it('keeps the digits of a message id that a double rounds, and is parsed after a byte order mark', () => {
    const body = `\ufeff{"event":"message.sent","data":{"msgId":9007199254740993,"key":{"id":"${ours}","remoteJid":"447700900101@s.whatsapp.net"},"message":{"conversation":"Hi"}}}`;
    expect(parseHook(body)).toMatchObject({
      kind: 'facts',
      facts: expect.arrayContaining([expect.objectContaining({ providerMessageId: '9007199254740993' })]) as object,
    });
  });

  it.each([
    ['data.msgId', { msgId: 77, key: { ...key, fromMe: true }, success: true }],
    ['data.id', { id: '77', key: { ...key, fromMe: true }, success: true }],
    ['key.msgId', { key: { ...key, fromMe: true, msgId: '77' }, success: true }],
  ])('may contain the numeric id of our message in %s', (_form, data) => {
    expect(factsOf({ event: 'message.sent', data })[0]).toMatchObject({ type: 'own_message', keyId: ours, providerMessageId: '77' });
  });

  it.each([77, '77', 9_007_199_254_740_991, '9'.repeat(20), '9'.repeat(30), '9'.repeat(31), ours, '', '7.5', -77, 7.5, null])(
    'has the numeric id %j where the answer of the send has it',
    (id) => {
      const text = JSON.stringify({ success: true, data: { msgId: id } });
      const outcome = sendOutcome('+447700900101', { kind: 'answer', status: 200, headers: {}, text });
      const [fact] = factsOf({ event: 'message.sent', data: { msgId: id, key: { ...key, fromMe: true }, success: true } });
      const inAnswer = outcome.kind === 'accepted' ? outcome.providerMessageId : undefined;
      expect(inAnswer).toBe(/^\d{1,30}$/.test(String(id)) ? String(id) : null);
      expect(fact).toMatchObject({ type: 'own_message', providerMessageId: inAnswer });
    },
  );

  it('is never parsed with a WhatsApp id as a numeric one', () => {
    expect(factsOf({ event: 'message.sent', data: { id: ours, key: { ...key, fromMe: true }, success: true } })[0]).toMatchObject({
      providerMessageId: null,
    });
  });

  it.each([
    [2, 'sent'],
    ['3', 'delivered'],
    ['READ', 'read'],
    ['delivery_ack', 'delivered'],
    ['server_ack', 'sent'],
    ['played', 'played'],
    [0, 'error'],
    ['failed', 'error'],
  ])('may contain a status as %p', (status, meant) => {
    for (const data of [{ key, update: { status } }, [{ key, update: { status } }], { key, status }])
      expect(factsOf({ event: 'messages.update', data })).toMatchObject([{ type: 'receipt', status: meant }]);
  });

  it('yields nothing for an unknown status', () =>
    expect(factsOf({ event: 'messages.update', data: { key, update: { status: 9 } } })).toEqual([]));

  it('contains receipts of group members in both forms', () => {
    const member = '447700900101@s.whatsapp.net';
    expect(
      factsOf({ event: 'message-receipt.update', data: [{ key, receipt: { userJid: member, status: 'read', t: 1_795_305_602 } }] }),
    ).toMatchObject([{ status: 'read', member: priya.phone }]);
    expect(
      factsOf({
        event: 'message-receipt.update',
        data: { message: { key, receipt: { userJid: member, receiptTimestamp: 1, readTimestamp: 2 } } },
      }),
    ).toMatchObject([{ status: 'delivered' }, { status: 'read' }]);
  });

  it('of an update is from the member of a group that its key names, unless the message is our own', () => {
    const group = { ...key, fromMe: false, remoteJid: '120363040000000001@g.us' };
    const update = (over: object) => ({ event: 'messages.update', data: { key: { ...group, ...over }, update: { status: 'error' } } });
    expect(factsOf(update({ participant: '447700900101@s.whatsapp.net' }))).toMatchObject([{ status: 'error', member: priya.phone }]);
    expect(factsOf(update({ participant: 'junk' }))).toEqual([]);
    expect(factsOf(update({}))).toMatchObject([{ status: 'error', member: null }]);
    for (const participant of ['447700900101@s.whatsapp.net', 'junk'])
      expect(factsOf(update({ fromMe: true, participant }))).toMatchObject([{ status: 'error', member: null }]);
  });

  it.each(['', false, 0, '0', null, { low: 0, high: 0 }, 'later'])('has not the state of a time that is %j', (unset) => {
    const receipt = { userJid: '447700900101@s.whatsapp.net', receiptTimestamp: 1, readTimestamp: unset, playedTimestamp: unset };
    expect(factsOf({ event: 'message-receipt.update', data: { message: { key, receipt } } })).toMatchObject([{ status: 'delivered' }]);
  });

  it.each([
    [
      'editedMessage with a protocol message',
      { editedMessage: { message: { protocolMessage: { type: 14, key: { id: 'E1' }, editedMessage: { conversation: 'STOP' } } } } },
      'E1',
    ],
    ['a protocol message', { protocolMessage: { type: 14, key: { id: 'E1' }, editedMessage: { conversation: 'STOP' } } }, 'E1'],
    ['editedMessage with a message', { editedMessage: { message: { conversation: 'STOP' } } }, ours],
    ['editedMessage alone', { editedMessage: { conversation: 'STOP' } }, ours],
  ])('may contain an edit in an update, as %s', (_form, message, keyId) => {
    expect(factsOf({ event: 'messages.update', data: { key, update: { message } } })).toMatchObject([
      { type: 'edited', keyId, text: 'STOP' },
    ]);
  });

  it('may contain a deletion in an update, as a protocol message', () => {
    const message = { protocolMessage: { type: 0, key: { id: 'R1' } } };
    expect(factsOf({ event: 'messages.update', data: { key, update: { message } } })).toMatchObject([{ type: 'deleted', keyId: 'R1' }]);
  });

  it('erases no text by an edit without content, and a caption by an edit of its picture', () => {
    for (const editedMessage of [{}, { message: {} }, { message: { protocolMessage: { type: 14, key: { id: 'E1' } } } }]) {
      expect(factsOf({ event: 'messages.update', data: { key, update: { message: { editedMessage } } } })).toEqual([]);
      expect(
        factsOf({ event: 'messages.upsert', data: { messages: { key, message: { protocolMessage: { type: 14, key, editedMessage } } } } }),
      ).toEqual([]);
    }
    const message = { editedMessage: { message: { imageMessage: { url: 'https://x' } } } };
    expect(factsOf({ event: 'messages.update', data: { key, update: { message } } })).toMatchObject([{ type: 'edited', text: null }]);
  });

  it.each([
    ['buttonsResponseMessage', { selectedButtonId: 'b1' }],
    ['templateButtonReplyMessage', { selectedId: 'b1' }],
    ['listResponseMessage', { singleSelectReply: { selectedRowId: 'b1' } }],
    ['interactiveMessage', { buttonReplyMessage: { id: 'b1' } }],
  ])('may contain a choice in %s', (name, content) => {
    expect(factsOf({ event: 'messages.received', data: { messages: { key, message: { [name]: content } } } })[0]).toMatchObject({
      kind: 'reply',
      choiceId: 'b1',
    });
  });

  it('identifies the message that it quotes, edits or deletes', () => {
    const quoting = { extendedTextMessage: { text: 'Yes', contextInfo: { stanzaId: 'Q1' } } };
    expect(factsOf({ event: 'messages.received', data: { messages: { key, message: quoting } } })[0]).toMatchObject({ quotedKeyId: 'Q1' });
    const edit = { protocolMessage: { type: 14, key: { id: 'E1' }, editedMessage: { conversation: 'New' } } };
    expect(factsOf({ event: 'messages.upsert', data: { messages: { key, message: edit } } })).toMatchObject([
      { type: 'edited', keyId: 'E1', text: 'New' },
    ]);
    const revoke = { protocolMessage: { type: 0, key: { id: 'R1' } } };
    expect(factsOf({ event: 'messages.upsert', data: { messages: { key, message: revoke } } })).toMatchObject([
      { type: 'deleted', keyId: 'R1' },
    ]);
  });
});

describe('an unknown hook', () => {
  it('never makes the parser throw, whatever its body', () => {
    const event = fc.constantFrom(
      'messages.received',
      'messages.upsert',
      'message.sent',
      'messages.update',
      'message-receipt.update',
      'messages.delete',
      'messages.reaction',
      'poll.results',
      'session.status',
      'qrcode.updated',
      'contacts.upsert',
      'new.event',
    );
    const names = fc.constantFrom(
      'key',
      'id',
      'messages',
      'message',
      'update',
      'status',
      'receipt',
      'reaction',
      'data',
      'keys',
      'remoteJid',
      'fromMe',
      '__proto__',
      'constructor',
      'text',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.anything({ maxDepth: 1 }),
        fc.dictionary(names, tie('tree')),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(event, tree, fc.anything(), (name, data, timestamp) => {
        const body = JSON.stringify({ event: name, data, timestamp }, (_k, v: unknown) => (typeof v === 'bigint' ? Number(v) : v));
        expect(['facts', 'unhandled', 'malformed']).toContain(parseHook(body).kind);
      }),
      { numRuns: 3_000 },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it.each([
    ['not JSON', 'x'],
    ['empty', ''],
    ['a list', '[]'],
    ['without an event', '{"data":{}}'],
    ['very deep', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ])('is malformed or unhandled when it is %s', (_what, body) => {
    expect(['malformed', 'unhandled']).toContain(parseHook(body).kind);
  });

  it('sets nothing on prototypes', () => {
    parseHook('{"event":"messages.received","data":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('items of a hook', () => {
  const key = { id: 'AC0001', fromMe: false, remoteJid: '447700900101@s.whatsapp.net', senderPn: '447700900101@s.whatsapp.net' };
  const parse = (over: Record<string, unknown>, event = 'messages.upsert') =>
    parseHook(JSON.stringify({ event, timestamp: 1_700_000_000, data: { messages: [{ key, messageTimestamp: 1_700_000_000, ...over }] } }));
  const fact = (message: Record<string, unknown>) => {
    const parsed = parse({ message });
    return parsed.kind === 'facts' ? (parsed.facts[0] as Record<string, unknown>) : parsed;
  };

  it.each([
    ['protocolMessage/3', { message: { protocolMessage: { type: 3, ephemeralExpiration: 86_400 } } }],
    ['protocolMessage/5', { message: { protocolMessage: { type: 5 } } }],
    ['senderKeyDistributionMessage', { message: { senderKeyDistributionMessage: { groupId: '1@g.us' }, messageContextInfo: {} } }],
    ['messageContextInfo', { message: { messageContextInfo: { deviceListMetadata: {} } } }],
    ['pollUpdateMessage', { message: { pollUpdateMessage: { vote: {} } } }],
    ['albumMessage', { message: { albumMessage: { expectedImageCount: 3 } } }],
    ['empty', { message: {} }],
    ['empty', { message: { ephemeralMessage: { message: {} } } }],
    ['stub', { messageStubType: 2, messageStubParameters: ['x'] }],
    ['story', { key: { ...key, remoteJid: 'status@broadcast' }, message: { conversation: 'STOP' }, messageBody: 'STOP' }],
  ])('are counted as %s and yield no facts when no person wrote them', (kind, over) => {
    expect(parse(over)).toMatchObject({ kind: 'facts', facts: [], contentless: [kind] });
  });

  it('come from their author in a broadcast list', () => {
    const list = { id: 'AC0001', fromMe: false, remoteJid: '1695000000@broadcast', participant: '447700900101@s.whatsapp.net' };
    expect(parse({ key: list, message: { conversation: 'STOP' } })).toMatchObject({
      facts: [{ type: 'inbound', text: 'STOP', sender: { phone: '+447700900101' } }],
    });
  });

  it('are own messages also without content', () => {
    expect(parse({ key: { ...key, fromMe: true } })).toMatchObject({ facts: [{ type: 'own_message', keyId: 'AC0001' }] });
  });

  const file = { url: 'https://x', mediaKey: 'k', mimetype: 'video/mp4' };
  it.each([
    ['video', { ptvMessage: file }],
    ['contact', { contactsArrayMessage: { displayName: 'Two people', contacts: [] } }],
    ['location', { liveLocationMessage: { degreesLatitude: 1, caption: 'here' } }],
    ['image', { associatedChildMessage: { message: { imageMessage: { ...file, mimetype: 'image/jpeg' } } } }],
    ['sticker', { lottieStickerMessage: { message: { stickerMessage: { ...file, mimetype: 'image/webp' } } } }],
    ['document', { someNewMessage: { ...file, mimetype: 'application/pdf' } }],
    ['image', { interactiveMessage: { header: { imageMessage: file }, body: { text: 'Our offer' } } }],
    ['video', { buttonsMessage: { videoMessage: file, contentText: 'Our offer' } }],
    ['document', { templateMessage: { hydratedTemplate: { documentMessage: file, hydratedContentText: 'Our offer' } } }],
    ['text', { extendedTextMessage: { text: 'Hi', contextInfo: { quotedMessage: { imageMessage: file } } } }],
    ['reply', { interactiveResponseMessage: { body: { text: 'Yes' }, nativeFlowResponseMessage: { paramsJson: '{"id":"yes"}' } } }],
  ])('are of kind %s in all variants', (kind, message) => expect(fact(message)).toMatchObject({ type: 'inbound', kind }));

  it('keep the mark that a picture may be viewed once', () => {
    expect(fact({ viewOnceMessageV2: { message: { imageMessage: { ...file } } } })).toMatchObject({ media: { viewOnce: true } });
    expect(fact({ imageMessage: { ...file, viewOnce: true } })).toMatchObject({ media: { viewOnce: true } });
    expect(fact({ imageMessage: file })).toMatchObject({ media: { viewOnce: false } });
  });

  it('are edits also inside wrappers', () => {
    const protocolMessage = { type: 14, key: { id: 'AC0000' }, editedMessage: { conversation: 'STOP' } };
    for (const message of [{ protocolMessage }, { editedMessage: { message: { protocolMessage } } }])
      expect(fact(message)).toMatchObject({ type: 'edited', keyId: 'AC0000', text: 'STOP' });
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\\\temp\\\\offer.pdf', 'offer.pdf'],
    ['..', 'document'],
    ['.htaccess', 'htaccess'],
    ['. .bashrc', 'bashrc'],
    ['invoice\u202Efdp.exe\n', 'invoicefdp.exe'],
    [`${'a'.repeat(400)}.pdf`, `${'a'.repeat(116)}.pdf`],
  ])('contain file names without paths and marks: %j', (fileName, expected) => {
    expect(fact({ documentMessage: { ...file, fileName } })).toMatchObject({ media: { fileName: expected } });
  });

  it('contain bounded file names for any input', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (fileName) => {
        const { media } = fact({ documentMessage: { ...file, fileName } }) as { media: { fileName: string | null } };
        if (media.fileName !== null) expect(media.fileName).toMatch(/^(?!\.)[^/\\\p{Cc}\p{Cf}]{1,240}$/u);
      }),
    );
  });

  it('contain the target of a reaction in the outer key, and its author in the inner one', () => {
    const group = '120363040000000001@g.us';
    const parsed = parseHook(
      JSON.stringify({
        event: 'messages.reaction',
        data: [
          {
            key: { id: 'TARGET', remoteJid: group, fromMe: true },
            reaction: { text: '+', key: { id: 'REACTION', remoteJid: group, fromMe: false, participant: '447700900101@s.whatsapp.net' } },
          },
        ],
      }),
    );
    expect(parsed).toMatchObject({ facts: [{ type: 'reaction', targetKeyId: 'TARGET', author: { phone: '+447700900101' } }] });
  });
});

describe('texts of hooks', () => {
  it('contain only what can be stored, whatever string is in whatever member', () => {
    const odd = fc
      .string({ unit: 'binary', maxLength: 40 })
      .chain((text) => fc.constantFrom(text, `a\u0000${text}`, `\uD800${text}`, `${text}\uDC00`));
    const spoil = (value: unknown, next: () => string): unknown => {
      if (typeof value === 'string') return value + next();
      if (Array.isArray(value)) return value.map((one) => spoil(one, next));
      if (typeof value === 'object' && value !== null)
        return Object.fromEntries(
          Object.entries(value).map(([name, member]) => [name, name === 'key' || name === 'event' ? member : spoil(member, next)]),
        );
      return value;
    };
    const everyText = (value: unknown): string[] =>
      typeof value === 'string'
        ? [value]
        : typeof value === 'object' && value !== null
          ? Object.entries(value).flatMap(([name, v]) => [name, ...everyText(v)])
          : [];
    const media = {
      event: 'messages.upsert',
      data: {
        messages: {
          key: { id: ours, fromMe: false, remoteJid: '447700900101@s.whatsapp.net' },
          pushName: 'Priya',
          message: {
            documentMessage: {
              url: 'https://x',
              caption: 'Hi',
              fileName: 'a.pdf',
              title: 't',
              mimetype: 'application/pdf',
              contextInfo: { stanzaId: 'S', quotedMessage: { conversation: 'q' } },
            },
          },
        },
      },
    };
    fc.assert(
      fc.property(fc.infiniteStream(odd), (texts) => {
        const parsed = parseHook(JSON.stringify(spoil(media, () => texts.next().value as string)));
        expect(parsed).toMatchObject({ kind: 'facts' });
        for (const text of everyText(parsed)) expect([text.isWellFormed(), text.includes('\u0000')]).toEqual([true, false]);
      }),
    );
  });

  it('may follow a byte order mark', () => {
    expect(parseHook('\uFEFF{"event":"session.status","data":{"status":"CONNECTED"}}')).toMatchObject({ kind: 'facts' });
  });

  it('make a hook malformed when they are nested too deep', () => {
    expect(parseHook(`{"event":"x","data":${'['.repeat(200_000)}"\\u0000"${']'.repeat(200_000)}}`)).toMatchObject({ kind: 'malformed' });
  });
});

describe('a numeric id at the top of the data of an upsert', () => {
  const item = (id: string) => ({
    key: { id, fromMe: true, remoteJid: '447700900101@s.whatsapp.net' },
    message: { conversation: 'Hello' },
  });
  const ids = (data: unknown) => {
    const parsed = parseHook(JSON.stringify({ event: 'messages.upsert', data }));
    return parsed.kind === 'facts' ? parsed.facts.map((fact) => fact.type === 'own_message' && fact.providerMessageId) : [];
  };

  it('belongs to a single message, and to none of several', () => {
    expect(ids({ id: 77, messages: [item(ours)] })).toEqual(['77']);
    expect(ids({ msgId: '78', messages: item(ours) })).toEqual(['78']);
    expect(ids({ id: 77, messages: [item(ours), item('3EB0FF')] })).toEqual([null, null]);
  });
});

describe('a reaction', () => {
  const group = '120363040000000001@g.us';
  const [asha, ashaLid] = ['447700900101@s.whatsapp.net', priya.lid];
  const event = (inner: Record<string, unknown>, outer: Record<string, unknown> = {}) =>
    factsOf({
      event: 'messages.reaction',
      timestamp: 1_795_305_705,
      data: [{ key: { id: ours, fromMe: true, remoteJid: asha, ...outer }, reaction: { text: '👍', key: { id: '3AREACT', ...inner } } }],
    });
  const upsert = (key: Record<string, unknown>) =>
    factsOf({
      event: 'messages.upsert',
      data: {
        messages: [{ key: { id: '3AREACT', ...key }, message: { reactionMessage: { key: { id: ours, fromMe: true }, text: '👍' } } }],
      },
    });

  it.each<[string, Record<string, unknown>, { phone: string | null; lid: string | null }]>([
    ['the other party of a private chat', { remoteJid: asha }, { phone: priya.phone, lid: null }],
    ['the other party under a privacy id', { remoteJid: ashaLid, senderPn: asha }, priya],
    ['the participant of a group', { remoteJid: group, participant: ashaLid, participantPn: asha }, priya],
    [
      'the participant of a group before the sender',
      { remoteJid: group, participant: asha, senderPn: '447700900999' },
      { phone: priya.phone, lid: null },
    ],
    ['the sender of a group where no participant is named', { remoteJid: group, senderLid: ashaLid, senderPn: asha }, priya],
    ['nobody in a group where none is named, never the group', { remoteJid: group }, { phone: null, lid: null }],
    ['nobody for a reaction of our own, never the other party', { remoteJid: asha, fromMe: true }, { phone: null, lid: null }],
    ['nobody for our own in a group', { remoteJid: group, participant: asha, fromMe: true }, { phone: null, lid: null }],
  ])('comes from %s', (_name, key, author) => {
    const both = author.phone && author.lid ? [pair] : [];
    for (const facts of [event(key), upsert(key)])
      expect(facts).toMatchObject([{ type: 'reaction', targetKeyId: ours, emoji: '👍', author }, ...both]);
  });

  it('targets the message of the outer key, and comes from the other party when both keys are the same', () => {
    const key = { id: ours, fromMe: true, remoteJid: asha };
    expect(event(key, key)).toMatchObject([{ type: 'reaction', targetKeyId: ours, author: { phone: priya.phone } }]);
  });
});
