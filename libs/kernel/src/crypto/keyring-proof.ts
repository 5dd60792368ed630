import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Database } from '../database/database';
import { HealthChecks } from '../health/health-checks';
import { SealedSecrets } from './sealed-secrets';

const text = 'heliograph';
const placeOf = (id: string): string => `keyring_keys.proof:${id}`;

/** A key of KEYRING is another one than the key of its id that sealed secrets of this database. The message holds no key. */
export class WrongKeyError extends Error {
  constructor(id: string) {
    super(
      `KEYRING: the key "${id}" is not the key of this id that sealed the secrets of this database. Set that key; give a new key an id that was never used.`,
    );
  }
}

/**
 * Keeps a process with a wrong key from running: it could open no secret, and would seal new ones that no other process opens. The first key
 * of the ring leaves a proof in the database; every key with a proof must open it.
 */
@Injectable()
export class KeyringProof implements OnApplicationBootstrap {
  private isProven = false;

  constructor(
    private readonly db: Database,
    private readonly secrets: SealedSecrets,
    health: HealthChecks,
  ) {
    health.register('keyring', () => this.prove());
  }

  /** @throws WrongKeyError, which ends the start */
  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.prove();
    } catch (error) {
      // Before the first migration there is no proof: readiness asks again.
      if (error instanceof WrongKeyError) throw error;
    }
  }

  private async prove(): Promise<boolean> {
    if (this.isProven) return true;
    const { currentId, ids } = this.secrets;
    await this.db.query(`INSERT INTO keyring_keys (id, proof) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, [
      currentId,
      this.secrets.seal(text, placeOf(currentId)),
    ]);
    const proofs = await this.db.query<{ id: string; proof: string }>(`SELECT id, proof FROM keyring_keys WHERE id = ANY ($1)`, [ids]);
    for (const { id, proof } of proofs) if (!this.opens(proof, id)) throw new WrongKeyError(id);
    return (this.isProven = true);
  }

  private opens(proof: string, id: string): boolean {
    try {
      return this.secrets.open(proof, placeOf(id)) === text;
    } catch {
      return false;
    }
  }
}
