// Transactional outbox for a core application on PostgreSQL: copy this file. Needs `pg` and Node 20 or newer.
import { setTimeout as sleep } from 'node:timers/promises';

/** Maximum number of events of one request. */
const maxEvents = 500;

/**
 * Writes an event in the caller's transaction.
 * @param client a pg client inside BEGIN … COMMIT
 * @param event the body of POST /v1/events, without `id`
 */
export async function record(client, event) {
  await client.query('INSERT INTO heliograph_outbox (event) VALUES ($1)', [JSON.stringify(event)]);
}

/**
 * Sends waiting events on, oldest first, each until it is acknowledged. The row's number is the event's id, so that an event whose
 * acknowledgement was lost is recognised when it comes again. Several processes may do this at once.
 * @param pool a pg pool of the core application's database
 * @param prefix distinguishes the events of this database from those of another
 * @param signal ends it
 */
export async function relay({ pool, url, apiKey, prefix = 'outbox', restMs = 200, signal }) {
  for (let failures = 0; !signal?.aborted;) {
    const count = await relayOnce({ pool, url, apiKey, prefix }).then(
      (sent) => ((failures = 0), sent),
      (error) => {
        if (failures++ === 0) console.error(`The outbox waits: ${error.message}`);
        return 0;
      },
    );
    if (count < maxEvents) await sleep(Math.min(restMs * 2 ** failures, 30_000), undefined, { signal }).catch(() => undefined);
  }
}

/** @returns the number of events that were sent */
async function relayOnce({ pool, url, apiKey, prefix }) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query(
      'SELECT id, event FROM heliograph_outbox WHERE refused IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED',
      [maxEvents],
    );
    const events = rows.map(({ id, event }) => ({ ...event, id: `${prefix}-${id}` }));
    if (events.length > 0) await settle(client, rows, await post({ url, apiKey }, events));
    await client.query('COMMIT');
    return rows.length;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function post({ url, apiKey }, events) {
  const answer = await fetch(`${url}/v1/events/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`Heliograph answered ${answer.status}`);
  return (await answer.json()).results;
}

/** Deletes rows whose events were acknowledged, and keeps refused ones with the reason. */
async function settle(client, rows, results) {
  const done = rows.filter((_, i) => results[i].status !== 'refused').map((row) => row.id);
  await client.query('DELETE FROM heliograph_outbox WHERE id = ANY ($1::bigint[])', [done]);
  for (const [i, { errors }] of results.entries())
    if (errors) await client.query('UPDATE heliograph_outbox SET refused = $2 WHERE id = $1', [rows[i].id, JSON.stringify(errors)]);
}
