import type { Database } from '@heliograph/kernel';
import { historySettles } from '@heliograph/kernel/testing';
import { countMessages, moveTo } from '@heliograph/messaging/testing';
import type { CampaignExpansion, OpenRun } from '../src/launch/expansion.repository';

/** A message of a campaign whose text is made. */
export interface WrittenMessage {
  id: string;
  contactId: string;
  sessionId: string;
}

/** Writes the messages of a launched campaign. */
export async function writtenMessages(db: Database, expansion: CampaignExpansion, tenantId: string, id: string): Promise<WrittenMessage[]> {
  while (await expansion.step({ tenantId, id }));
  return db.query<WrittenMessage>(
    `UPDATE messages SET body = '{"content":{"kind":"text","text":"Hello"}}', kind = 'text', source = NULL WHERE tenant_id = $1 AND group_id = $2
     RETURNING id, origin->>'contactId' AS "contactId", session_id AS "sessionId"`,
    [tenantId, id],
  );
}

/** Ends a campaign: messages to some contacts failed, each for a reason, and all others arrived. */
export async function endCampaign(
  db: Database,
  expansion: CampaignExpansion,
  run: OpenRun,
  written: WrittenMessage[],
  failed: Record<string, string>,
): Promise<void> {
  await moveTo(
    db,
    written.map((one) => one.id),
    'calling',
  );
  for (const { id, contactId } of written)
    if (failed[contactId])
      await db.query(`UPDATE messages SET state = 'failed', cause = $2, due_at = NULL WHERE id = $1`, [id, failed[contactId]]);
  await moveTo(
    db,
    written.filter(({ contactId }) => !failed[contactId]).map((one) => one.id),
    'delivered',
  );
  await historySettles(db);
  await countMessages(db);
  await expansion.complete(run);
  const [campaign] = await db.query<{ state: string }>(`SELECT state FROM campaigns WHERE tenant_id = $1 AND id = $2`, [
    run.tenantId,
    run.id,
  ]);
  if (campaign?.state !== 'completed') throw new Error(`The campaign is ${String(campaign?.state)}.`);
}

/** Lets a campaign have ended so many minutes earlier. */
export async function endedEarlier(db: Database, tenantId: string, id: string, minutes: number): Promise<void> {
  await db.query(`UPDATE campaigns SET ended_at = ended_at - make_interval(mins => $3) WHERE tenant_id = $1 AND id = $2`, [
    tenantId,
    id,
    minutes,
  ]);
}

/** Returns the rounds in which campaigns of a tenant are sent again. */
export function retryRounds(db: Database, tenantId: string): Promise<{ id: string; name: string; state: string; round: number }[]> {
  return db.query(
    `SELECT id, name, state, retry_round AS round FROM campaigns WHERE tenant_id = $1 AND retry_round > 0 ORDER BY retry_round`,
    [tenantId],
  );
}
