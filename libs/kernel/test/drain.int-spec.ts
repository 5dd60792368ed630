import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DrainModule, DrainService } from '../src';
import { until } from '../testing';

/** Stands for a pool of connections, which is closed last. */
@Injectable()
class Connections implements OnApplicationShutdown {
  closed = false;
  onApplicationShutdown(): void {
    this.closed = true;
  }
}

@Module({ imports: [DrainModule], providers: [Connections] })
class Root {}

async function start() {
  const app = await NestFactory.createApplicationContext(Root, { logger: false });
  let finish!: () => void;
  const work = new Promise<void>((resolve) => (finish = resolve));
  return { app, drain: app.get(DrainService), connections: app.get(Connections), work, finish };
}

describe('a process that receives a stop signal', () => {
  it('is not ready from the first moment, finishes work in flight, and closes its connections after that', async () => {
    const { app, drain, connections, work, finish } = await start();
    const seen: string[] = [];
    drain.onDrain('lanes', async () => {
      seen.push(`asked while draining=${drain.isDraining}`);
      await work;
      seen.push(`done with connections closed=${connections.closed}`);
    });
    expect(drain.isDraining).toBe(false);

    const closing = app.close();
    await until(() => seen.length === 1);
    expect([drain.isDraining, connections.closed]).toEqual([true, false]);
    finish();
    await closing;

    expect(seen).toEqual(['asked while draining=true', 'done with connections closed=false']);
    expect(connections.closed).toBe(true);
  });

  it('drains all parts at once, and one that fails keeps none from finishing', async () => {
    const { app, drain, connections, work, finish } = await start();
    const ended: string[] = [];
    drain.onDrain('broken', () => Promise.reject(new Error('broken on purpose')));
    drain.onDrain('slow', () => work.then(() => void ended.push('slow')));
    drain.onDrain('quick', () => Promise.resolve(void ended.push('quick')));
    const closing = app.close();
    await until(() => ended.includes('quick'));
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(connections.closed).toBe(false);
    finish();
    await closing;
    expect([ended, connections.closed]).toEqual([['quick', 'slow'], true]);
  });

  it('continues without a part that does not finish in time', async () => {
    const { app, drain, connections } = await start();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
    try {
      let asked = false;
      drain.onDrain('stuck', () => {
        asked = true;
        return new Promise(() => undefined);
      });
      const closing = app.close();
      while (!asked) await new Promise((resolve) => setImmediate(resolve));
      await jest.advanceTimersByTimeAsync(20_000);
      await closing;
    } finally {
      jest.useRealTimers();
    }
    expect(connections.closed).toBe(true);
  });
});
