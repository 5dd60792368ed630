import { isStorageDown } from '../database/database';

/** Processes that may end while they read an item alone. Restarts and kills end a few at a sound item, an item that crashes them ends all. */
export const maxDeaths = 5;
/** Tries of an item that may fail in one process. */
const maxFailures = 3;

/** Start of a try. `giveUp`: the reason as a sentence why the item is not to be read again; null: it is to be read. */
export interface LoneTry {
  giveUp: string | null;
}

/**
 * Reads items that failed together one by one, and gives up those that fail alone or that processes do not survive. `count` stores that a
 * process begins with the item, in a transaction of its own, so that the count stays when the process ends. A process counts once for an
 * item, however often it tries.
 */
export class LoneReading {
  /** Processes counted for items whose try ended with the storage. */
  private readonly counted = new Map<string, number>();

  /**
   * Tries an item until it is read or given up. `read` calls `begin` once nobody else can read the item: null means that it was read.
   * @param count stores that this process begins with the item; returns how many processes did, or null when the item was read
   * @throws when the storage is down
   */
  async read(
    id: string,
    count: () => Promise<number | null>,
    read: (begin: () => Promise<LoneTry | null>) => Promise<void>,
    onFailure: (error: Error) => void,
  ): Promise<void> {
    let failures = 0;
    const begin = async (): Promise<LoneTry | null> => {
      const processes = this.counted.get(id) ?? (await count());
      if (processes === null) return null;
      if (this.counted.size > 10_000) this.counted.clear();
      this.counted.set(id, processes);
      if (processes > maxDeaths) return { giveUp: `${maxDeaths} processes ended while they read it.` };
      return { giveUp: failures >= maxFailures ? `Reading it failed ${maxFailures} times.` : null };
    };
    for (;;) {
      try {
        await read(begin);
        break;
      } catch (error) {
        if (isStorageDown(error)) throw error;
        onFailure(error as Error);
        // Giving it up failed, too: it is left as it is.
        if (failures++ >= maxFailures) break;
      }
    }
    this.counted.delete(id);
  }
}
