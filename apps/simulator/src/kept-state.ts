import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Accounts, KeptAccounts } from './accounts';

const everyMs = 500;

/** The account's sessions in a file, so that those made by hand outlive a restart. The ledger is not kept. */
export class KeptState {
  private timer: NodeJS.Timeout | null = null;
  private accounts: Accounts | null = null;
  private written = '';

  constructor(private readonly file: string) {}

  /** Returns what an earlier run kept, or undefined. @throws when the file cannot be read as that */
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

  /** Writes the sessions whenever they have changed. */
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
