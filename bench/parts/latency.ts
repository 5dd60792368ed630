import { setTimeout as sleep } from 'node:timers/promises';
import { beside } from '../campaign-beside';
import { Figures } from '../figures';
import { judgeUrgent } from '../judging';
import { addTenant } from '../neighbour';
import { at, pacedIntervalMs, pacedSender, probe } from '../probe';
import { type BenchOptions, broadcastDigits, onStage, postBroadcast, setPace } from '../stage';

/** (g) How long a message takes to the provider: idle, beside another tenant's broadcast, and in front of a paced backlog. */
export async function latency({ quick, backends: [backend = 'postgres'], campaign }: BenchOptions): Promise<Figures> {
  const figures = new Figures('g');
  const probes = quick ? 20 : 200;
  await onStage(
    backend,
    { sessions: 101, workers: 1 },
    beside(campaign, async (stage) => {
      const { lab } = stage;
      await lab.sim.configure({ hooksEnabled: false });
      await setPace(stage, 5_000, 0);
      const { driver, sessionIds } = await addTenant(stage, 1);
      const neighbour = { driver, sessionId: sessionIds[0] as string };

      await probe(stage, neighbour, '1', 10, 50);
      const idle = await probe(stage, neighbour, '2', probes, 50);
      figures.goal('5', 'POST to provider, idle: p50', at(idle, 0.5), 'ms', { max: 50 });
      figures.goal('5', 'POST to provider, idle: p99', at(idle, 0.99), 'ms', { max: 200 });

      const own = await pacedSender(stage);
      await sleep(3_000);
      const times = await probe(stage, own, '3', quick ? 5 : 12, 2_200);
      judgeUrgent(figures, { name: 'urgent message in a paced session', intervalMs: pacedIntervalMs, times });

      const unpaced = lab.seed.sessions.filter((id) => id !== own.sessionId);
      await postBroadcast(stage, quick ? 10_000 : 50_000, unpaced);
      const { accepted: before } = await lab.sim.summary(broadcastDigits);
      const busy = await probe(stage, neighbour, '4', quick ? 20 : 100, 50);
      const { accepted: after } = await lab.sim.summary(broadcastDigits);
      figures.add('broadcast messages sent meanwhile', after - before);
      figures.add('POST to provider beside another tenant’s 50,000: p50', at(busy, 0.5), 'ms');
      figures.goal('14', 'POST to provider beside another tenant’s 50,000: p99', at(busy, 0.99), 'ms', { max: 1_000 });
    }),
  );
  return figures;
}
