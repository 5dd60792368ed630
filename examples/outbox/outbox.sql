-- In the core application's own database. The row is written in the transaction of the change it tells of: both or neither.
CREATE TABLE IF NOT EXISTS heliograph_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  refused jsonb
);
COMMENT ON COLUMN heliograph_outbox.event IS 'The body of POST /v1/events, without its id: that follows from the row.';
COMMENT ON COLUMN heliograph_outbox.refused IS 'What was wrong with it; such a row stays for a person.';
CREATE INDEX IF NOT EXISTS heliograph_outbox_waiting_idx ON heliograph_outbox (id) WHERE refused IS NULL;
