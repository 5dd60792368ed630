import { type DatabaseTarget, newClient } from '@heliograph/kernel';
import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto';
import { derivedSecrets } from './derived-secrets';

const columns = ['secret', 'backup_codes'] as const;

/**
 * Encrypts authenticator apps and recovery codes under the first key of the ring; what is so encrypted already stays.
 * @returns how many values it changed, by column
 */
export async function resealTwoFactors(target: DatabaseTarget, keyring: string): Promise<Record<string, number>> {
  const secrets = derivedSecrets(keyring);
  const currentVersion = secrets[0]?.version ?? 0;
  const key = { keys: new Map(secrets.map(({ version, value }) => [version, value])), currentVersion };
  const done: Record<string, number> = {};
  const client = newClient(target, { applicationName: 'heliograph-reseal' });
  await client.connect();
  try {
    for (const column of columns) {
      const { rows } = await client.query<{ id: string; sealed: string }>(
        `SELECT id, ${column} AS sealed FROM staff_two_factors WHERE ${column} NOT LIKE $1`,
        [`$ba$${currentVersion}$%`],
      );
      let changed = 0;
      for (const { id, sealed } of rows) {
        const renewed = await symmetricEncrypt({ key, data: await symmetricDecrypt({ key, data: sealed }) });
        // Compared with what was read: codes that were used or renewed meanwhile are encrypted so already.
        const { rowCount } = await client.query(`UPDATE staff_two_factors SET ${column} = $1 WHERE id = $2 AND ${column} = $3`, [
          renewed,
          id,
          sealed,
        ]);
        changed += rowCount ?? 0;
      }
      done[`staff_two_factors.${column}`] = changed;
    }
  } finally {
    await client.end();
  }
  return done;
}
