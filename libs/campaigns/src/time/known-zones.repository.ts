import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';

const isKnownHere = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** Names checked in one go, so that the check does not hold up the process. */
const checkedAtOnce = 10;

/** Names of time zones that both this runtime and the database know, as Region/City or UTC. */
@Injectable()
export class KnownZones {
  private names: Promise<ReadonlySet<string>> | null = null;

  constructor(private readonly db: Database) {}

  /** Read once per process. */
  get(): Promise<ReadonlySet<string>> {
    this.names ??= this.read().catch((error: unknown) => {
      this.names = null;
      throw error;
    });
    return this.names;
  }

  private async read(): Promise<ReadonlySet<string>> {
    const rows = await this.db.query<{ name: string }>(
      `SELECT name FROM pg_timezone_names WHERE name = 'UTC' OR name ~ '^[A-Z]\\w*(/[A-Z][\\w+-]*)+$' AND name !~ '^(posix|right|Etc)/'`,
    );
    const sure = new Set(Intl.supportedValuesOf('timeZone'));
    const known = new Set<string>(['UTC']);
    let checked = 0;
    for (const { name } of rows) {
      if (!sure.has(name)) {
        // An old or a new name of a zone. Asking for it costs ms.
        if (++checked % checkedAtOnce === 0) await new Promise(setImmediate);
        if (!isKnownHere(name)) continue;
      }
      known.add(name);
    }
    return known;
  }
}
