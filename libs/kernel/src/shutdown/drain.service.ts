import { WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

/** Maximum time a worker waits for work in flight, in ms; below the 25 s after which the process must have ended. */
const deadlineMs = 20_000;

/**
 * Ends the work of a process in order: readiness turns false, no new work is accepted, work in flight finishes, queue workers
 * close. Runs before connections are closed.
 */
@Injectable()
export class DrainService implements BeforeApplicationShutdown {
  private readonly log = new Logger(DrainService.name);
  private readonly drains: { name: string; drain: () => Promise<void> }[] = [];
  private draining = false;

  constructor(private readonly discovery: DiscoveryService) {}

  /** True after the first stop signal. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** Registers work that must finish before the process ends. `drain` accepts no more work and resolves when none is left. */
  onDrain(name: string, drain: () => Promise<void>): void {
    this.drains.push({ name, drain });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.draining = true;
    const workers = this.discovery
      .getProviders()
      .map((wrapper) => wrapper.instance as unknown)
      .filter((instance): instance is WorkerHost => instance instanceof WorkerHost)
      .map((host) => host.worker);
    // Both at once: closing a worker waits for its running jobs, and these end because the work they wait for drains.
    const all = Promise.allSettled([
      ...workers.map((worker) => worker.close()),
      ...this.drains.map(({ name, drain }) => this.run(name, drain)),
    ]);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), deadlineMs)));
    if ((await Promise.race([all, late])) === 'late') {
      this.log.error({ event: 'drain.late', deadline_ms: deadlineMs });
      await Promise.allSettled(workers.map((worker) => worker.close(true)));
    }
    clearTimeout(timer);
  }

  private async run(name: string, drain: () => Promise<void>): Promise<void> {
    try {
      await drain();
    } catch (error) {
      this.log.error({ event: 'drain.failed', part: name, error: (error as Error).message });
    }
  }
}
