import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ManagedProcess } from './managed-process';
import { ReceiverClient } from './receiver-client';
import { SimulatorClient } from './simulator-client';

/** One running PostgreSQL of our own, as scripts/lib/postgres.cjs hands it out. */
export interface LabPostgres {
  url: string;
  stop(): Promise<void>;
  /** Stops it and deletes its data. */
  destroy(): Promise<void>;
  /** Crash and start again, as `pg_ctl -m immediate restart` does. */
  restartImmediately(): Promise<void>;
  /** Copies its files, stopped meanwhile. */
  copy(): Promise<void>;
  /** Puts the files of the last copy back, stopped meanwhile. */
  putBack(): Promise<void>;
}

/** Processes and settings that a lab starts with. */
export interface LabOptions {
  apis?: number;
  workers?: number;
  /** Sessions the simulator makes, linked and connected. */
  sessions: number;
  simulatorEnv?: Record<string, string>;
  env?: Record<string, string>;
  redisUrl?: string;
  /** With the core application's end of callbacks, which the product may call. */
  receiver?: boolean;
  /** Place of the lab's folder; default: the system's temporary folder. */
  dir?: string;
  /** Folder of the build to run. */
  dist?: string;
  /** Durable settings (fsync on) unless switched off. */
  postgresFlags?: string[];
}

const root = process.cwd();
const script = (dist: string, app: string) => join(dist, 'apps', app, 'src', 'main.js');

/** As the image starts them. */
const apiFlags = ['--max-semi-space-size=8'];
const workerFlags = ['--max-semi-space-size=16'];

/** Setting of every connection of a process: the number of the process in its lab. */
export const processSetting = 'lab.process';
const firstWorker = 1_001;
const numbered = (number: number, url: string): string => `${url}?options=${encodeURIComponent(`-c ${processSetting}=${number}`)}`;

/** A port nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Real processes on this machine: PostgreSQL, simulator, receiver, api and worker, each with its port, log and pid. Ends only those. */
export class Lab {
  private constructor(
    readonly dir: string,
    readonly postgres: LabPostgres,
    readonly simulator: ManagedProcess,
    readonly sim: SimulatorClient,
    private readonly receiverProcess: ManagedProcess | null,
    private readonly receiverClient: ReceiverClient | null,
    readonly apis: ManagedProcess[],
    readonly workers: ManagedProcess[],
    readonly apiUrls: string[],
    readonly env: Record<string, string>,
    private readonly dist: string,
    readonly seed: { tenantId: string; apiKey: string; sessions: string[] },
  ) {}

  static async start(options: LabOptions): Promise<Lab> {
    const dist = options.dist ?? join(root, 'dist');
    const dir = mkdtempSync(join(options.dir ?? tmpdir(), 'heliograph-lab-'));
    const logDir = join(dir, 'logs');
    mkdirSync(logDir);
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript, shared with `npm start`, which runs before anything is built
    const { startPostgres } = require(join(root, 'scripts', 'lib', 'postgres.cjs')) as {
      startPostgres: (options: { dataDir: string; port: number; flags?: string[] }) => Promise<LabPostgres>;
    };
    const simPort = await freePort();
    const pat = 'lab-personal-access-token';
    const simulator = new ManagedProcess({
      name: 'simulator',
      script: script(dist, 'simulator'),
      env: {
        SIM_PORT: String(simPort),
        SIM_HOST: '127.0.0.1',
        SIM_SESSIONS: String(options.sessions),
        SIM_PAT: pat,
        SIM_LIMITS: 'off',
        ...options.simulatorEnv,
      },
      healthUrl: `http://127.0.0.1:${simPort}/sim/health`,
      logDir,
    });
    simulator.start();
    const [postgres, receiver] = await Promise.all([
      startPostgres({ dataDir: join(dir, 'postgres'), port: await freePort(), flags: options.postgresFlags }),
      options.receiver ? startReceiver(logDir) : null,
    ]);

    const apiPorts = await Promise.all(Array.from({ length: options.apis ?? 1 }, freePort));
    const env: Record<string, string> = {
      NODE_ENV: 'production',
      DATABASE_URL: postgres.url,
      KEYRING: `lab:${randomBytes(32).toString('base64')}`,
      WASENDER_BASE_URL: `http://127.0.0.1:${simPort}/api`,
      PUBLIC_URL: `http://127.0.0.1:${apiPorts[0]}`,
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      RATE_LIMIT_PER_MINUTE: '0',
      RATE_LIMIT_PER_ADDRESS: '0',
      SIM_PAT: pat,
      INSTALLATION_FILE: join(dir, 'installation'),
      ...(receiver && { EGRESS_ALLOWED: receiver.client.address }),
      ...(options.redisUrl && { REDIS_URL: options.redisUrl }),
      ...options.env,
    };
    const prepare = async (): Promise<Lab['seed']> => {
      await Promise.all([command(env, ['migrate']), simulator.ready()]);
      return JSON.parse((await command(env, ['demo:seed'])).trim().split('\n').at(-1) as string) as Lab['seed'];
    };
    const seed = await prepare().catch(async (error: unknown) => {
      // Nothing is left running of a lab that nobody gets.
      await Promise.all([simulator.stop('SIGTERM', 5_000), receiver?.process.stop('SIGTERM', 5_000), postgres.destroy()]);
      throw error;
    });
    const apis = apiPorts.map(
      (port, i) =>
        new ManagedProcess({
          name: `api-${i}`,
          script: script(dist, 'api'),
          nodeFlags: apiFlags,
          env: { ...env, DATABASE_URL: numbered(i + 1, postgres.url), PORT: String(port) },
          healthUrl: `http://127.0.0.1:${port}/health/ready`,
          logDir,
        }),
    );
    const lab = new Lab(
      dir,
      postgres,
      simulator,
      new SimulatorClient(`http://127.0.0.1:${simPort}`),
      receiver?.process ?? null,
      receiver?.client ?? null,
      apis,
      [],
      apiPorts.map((port) => `http://127.0.0.1:${port}`),
      env,
      dist,
      seed,
    );
    for (const one of apis) one.start();
    const ready = [...apis.map((one) => one.ready()), ...Array.from({ length: options.workers ?? 1 }, () => lab.addWorker())];
    try {
      await Promise.all(ready);
    } catch (error) {
      await lab.stop();
      throw error;
    }
    return lab;
  }

