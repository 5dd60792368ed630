import { followUndo } from '@heliograph/contacts';
import type { Tx } from '@heliograph/kernel';
import { groupWaitsSql, withdrawUndone } from '@heliograph/messaging';
import { launchedSql } from '../campaigns.repository';
import { activeStates, listSql } from './campaign-moves';
import { messageIdOf } from './verdict.repository';

interface Run {
  id: string;
  launchedAt: Date;
  needsConsent: boolean;
}

/**
 * Withdraws messages of campaigns in flight that wait for people whose import is undone: of contacts that are deleted, and of contacts without
 * consent where the campaign requires it. The lock of a run waits for the chunk of the audience that is being written, so that its messages are
 * seen; the next chunk sees the undo. It is taken of scheduled runs too: one that starts meanwhile would read the people as before the undo. Of a
 * completed campaign messages wait when a person sends them again.
 */
followUndo(async (tx, tenantId, { removed, withoutConsent }) => {
  const runs = await holdRuns(tx, tenantId);
  if (runs.length === 0) return { isInHand: false };
  const values: unknown[] = [tenantId];
  const peopleOf = new Map(
    [...new Set(runs.map((run) => run.needsConsent))].map((needsConsent) => [
      needsConsent,
      `$${values.push(needsConsent ? [...removed, ...withoutConsent] : removed)}`,
    ]),
  );
  // All campaigns at once: lanes are locked in one order.
  const messages = runs.map(({ id, launchedAt, needsConsent }) => {
    const message = messageIdOf(values, id, launchedAt);
    return `SELECT ${message('p.id')} AS message_id FROM unnest(${peopleOf.get(needsConsent)}::uuid[]) AS p(id)`;
  });
  return withdrawUndone(tx, tenantId, messages.join(' UNION ALL '), values.slice(1));
});

/** Locks the runs until the transaction ends. Asks again after each wait: a campaign that was launched meanwhile read the people as before the undo. */
async function holdRuns(tx: Tx, tenantId: string): Promise<Run[]> {
  const held: Run[] = [];
  for (;;) {
    const found = await tx.query<Run>(
      `SELECT c.id, c.launched_at AS "launchedAt", c.requires_consent AS "needsConsent" FROM ${launchedSql}
       WHERE c.tenant_id = $1 AND (c.state IN ${listSql(activeStates)} OR c.state = 'completed' AND ${groupWaitsSql('c.tenant_id', 'c.id')})
         AND c.id <> ALL ($2::uuid[]) ORDER BY c.id FOR NO KEY UPDATE OF r`,
      [tenantId, held.map(({ id }) => id)],
    );
    if (found.length === 0) return held;
    held.push(...found);
  }
}
