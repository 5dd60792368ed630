import { setTimeout as sleep } from 'node:timers/promises';
import { Figures } from '../figures';
import { type BenchOptions, onStage, postBroadcast, setPace } from '../stage';

const sessions = 100;
const afterMs = 15_000;

/** (i) One of two workers dies in full flight: how long its sessions are silent. */
export async function recovery({ quick, backends: [backend = 'postgres'] }: BenchOptions): Promise<Figures> {
  const figures = new Figures('i');
  await onStage(backend, { sessions, workers: 0 }, async (stage) => {
    const { lab } = stage;
    await lab.sim.configure({ hooksEnabled: false });
    await setPace(stage, 1_000, 4);
    const seconds = quick ? 30 : 60;
    await postBroadcast(stage, sessions * 4 * (seconds + 10));
    const [first] = await Promise.all([lab.addWorker(), lab.addWorker()]);
    await sleep(10_000);
    const diedAt = Date.now();
    await first.stop('SIGKILL');
    await sleep(seconds * 1_000 - afterMs);
    const lines = (await lab.sim.ledger()).filter((line) => line.decision === 'accepted');
    const gaps = [...Map.groupBy(lines, (line) => line.sessionId).values()].map((own) => {
      const before = own.findLast((line) => line.wallMs <= diedAt)?.wallMs ?? diedAt;
      return (own.find((line) => line.wallMs > diedAt)?.wallMs ?? Infinity) - before;
    });
    gaps.sort((a, b) => a - b);
    figures.add('silence of a session across the kill, median', (gaps[sessions >> 1] ?? Infinity) / 1_000, 's');
    figures.goal('19', 'silence of a session across the kill, longest', (gaps.at(-1) ?? Infinity) / 1_000, 's', { max: 30 });
    figures.goal('18', 'messages doubled by the kill', (await lab.sim.summary()).duplicates, '', { max: 0 });
  });
  return figures;
}