  /** @throws when the lab was started without one */
  get receiver(): ReceiverClient {
    if (!this.receiverClient) throw new Error('This lab has no receiver.');
    return this.receiverClient;
  }

  /** The file that every process of this lab shares. */
  get installationFile(): string {
    return this.env.INSTALLATION_FILE as string;
  }

  /** The process whose connections have this number. */
  numbered(number: number): ManagedProcess | undefined {
    return number < firstWorker ? this.apis[number - 1] : this.workers[number - firstWorker];
  }

  /** Starts one more worker and waits until it is ready. */
  async addWorker(env: Record<string, string> = {}): Promise<ManagedProcess> {
    const port = await freePort();
    const worker = new ManagedProcess({
      name: `worker-${this.workers.length}`,
      script: script(this.dist, 'worker'),
      nodeFlags: workerFlags,
      env: {
        ...this.env,
        DATABASE_URL: numbered(firstWorker + this.workers.length, this.postgres.url),
        WORKER_HEALTH_PORT: String(port),
        ...env,
      },
      healthUrl: `http://127.0.0.1:${port}/health/ready`,
      logDir: join(this.dir, 'logs'),
    });
    this.workers.push(worker);
    worker.start();
    await worker.ready();
    return worker;
  }

  /** Stops everything and deletes its data; keeps data and logs when asked to. */
  async stop(keep = false): Promise<void> {
    await Promise.all([...this.apis, ...this.workers].map((one) => one.stop('SIGTERM', 20_000)));
    await this.simulator.stop('SIGTERM', 5_000);
    await this.receiverProcess?.stop('SIGTERM', 5_000);
    await (keep ? this.postgres.stop() : this.postgres.destroy());
    if (!keep) rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Always of this build, whichever build is tested: it is no part of the product. */
async function startReceiver(logDir: string): Promise<{ process: ManagedProcess; client: ReceiverClient }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = new ManagedProcess({
    name: 'receiver',
    script: join(root, 'dist', 'chaos', 'receiver', 'main.js'),
    env: { RECEIVER_PORT: String(port) },
    healthUrl: `${url}/receiver/health`,
    logDir,
  });
  process.start();
  await process.ready();
  return { process, client: new ReceiverClient(url) };
}

/** Runs one command of the product's command line. @returns what it printed */
export async function command(env: Record<string, string>, args: string[]): Promise<string> {
  const child = spawn(process.execPath, [join(root, 'dist', 'apps', 'cli', 'src', 'main.js'), ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`heliograph ${args.join(' ')} ended with ${code}:\n${err}${out}`);
  return out;
}
