import { createServer as createHttp, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { LookupAddress } from 'node:dns';
import { Egress, type EgressOptions } from '@heliograph/kernel';
import { hostileUrls, until } from '../testing';

/** Stands for a public address: all of 127/8 is this machine, and a setting allows only this one. */
const publicAddress = '127.0.0.2';
const isBusy = (error: { code?: string }) => error.code === 'EADDRINUSE' || error.code === 'EADDRNOTAVAIL';

/** Counts connections. */
class Canary {
  reached = 0;
  private readonly servers: Server[] = [];

  async listen(host: string, port: number): Promise<number> {
    const server = createServer((socket) => {
      this.reached++;
      socket
        .on('error', () => undefined)
        .resume()
        .end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host, port, ipv6Only: true }, resolve));
    this.servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function egress(allowed: string[] = [], options: EgressOptions = {}): Egress {
  const made = new Egress({ EGRESS_ALLOWED: allowed }, options);
  closing.push(() => made.onApplicationShutdown());
  return made;
}
const post = (from: Egress, url: string) => from.post({ url, headers: {}, body: '{}' });
const v4 = (address: string): LookupAddress => ({ address, family: 4 });

async function canary(): Promise<{ canary: Canary; ports: number[] }> {
  const one = new Canary();
  closing.push(() => one.close());
  const port = await one.listen('127.0.0.1', 0);
  const ports = [port, await one.listen('0.0.0.0', 0), await one.listen('::1', 0)];
  // The default ports of a URL, where this machine allows a test to open them.
  for (const open of [80, 443, 8_443])
    for (const host of ['127.0.0.1', '::1'])
      await one.listen(host, open).catch((error: { code?: string }) => {
        if (!isBusy(error) && error.code !== 'EACCES') throw error;
      });
  return { canary: one, ports };
}

/** Starts an HTTP server at the address that counts as public, and records its sockets. */
async function receiver(behave: (response: ServerResponse) => void) {
  const sockets = new Set<Socket>();
  let calls = 0;
  const server = createHttp((_request, response) => {
    calls++;
    response.on('error', () => undefined);
    behave(response);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, publicAddress, resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://${publicAddress}:${port}/`, sockets, calls: () => calls, server };
}

/** A receiver at the public address, and a trap at the same port of 127.0.0.1. A port that another process has there is not taken. */
async function trappedReceiver(answer: Parameters<typeof receiver>[0]) {
  for (;;) {
    const made = await receiver(answer);
    const trap = new Canary();
    closing.push(() => trap.close());
    try {
      await trap.listen('127.0.0.1', made.port);
      return { ...made, trap };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

describe('calls to URLs of users', () => {
  it('reach no listener of this machine by some hundred hostile forms, and all get the same answer', async () => {
    const { canary: one, ports } = await canary();
    const resolved: string[] = [];
    // Each public-looking name resolves to this machine.
    const resolve = (hostname: string) => {
      resolved.push(hostname);
      return Promise.resolve([v4('127.0.0.1')]);
    };
    const open = egress([], { resolve, ports: new Set([...ports.map(String), '80', '443', '8443']) });
    const answers = new Set<string>();
    for (const port of ports) {
      for (const url of hostileUrls(port)) {
        const answer = await post(open, url);
        answers.add(answer.kind === 'failed' ? answer.reason : `${answer.kind} ${url}`);
      }
      for (const name of ['public.example.com', '127.0.0.1.nip.io', 'localtest.me', 'a.b.c.'])
        expect(await post(open, `http://${name}:${port}/`)).toMatchObject({ kind: 'failed', reason: 'host_not_found' });
    }
    expect([...answers]).toEqual(['url_not_allowed']);
    expect(resolved.length).toBeGreaterThan(0);
    expect(one.reached).toBe(0);
    // The listeners accept connections.
    expect(await post(egress([`127.0.0.1:${ports[0]}`]), `http://127.0.0.1:${ports[0]}/`)).toMatchObject({ kind: 'answer' });
    expect(one.reached).toBe(1);
  });

  it('are safe from a name that resolves to another address each time, in a thousand tries', async () => {
    const { port, trap } = await trappedReceiver((response) => response.writeHead(200, { connection: 'close' }).end());
    let tries = 0;
    const resolvers: ((n: number) => LookupAddress[])[] = [
      (n) => [v4(n % 2 === 0 ? publicAddress : '127.0.0.1')],
      (n) => Array.from({ length: 20 }, (_, i) => v4(i === n % 20 ? '127.0.0.1' : publicAddress)),
      () => [v4(publicAddress), { address: '::ffff:127.0.0.1', family: 6 }],
      (n) => [v4(publicAddress), { address: n % 2 === 0 ? '::1' : 'fe80::1%lo', family: 6 }],
      () => [v4('127.0.0.1'), v4(publicAddress)],
    ];
    for (const of of resolvers) {
      const open = egress([`${publicAddress}/32`], { resolve: () => Promise.resolve(of(tries)), ports: new Set([String(port)]) });
      for (let i = 0; i < 200; i++, tries++) {
        const answer = await post(open, `http://rebinder.example.com:${port}/`);
        const clean = of(tries).every(({ address }) => address === publicAddress);
        expect(answer).toMatchObject(clean ? { kind: 'answer', status: 200 } : { kind: 'failed', reason: 'host_not_found' });
      }
    }
    expect(tries).toBe(1_000);
    expect(trap.reached).toBe(0);
  });

  it('keep a connection to the checked address, and check again for the next connection', async () => {
    const { port, trap, sockets, calls } = await trappedReceiver((response) => response.end());
    let address = publicAddress;
    const open = egress([`${publicAddress}/32`], { resolve: () => Promise.resolve([v4(address)]), ports: new Set([String(port)]) });
    const call = () => post(open, `http://rebinder.example.com:${port}/`);
    expect(await call()).toMatchObject({ kind: 'answer' });
    address = '127.0.0.1';
    // The connection is free again once its answer has been read completely.
    await new Promise((resolve) => setImmediate(resolve));
    expect(await call()).toMatchObject({ kind: 'answer' });
    expect([sockets.size, calls()]).toEqual([1, 2]);
    sockets.forEach((socket) => socket.destroy());
    await until(() => sockets.size === 0);
    expect((await call()).kind).toBe('failed');
    expect(await call()).toMatchObject({ kind: 'failed', reason: 'host_not_found' });
    expect(trap.reached).toBe(0);
  });

  it('try the checked addresses one after the other', async () => {
    const { port, calls } = await receiver((response) => response.end());
    const open = egress(['127.0.0.2/31'], {
      resolve: () => Promise.resolve([v4('127.0.0.3'), v4(publicAddress)]),
      ports: new Set([String(port)]),
    });
    expect(await post(open, `http://two.example.com:${port}/`)).toMatchObject({ kind: 'answer' });
    expect(calls()).toBe(1);
  });

  it('return the same result for a private host, a name without an address, and one that cannot be resolved', async () => {
    const answers = [
      () => Promise.resolve([v4('10.0.0.5')]),
      () => Promise.resolve([]),
      () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })),
    ].map(async (resolve) => {
      const { durationMs, ...answer } = await post(egress([], { resolve }), 'https://core.example.com/');
      return { ...answer, isQuick: durationMs < 5_000 };
    });
    expect(new Set((await Promise.all(answers)).map((answer) => JSON.stringify(answer))).size).toBe(1);
    const refusals = ['http://127.0.0.1/', 'http://nothing.internal/', 'gopher://x', 'http://example.com:22/'].map((url) => {
      try {
        egress().check(url, 'url');
        return 'allowed';
      } catch (error) {
        return JSON.stringify([error, (error as Error).message]);
      }
    });
    expect(new Set(refusals).size).toBe(1);
    expect(refusals[0]).toContain('url_not_allowed');
  });

  it.each([301, 302, 303, 307, 308])('do not follow a %s', async (status) => {
    const { canary: one, ports } = await canary();
    const { url } = await receiver((response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${ports[0]}/`, refresh: `0; url=http://127.0.0.1:${ports[0]}/` }).end(),
    );
    expect(await post(egress([new URL(url).host]), url)).toMatchObject({ kind: 'answer', status });
    expect(one.reached).toBe(0);
  });

  it('read 64 kB of an endless body and close the connection', async () => {
    let sent = 0;
    const chunk = Buffer.alloc(16_384, 'x');
    const { url, sockets } = await receiver((response) => {
      const more = () => {
        while (!response.destroyed && sent < 2 ** 30) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
      };
      more();
    });
    const answer = await post(egress([new URL(url).host]), url);
    expect(answer).toMatchObject({ kind: 'answer', status: 200 });
    expect(answer.kind === 'answer' && answer.body.length).toBe(65_536);
    await until(() => sockets.size === 0);
    // The remaining bytes filled the buffers of the connection.
    expect(sent).toBeLessThan(32 * 2 ** 20);
  });

  it('read a body in its charset, and never a half of a character where it is cut off', async () => {
    const answers: [string | undefined, Buffer][] = [
      ['text/plain; charset=iso-8859-1', Buffer.from('n\xe3o', 'latin1')],
      ['text/plain', Buffer.from('n\xe3o', 'latin1')],
      ['application/json', Buffer.from(`${'x'.repeat(65_534)}👍 and more`)],
      ['text/plain; charset=utf-16le', Buffer.from(`${'x'.repeat(32_767)}👍`, 'utf16le')],
    ];
    const bodies = [];
    for (const [type, bytes] of answers) {
      const { url } = await receiver((response) => response.writeHead(500, { 'content-type': type }).end(bytes));
      const answer = await post(egress([new URL(url).host]), url);
      bodies.push(answer.kind === 'answer' && answer.body);
    }
    expect(bodies).toEqual(['não', 'não', 'x'.repeat(65_534), 'x'.repeat(32_767)]);
  });

  it.each([
    [
      'a body of one byte now and then',
      (response: ServerResponse) => void response.writeHead(200).write('x'),
      { kind: 'answer', status: 200 },
    ],
    ['headers that never come', () => undefined, { kind: 'failed', reason: 'timeout' }],
    [
      'endless headers',
      (response: ServerResponse) => void response.socket?.write('HTTP/1.1 200 OK\r\nx-a: b\r\n'),
      { kind: 'failed', reason: 'timeout' },
    ],
  ])('abort %s at the deadline and close the connection', async (_what, begin, result) => {
    const timers: NodeJS.Timeout[] = [];
    closing.push(() => Promise.resolve(timers.forEach(clearInterval)));
    const { url, sockets } = await receiver((response) => {
      begin(response);
      timers.push(setInterval(() => response.headersSent && response.write('x'), 20));
    });
    expect(await post(egress([new URL(url).host], { deadlineMs: 300 }), url)).toMatchObject(result);
    await until(() => sockets.size === 0);
  });

  it('abort at the deadline when a name server is silent', async () => {
    const open = egress([], { resolve: () => new Promise(() => undefined), deadlineMs: 200 });
    expect(await post(open, 'https://silent.example.com/')).toMatchObject({ kind: 'failed', reason: 'timeout' });
  });

  it('that hang at a host delay no other call to that host', async () => {
    const hanging: ServerResponse[] = [];
    let isHanging = true;
    const { url } = await receiver((response) => (isHanging ? void hanging.push(response) : void response.end()));
    const open = egress([new URL(url).host]);
    const held = Array.from({ length: 200 }, () => post(open, url));
    await until(() => hanging.length === 200);
    isHanging = false;
    expect(await post(open, url)).toMatchObject({ kind: 'answer', status: 200 });
    hanging.forEach((response) => response.end());
    expect((await Promise.all(held)).every(({ kind }) => kind === 'answer')).toBe(true);
  });
});
