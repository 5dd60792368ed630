import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SimSession } from './accounts';
import { refusals } from './faults';
import { type Call, refuse, send } from './http';
import { tooMany } from './limits';
import type { SimulatorSettings } from './settings';

const mB = 1024 * 1024;
/** Interval at which a held upload reads the setting, in ms. */
const holdMs = 5;

/** Types that the provider takes, with the file extension of its link, the maximum size, and a mark of the content. */
const types: readonly { type: RegExp; extension: string; maxBytes: number; mark?: RegExp }[] = [
  { type: /^image\/jpe?g$/, extension: 'jpg', maxBytes: 16 * mB, mark: /^\xff\xd8\xff/ },
  { type: /^image\/png$/, extension: 'png', maxBytes: 16 * mB, mark: /^\x89PNG\r\n/ },
  { type: /^image\/webp$/, extension: 'webp', maxBytes: 5 * mB, mark: /^RIFF[^]{4}WEBP/ },
  { type: /^image\//, extension: 'img', maxBytes: 16 * mB },
  { type: /^video\//, extension: 'mp4', maxBytes: 50 * mB },
  { type: /^audio\//, extension: 'ogg', maxBytes: 16 * mB },
  { type: /^application\/pdf$/, extension: 'pdf', maxBytes: 100 * mB, mark: /^%PDF-/ },
  { type: /^(application|text)\//, extension: 'bin', maxBytes: 100 * mB },
];

/** A file that was uploaded. */
export interface SimUpload {
  id: string;
  sessionId: number;
  type: string;
  size: number;
  sha256: string;
  url: string;
}

/** `POST /api/upload`, and the links under `/media` that it returns. Files stay in memory. */
export class Uploads {
  /** Uploads that were accepted, oldest first. */
  readonly accepted: SimUpload[] = [];
  /** Uploads that arrived, whatever the answer was. */
  arrived = 0;
  private readonly files = new Map<string, { bytes: Buffer; type: string; endsAt: number }>();

  constructor(private readonly settings: () => SimulatorSettings) {}

  /** Takes raw bytes, or base64 in JSON. */
  async handle({ body, bytes, contentType, origin, response }: Call, session: SimSession): Promise<void> {
    this.arrived++;
    while (this.settings().uploads === 'hold' && !response.closed) await sleep(holdMs);
    const s = this.settings();
    switch (s.uploads) {
      case 'refused':
        return refuse(response, 422, 'This file type is not supported');
      case 'rate': {
        const { status, body: answer, headers } = tooMany(5, 'Too many requests', {}, s);
        return send(response, status, answer, headers);
      }
      case 'limit-words':
        return refuse(response, 422, 'Your daily limit of uploads is reached');
      case 'bad-request':
        return refuse(response, 400, 'The upload cannot be taken');
      case 'error':
        return send(response, 502, '<html>Bad gateway</html>', { 'content-type': 'text/html' });
      case 'not-connected':
        return send(response, refusals.notConnected.status, refusals.notConnected.body);
      case 'unauthorised':
        return send(response, refusals.badKey.status, refusals.badKey.body);
      case 'hold': // the caller has gone
        return;
      case 'accept':
        break;
    }
    const { declared, content } =
      typeof body.base64 === 'string' ? fromBase64(body.base64, body.mimetype) : { declared: contentType, content: bytes };
    const type = declared.split(';')[0]?.trim().toLowerCase() ?? '';
    if (content.length === 0) return refuse(response, 422, 'No file was given');
    // A form is a file with its name: kept whole.
    const known = type === 'multipart/form-data' ? types.at(-1) : types.find((one) => one.type.test(type));
    if (!known) return refuse(response, 415, 'This file type is not supported');
    if (content.length > known.maxBytes) return refuse(response, 413, `File is larger than ${known.maxBytes / mB} MB for this type`);
    if (known.mark && !known.mark.test(content.toString('latin1', 0, 16)))
      return refuse(response, 422, 'The content is not of the declared type');
    for (const [old, { endsAt }] of this.files) if (endsAt <= performance.now()) this.files.delete(old);
    const id = `${randomUUID()}.${known.extension}`;
    const url = `${origin}/media/${id}`;
    this.files.set(id, { bytes: content, type, endsAt: performance.now() + s.uploadLivesMs });
    const sha256 = createHash('sha256').update(content).digest('hex');
    this.accepted.push({ id, sessionId: session.id, type, size: content.length, sha256, url });
    send(response, 200, { success: true, publicUrl: url });
  }

  /** Answers a fetch of a link, which needs no key. */
  serve({ method, path, response }: Call): void {
    const file = this.files.get(path[0] ?? '');
    if (method !== 'GET' || !file || file.endsAt <= performance.now()) return send(response, 404, { success: false, message: 'Not found' });
    response.writeHead(200, { 'content-type': file.type, 'content-length': file.bytes.length });
    response.end(file.bytes);
  }
}

/** Reads base64, or a data URL, which names its type. */
function fromBase64(base64: string, mimetype: unknown): { declared: string; content: Buffer } {
  const [, type] = /^data:([^;,]*)/.exec(base64) ?? [];
  const declared = type ?? (typeof mimetype === 'string' ? mimetype : 'application/octet-stream');
  return { declared, content: Buffer.from(type === undefined ? base64 : base64.slice(base64.indexOf(',') + 1), 'base64') };
}
