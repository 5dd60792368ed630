const [pn, lid, group, channel] = [
  '447700900101@s.whatsapp.net',
  '230000000000007@lid',
  '120363040000000001@g.us',
  '120363990000000001@newsletter',
];
const target = { id: 'TARGET1', remoteJid: pn, fromMe: false };
const image = { url: 'https://x.example/y.enc', mimetype: 'image/jpeg', mediaKey: 'k', caption: 'A caption' };
const voice = { url: 'https://x.example/y.enc', mimetype: 'audio/ogg', mediaKey: 'k' };

/** A hook as seen in the field. */
export interface FieldInput {
  name: string;
  body: { event: string; timestamp: number; data: unknown };
  /** Expected facts, in order; irrelevant members are omitted. */
  facts: Record<string, unknown>[];
  contentless?: string[];
  unreadable?: Record<string, number>;
}

type Json = Record<string, unknown>;
const at = 1_795_305_602;
const wrapped = (name: string, message: unknown) => ({ [name]: { message } });

function written(name: string, message: unknown, expected: Json | string, key: Json = {}, over: Json = {}): FieldInput {
  const item = { key: { id: 'ITEM1', fromMe: false, remoteJid: pn, ...key }, message, messageTimestamp: at, ...over };
  return {
    name,
    body: { event: 'messages.upsert', timestamp: at, data: { messages: [item] } },
    ...(typeof expected === 'string' ? { facts: [], contentless: [expected] } : { facts: [expected] }),
  };
}

const hook = (
  name: string,
  event: string,
  data: unknown,
  expected: Pick<FieldInput, 'facts' | 'contentless' | 'unreadable'>,
): FieldInput => ({
  name,
  body: { event, timestamp: at, data },
  ...expected,
});
const text = (value: string | null, kind = 'text', over: Json = {}) => ({ type: 'inbound', text: value, kind, ...over });
const edited = (value: string) => ({ type: 'edited', keyId: 'TARGET1', text: value });
const deleted = { type: 'deleted', keyId: 'TARGET1' };
const receipt = (status: string, over: Json = {}) => ({ type: 'receipt', keyId: 'TARGET1', status, ...over });
const member = (receiptOf: Json, key: Json = {}) => ({
  message: { key: { ...target, remoteJid: group, fromMe: true, ...key }, receipt: receiptOf },
});

