import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Messages that may be opt-outs, for a person to decide. */
export class OptOutReviews1764001500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE opt_out_reviews (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        contact_id uuid NOT NULL,
        entry_id uuid NOT NULL,
        session_id uuid NOT NULL,
        address text NOT NULL,
        text text NOT NULL,
        keyword text NOT NULL,
        language text NOT NULL,
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'confirmed', 'dismissed')),
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        heard_at timestamptz NOT NULL DEFAULT heliograph_now(),
        decided_at timestamptz,
        decided_by text,
        PRIMARY KEY (tenant_id, id),
        CHECK ((state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL))
      );
      COMMENT ON TABLE opt_out_reviews IS 'What somebody wrote that is no keyword, but probably means one. Opts nobody out before it is confirmed.';
      COMMENT ON COLUMN opt_out_reviews.entry_id IS 'What was written last; the text, keyword and address are of it.';
      COMMENT ON COLUMN opt_out_reviews.address IS 'Where it was written from.';
      COMMENT ON COLUMN opt_out_reviews.heard_at IS 'When it was last written.';
      COMMENT ON COLUMN opt_out_reviews.decided_by IS 'The API key''s name; contact: they said so themselves.';
      CREATE INDEX opt_out_reviews_contact_idx ON opt_out_reviews (tenant_id, contact_id);
      CREATE INDEX opt_out_reviews_open_idx ON opt_out_reviews (tenant_id, id DESC) WHERE state = 'open';
      COMMENT ON COLUMN consents.source IS 'keyword, keyword_review, api, event, import.';

      SELECT heliograph_protect('opt_out_reviews'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN consents.source IS 'keyword, api, event, import.';
      DROP TABLE opt_out_reviews;
    `);
  }
}
