import { followUndo } from '@heliograph/contacts';
import { withdrawUndone } from '@heliograph/messaging';
import { launchedSql } from '../campaigns.repository';
import { activeStates, listSql } from './campaign-moves';
import { messageIdOf } from './verdict.repository';

/**
 * Withdraws messages of campaigns in flight that wait for people whose import is undone: of contacts that are deleted, and of contacts without
 * consent where the campaign requires it. The lock of a run waits for the chunk of the audience that is being written, so that its messages are
 * seen; the next chunk sees the undo. It is taken of scheduled runs too: one that starts meanwhile would read the people as before the undo.
 */
followUndo(async (tx, tenantId, { removed, withoutConsent }) => {
  const runs = await tx.query<{ id: string; launchedAt: Date; needsConsent: boolean }>(
    `SELECT c.id, c.launched_at AS "launchedAt", c.requires_consent AS "needsConsent" FROM ${launchedSql}
     WHERE c.tenant_id = $1 AND c.state IN ${listSql(activeStates)} ORDER BY c.id FOR NO KEY UPDATE OF r`,
    [tenantId],
  );
  for (const { id, launchedAt, needsConsent } of runs) {
    const values: unknown[] = [tenantId, needsConsent ? [...removed, ...withoutConsent] : removed];
    const message = messageIdOf(values, id, launchedAt);
    await withdrawUndone(tx, tenantId, `SELECT ${message('p.id')} FROM unnest($2::uuid[]) AS p(id)`, values.slice(1));
  }
});
