import { setTimeout as sleep } from 'node:timers/promises';
import { Figures } from '../figures';
import { type BenchOptions, onStage, postBroadcast, sendRate, setPace } from '../stage';

interface Measured {
  perSecond: number;
  /** MB of memory of one worker without work; `idleCore` is its share of a core. */
  idleMb: number;
  idleCore: number;
}

/** (h) Ten thousand sessions against ten: what they cost at rest, and how fast messages leave through all of them. */
export async function scale(options: BenchOptions): Promise<Figures> {
  const figures = new Figures('h');
  const many = options.quick ? 1_000 : 10_000;
  const count = options.quick ? 3_000 : 30_000;
  const few = await measure(options, 10, count);
  const all = await measure(options, many, count);
  const name = many.toLocaleString('en');
  figures.add('10 sessions: sent', few.perSecond, 'messages/s');
  figures.add(`${name} sessions: sent`, all.perSecond, 'messages/s');
  figures.goal('17', `${name} active sessions of 10`, all.perSecond / few.perSecond, 'x', { min: 0.7 });
  figures.goal('16', `${name} idle sessions: worker is larger by`, all.idleMb - few.idleMb, 'MB', { max: 20 });
  figures.goal('16', `${name} idle sessions: worker uses more of a core by`, all.idleCore - few.idleCore, '', { max: 0.03 });
  return figures;
}

function measure({ quick, backends: [backend = 'postgres'] }: BenchOptions, sessions: number, count: number): Promise<Measured> {
  return onStage(backend, { sessions, workers: 1 }, async (stage) => {
    const { lab } = stage;
    await lab.sim.configure({ hooksEnabled: false });
    await setPace(stage, 5_000, 0);
    const worker = lab.workers[0];
    await sleep(10_000);
    const cpuBefore = worker?.cpuMs() ?? 0;
    const idleMs = quick ? 5_000 : 30_000;
    await sleep(idleMs);
    const idleCore = ((worker?.cpuMs() ?? 0) - cpuBefore) / idleMs;
    const idleMb = (worker?.memory() ?? 0) / 1_048_576;
    await worker?.stop();
    await postBroadcast(stage, count);
    await lab.addWorker();
    return { perSecond: await sendRate(stage, count), idleMb, idleCore };
  });
}
