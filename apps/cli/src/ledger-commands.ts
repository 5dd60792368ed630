import type { Command } from 'commander';
import type { HoldProgress, LedgerStates } from '@heliograph/messaging';
import { print } from './context';
import type { LedgerConfig } from './open-ledger.repository';

const pageSize = 1_000;

/** Commands for a ledger that was restored from a backup. */
export function ledgerCommands(program: Command): void {
  program
    .command('ledger:status')
    .description('Show whether drips and broadcasts are held because the database is an older copy, and what the provider’s log contained.')
    .action(() =>
      withLedger(async (ledger) => {
        const [{ installationId, beatAt, hold, releasedAt, releasedBy }, progress] = await Promise.all([ledger.read(), ledger.progress()]);
        print({
          installation_id: installationId,
          last_beat_at: beatAt,
          held: hold && { reason: hold.reason, since: hold.heldAt, written_until: hold.writtenUntil },
          ...(hold && {
            sessions: progress.sessions,
            compared: progress.compared,
            without_account: progress.withoutAccount,
            found_sent: progress.found,
            may_duplicate: progress.mayDuplicate,
          }),
          released_at: releasedAt,
          released_by: releasedBy,
        });
      }),
    );

  program
    .command('ledger:may-duplicate')
    .description('List held messages without evidence, one per line. The release sends them, possibly a second time.')
    .action(() =>
      withLedger(async (ledger) => {
        for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
          const page = await ledger.mayDuplicate(after, pageSize);
          for (const { tenantId, sessionId, id, createdAt, comparison } of page)
            print({ tenant: tenantId, session: sessionId, id, created_at: createdAt, comparison });
          const last = page.at(-1);
          if (!last || page.length < pageSize) return;
          after = last.id;
        }
      }),
    );

  program
    .command('ledger:release')
    .description('Send the held messages. Messages without evidence may reach their recipients a second time; each one is marked.')
    .requiredOption('--by <name>', 'name of the person who decides it')
    .option('--unproven', 'also while some sessions are not yet compared with the provider’s log')
    .action((o: { by: string; unproven?: boolean }) => {
      const by = o.by.trim();
      if (by === '') throw new Error('--by requires the name of the person who decides it.');
      return withLedger(async (ledger, { INSTALLATION_ID, INSTALLATION_FILE }) => {
        const refusal = o.unproven ? null : refusalOf(await ledger.progress());
        if (refusal !== null) throw new Error(refusal);
        const [{ InstallationFile }, { systemActor }] = await Promise.all([import('@heliograph/messaging'), import('@heliograph/kernel')]);
        const record = INSTALLATION_FILE === undefined ? null : await new InstallationFile(INSTALLATION_FILE).read();
        const mayDuplicate = await ledger.release(systemActor('command_line'), by, INSTALLATION_ID ?? record?.id ?? null);
        if (mayDuplicate === null) throw new Error('No messages are held.');
        print({ released_by: by, may_duplicate: mayDuplicate });
      });
    });
}

/** Returns why the release needs --unproven; null: every session is compared. */
export function refusalOf({ sessions, compared, withoutAccount }: HoldProgress): string | null {
  const waiting = sessions - compared - withoutAccount;
  const sentences = [
    waiting > 0 &&
      `${waiting} of ${sessions} sessions are not compared with the provider’s log yet. Wait for a worker (see ledger:status), or release with --unproven.`,
    withoutAccount > 0 &&
      `${withoutAccount} of ${sessions} sessions have no provider account, so nothing can read their log, and waiting does not help. See ledger:may-duplicate (no_credentials), cancel what must not be sent twice, then release with --unproven.`,
  ].filter((sentence) => sentence !== false);
  return sentences.length === 0 ? null : sentences.join('\n');
}

/** Runs `work` with the state of the ledger. */
async function withLedger(work: (ledger: LedgerStates, config: LedgerConfig) => Promise<void>): Promise<void> {
  return (await import('./open-ledger.repository.js')).runWithLedger(work);
}
