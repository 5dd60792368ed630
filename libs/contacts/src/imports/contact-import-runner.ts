import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, Database, isStorageDown, Loops, Purges, StepsByKey } from '@heliograph/kernel';
import type { ContactsConfig } from '../contacts.config';
import { ContactImportSteps } from './contact-import-steps.repository';
import type { ImportRef } from './import-files.repository';
import { tellImport } from './import-notices.repository';
import { purgeFiles, purgePeople, purgeRefusals } from './import-purge.repository';

const lookMs = 500;
/** Parts of imports at the same time. */
const partsAtOnce = 3;

/** Runs imports of contacts in the role `housekeeping`; several processes share them. */
@Injectable()
export class ContactImportRunner implements OnApplicationBootstrap {
  private readonly failing;
  /** Parts in hand, by tenant. */
  private readonly running = new StepsByKey(partsAtOnce);

  constructor(
    private readonly db: Database,
    private readonly steps: ContactImportSteps,
    private readonly loops: Loops,
    purges: Purges,
    @Inject(APP_CONFIG) { IMPORT_RETENTION_DAYS: keptDays }: Pick<ContactsConfig, 'IMPORT_RETENTION_DAYS'>,
  ) {
    purges.register({ table: 'contact_import_parts', purgeSome: purgeFiles });
    purges.register({ table: 'contact_import_refusals', keptDays, purgeSome: (tx, limit) => purgeRefusals(tx, keptDays, limit) });
    purges.register({ table: 'contact_import_rows', keptDays, purgeSome: (tx, limit, from) => purgePeople(tx, keptDays, limit, from) });
    this.failing = loops.watch('contact_import');
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'contact_imports', everyMs: lookMs, work: (signal) => this.round(signal), atEnd: () => this.running.end() });
  }

  /** Runs one part of an import for every tenant; a file that takes long to read makes no other tenant wait. @returns whether there may be more */
  private async round(signal: AbortSignal): Promise<boolean> {
    return this.running.turn(
      await this.steps.open(),
      ({ tenantId }) => tenantId,
      async (ref) => !signal.aborted && (await this.step(ref)),
    );
  }

  private async step(ref: ImportRef): Promise<boolean> {
    try {
      const isMore = await this.steps.step(ref);
      this.failing.succeeded(ref.id);
      await tellImport(this.db, ref);
      return isMore;
    } catch (error) {
      if (isStorageDown(error)) throw error;
      // The other tenants continue.
      this.failing.failed(ref.id, error);
      await this.steps.failed(ref, error);
      await tellImport(this.db, ref);
      return false;
    }
  }
}
