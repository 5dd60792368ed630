import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Accounts, KeptAccounts } from './accounts';

const everyMs = 500;

/** Stores the account's sessions in a file, so that sessions created by hand survive a restart. The ledger is not stored. */
export class KeptState {
  private timer: NodeJS.Timeout | null = null;
  private accounts: Accounts | null = null;
  private written = '';

  constructor(private readonly file: string) {}

  /** Returns the state of an earlier run, or undefined. @throws when the file is not valid */
  read(): KeptAccounts | undefined {
    if (!existsSync(this.file)) return undefined;
    try {
      return JSON.parse(readFileSync(this.file, 'utf8')) as KeptAccounts;
    } catch (error) {
      throw new Error(`${this.file} holds no state of a simulator (${(error as Error).message}); delete it to begin anew`, {
        cause: error,
      });
    }
  }

  /** Writes the sessions after each change. */
  follow(accounts: Accounts): void {
    this.accounts = accounts;
    this.write();
    this.timer = setInterval(() => this.write(), everyMs).unref();
  }

  /** Writes the last changes. */
  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.write();
  }

  private write(): void {
    const text = JSON.stringify(this.accounts?.kept());
    if (text === this.written) return;
    writeFileSync(`${this.file}.new`, text, { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
    this.written = text;
  }
}
