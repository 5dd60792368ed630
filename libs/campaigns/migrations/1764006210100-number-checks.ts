import type { MigrationInterface, QueryRunner } from 'typeorm';

const audited = (columns: string[]) => `
  DROP TRIGGER audited ON campaigns;
  SELECT heliograph_audit_table('campaigns', 'campaign', 'id', ARRAY[${columns.map((column) => `'${column}'`).join(', ')}], '{}', 'INSERT OR UPDATE OR DELETE', 'asked');`;
const columns = ['name', 'state', 'reason', 'audience', 'message', 'schedule', 'numbers', 'pace', 'caps', 'requires_consent', 'stop_rules'];

/** Checks whether numbers of campaigns are on WhatsApp. */
export class NumberChecks1764006210100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaigns ADD COLUMN check_numbers boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN campaigns.check_numbers IS 'Numbers of the audience that are not known are checked in the background.';
      ${audited([...columns, 'check_numbers'])}

      CREATE TABLE number_check_passes (
        tenant_id uuid NOT NULL,
        campaign_id uuid NOT NULL,
        version int NOT NULL,
        position uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        span int NOT NULL DEFAULT 1000,
        ended_at timestamptz,
        found bigint NOT NULL DEFAULT 0,
        missing bigint NOT NULL DEFAULT 0,
        unclear bigint NOT NULL DEFAULT 0,
        answered_at timestamptz,
        PRIMARY KEY (tenant_id, campaign_id)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE number_check_passes IS 'The way of number checks through the audience of a campaign, and the answers so far.';
      COMMENT ON COLUMN number_check_passes.version IS 'Version of the campaign that it goes through; another one begins again.';
      COMMENT ON COLUMN number_check_passes.position IS 'Last contact that was looked at, in the order of ids.';
      COMMENT ON COLUMN number_check_passes.ended_at IS 'Time at which it had looked at the whole audience; it begins again after an hour.';
      COMMENT ON COLUMN number_check_passes.unclear IS 'Answers that said neither yes nor no.';

      CREATE TABLE number_checks (
        tenant_id uuid NOT NULL,
        address text NOT NULL,
        spelling text NOT NULL,
        campaign_id uuid NOT NULL,
        contact_id uuid NOT NULL,
        due_at timestamptz NOT NULL DEFAULT heliograph_now(),
        taken_until timestamptz,
        tries int NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, address)
      );
      COMMENT ON TABLE number_checks IS 'Numbers that wait for their check, a few hundred of each campaign. A row ends with a clear answer.';
      COMMENT ON COLUMN number_checks.spelling IS 'Spelling that is asked for: of a number with two, the other one after a no.';
      COMMENT ON COLUMN number_checks.taken_until IS 'A worker asks for it until then; null: none does.';
      CREATE INDEX number_checks_due_idx ON number_checks (tenant_id, campaign_id, due_at, contact_id);

      CREATE TABLE number_check_slots (
        tenant_id uuid NOT NULL,
        session_id uuid NOT NULL,
        next_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, session_id)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE number_check_slots IS 'Time from which on a session may make its next number check.';

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['number_check_passes', 'number_checks', 'number_check_slots']) t;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE number_check_slots, number_checks, number_check_passes;
      ${audited(columns)}
      ALTER TABLE campaigns DROP COLUMN check_numbers;
    `);
  }
}
