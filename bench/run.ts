import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../chaos/lab/lab';
import type { Figure } from './figures';
import { type BenchOptions, hooks, intake, latency, memory, pacing, sending } from './parts';

const parts = { a: sending, b: intake, c: hooks, d: pacing, e: memory, g: latency };
type Part = keyof typeof parts;

const usage = `npm run bench -- [parts] [options]

  parts         of a (send rate, with f: the ledger alone), b (intake), c (hooks), d (pace), e (memory), g (latency); default: all
  --quick       a tenth of everything
  --redis       the queue on Redis (starts redis-server) instead of PostgreSQL`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      redis: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void console.log(usage);
  const redis = values.redis ? await startRedis() : null;
  const options: BenchOptions = { quick: values.quick, ...(redis && { redisUrl: redis.url }) };
  const figures: Figure[] = [];
  try {
    for (const part of (positionals.length > 0 ? positionals : Object.keys(parts)) as Part[]) {
      console.log(`${part}: running, load ${loadavg()[0]?.toFixed(1)} …`);
      const { all } = await parts[part](options);
      figures.push(...all);
      console.table(
        all.map(({ what, value, row, floor, met }) => ({
          what,
          value,
          goal: row ?? '',
          floor: floor ?? '',
          '': met === undefined ? '' : met ? 'met' : 'MISSED',
        })),
      );
    }
  } finally {
    redis?.stop();
  }
  const dir = join('.data', 'bench');
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${new Date().toISOString().replace(/[:.]/g, '-')}.json`);
  writeFileSync(
    file,
    JSON.stringify(
      {
        node: process.version,
        cores: cpus().length,
        cpu: cpus()[0]?.model,
        store: options.redisUrl ? 'redis' : 'postgres',
        quick: options.quick,
        figures,
      },
      null,
      2,
    ),
  );
  console.log(`Written to ${file}`);
  process.exit(0);
}

async function startRedis(): Promise<{ url: string; stop: () => void }> {
  const port = await freePort();
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', mkdtempSync(join(tmpdir(), 'heliograph-bench-'))],
    { stdio: 'ignore' },
  );
  return { url: `redis://127.0.0.1:${port}`, stop: () => void server.kill('SIGTERM') };
}

main().catch((error: Error) => {
  console.error(error.stack);
  process.exit(1);
});