/** Forms of hooks that were seen in the field, or follow from the formats of WhatsApp and protobuf. */
export const fieldInputs: FieldInput[] = [
  // Wrappers
  written('a text in a chat with a timer', wrapped('ephemeralMessage', { extendedTextMessage: { text: 'Hi' } }), text('Hi')),
  written(
    'a view-once picture in a chat with a timer',
    wrapped('ephemeralMessage', wrapped('viewOnceMessageV2', { imageMessage: image })),
    text('A caption', 'image', { media: { viewOnce: true } }),
  ),
  written(
    'a view-once voice note',
    wrapped('viewOnceMessageV2Extension', { audioMessage: voice }),
    text(null, 'audio', { media: { viewOnce: true } }),
  ),
  written(
    'a view-once picture beside a context',
    { messageContextInfo: {}, ...wrapped('viewOnceMessage', { imageMessage: image }) },
    text('A caption', 'image', { media: { viewOnce: true } }),
  ),
  written('a wrapper that is new', wrapped('somethingNewMessage', { conversation: 'Hi' }), text('Hi')),
  written(
    'nine wrappers',
    Array.from({ length: 9 }).reduce<Json>((inner) => wrapped('ephemeralMessage', inner), { conversation: 'Hi' }),
    text('Hi'),
  ),
  written(
    'a document with a caption',
    wrapped('documentWithCaptionMessage', { documentMessage: { ...image, mimetype: 'application/pdf', fileName: '../../a.pdf' } }),
    text('A caption', 'document', { media: { fileName: 'a.pdf' } }),
  ),
  written(
    'a message typed on the phone, synchronised to this device',
    wrapped('deviceSentMessage', { conversation: 'Typed' }),
    { type: 'own_message', text: 'Typed' },
    { fromMe: true },
  ),
  written('a comment on a post', { commentMessage: { message: { conversation: 'Nice' }, targetMessageKey: target } }, text('Nice')),
  written(
    'a poll of ours, which has no text to recognise it by',
    { pollCreationMessageV3: { name: 'When?', options: [{ optionName: 'Now' }] } },
    { type: 'own_message', text: null },
    { fromMe: true },
  ),
  // Kinds
  written('a poll that somebody asks', { pollCreationMessageV3: { name: 'Lunch?', options: [{ optionName: 'Yes' }] } }, text('Lunch?')),
  written(
    'a note with a payment',
    { sendPaymentMessage: { noteMessage: { extendedTextMessage: { text: 'For lunch' } } } },
    text('For lunch'),
  ),
  written('a note with an order', { orderMessage: { orderId: '1', message: 'I want this' } }, text('I want this')),
  written('a text of a business with buttons', { buttonsMessage: { contentText: 'Choose', buttons: [] } }, text('Choose')),
  written('a template of a business', { templateMessage: { hydratedTemplate: { hydratedContentText: 'Hello' } } }, text('Hello')),
  written('an invitation to a group', { groupInviteMessage: { groupJid: group, inviteCode: 'c', caption: 'Join us' } }, text('Join us')),
  written('a live position', { liveLocationMessage: { degreesLatitude: 1, degreesLongitude: 2 } }, text(null, 'location')),
  written(
    'a choice of a template',
    { templateButtonReplyMessage: { selectedId: 'b1', selectedDisplayText: 'Stop promotions' } },
    text('Stop promotions', 'reply', { choiceId: 'b1' }),
  ),
  written(
    'an answer in a picture',
    { imageMessage: { ...image, contextInfo: { stanzaId: 'Q1' } } },
    text('A caption', 'image', { quotedKeyId: 'Q1' }),
  ),
  written(
    'a text beside keys of its group',
    { senderKeyDistributionMessage: {}, conversation: 'Hi' },
    text('Hi', 'text', { author: { lid } }),
    { remoteJid: group, participant: lid },
  ),
  written('an empty member beside the text', { conversation: '', extendedTextMessage: { text: 'Hi' } }, text('Hi')),
  // Edits and deletions
  written('an edit', { protocolMessage: { type: 14, key: target, editedMessage: { conversation: 'STOP' } } }, edited('STOP')),
  written(
    'an edit in three wrappers, its type a word',
    wrapped(
      'ephemeralMessage',
      wrapped('editedMessage', {
        protocolMessage: {
          type: 'MESSAGE_EDIT',
          key: target,
          editedMessage: wrapped('ephemeralMessage', { extendedTextMessage: { text: 'STOP' } }),
        },
      }),
    ),
    edited('STOP'),
  ),
  written(
    'an edit whose type is digits in a text',
    { protocolMessage: { type: '14', key: target, editedMessage: { conversation: 'STOP' } } },
    edited('STOP'),
  ),
  written(
    'an edit without a type',
    wrapped('editedMessage', { protocolMessage: { key: target, editedMessage: { conversation: 'STOP' } } }),
    edited('STOP'),
  ),
  written(
    'an edited caption',
    { protocolMessage: { type: 14, key: target, editedMessage: { imageMessage: { caption: 'STOP' } } } },
    edited('STOP'),
  ),
  hook(
    'an edit reported as an update',
    'messages.update',
    [{ key: target, update: { message: wrapped('editedMessage', { conversation: 'STOP' }), messageTimestamp: at } }],
    { facts: [edited('STOP')] },
  ),
  written('a deletion', { protocolMessage: { type: 'REVOKE', key: target } }, deleted),
  written('a deletion whose type is a zero that was left out', { protocolMessage: { key: target } }, deleted),
  hook(
    'a deletion reported as an update',
    'messages.update',
    [{ key: target, update: { message: null, messageStubType: 1, key: target } }],
    {
      facts: [deleted],
    },
  ),
  written('an encrypted edit', { secretEncryptedMessage: { targetMessageKey: target, encPayload: 'x' } }, 'secretEncryptedMessage'),
  // Not written by a person
  written('a story', { conversation: 'STOP' }, 'story', { remoteJid: 'status@broadcast', participant: pn }),
  written('a story under another spelling', { conversation: 'STOP' }, 'story', { remoteJid: 'STATUS@BROADCAST', participantPn: pn }),
  written('a story shown to a group', wrapped('groupStatusMessageV2', { extendedTextMessage: { text: 'STOP' } }), 'story', {
    remoteJid: group,
    participant: pn,
  }),
  written('a heart for a story', { reactionMessage: { key: target, text: '❤️' } }, 'story', {
    remoteJid: 'status@broadcast',
    participant: pn,
  }),
  hook('a receipt of a story', 'messages.update', [{ key: { ...target, remoteJid: 'status@broadcast' }, update: { status: 4 } }], {
    facts: [],
    contentless: ['story'],
  }),
  hook(
    'a member who saw a story',
    'message-receipt.update',
    [member({ userJid: pn, readTimestamp: at }, { remoteJid: 'status@broadcast' })],
    { facts: [], contentless: ['story'] },
  ),
  written('an announcement of WhatsApp', { conversation: 'What is new' }, 'announcement', { remoteJid: '0@s.whatsapp.net' }),
  written('an assistant', { conversation: 'How can I help?' }, 'assistant', { remoteJid: '13135550002@bot' }),
  written('a call that was missed', { callLogMesssage: { isVideo: false, callOutcome: 1 } }, 'callLogMesssage'),
  written('a vote', { pollUpdateMessage: { pollCreationMessageKey: target, vote: {} } }, 'pollUpdateMessage'),
  written('a protocol message of a type that is not known', { protocolMessage: { type: 999 } }, 'protocolMessage'),
  written('a protocol message with a word for its type', { protocolMessage: { type: 'APP_STATE_SYNC_KEY_SHARE' } }, 'protocolMessage'),
  written('a timer set in a chat with a timer', wrapped('ephemeralMessage', { protocolMessage: { type: 3 } }), 'protocolMessage/3'),
  written('an empty text', { conversation: '' }, 'empty'),
  written('a text of context alone', { extendedTextMessage: { text: '', contextInfo: {} } }, 'empty'),
  written('no message', null, 'empty'),
  written('a stub', null, 'stub', {}, { messageStubType: 27 }),
  written('a stub in place of a deleted message', null, deleted, { id: 'TARGET1' }, { messageStubType: 'REVOKE' }),
  hook('a chat that was cleared on the phone', 'messages.delete', { jid: pn, all: true }, { facts: [], contentless: ['chat_cleared'] }),
  hook('an update without a status', 'messages.update', [{ key: target, update: { starred: true } }], {
    facts: [],
    contentless: ['update'],
  }),
  // Authors
  written('somebody with a privacy id alone', { conversation: 'Hi' }, text('Hi', 'text', { sender: { phone: null, lid, chat: lid } }), {
    remoteJid: '230000000000007:4@lid',
  }),
  written('a hosted number', { conversation: 'Hi' }, text('Hi', 'text', { sender: { phone: '+447700900101' } }), {
    remoteJid: '447700900101:99@hosted',
  }),
  written('a hosted privacy id', { conversation: 'Hi' }, text('Hi', 'text', { sender: { lid } }), {
    remoteJid: '230000000000007:99@hosted.lid',
  }),
  written(
    'a channel',
    { extendedTextMessage: { text: 'News' } },
    text('News', 'text', { author: null, sender: { phone: null, lid: null, chat: channel } }),
    { remoteJid: channel },
  ),
  written('a broadcast list', { conversation: 'STOP' }, text('STOP', 'text', { sender: { phone: '+447700900101' } }), {
    remoteJid: '1695000000@broadcast',
    participant: pn,
  }),
  // Receipts, reactions, polls
  hook('a member’s receipt without a time', 'message-receipt.update', [member({ userJid: lid })], { facts: [] }),
  hook(
    'a member’s receipt whose times are zeros',
    'message-receipt.update',
    [member({ userJid: lid, receiptTimestamp: at, readTimestamp: 0, playedTimestamp: { low: 0, high: 0 } })],
    { facts: [receipt('delivered', { member: lid })] },
  ),
  hook(
    'a member who played a voice note',
    'message-receipt.update',
    [member({ userJid: '447700900101:3@s.whatsapp.net', playedTimestamp: String(at) })],
    { facts: [receipt('played', { member: '+447700900101' })] },
  ),
  hook('a member who is named by the key alone', 'message-receipt.update', [member({ readTimestamp: at }, { participant: lid })], {
    facts: [receipt('read', { member: lid })],
  }),
  hook(
    'an unidentified member beside an identified one',
    'message-receipt.update',
    [member({ userJid: 'nobody', readTimestamp: at }), member({ userJid: pn, readTimestamp: at })],
    { facts: [receipt('read', { member: '+447700900101' })], unreadable: { unknown_address: 1 } },
  ),
  hook(
    'a private receipt of this event',
    'message-receipt.update',
    { key: target, receipt: { userJid: pn, readTimestamp: at } },
    { facts: [receipt('read')] },
  ),
  hook(
    'updates, one of them with an unknown status',
    'messages.update',
    [
      { key: target, update: { status: 'seen' } },
      { key: target, update: { status: 'READ' } },
    ],
    { facts: [receipt('read')], unreadable: { unknown_status: 1 } },
  ),
  hook(
    'deletions, two of them without valid keys',
    'messages.delete',
    { keys: [target, 7, { remoteJid: pn }] },
    { facts: [deleted], unreadable: { not_an_object: 1, no_id: 1 } },
  ),
  hook(
    'a removed reaction',
    'messages.reaction',
    { key: target, reaction: { text: '', key: { id: 'R1', remoteJid: pn } } },
    { facts: [{ type: 'reaction', targetKeyId: 'TARGET1', emoji: null }] },
  ),
  hook(
    'a poll with an option and a voter that cannot be parsed',
    'poll.results',
    { key: target, pollResult: [{ name: 'Yes', voters: [pn, 5, '230000000000007:1@lid'] }, 7] },
    {
      facts: [{ type: 'poll_result', options: [{ name: 'Yes', voters: ['+447700900101', lid] }] }],
      unreadable: { unknown_address: 1, not_an_object: 1 },
    },
  ),
];
