import 'reflect-metadata';
import { once } from 'node:events';
import { Module } from '@nestjs/common';
import { configOrExit, createHttpApp, type KernelConfig } from '@heliograph/kernel';
import { type BodyAnswer, type BodyRequest, type BodySource, BodySources, MessagingModule } from '@heliograph/messaging';
import { WorkerModule } from '../apps/worker/src/worker.module';
import { Ledger } from '../libs/messaging/src/send/ledger.repository';
import { MessageSender } from '../libs/messaging/src/send/message-sender';

/** Gaps between the steps of a message, by what was done last. */
export const gaps = ['claimed', 'rendered', 'calling', 'called'] as const;
export type Gap = (typeof gaps)[number];

/** Makes `Dear <name>` of `{ name }`. */
export class GreetingSource implements BodySource {
  // A kind that no lib makes bodies of.
  readonly kind = 'drip';

  constructor(sources: BodySources) {
    sources.register(this);
  }

  render(requests: BodyRequest[]): Promise<BodyAnswer[]> {
    return Promise.resolve(requests.map(({ source }) => ({ body: { type: 'text', text: `Dear ${(source as { name: string }).name}` } })));
  }
}

/** A worker with a body source. */
@Module({
  imports: [MessagingModule],
  providers: [{ provide: GreetingSource, useFactory: (sources: BodySources) => new GreetingSource(sources), inject: [BodySources] }],
})
export class GreetingModule {}

/** Says that the gap is reached, and stays in it for ever. */
function stay(gap: Gap): Promise<never> {
  process.stdout.write(`at ${gap}\n`);
  return new Promise(() => undefined);
}

/** A worker process that stops at a gap, where it is to be killed. Starts on request. */
async function main(gap: Gap): Promise<void> {
  await once(process.stdin, 'data');
  const config = configOrExit<KernelConfig>();
  const root = WorkerModule.forRoot(config);
  const app = await createHttpApp({ ...root, imports: [...(root.imports ?? []), GreetingModule] }, config);
  if (gap === 'claimed') app.get(GreetingSource, { strict: false }).render = () => stay(gap);
  const ledger = app.get(Ledger, { strict: false });
  const advance = ledger.advance.bind(ledger);
  ledger.advance = async (step) => {
    if (step.to !== 'calling') return advance(step);
    if (gap === 'rendered') return stay(gap);
    const isWon = await advance(step);
    return gap === 'calling' ? stay(gap) : isWon;
  };
  const sender = app.get(MessageSender, { strict: false });
  const call = sender.call.bind(sender);
  sender.call = async (...args) => {
    const result = await call(...args);
    return gap === 'called' ? stay(gap) : result;
  };
  await app.init();
}

if (require.main === module) void main(process.argv[2] as Gap);
