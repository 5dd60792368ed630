'use strict';
// Once per test run: an embedded PostgreSQL with a migrated template database, and a Redis where the machine has one.
const { spawn, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { startPostgres } = require('../scripts/lib/postgres.cjs');

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
    server.once('error', reject);
  });

const has = (command) => {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Room that a run may take in memory: its databases, WAL and temporary files. */
const room = 6 * 2 ** 30;

/** Place of the cluster: in memory where a Linux has the room, since copying a template of a thousand files costs most on a disk. */
const place = () => {
  const memory = '/dev/shm';
  if (!fs.existsSync(memory) || process.availableMemory() < 2 * room) return os.tmpdir();
  const { bavail, bsize } = fs.statfsSync(memory);
  return bavail * bsize < room ? os.tmpdir() : memory;
};

module.exports = async () => {
  const dir = fs.mkdtempSync(path.join(place(), 'heliograph-test-'));
  fs.chmodSync(dir, 0o755);
  // Durability is switched off here alone: what a test stores, nobody keeps. Bench and chaos run with it on.
  const postgres = await startPostgres({
    dataDir: path.join(dir, 'postgres'),
    port: await freePort(),
    database: 'template_heliograph',
    durable: false,
  });
  execFileSync(process.execPath, ['-r', '@swc-node/register', path.join(__dirname, 'migrate-template.ts'), postgres.url], {
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: path.join(__dirname, '..'),
  });
  process.env.TEST_POSTGRES_URL = postgres.url;
  // Every test database is read before it is dropped; the end of the run judges what they hold.
  process.env.TEST_BEFORE_DROP = path.join(__dirname, 'read-moves.js');
  process.env.TEST_MOVES_FILE = path.join(dir, 'moves.jsonl');

  let redis = null;
  if (has('redis-server')) {
    const port = await freePort();
    redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', dir], { stdio: 'ignore' });
    process.env.TEST_REDIS_URL = `redis://127.0.0.1:${port}`;
  }
  globalThis.__heliograph = { dir, postgres, redis };
};
