import { setTimeout as sleep } from 'node:timers/promises';
import { bareMessages } from '../bare-rows';
import { draft } from '../campaign-beside';
import { Figures } from '../figures';
import { judgeExpansion, judgeMemory, judgePlan, judgeUrgent } from '../judging';
import { MemoryWatch } from '../memory-watch';
import { addTenant } from '../neighbour';
import { pageTimes, timedCall } from '../page-times';
import { storePeople } from '../people-rows';
import { at, pacedIntervalMs, pacedSender, probe, probeDigits } from '../probe';
import { type BenchOptions, onStage, setPace, type Stage } from '../stage';
import { writtenSeconds } from './campaigns';

/** (m) A campaign to a million people from the check to the last message, with the memory of api and worker, and messages of a neighbour and of its own tenant beside it. */
export async function million({
  quick,
  people = quick ? 50_000 : 1_000_000,
  backends: [backend = 'postgres'],
}: BenchOptions): Promise<Figures> {
  const figures = new Figures('m');
  await onStage(backend, { sessions: 100, workers: 1 }, async (stage) => {
    const { lab } = stage;
    await lab.sim.configure({ hooksEnabled: false });
    const { driver, sessionIds } = await addTenant(stage, 1);
    const neighbour = { driver, sessionId: sessionIds[0] as string };
    await probe(stage, neighbour, '1', 10, 50);
    const idle = await probe(stage, neighbour, '2', 50, 50);
    const listId = await storePeople(stage.db, lab.seed.tenantId, people);
    const id = await draft(stage.driver, { kind: 'list', id: listId });
    const bare = await bareMessages(stage, 50_000);

    const memory = new MemoryWatch({ api: lab.apis[0], worker: lab.workers[0] });
    const check = await timedCall(stage, 'POST', `/v1/campaigns/${id}/check`);
    const plan = await timedCall(stage, 'GET', `/v1/campaigns/${id}/plan`);
    judgePlan(figures, { people, planSeconds: plan.seconds, checkSeconds: check.seconds });
    const own = await pacedSender(stage);
    const launch = await timedCall(stage, 'POST', `/v1/campaigns/${id}/launch`, {});
    figures.goal('26', 'answer to the launch', launch.seconds, 's', { max: 3 });
    // Lanes are paced as they are by default: next to nothing is sent while the audience is written.
    const [seconds, busy, times] = await Promise.all([
      writtenSeconds(stage, id, 600_000),
      probe(stage, neighbour, '3', quick ? 20 : 200, 100),
      probe(stage, own, '4', quick ? 12 : 25, 2_200),
    ]);
    judgeExpansion(figures, { people, seconds, barePerSecond: bare });
    figures.add('POST to provider, idle: p99', at(idle, 0.99), 'ms');
    figures.goal('14', 'POST to provider while the audience is written: p99', at(busy, 0.99), 'ms', { max: 1_000 });
    judgeUrgent(figures, { name: 'urgent message in a paced session of the same tenant meanwhile', intervalMs: pacedIntervalMs, times });
    figures.goal('13', 'share of its allowance that the session used meanwhile', await usedShare(stage, '4'), '', { min: 0.97 });
    for (const measure of memory.stop()) judgeMemory(figures, { ...measure, name: `${measure.name} while the audience is written` });

    const sent = await sendAll(stage, id, people);
    figures.add('sent', people / sent.seconds, 'messages/s');
    for (const measure of sent.memory) judgeMemory(figures, { ...measure, name: `${measure.name} while it is sent` });
    figures.goal('18', 'messages doubled, or not sent', sent.wrong, '', { max: 0 });
    const { p95 } = await pageTimes(stage, 50, () => `/v1/campaigns/${id}/results`);
    figures.goal('S9', 'results: p95', p95, 'ms', { max: 500 });
  });
  return figures;
}

/** Returns the share of its allowance that a paced session used from the first to the last message of a series. */
async function usedShare({ lab }: Stage, series: string): Promise<number> {
  const lines = await lab.sim.ledger();
  const urgent = lines.filter(({ recipient }) => recipient.startsWith(probeDigits(series)));
  const [first, last] = [urgent[0], urgent.at(-1)];
  if (!first || !last) return 0;
  const sent = lines.filter(({ sessionId, seq }) => sessionId === first.sessionId && seq > first.seq && seq <= last.seq).length;
  return (sent * pacedIntervalMs) / (last.wallMs - first.wallMs);
}

/** Sends everything as fast as it goes. */
async function sendAll(stage: Stage, id: string, people: number) {
  const { lab } = stage;
  await lab.workers[0]?.stop();
  await setPace(stage, 5_000, 0);
  const startedAt = performance.now();
  const worker = await lab.addWorker();
  const memory = new MemoryWatch({ api: lab.apis[0], worker });
  for (const endsAt = Date.now() + 900_000; ; await sleep(2_000)) {
    const { state, counts } = await stage.driver.get<{ state: string; counts: Record<string, number> }>(`/v1/campaigns/${id}/results`);
    if (state === 'completed') break;
    if (Date.now() > endsAt) throw new Error(`The campaign is ${state}: ${JSON.stringify(counts)}`);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const { accepted, extra } = await lab.sim.summary('4479');
  return { seconds, memory: memory.stop(), wrong: extra + Math.abs(people - accepted) };
}
