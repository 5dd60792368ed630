import type { Database } from '@heliograph/kernel';
import { processLoops } from '@heliograph/kernel/testing';
import type { SessionCredentials } from '@heliograph/tenants';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { LaneRunner } from '../src/lanes/lane-runner';
import { WorkerLease } from '../src/lanes/worker-lease';
import { textOfBody } from '../src/message';
import type { MessagingConfig } from '../src/messaging.config';
import type { MessagingMetrics } from '../src/messaging.metrics';
import { RecoveryRepository } from '../src/recovery/recovery.repository';
import type { BodySource } from '../src/rendering/body-sources';
import { FileAddresses } from '../src/send/file-addresses';
import { Ledger, type LedgerStep } from '../src/send/ledger.repository';
import type { CallResult, MessageSender, ReadyMessage } from '../src/send/message-sender';
import { ProviderBreaker } from '../src/send/provider-breaker';
import { echoHash } from '../src/uncertain/echo-hash';
import { aRenderer, TestSource } from './rendering';

/** Point at which a worker stops forever, as if it were killed there. */
export type Gap = 'render' | 'calling' | 'call' | 'settle';
/** A promise that nothing fulfils. */
export const never = <T>() => new Promise<T>(() => undefined);

/** A message that arrived at the provider. */
export interface Sent {
  id: string;
  text: string | null;
  /** Address of the file in the call. */
  fileUrl?: string;
}

/**
 * The sending part of a worker over a real database, with a body source. `sent`: what arrived at the provider, of all workers that share it. With
 * `diesAt` it stops forever at that point, after it passed it `diesAfter` times.
 */
export async function aWorkerWith(
  db: Database,
  options: {
    sources?: BodySource[];
    files?: FileAddresses;
    sent?: Sent[];
    diesAt?: Gap;
    diesAfter?: number;
    settles?: Partial<LedgerStep>;
    lanesAtOnce?: number;
  } = {},
) {
  const { loops, health } = processLoops();
  const source = new TestSource();
  const sent = options.sent ?? [];
  const reached = jest.fn();
  let passed = 0;
  const stopAt = <T>(gap: Gap, go: () => Promise<T>): Promise<T> => {
    if (options.diesAt !== gap || passed++ < (options.diesAfter ?? 0)) return go();
    reached();
    return never<T>();
  };
  if (options.diesAt === 'render') source.answer = () => stopAt('render', never<never>);
  const bodies = aRenderer(db, loops, options.sources ?? [source]);
  const lease = new WorkerLease(db, loops);
  await lease.start();
  const ledger = new Ledger(db);
  let isKilled = false;
  const advance = ledger.advance.bind(ledger);
  const advanceSurely = ledger.advanceSurely.bind(ledger);
  ledger.advance = (step) => {
    if (isKilled) return never();
    return step.to === 'calling' ? stopAt('calling', () => advance(step)) : advance(step);
  };
  ledger.advanceSurely = (step) => (isKilled ? never() : advanceSurely(step));
  const sender = {
    breaker: new ProviderBreaker(),
    call: (message: ReadyMessage): Promise<CallResult> =>
      stopAt('call', () => {
        const text = textOfBody(message.body);
        sent.push({ id: message.id, text, ...(message.fileUrl !== undefined && { fileUrl: message.fileUrl }) });
        const { tenantId, id, sessionId, attempt } = message;
        const step: LedgerStep = {
          tenantId,
          id,
          sessionId,
          attempt,
          to: 'sent',
          providerMessageId: id,
          echoHash: echoHash(message.recipient, text),
          ...options.settles,
        };
        return stopAt('settle', () => Promise.resolve({ settlement: { step, laneOpen: true }, step, apiKey: 'key' }));
      }),
    settle: async (_: unknown, { step }: CallResult) => void (await ledger.advanceSurely(step)),
  } as unknown as MessageSender;
  const credentials = {
    find: async (sessionId: string) =>
      (await db.query<{ tenantId: string }>(`SELECT tenant_id AS "tenantId" FROM lanes WHERE session_id = $1`, [sessionId]))[0],
  } as unknown as SessionCredentials;
  const runner = new LaneRunner(
    new LaneClaims(db, undefined, bodies),
    ledger,
    sender,
    lease,
    credentials,
    new RecoveryRepository(db),
    { laneClosedInvalid: () => undefined, turned: () => undefined } as unknown as MessagingMetrics,
    bodies,
    options.files ?? new FileAddresses(),
    { LANES_AT_ONCE: options.lanesAtOnce ?? 10 } as MessagingConfig,
  );
  const workerId = lease.current()?.workerId as string;
  /** Simulates a kill: nothing more is written, and the lease runs out. */
  const kill = async () => {
    isKilled = true;
    await lease.stop();
    await db.query(`UPDATE workers SET alive_until = heliograph_now() - interval '1 s' WHERE id = $1`, [workerId]);
  };
  return { runner, source, sent, lease, bodies, workerId, kill, reached, health };
}
