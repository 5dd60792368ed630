import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Audits limits of lanes, cap pools, settings and states of message groups, and the hold of the ledger. */
export class AuditedLanes1764006010200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      SELECT heliograph_audit_table('lanes', 'session', 'session_id',
        ARRAY['window_ms', 'window_limit', 'jitter_ms', 'burst_size', 'burst_pause_ms', 'typing_ms', 'hourly_cap', 'daily_cap', 'warm_up', 'warm_up_from', 'send_window',
          'time_zone', 'share_reply', 'share_drip', 'share_broadcast', 'cap_pool'], events => 'UPDATE');
      SELECT heliograph_audit_table('cap_pools', 'cap_pool', 'name', ARRAY['hourly_cap', 'daily_cap', 'time_zone']);
      SELECT heliograph_audit_table('message_groups', 'message_group', 'id',
        ARRAY['name', 'state', 'weight', 'window_ms', 'window_limit', 'daily_cap', 'time_zone'], events => 'UPDATE', mode => 'asked');
      SELECT heliograph_audit_table('ledger_state', 'ledger', 'installation_id', ARRAY['hold_reason', 'released_at', 'released_by'], events => 'UPDATE');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER audited ON ledger_state;
      DROP TRIGGER audited ON message_groups;
      DROP TRIGGER audited ON cap_pools;
      DROP TRIGGER audited ON lanes;
    `);
  }
}
