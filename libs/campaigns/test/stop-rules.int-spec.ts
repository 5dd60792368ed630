import type { Actor, Database } from '@heliograph/kernel';
import { historySettles, openTestDatabase, processLoops, type TestDatabase } from '@heliograph/kernel/testing';
import { countMessages, moveTo } from '@heliograph/messaging/testing';
import fc from 'fast-check';
import { isRuleBroken, StopRules } from '../src/results/stop-rules.repository';
import { RuleWatch } from '../src/results/rule-watch';
import type { StopRule } from '../src/campaign-body';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };

describe('a stop rule', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());

  const parts = () => campaignParts(db);
  const watch = () => new RuleWatch(new StopRules(db), parts().launches, processLoops().loops);

  /** A running campaign to ten people with this rule. @returns the ids of its messages */
  async function running(rule: Partial<StopRule>) {
    const { campaigns, launches, expansion } = parts();
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 10);
    const stopRules = [{ signal: 'failed', percent: 20, min_messages: 5, window_min: 60, ...rule }];
    const { id } = await campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { stop_rules: stopRules }));
    await launches.launch(tenantId, ann, id);
    while (await expansion.step({ tenantId, id }));
    const rows = await db.query<{ id: string }>(
      `UPDATE messages SET body = '{"content":{"kind":"text","text":"Hello"}}', kind = 'text', source = NULL WHERE tenant_id = $1 RETURNING id`,
      [tenantId],
    );
    return { tenantId, id, ids: rows.map((row) => row.id) };
  }
  const count = async () => {
    await historySettles(db);
    await countMessages(db);
  };
  const stateOf = async (tenantId: string, id: string) => {
    const { state, reason, detail } = await parts().campaigns.get(tenantId, id);
    return { state, reason, detail };
  };

  it('pauses its campaign and says which rule it was, with the figures', async () => {
    const { tenantId, id, ids } = await running({});
    await moveTo(db, ids.slice(0, 4), 'delivered');
    await moveTo(db, ids.slice(4, 5), 'failed');
    await count();
    await watch().check();
    // One of five is not above a fifth.
    expect(await stateOf(tenantId, id)).toMatchObject({ state: 'processing' });
    await moveTo(db, ids.slice(5, 6), 'failed');
    await count();
    await Promise.all([watch().check(), watch().check()]);
    const detail = { signal: 'failed', percent: 20, window_min: 60, min_messages: 5, messages: 6, affected: 2, share: 33.3 };
    expect(await stateOf(tenantId, id)).toEqual({ state: 'paused', reason: 'rule', detail });
    const { rows } = await parts().campaigns.log(tenantId, id, { limit: 50 });
    expect(rows.filter(({ kind }) => kind === 'paused')).toMatchObject([{ actor: { kind: 'system', id: 'stop_rules' }, detail }]);
    const [group] = await db.query(`SELECT state FROM message_groups WHERE id = $1`, [id]);
    expect(group).toEqual({ state: 'paused' });
  });

  it('does not pause again for what a person saw and resumed', async () => {
    const { tenantId, id, ids } = await running({});
    await moveTo(db, ids.slice(0, 6), 'failed');
    await count();
    await watch().check();
    expect((await stateOf(tenantId, id)).state).toBe('paused');
    await parts().launches.resume(tenantId, ann, id);
    // As if the campaign had run for a while before.
    await db.query(`UPDATE campaign_runs SET started_at = started_at - interval '10 min' WHERE campaign_id = $1`, [id]);
    await watch().check();
    expect((await stateOf(tenantId, id)).state).toBe('processing');
  });

  it('counts only what left in its window', async () => {
    const { tenantId, id, ids } = await running({ window_min: 30 });
    await moveTo(db, ids, 'failed');
    await count();
    await db.query(`UPDATE group_flow SET minute = minute - interval '31 min' WHERE group_id = $1`, [id]);
    await watch().check();
    expect((await stateOf(tenantId, id)).state).toBe('processing');
    expect(await new StopRules(db).figures(tenantId, id)).toMatchObject([{ messages: 0, affected: 0, isBroken: false }]);
  });

  it('counts opt-outs, and messages that do not reach the phone', async () => {
    const optOuts = await running({ signal: 'opted_out', percent: 10 });
    await moveTo(db, optOuts.ids, 'delivered');
    await db.query(
      `INSERT INTO message_outcomes (tenant_id, message_id, kind, group_id, at) SELECT $1, m, 'opt_out', $2, heliograph_now() FROM unnest($3::uuid[]) m`,
      [optOuts.tenantId, optOuts.id, optOuts.ids.slice(0, 2)],
    );
    const undelivered = await running({ signal: 'undelivered', percent: 50 });
    await moveTo(db, undelivered.ids, 'sent');
    await moveTo(db, undelivered.ids.slice(0, 3), 'delivered');
    await count();
    await watch().check();
    expect(await stateOf(optOuts.tenantId, optOuts.id)).toMatchObject({ state: 'paused', detail: { messages: 10, affected: 2 } });
    // What left just now has a while to arrive.
    expect((await stateOf(undelivered.tenantId, undelivered.id)).state).toBe('processing');
    await db.query(`UPDATE group_flow SET minute = minute - interval '5 min' WHERE group_id = $1`, [undelivered.id]);
    await watch().check();
    expect(await stateOf(undelivered.tenantId, undelivered.id)).toMatchObject({ state: 'paused', detail: { messages: 10, affected: 7 } });
  });

  it('is broken only above its share, of enough messages', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 500 }),
        fc.nat(1_000),
        fc.nat(1_000),
        (percent, min, messages, affected) => {
          const rule: StopRule = { signal: 'failed', percent, window_min: 60, min_messages: min };
          const isBroken = isRuleBroken(rule, messages, affected);
          if (messages < min) expect(isBroken).toBe(false);
          else expect(isBroken).toBe(affected / messages > percent / 100 + 1e-12);
        },
      ),
    );
  });
});
