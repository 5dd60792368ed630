import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { until } from '@heliograph/kernel/testing';

const hint = 'needs RabbitMQ: apt-get install rabbitmq-server';

/**
 * Debian's wrapper in /usr/sbin changes the user; the script behind it does not. Never called for its version, which would start a server.
 */
const command = ['/usr/lib/rabbitmq/bin', ...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/opt/homebrew/sbin']
  .map((dir) => join(dir, 'rabbitmq-server'))
  .find((path) => existsSync(path));

/** A suite that runs where RabbitMQ is installed; elsewhere it is reported as skipped, by name. */
export function describeWithRabbitmq(name: string, suite: () => void): void {
  if (command) describe(name, suite);
  else describe.skip(`${name} (${hint})`, suite);
}

/** A RabbitMQ server of the test, with its own node, ports and folder. */
export class RabbitmqServer {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly dir: string,
    private readonly port: number,
    private readonly distributionPort: number,
    private readonly epmdPort: number,
    private readonly epmd: ChildProcess,
  ) {}

  static async start(): Promise<RabbitmqServer> {
    const dir = mkdtempSync(join(tmpdir(), 'heliograph-rabbitmq-'));
    for (const part of ['mnesia', 'log']) mkdirSync(join(dir, part));
    const [port, distributionPort, epmdPort] = [await freePort(), await freePort(), await freePort()];
    // In the foreground: a daemon would outlive the test.
    const epmd = spawn('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], { stdio: 'ignore' });
    const server = new RabbitmqServer(dir, port, distributionPort, epmdPort, epmd);
    await server.up();
    return server;
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.port}`;
  }

  /** Starts the node and waits until it speaks AMQP. */
  async up(): Promise<void> {
    const { dir } = this;
    this.child = spawn(command as string, [], {
      detached: true, // its own process group, since a shell is in between
      stdio: 'ignore',
      cwd: dir,
      env: {
        PATH: process.env.PATH,
        LANG: 'C.UTF-8',
        HOME: dir,
        RABBITMQ_NODENAME: `heliograph-${this.port}@localhost`,
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(this.port),
        RABBITMQ_DIST_PORT: String(this.distributionPort),
        RABBITMQ_BASE: dir,
        RABBITMQ_MNESIA_BASE: join(dir, 'mnesia'),
        RABBITMQ_LOG_BASE: join(dir, 'log'),
        RABBITMQ_PID_FILE: join(dir, 'pid'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'plugins'),
        RABBITMQ_CONFIG_FILE: join(dir, 'none'),
        RABBITMQ_CONF_ENV_FILE: join(dir, 'none'),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2',
        ERL_EPMD_PORT: String(this.epmdPort),
        ERL_EPMD_ADDRESS: '127.0.0.1',
      },
    });
    await until(() => speaksAmqp(this.port), 60_000);
  }

  /** Stops cleanly and starts again: declarations are on disk then, which RabbitMQ otherwise delays for a moment. */
  async restart(): Promise<void> {
    const child = this.child;
    if (!child?.pid) return;
    const ended = once(child, 'exit');
    process.kill(-child.pid, 'SIGTERM');
    await ended;
    await until(async () => !(await speaksAmqp(this.port)), 60_000);
    await this.up();
  }

  /** Kills the node, like a power failure. */
  async kill(): Promise<void> {
    const child = this.child;
    if (!child?.pid) return;
    const ended = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await ended;
    this.child = null;
    await until(async () => !(await speaksAmqp(this.port)));
  }

  async stop(): Promise<void> {
    await this.kill();
    this.epmd.kill('SIGKILL');
    rmSync(this.dir, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** True when the node has booted: only then it answers a protocol header. */
function speaksAmqp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('AMQP\0\0\x09\x01'));
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.once('data', () => end(true));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
