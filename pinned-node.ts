// The first thing every entry point loads, and read by any Node that can parse it: it imports nothing but Node itself.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { join } from 'node:path';

/** The oldest Node the product runs on: its code uses what came with it. */
const oldestMajor = 24;
const signals: NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'];

/**
 * Runs `start` on a Node that the product supports. An older one hands over to the pinned Node that `npm ci` installed, passes
 * signals on and ends as it ends; where there is none, it says which Node is needed and exits.
 */
export function onPinnedNode(start: () => Promise<unknown>): void {
  if (Number(process.versions.node.split('.')[0]) >= oldestMajor) {
    endWithParent();
    // Compiled code is kept beside the packages, whose owner is trusted, for the next start. A folder that cannot be written costs nothing.
    modules.enableCompileCache(join(__dirname, '..', 'node_modules', '.cache', 'heliograph'));
    start().catch((error: Error) => {
      process.stderr.write(`${error.stack ?? error.message}\n`);
      process.exit(1);
    });
    return;
  }
  // Built files lie one folder deeper than this one in the sources.
  const pinned = ['..', '.'].map((up) => join(__dirname, up, 'node_modules', 'node', 'bin', 'node')).find((file) => existsSync(file));
  // eslint-disable-next-line no-restricted-properties -- no configuration yet: it passes on what it was given
  const { env } = process;
  if (!pinned || env.HELIOGRAPH_CONTINUED) {
    process.stderr.write(
      `Heliograph needs Node ${oldestMajor} or newer; this is ${process.versions.node} (${process.execPath}). Start it with a newer one, or run \`npm ci\`, which installs the pinned Node.\n`,
    );
    process.exit(1);
  }
  process.stderr.write(`This is Node ${process.versions.node}; Heliograph continues on its own, ${pinned}.\n`);
  const child = spawn(pinned, [...process.execArgv, ...process.argv.slice(1)], {
    // Of a group of its own, so that a Ctrl-C reaches it once. The channel tells it when this process is gone.
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...env, HELIOGRAPH_CONTINUED: '1' },
  });
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(`${pinned} does not run: ${error.message}\n`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    for (const name of signals) process.removeAllListeners(name);
    if (signal) process.kill(process.pid, signal);
    else process.exit(code ?? 1);
  });
}

/** Ends a process that an older Node started as if by SIGTERM when that one is killed. */
function endWithParent(): void {
  // eslint-disable-next-line no-restricted-properties -- set by the parent above
  const { env } = process;
  if (!env.HELIOGRAPH_CONTINUED || !process.channel) return;
  delete env.HELIOGRAPH_CONTINUED;
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
