import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { isStorageDown, Loops, Purges } from '@heliograph/kernel';
import { ContactEditSteps } from './contact-edit-steps.repository';

const lookMs = 500;

/** Runs edits of many contacts in the role `housekeeping`; several processes share them. */
@Injectable()
export class ContactEditRunner implements OnApplicationBootstrap {
  private readonly failing;

  constructor(
    private readonly steps: ContactEditSteps,
    private readonly loops: Loops,
    purges: Purges,
  ) {
    purges.register({ table: 'contact_edit_changes', purgeSome: (tx, limit) => steps.purgeSome(tx, limit) });
    this.failing = loops.watch('contact_edit');
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'contact_edits', everyMs: lookMs, work: (signal) => this.round(signal) });
  }

  /** Runs one chunk of an edit for every tenant, so that no tenant waits for another. @returns whether there may be more */
  private async round(signal: AbortSignal): Promise<boolean> {
    let isMore = false;
    for (const edit of await this.steps.open()) {
      if (signal.aborted) return false;
      try {
        isMore = (await this.steps.step(edit)) || isMore;
        this.failing.succeeded(edit.id);
      } catch (error) {
        if (isStorageDown(error)) throw error;
        // The other tenants continue.
        this.failing.failed(edit.id, error);
      }
    }
    return isMore;
  }
}
