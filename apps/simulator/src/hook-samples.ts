import { lidOf } from './sent-content';
import type { Json } from './http';
import type { Random } from './random';

const group = '120363040000000001@g.us';

/** Values for a sample. */
export interface SampleOf {
  /** Digits of the person's number. */
  from: string;
  /** WhatsApp's id of the message concerned. */
  keyId: string;
  phone: string;
}

const samples: Record<string, (of: SampleOf, random: Random) => unknown> = {
  'message-receipt.update': ({ from, keyId }) => ({
    message: {
      key: { remoteJid: group, id: keyId, fromMe: true, participant: lidOf(from) },
      receipt: { userJid: lidOf(from), receiptTimestamp: seconds() },
    },
  }),
  'messages.delete': ({ from, keyId }) => ({ keys: [{ id: keyId, fromMe: false, remoteJid: `+${from}` }] }),
  'messages.reaction': ({ from, keyId }) => {
    const key = { id: keyId, fromMe: false, remoteJid: `+${from}` };
    return [{ key, reaction: { text: '👍', key } }];
  },
  'poll.results': ({ from, keyId }) => ({
    key: { remoteJid: `${from}@s.whatsapp.net`, fromMe: true, id: keyId },
    pollResult: [
      { name: 'Morning', voters: [`${from}@s.whatsapp.net`] },
      { name: 'Evening', voters: [] },
    ],
  }),
  call: ({ from }, random) => ({
    call: {
      id: random.hex(20).toUpperCase(),
      from: `${from}@s.whatsapp.net`,
      date: new Date().toISOString(),
      isGroup: false,
      isVideo: false,
      status: 'offer',
    },
  }),
  'passkey.updated': (_of, random) => ({ stage: 'request', requestId: random.hex(12), token: random.hex(24) }),
  'chats.upsert': ({ from }) => [{ id: from, name: 'Priya', conversationTimestamp: seconds(), unreadCount: 1 }],
  'chats.update': ({ from }) => [{ id: from, unreadCount: 0, conversationTimestamp: seconds() }],
  'chats.delete': ({ from }) => [from],
  'groups.upsert': groups,
  'groups.update': groups,
  'group-participants.update': ({ from }) => ({ jid: group, participants: [from], action: 'add' }),
  'contacts.upsert': contacts,
  'contacts.update': contacts,
};

/** Events that `sampleOf` supports. */
export const sampleEvents = Object.keys(samples);

/** Returns data in docs form for an event that does not follow from a send; undefined without a sample. */
export const sampleOf = (event: string, of: SampleOf, random: Random): unknown => samples[event]?.(of, random);

function groups({ from, phone }: SampleOf): Json[] {
  const owner = phone.slice(1);
  const participants = [
    { jid: owner, isAdmin: true, isSuperAdmin: true },
    { jid: from, isAdmin: false, isSuperAdmin: false },
  ];
  return [
    {
      jid: group,
      subject: 'VIP customers',
      creation: 1_790_000_000,
      owner,
      desc: 'Early access',
      participants,
      announce: false,
      restrict: false,
    },
  ];
}

function contacts({ from }: SampleOf): Json[] {
  return [{ jid: from, name: 'Priya', notify: 'Priya', verifiedName: null, status: 'Hi', imgUrl: null }];
}

const seconds = () => Math.floor(Date.now() / 1_000);
