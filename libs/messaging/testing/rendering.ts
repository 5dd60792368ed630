import { ChangeFeed, type Database, type Egress, type Loops, Metrics } from '@heliograph/kernel';
import type { WhatsAppProvider } from '@heliograph/providers';
import { KnownTenants } from '@heliograph/tenants';
import { MessageReader } from '../src/intake/message-reader';
import { BodyRenderer } from '../src/rendering/body-renderer';
import { FileAddresses } from '../src/send/file-addresses';
import { type BodyAnswer, type BodyRequest, type BodySource, BodySources } from '../src/rendering/body-sources';

/** A body source that makes texts of `{ text }` and counts its requests. `answer` replaces it. */
export class TestSource implements BodySource {
  readonly kind = 'campaign';
  readonly batches: BodyRequest[][] = [];
  maxMs = 60_000;
  answer: (request: BodyRequest, batch: BodyRequest[]) => BodyAnswer | Promise<BodyAnswer> = ({ source }) => ({
    body: { type: 'text', text: (source as { text: string }).text },
  });

  render(requests: BodyRequest[]): Promise<BodyAnswer[]> {
    this.batches.push(requests);
    return Promise.all(requests.map(async (request) => this.answer(request, requests)));
  }
}

/** Returns the renderer of one process with these sources. */
export function aRenderer(db: Database, loops: Loops, sources: BodySource[]): BodyRenderer {
  const registry = new BodySources();
  sources.forEach((source) => registry.register(source));
  const kinds = ['text', 'image', 'video', 'document', 'audio', 'sticker', 'contact', 'location', 'poll'] as const;
  const provider = { capabilities: { kinds, channelKinds: ['text', 'image', 'video', 'document', 'audio', 'sticker'] } };
  const reader = new MessageReader(
    provider as unknown as WhatsAppProvider,
    { allows: () => true } as unknown as Egress,
    new FileAddresses(),
  );
  const tenants = new KnownTenants(db, new ChangeFeed({ DATABASE_URL: '' }));
  return new BodyRenderer(registry, db, reader, tenants, loops, new Metrics());
}
