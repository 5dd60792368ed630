import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { compare, removeWorktree } from './compare';
import { compared, comparedLine } from './comparison';
import { type Figure, type Figures, medians, tableLine, verdicts } from './figures';
import { callbacks } from './parts/callback-rates';
import { campaigns } from './parts/campaigns';
import { claims } from './parts/claims';
import { clientsAtOnce } from './parts/clients-at-once';
import { hooks } from './parts/hook-rates';
import { intake } from './parts/intake';
import { latency } from './parts/latency';
import { lists } from './parts/list-times';
import { memory } from './parts/memory';
import { million } from './parts/million';
import { pace } from './parts/pace';
import { people } from './parts/people-times';
import { recovery } from './parts/recovery-time';
import { scale } from './parts/scale';
import { send } from './parts/send';
import { watch } from './parts/watch';
import { type Backend, type BenchOptions } from './stage';
import { endChildren } from '../chaos/lab/end-children';

const parts: Record<string, (options: BenchOptions) => Promise<Figures>> = {
  a: send,
  b: intake,
  c: hooks,
  d: pace,
  e: memory,
  g: latency,
  h: scale,
  i: recovery,
  j: watch,
  k: callbacks,
  l: campaigns,
  m: million,
  n: claims,
  o: clientsAtOnce,
  p: people,
  q: lists,
};
/** Parts that can be measured beside a campaign. */
const partsBeside = ['a', 'b', 'c', 'e', 'g'];
/** People of that campaign; it must not end before the part. */
const peopleBeside = { quick: 60_000, full: 250_000 };
/** One run of a part that takes longer has gone wrong. */
const longestPartMs = 20 * 60_000;

const usage = `npm run bench -- [parts] [options]
npm run bench -- compare --revision <git revision> --part <part> [--rounds 3] [options]

  parts                    a send rate and the ledger alone, b intake, c hooks, d pace, e memory, g latency, h many sessions,
                           i recovery, j the cost of logs and metrics, k callbacks, l a campaign from the file to its live page,
                           m a campaign to a million people, n claims beside many campaigns, o campaigns of six clients at once,
                           p a million contacts, q every list with a million rows, and a thousand clients; default: all
  --quick                  a tenth of everything
  --people <n>             people of part m; default 1000000
  --rows <n>               part l imports a file of so many rows, and does nothing more
  --beside-campaign        parts a, b, c, e and g a second time, beside a campaign of another tenant, and what that costs
  --backend postgres|redis the queue's store; default: PostgreSQL, and part a on both where redis-server exists
  --runs <n>               runs of every part, of which the medians are shown; default 1

  compare                  one part of a revision and of the working tree, by turns: what did the change cost?
  --revision, --part       the revision, and the part to run
  --rounds <n>             runs of each; default 3`;

/** Columns of a part alone and beside a campaign. */
const besideNames: [string, string] = ['alone', 'beside a campaign'];

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      backend: { type: 'string' },
      runs: { type: 'string', default: '1' },
      people: { type: 'string' },
      rows: { type: 'string' },
      'beside-campaign': { type: 'boolean', default: false },
      revision: { type: 'string' },
      part: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  const isBackend = ['postgres', 'redis', undefined].includes(values.backend);
  if (positionals[0] === 'compare') {
    const { revision, part, quick, backend } = values;
    const rounds = Number(values.rounds);
    if (values.help || !isBackend || positionals.length > 1 || !revision || !part || !parts[part] || !(rounds >= 1))
      return void console.log(usage);
    return compare({ revision, part, rounds, quick, backend });
  }
  const isBeside = values['beside-campaign'];
  const names = positionals.length > 0 ? positionals : isBeside ? partsBeside : Object.keys(parts);
  const isKnown = names.every((name) => parts[name] && (!isBeside || partsBeside.includes(name))) && isBackend;
  if (values.help || !isKnown) return void console.log(usage);

  const backends: Backend[] = values.backend ? [values.backend as Backend] : hasRedis() ? ['postgres', 'redis'] : ['postgres'];
  const options: BenchOptions = {
    quick: values.quick,
    backends,
    ...(values.people && { people: Number(values.people) }),
    ...(values.rows && { rows: Number(values.rows) }),
  };
  const figures: Figure[] = [];
  const loads: number[] = [];
  const run = async (name: string, given: BenchOptions): Promise<Figure[]> => {
    loads.push(loadavg()[0] ?? 0);
    const watchdog = setTimeout(() => void end(new Error(`Part ${name} took too long.`)), longestPartMs);
    const { all } = await (parts[name] as (typeof parts)[string])(given);
    clearTimeout(watchdog);
    return all;
  };
  for (const name of names) {
    const runs: Figure[][] = [];
    const alone: Figure[][] = [];
    for (let n = 1; n <= Number(values.runs); n++) {
      console.log(`${name}: run ${n} of ${values.runs}, load average ${loadavg()[0]?.toFixed(1)} …`);
      if (isBeside) alone.push(await run(name, options));
      runs.push(await run(name, isBeside ? { ...options, campaign: peopleBeside[values.quick ? 'quick' : 'full'] } : options));
    }
    const measured = medians(runs);
    console.table(measured.map(tableLine));
    if (isBeside) console.table(compared(alone, runs).figures.map((figure) => comparedLine(figure, runs.length === 1, besideNames)));
    figures.push(...measured);
  }
  console.table(verdicts(figures).map(({ row, met, missed }) => ({ row, '': met ? 'met' : 'MISSED', missed })));
  save({ quick: values.quick, besideCampaign: isBeside, runs: Number(values.runs), backends, loadAverages: loads, figures });
}

function save(result: Record<string, unknown>): void {
  const dir = join('.data', 'bench');
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `result-${new Date().toISOString().replace(/[:.]/g, '-')}.json`);
  const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model };
  writeFileSync(file, JSON.stringify({ ...machine, ...result }, null, 2));
  console.log(`Written to ${file}`);
}

function hasRedis(): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => existsSync(join(dir, 'redis-server')));
}

/** The only way out: whatever is still running was started here. */
async function end(error?: Error): Promise<never> {
  if (error) console.error(error.stack);
  await endChildren();
  removeWorktree();
  process.exit(error ? 1 : 0);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(new Error(`Ended by ${signal}.`)));
main().then(() => end(), end);
