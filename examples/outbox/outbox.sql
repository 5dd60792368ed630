-- In the core application's own database. The transaction of a change also writes the row of its event.
CREATE TABLE IF NOT EXISTS heliograph_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  refused jsonb
);
COMMENT ON COLUMN heliograph_outbox.event IS 'Body of POST /v1/events without its id, which follows from the id of the row.';
COMMENT ON COLUMN heliograph_outbox.refused IS 'Reasons why Heliograph refused the event; such a row stays until a person decides.';
CREATE INDEX IF NOT EXISTS heliograph_outbox_waiting_idx ON heliograph_outbox (id) WHERE refused IS NULL;
