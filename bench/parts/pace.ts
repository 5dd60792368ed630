import { setTimeout as sleep } from 'node:timers/promises';
import { Figures } from '../figures';
import { type BenchOptions, onStage, postBroadcast, setPace } from '../stage';

const windowMs = 60_000;
const limit = 256;

/** (d) Pace at the provider's door: 100 sessions at 256 per 60 s each, four workers. */
export async function pace({ quick, backends: [backend = 'postgres'] }: BenchOptions): Promise<Figures> {
  const figures = new Figures('d');
  const sessions = quick ? 20 : 100;
  const minutes = quick ? 1.5 : 3;
  await onStage(backend, { sessions, workers: 0 }, async (stage) => {
    const { lab } = stage;
    await lab.sim.configure({ hooksEnabled: false });
    await setPace(stage, windowMs, limit);
    await postBroadcast(stage, Math.ceil(sessions * limit * (minutes + 0.5)));
    await Promise.all(Array.from({ length: 4 }, () => lab.addWorker()));
    await sleep(minutes * 60_000);
    const lanes = await lab.sim.pace(windowMs, limit);
    const shares = lanes.map((lane) => (lane.sent - 1) / ((lane.spanMs / windowMs) * limit)).sort((a, b) => a - b);
    figures.goal('13', 'sessions that send', lanes.length, '', { min: sessions });
    figures.add('most in any sliding minute', Math.max(...lanes.map((lane) => lane.maxInWindow)));
    const over = lanes.reduce((sum, lane) => sum + lane.violations, 0);
    figures.goal('13', 'sends above the limit of a sliding minute', over, '', { max: 0 });
    figures.goal('13', 'share of the allowance used, worst session', shares[0] ?? 0, '', { min: 0.97 });
    figures.add('share of the allowance used, median', shares[Math.floor(shares.length / 2)] ?? 0);
    figures.goal('13', '429 answers', (await lab.sim.summary()).refused['429'] ?? 0, '', { max: 0 });
  });
  return figures;
}
