'use strict';
// A command that ends when its caller is told to end: spawnSync would leave it running, and everything below it.
const { spawn } = require('node:child_process');

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/**
 * Runs a command to its end and passes signals on to it meanwhile. A caller that was told to end ends as the command did.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<{ status: number, output: string }>} output: of the streams that are piped
 */
async function runToEnd(command, args, options = {}) {
  const child = spawn(command, args, options);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  let told = null;
  const forward = (signal) => {
    told = signal;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  const status = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(1);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
  for (const signal of signals) process.off(signal, forward);
  if (told) process.exit(status);
  return { status, output };
}

module.exports = { runToEnd };
