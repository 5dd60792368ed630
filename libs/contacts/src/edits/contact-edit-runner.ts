import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DrainService, Purges } from '@heliograph/kernel';
import { ContactEditSteps } from './contact-edit-steps.repository';

const lookMs = 500;

/** Does what edits of many contacts are ordered: a plain timer in the role `housekeeping`; several processes share them. */
@Injectable()
export class ContactEditRunner implements OnApplicationBootstrap {
  private readonly log = new Logger(ContactEditRunner.name);
  private readonly stop = new AbortController();

  constructor(
    private readonly steps: ContactEditSteps,
    private readonly drains: DrainService,
    purges: Purges,
  ) {
    purges.register({ table: 'contact_edit_changes', purgeSome: (tx, limit) => steps.purgeSome(tx, limit) });
  }

  onApplicationBootstrap(): void {
    const loop = this.loop();
    this.drains.onDrain('contact edits', async () => {
      this.stop.abort();
      await loop;
    });
  }

  private async loop(): Promise<void> {
    let failures = 0;
    while (!this.stop.signal.aborted) {
      try {
        if (await this.round()) continue;
        failures = 0;
      } catch (error) {
        if (failures++ === 0) this.log.warn({ event: 'contact_edits.failed', error: (error as Error).message });
      }
      await sleep(lookMs, undefined, { signal: this.stop.signal }).catch(() => undefined);
    }
  }

  /** A chunk of an edit of every tenant: none waits for another's to be through. @returns whether there may be more */
  private async round(): Promise<boolean> {
    let isMore = false;
    let fault: Error | null = null;
    for (const edit of await this.steps.open()) {
      if (this.stop.signal.aborted) return false;
      try {
        isMore = (await this.steps.step(edit)) || isMore;
      } catch (error) {
        // The others go on.
        fault = error as Error;
      }
    }
    if (fault) throw fault;
    return isMore;
  }
}
