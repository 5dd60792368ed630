'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { Client } = require('pg');
const readMoves = require('./read-moves.js');

/** Reads the test databases that nobody dropped. */
async function readRest(templateUrl) {
  const client = new Client({ connectionString: templateUrl });
  await client.connect();
  const { rows } = await client.query(`SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'`);
  await client.end();
  for (const { datname } of rows) await readMoves(templateUrl.replace('template_heliograph', datname));
}

module.exports = async () => {
  const { dir, postgres, redis } = globalThis.__heliograph;
  redis?.kill('SIGTERM');
  await readRest(postgres.url);
  const moves = process.env.TEST_MOVES_FILE;
  if (fs.existsSync(moves)) {
    const check = ['-r', '@swc-node/register', path.join(__dirname, 'check-moves.ts'), moves];
    const { status } = spawnSync(process.execPath, check, { cwd: path.join(__dirname, '..'), stdio: ['ignore', 'inherit', 'inherit'] });
    // Not thrown: the report of the tests is still to be written.
    if (status !== 0) process.exitCode = 1;
  }
  await postgres.destroy();
  fs.rmSync(dir, { recursive: true, force: true });
};
