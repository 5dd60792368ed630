import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { isStorageDown, Loops, Purges, StepsByKey } from '@heliograph/kernel';
import { purgeMembers } from '../lists/deleted-lists.repository';
import { ContactEditSteps, type OpenEdit } from './contact-edit-steps.repository';

const lookMs = 500;
/** Chunks of edits at the same time. */
const chunksAtOnce = 3;

/** Runs edits of many contacts in the role `housekeeping`, and deletes the members of deleted lists; several processes share them. */
@Injectable()
export class ContactEditRunner implements OnApplicationBootstrap {
  private readonly failing;
  /** Chunks in hand, by tenant. */
  private readonly running = new StepsByKey(chunksAtOnce);

  constructor(
    private readonly steps: ContactEditSteps,
    private readonly loops: Loops,
    purges: Purges,
  ) {
    purges.register({ table: 'contact_edit_changes', purgeSome: (tx, limit) => steps.purgeSome(tx, limit) });
    purges.register({ table: 'contact_list_members', purgeSome: purgeMembers });
    this.failing = loops.watch('contact_edit');
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'contact_edits', everyMs: lookMs, work: (signal) => this.round(signal), atEnd: () => this.running.end() });
  }

  /** Runs one chunk of an edit for every tenant; a selection that takes long makes no other tenant wait. @returns whether there may be more */
  private async round(signal: AbortSignal): Promise<boolean> {
    return this.running.turn(
      await this.steps.open(),
      ({ tenantId }) => tenantId,
      async (edit) => !signal.aborted && (await this.step(edit)),
    );
  }

  private async step(edit: OpenEdit): Promise<boolean> {
    try {
      const isMore = await this.steps.step(edit);
      this.failing.succeeded(edit.id);
      return isMore;
    } catch (error) {
      if (isStorageDown(error)) throw error;
      // The other tenants continue.
      this.failing.failed(edit.id, error);
      await this.steps.failed(edit, error);
      return false;
    }
  }
}
