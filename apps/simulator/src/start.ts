import type { LimitPlan } from './accounts';
import { KeptState } from './kept-state';
import { Simulator } from './simulator';

const { env } = process;

async function main(): Promise<void> {
  const state = env.SIM_STATE ? new KeptState(env.SIM_STATE) : null;
  const kept = state?.read();
  const simulator = new Simulator({
    ...(kept && { kept }),
    host: env.SIM_HOST ?? '127.0.0.1',
    port: Number(env.SIM_PORT ?? 3900),
    seed: Number(env.SIM_SEED ?? 1),
    sessions: Number(env.SIM_SESSIONS ?? 0),
    ...(env.SIM_PAT && { accessToken: env.SIM_PAT }),
    limits: (env.SIM_LIMITS ?? 'paid') as LimitPlan,
  });
  await simulator.start();
  state?.follow(simulator.accounts);
  process.stdout.write(`The WasenderApi simulator listens on ${simulator.url} (API below /api, control below /sim)\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      state?.stop();
      void simulator.stop().then(() => process.exit(0));
    });
  }
}

main().catch((error: Error) => {
  process.stderr.write(`The simulator could not start: ${error.message}\n`);
  process.exit(1);
});
