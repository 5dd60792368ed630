import type { MessageContent } from '@heliograph/providers';

export { classOfRank, classRank, type MessageClass, messageClasses } from '@heliograph/tenants';

/** Where a message stands. Moves along the arrows of docs/ARCHITECTURE.md only. */
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

/** What `messages.body` holds: the content, and whom a group message mentions. */
export interface MessageBody {
  content: MessageContent;
  mentions?: string[];
}

/** The text an echo of this body shows; null without a body too, which nothing can be an echo of. */
export const textOfBody = (body: MessageBody | null): string | null => body && textOf(body.content);

/** The text an echo of this content shows: the text itself, or the caption; null when it shows none. */
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
