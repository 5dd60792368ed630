import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A TCP relay in front of a database, whose connections a test can cut or leave hanging. */
export interface FlakyProxy {
  /** URL of the database through the relay. */
  url: string;
  /** Stops all traffic in both directions without closing a connection. */
  hang(): void;
  /** Closes all connections, and every new one: the database is down. */
  cut(): void;
  /** Closes all connections; new ones work again. */
  heal(): void;
  close(): Promise<void>;
}

/** Opens a relay to the database of this URL. */
export async function flakyProxy(databaseUrl: string): Promise<FlakyProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let hanging = false;
  let isAway = false;
  const server = createServer((near) => {
    if (isAway) return void near.destroy();
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => hanging || to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        if (!hanging) to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  url.hostname = '127.0.0.1';
  const drop = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: url.href,
    hang: () => (hanging = true),
    cut: () => {
      isAway = true;
      drop();
    },
    heal: () => {
      hanging = false;
      isAway = false;
      drop();
    },
    close: () => {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
