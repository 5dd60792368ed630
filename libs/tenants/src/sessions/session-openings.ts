import { Injectable, Logger } from '@nestjs/common';

/** Called with the session that may send again. */
export type OpeningListener = (tenantId: string, sessionId: string) => void;

/**
 * Notifies listeners in this process at once when a session opens: connected and not held. Other processes are notified by the change
 * feed of table `sessions`. Nothing depends on it, since due lanes are swept.
 */
@Injectable()
export class SessionOpenings {
  private readonly listeners = new Set<OpeningListener>();
  private readonly log = new Logger(SessionOpenings.name);

  /** @returns a function that ends the subscription */
  subscribe(listener: OpeningListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  announce(tenantId: string, sessionId: string): void {
    for (const listener of this.listeners) {
      try {
        listener(tenantId, sessionId);
      } catch (error) {
        this.log.error({
          event: 'session.opening_listener_failed',
          session: sessionId,
          error: error instanceof Error ? error.message : 'unknown',
        });
      }
    }
  }
}
