import type { MessageContent } from '@heliograph/providers';

export { classOfRank, classRank, type MessageClass, messageClasses } from '@heliograph/tenants';

/** State of a message. It moves only along the arrows of docs/ARCHITECTURE.md. */
export const messageStates = [
  'scheduled',
  'queued',
  'claimed',
  'calling',
  'uncertain',
  'sent',
  'delivered',
  'read',
  'played',
  'failed',
  'cancelled',
  'expired',
  'suppressed',
] as const;
export type MessageState = (typeof messageStates)[number];

/** Value of `messages.body`: the content, and the people that a group message mentions. */
export interface MessageBody {
  content: MessageContent;
  mentions?: string[];
}

/** Returns the text that an echo of this body shows; null without a body, which has no echo. */
export const textOfBody = (body: MessageBody | null): string | null => body && textOf(body.content);

/** Returns the text that an echo of this content shows: the text itself, or the caption; null when it shows none. */
export function textOf(content: MessageContent): string | null {
  switch (content.kind) {
    case 'text':
      return content.text;
    case 'image':
    case 'video':
    case 'document':
      return content.caption ?? null;
    case 'audio':
    case 'sticker':
    case 'contact':
    case 'location':
    case 'poll':
      return null;
  }
}
