import { setTimeout as rest } from 'node:timers/promises';

/**
 * Runs synchronous work of tenants on this thread: one piece of a tenant at a time, and after each a rest of that tenant as long as the
 * piece took. The thread serves others for at least half of the time, however much work one tenant asks for.
 */
export class TenantTurns {
  private readonly last = new Map<string, Promise<void>>();

  /** Runs the work when those before it, of the same tenant, have ended and rested. @throws what the work throws */
  async take<T>(tenantId: string, work: () => T): Promise<T> {
    const before = this.last.get(tenantId);
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.last.set(tenantId, ended);
    await before;
    const startedAt = performance.now();
    try {
      return work();
    } finally {
      void rest(performance.now() - startedAt).then(() => {
        if (this.last.get(tenantId) === ended) this.last.delete(tenantId);
        end();
      });
    }
  }
}
