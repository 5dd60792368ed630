import { Figures } from '../figures';
import { type Backend, type BenchOptions, onStage, postBroadcast, sendRate, setPace } from '../stage';

const sessions = 200;
const settings = {
  on: { LOG_LEVEL: 'info', LOG_TRANSITIONS: 'true', METRICS_ENABLED: 'true' },
  off: { LOG_LEVEL: 'warn', LOG_TRANSITIONS: 'false', METRICS_ENABLED: 'false' },
};

/** (j) What it costs to be watched: metrics and one log line per transition, on against off. */
export async function watch({ quick, backends }: BenchOptions): Promise<Figures> {
  const figures = new Figures('j');
  const count = quick ? 5_000 : 30_000;
  const backend = backends[0] as Backend;
  const rate = (env: Record<string, string>): Promise<number> =>
    onStage(backend, { sessions, workers: 0, env }, async (stage) => {
      await stage.lab.sim.configure({ hooksEnabled: false });
      await setPace(stage, 5_000, 0);
      await postBroadcast(stage, count);
      await stage.lab.addWorker();
      return sendRate(stage, count);
    });
  const off = await rate(settings.off);
  const on = await rate(settings.on);
  figures.add('logs and metrics off', off, 'messages/s');
  figures.add('logs and metrics on', on, 'messages/s');
  figures.goal('20', 'on, of off', on / off, 'x', { min: 0.8 });
  return figures;
}
