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

/** What came of a message's source. `unavailable`: nothing is known of this message; with `countsTry` it may be what breaks its source. */
export type Rendering =
  | { kind: 'rendered'; body: MessageBody; contentHash: Buffer | null }
  | { kind: 'failed'; detail: string }
  | { kind: 'unavailable'; detail: string; countsTry: boolean };

/** What a source said to a batch, or that it said nothing. */
type Asked = { answers: BodyAnswer[] } | { error: unknown };

const defaultMaxMs = 5_000;
const maxBatch = 200;
const batchesAtOnce = 4;

/** Makes the bodies of messages: those of all lanes that are claimed together in one call of their source. */
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

  /** Kinds of origin whose messages this claim leaves in their lanes. */
  leftOut(): OriginKind[] {
    return this.unavailable.leftOut();
  }

  /** Makes the body of a message, with those of others that ask at the same time. Never throws. */
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
      const source = this.sources.get(kind);
      if (!source) return this.giveUp(kind, batch, `This process has no source of bodies for ${kind}.`, false);
      const asked = await this.askAll(source, batch);
      if (asked.some((one) => 'answers' in one)) {
        if (this.unavailable.succeeded(kind)) this.failing.succeeded(kind);
        return await this.read(batch, asked);
      }
      const [error] = asked.map((one) => 'error' in one && one.error);
      // A message that is asked about alone may be what breaks its source; several at once are not.
      return this.giveUp(kind, batch, wordsOf(error), batch.length === 1 && !isStorageDown(error));
    } catch (error) {
      return this.giveUp(kind, batch, wordsOf(error), false);
    }
  }

  /** Asks about all in one call; when that fails, about each in one of its own, so that one message does not hold the others up. */
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
    // The source answered about others: it is this message that it cannot make.
    if ('error' in asked) {
      return isStorageDown(asked.error)
        ? { kind: 'unavailable', detail: wordsOf(asked.error), countsTry: false }
        : { kind: 'failed', detail: wordsOf(asked.error) };
    }
    const [answer] = asked.answers;
    if (!answer) return { kind: 'failed', detail: 'Its source does not know it.' };
    if ('failed' in answer) return { kind: 'failed', detail: answer.failed };
    const tenant = await this.tenants.get(tenantId);
    if (!tenant) return { kind: 'failed', detail: 'Its tenant is gone.' };
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
    signal.addEventListener('abort', () => reject(new TooLate(`The source of bodies did not answer within ${maxMs} ms.`)), { once: true }),
  );
  const requests = batch.map(({ tenantId, id, recipient, source: { data } }) => ({ tenantId, messageId: id, recipient, source: data }));
  try {
    return { answers: await Promise.race([source.render(requests, signal), late]) };
  } catch (error) {
    return { error };
  }
}

class TooLate extends Error {}

/** Words for people and logs. Those of an error that is not known may hold content. */
function wordsOf(error: unknown): string {
  if (error instanceof TooLate || isStorageDown(error)) return (error as Error).message;
  return `The source of bodies failed: ${(error as Error | null)?.name ?? 'unknown'}.`;
}
