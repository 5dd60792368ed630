import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Networks that people signed in from: sign-ins are deleted when they end, and their addresses have to stay known. */
export class KnownAddresses1764005100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE staff_known_networks (
        user_id uuid NOT NULL REFERENCES staff_users (id) ON DELETE CASCADE,
        network text NOT NULL,
        signed_in_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (user_id, network)
      );
      COMMENT ON COLUMN staff_known_networks.network IS 'An IPv4 address, or the /64 of an IPv6 address.';
      INSERT INTO staff_known_networks (user_id, network, signed_in_at)
      SELECT user_id, ip_address, max(created_at) FROM staff_sign_ins WHERE ip_address <> '' AND position(':' in ip_address) = 0 GROUP BY 1, 2;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE staff_known_networks');
  }
}
