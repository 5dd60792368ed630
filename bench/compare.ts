import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { compared, comparedLine } from './comparison';
import type { Figure } from './figures';

export interface CompareOptions {
  /** Git revision to compare the working tree with. */
  revision: string;
  part: string;
  rounds: number;
  quick: boolean;
  backend: string | undefined;
}

/** Beside the data of the working tree: both builds must write to the same disk. */
const home = join(process.cwd(), '.data', 'compare');
let worktree: string | undefined;

/**
 * Answers what a change costs: builds a revision in a git worktree of its own and the working tree where it is, and runs one part by
 * turns in both, each with its own bench. The caller removes the worktree, however this ends.
 */
export async function compare({ revision, part, rounds, quick, backend }: CompareOptions): Promise<void> {
  const commit = git('rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`);
  // Made by git, open to others: PostgreSQL runs as another user where this process is root's.
  worktree = join(home, `${commit.slice(0, 8)}-${process.pid}`);
  git('worktree', 'add', '--detach', worktree, commit);
  symlinkSync(join(process.cwd(), 'node_modules'), join(worktree, 'node_modules'));
  const trees = { before: worktree, after: process.cwd() };
  for (const tree of [trees.before, trees.after])
    await run(tree, [join('node_modules', '@nestjs', 'cli', 'bin', 'nest.js'), 'build', 'api']);

  const args = [join('dist', 'bench', 'run.js'), part, ...(quick ? ['--quick'] : []), ...(backend ? ['--backend', backend] : [])];
  const figures = { before: [] as Figure[][], after: [] as Figure[][] };
  for (let round = 1; round <= rounds; round++) {
    // By turns who goes first, since a machine drifts.
    for (const side of round % 2 === 1 ? (['before', 'after'] as const) : (['after', 'before'] as const)) {
      const what = side === 'before' ? revision : 'working tree';
      console.log(`${part}: round ${round} of ${rounds}, ${what}, load average ${loadavg()[0]?.toFixed(1)} …`);
      figures[side].push(resultOf(trees[side], await run(trees[side], args)));
    }
    print([figures.before.slice(-1), figures.after.slice(-1)]);
  }
  console.log(`Medians of ${rounds} rounds, ${revision} (${commit.slice(0, 8)}) and the working tree; ratio: working tree / revision`);
  for (const what of print([figures.before, figures.after])) console.log(`Not compared, since one of them does not measure it: ${what}`);
}

/** Removes the worktree of the revision, if there is one. Its processes have ended. */
export function removeWorktree(): void {
  if (!worktree) return;
  spawnSync('git', ['worktree', 'remove', '--force', worktree], { stdio: 'ignore' });
  // What git did not take for a worktree yet, or any more.
  rmSync(worktree, { recursive: true, force: true });
}

/** Prints a table. @returns names of figures that only one of them has */
function print([before, after]: [Figure[][], Figure[][]]): string[] {
  const { figures, others } = compared(before, after);
  console.table(figures.map((figure) => comparedLine(figure, before.length === 1)));
  return others;
}

/** Runs a Node program in a tree. @returns what it printed @throws Error when it fails */
async function run(cwd: string, args: string[]): Promise<string> {
  // In a process group of its own: a Ctrl-C reaches it once, from this process.
  const program = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  let out = '';
  program.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const [code] = (await once(program, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${args.join(' ')} failed in ${cwd}:\n${out}`);
  return out;
}

/** The figures of a run, from the file it says it wrote. */
function resultOf(tree: string, output: string): Figure[] {
  const file = /^Written to (.+)$/m.exec(output)?.[1];
  if (!file) throw new Error(`The bench in ${tree} names no file of results:\n${output}`);
  return (JSON.parse(readFileSync(join(tree, file), 'utf8')) as { figures: Figure[] }).figures;
}

function git(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}
