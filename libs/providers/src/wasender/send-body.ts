import type { OutboundMessage } from '../whatsapp-provider';

/** Returns the body of `POST /send-message`. The present member determines the kind (WasenderApi docs, messages/*). */
export function sendBody({ to, content, replyToProviderId, mentions }: OutboundMessage): Record<string, unknown> {
  const body: Record<string, unknown> = { to };
  switch (content.kind) {
    case 'text':
      body.text = content.text;
      break;
    case 'image':
      body.imageUrl = content.url;
      if (content.caption) body.text = content.caption;
      if (content.viewOnce) body.viewOnce = true;
      break;
    case 'video':
      body.videoUrl = content.url;
      if (content.caption) body.text = content.caption;
      if (content.viewOnce) body.viewOnce = true;
      break;
    case 'document':
      body.documentUrl = content.url;
      if (content.fileName) body.fileName = content.fileName;
      if (content.caption) body.text = content.caption;
      break;
    case 'audio':
      body.audioUrl = content.url;
      if (content.viewOnce) body.viewOnce = true;
      break;
    case 'sticker':
      body.stickerUrl = content.url;
      break;
    case 'contact':
      body.contact = { name: content.name, phone: content.phone };
      break;
    case 'location':
      body.location = {
        latitude: content.latitude,
        longitude: content.longitude,
        ...(content.name && { name: content.name }),
        ...(content.address && { address: content.address }),
      };
      break;
    case 'poll':
      body.poll = { question: content.question, options: content.options, multiSelect: content.multiSelect ?? false };
      break;
  }
  // An integer on the wire. Ids are far below 2^53 (58 million in mid-2026); a larger one is omitted, not rounded.
  if (replyToProviderId && Number.isSafeInteger(Number(replyToProviderId))) body.replyTo = Number(replyToProviderId);
  if (mentions?.length) body.mentions = mentions.map((m) => (m.startsWith('+') ? `${m.slice(1)}@s.whatsapp.net` : m));
  return body;
}
