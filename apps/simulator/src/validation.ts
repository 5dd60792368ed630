type Json = Record<string, unknown>;

const contentMembers = ['text', 'imageUrl', 'videoUrl', 'documentUrl', 'audioUrl', 'stickerUrl', 'contact', 'location', 'poll'] as const;
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the kind of a message: the first media member decides; text alone is text. */
export function kindOf(body: Json): string {
  const media = contentMembers.slice(1).find((name) => body[name] !== undefined);
  return media ? media.replace('Url', '') : 'text';
}

/** Returns the errors of a send body by field, in the provider's words; null when it is valid. */
export function validate(body: Json): Record<string, string[]> | null {
  const errors: Record<string, string[]> = {};
  if (!isText(body.to)) errors.to = ['to must be present'];
  else if (!/^(\+?[\d\s-]{7,20}|[\d:+-]+@(s\.whatsapp\.net|c\.us|lid|g\.us|newsletter)|@[\w.]+)$/.test(body.to))
    errors.to = ['to is not a valid recipient'];
  if (!contentMembers.some((name) => body[name] !== undefined)) errors.text = ['text must be present when nothing else is sent'];
  if (body.text !== undefined && !isText(body.text)) errors.text = ['text must be a string'];
  for (const name of contentMembers) {
    if (name.endsWith('Url') && body[name] !== undefined && !(isText(body[name]) && /^https?:\/\//.test(body[name])))
      errors[name] = [`${name} must be a valid URL`];
  }
  if (body.contact !== undefined && !(isObject(body.contact) && isText(body.contact.name) && isText(body.contact.phone)))
    errors.contact = ['contact needs name and phone'];
  if (
    body.location !== undefined &&
    !(isObject(body.location) && [body.location.latitude, body.location.longitude].every((n) => n !== '' && Number.isFinite(Number(n))))
  ) {
    errors.location = ['location needs latitude and longitude'];
  }
  if (body.poll !== undefined) {
    const options = isObject(body.poll) ? body.poll.options : null;
    if (!isObject(body.poll) || !isText(body.poll.question) || !Array.isArray(options) || options.length < 2 || options.length > 12)
      errors.poll = ['poll needs a question and 2 to 12 options'];
  }
  if (body.replyTo !== undefined && !Number.isInteger(Number(body.replyTo))) errors.replyTo = ['replyTo must be an integer'];
  return Object.keys(errors).length > 0 ? errors : null;
}
