import { Injectable } from '@nestjs/common';
import { phonesBehind } from '@heliograph/contacts';
import { Database, Folder, isStorageDown, Loops, Metrics } from '@heliograph/kernel';
import { KnownTenants } from '@heliograph/tenants';
import { MessageReader } from '../intake/message-reader';
import { contentHash } from '../intake/content-hash';
import type { MessageBody } from '../message';
import type { OriginKind } from '../message-origin';
import type { MessageSource } from './message-source.repository';
import { type BodyAnswer, type BodySource, BodySources } from './body-sources';
import { UnavailableSources } from './unavailable-sources';

/** A message without a body. */
export interface BareMessage {
  tenantId: string;
  id: string;
  recipient: string;
  source: MessageSource;
}

/**
 * Result of rendering a message. `unavailable`: the source failed, and nothing is known about this message. `countsTry`: this message may
 * be the reason for the failure.
 */
export type Rendering =
  | { kind: 'rendered'; body: MessageBody; contentHash: Buffer | null }
  | { kind: 'failed'; detail: string }
  | { kind: 'unavailable'; detail: string; countsTry: boolean };

/** Answers of a source to a batch, or the error of the call. */
type Asked = { answers: BodyAnswer[] } | { error: unknown };

const defaultMaxMs = 5_000;
const maxBatch = 200;
const batchesAtOnce = 4;

/** Makes the bodies of messages. Messages claimed together, over all lanes, are rendered in one call of their source. */
@Injectable()
export class BodyRenderer {
  private readonly folders = new Map<OriginKind, Folder<BareMessage, Rendering>>();
  private readonly failing;
  private readonly counted;
  private readonly unavailable = new UnavailableSources((kind, reason) => this.failing.failed(kind, reason));

  constructor(
    private readonly sources: BodySources,
    private readonly db: Database,
    private readonly reader: MessageReader,
    private readonly tenants: KnownTenants,
    loops: Loops,
    metrics: Metrics,
  ) {
    this.failing = loops.watch('body_source');
    this.counted = metrics.counter('messages_rendered_total', 'Bodies of messages that were made right before the call.', [
      'source',
      'outcome',
    ]);
  }

  /** Returns the kinds of origin whose messages this claim leaves in their lanes. */
  leftOut(): OriginKind[] {
    return this.unavailable.leftOut();
  }

  /** Makes the body of a message, batched with other messages that are rendered at the same time. Never throws. */
  async render(message: BareMessage): Promise<Rendering> {
    const { kind } = message.source;
    let folder = this.folders.get(kind);
    if (!folder) {
      folder = new Folder({ write: (batch) => this.renderAll(kind, batch), maxBatch, concurrency: batchesAtOnce });
      this.folders.set(kind, folder);
    }
    const rendering = await folder.add(message);
    this.counted.inc({ source: kind, outcome: rendering.kind });
    return rendering;
  }

  private async renderAll(kind: OriginKind, batch: BareMessage[]): Promise<Rendering[]> {
    try {
      const source = this.sources.find(kind);
      if (!source) return this.giveUp(kind, batch, `This process has no body source for ${kind}.`, false);
      const asked = await this.askAll(source, batch);
      if (asked.some((one) => 'answers' in one)) {
        if (this.unavailable.succeeded(kind)) this.failing.succeeded(kind);
        return await this.read(batch, asked);
      }
      const [error] = asked.map((one) => 'error' in one && one.error);
      // A message that was rendered alone may be the reason why its source fails; a batch proves nothing about its messages.
      return this.giveUp(kind, batch, wordsOf(error), batch.length === 1 && !isStorageDown(error));
    } catch (error) {
      return this.giveUp(kind, batch, wordsOf(error), false);
    }
  }

  /** Renders all messages in one call. When that fails, renders each in its own call, so that one message does not block the others. */
  private async askAll(source: BodySource, batch: BareMessage[]): Promise<Asked[]> {
    const asked = await ask(source, batch);
    if ('answers' in asked) return batch.map((_, i) => ({ answers: asked.answers.slice(i, i + 1) }));
    if (batch.length === 1 || isStorageDown(asked.error)) return batch.map(() => asked);
    return Promise.all(batch.map((message) => ask(source, [message])));
  }

  private async read(batch: BareMessage[], asked: Asked[]): Promise<Rendering[]> {
    const bodies = await Promise.all(batch.map((message, i) => this.readOne(message, asked[i] as Asked)));
    const lids = batch.filter(({ source, recipient }) => source.isGuarded && recipient.endsWith('@lid'));
    const phones = await phonesBehind(
      this.db,
      lids.map(({ tenantId, recipient: lid }) => ({ tenantId, lid })),
    );
    return bodies.map((made, i) => {
      if ('kind' in made) return made;
      const { tenantId, recipient, source } = batch[i] as BareMessage;
      const person = phones.get(`${tenantId}/${recipient}`) ?? recipient;
      return { kind: 'rendered', body: made, contentHash: source.isGuarded ? contentHash(person, made.content) : null };
    });
  }

  private async readOne({ tenantId, recipient }: BareMessage, asked: Asked): Promise<MessageBody | Rendering> {
    // The source answered about other messages, so this message is the reason.
    if ('error' in asked) {
      return isStorageDown(asked.error)
        ? { kind: 'unavailable', detail: wordsOf(asked.error), countsTry: false }
        : { kind: 'failed', detail: wordsOf(asked.error) };
    }
    const [answer] = asked.answers;
    if (!answer) return { kind: 'failed', detail: 'The body source does not know the message.' };
    if ('failed' in answer) return { kind: 'failed', detail: answer.failed };
    const tenant = await this.tenants.find(tenantId);
    if (!tenant) return { kind: 'failed', detail: 'The tenant no longer exists.' };
    const read = this.reader.readContent(tenant.defaultCountry, recipient, answer.body);
    return 'fault' in read ? { kind: 'failed', detail: read.fault } : read;
  }

  private giveUp(kind: OriginKind, batch: BareMessage[], detail: string, countsTry: boolean): Rendering[] {
    this.unavailable.failed(kind, detail);
    return batch.map(() => ({ kind: 'unavailable', detail, countsTry }));
  }
}

async function ask(source: BodySource, batch: BareMessage[]): Promise<Asked> {
  const maxMs = source.maxMs ?? defaultMaxMs;
  const signal = AbortSignal.timeout(maxMs);
  const late = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new TooLate(`The body source did not answer within ${maxMs} ms.`)), { once: true }),
  );
  const requests = batch.map(({ tenantId, id, recipient, source: { data } }) => ({ tenantId, messageId: id, recipient, source: data }));
  try {
    return { answers: await Promise.race([source.render(requests, signal), late]) };
  } catch (error) {
    return { error };
  }
}

class TooLate extends Error {}

/** Returns an error text for people and logs. The text of an unknown error is left out, since it may contain content. */
function wordsOf(error: unknown): string {
  if (error instanceof TooLate || isStorageDown(error)) return (error as Error).message;
  return `The body source failed: ${(error as Error | null)?.name ?? 'unknown'}.`;
}
