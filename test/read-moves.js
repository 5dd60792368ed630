'use strict';
// Reads which moves of messages the history of a test database holds, before the database is dropped. `check-moves.ts` judges them.
const fs = require('node:fs');
const { Client } = require('pg');

const movesSql = `SELECT from_state AS "from", to_state AS "to", min(cause) AS cause, min(message_id::text) AS message FROM message_events WHERE from_state <> to_state GROUP BY 1, 2`;

/** Appends the moves in the database to the file of this run, a line of JSON each. Empty databases have none. */
module.exports = async (url) => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(`SELECT to_regclass('message_events') IS NOT NULL AS there`);
    if (!rows[0].there) return;
    const moves = await client.query(movesSql);
    const database = new URL(url).pathname.slice(1);
    for (const move of moves.rows) fs.appendFileSync(process.env.TEST_MOVES_FILE, `${JSON.stringify({ database, ...move })}\n`);
  } finally {
    await client.end();
  }
};
