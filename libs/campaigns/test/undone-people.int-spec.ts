import { AttributeTypes, ContactImports, ContactImportSteps, importSettings, ImportUploads } from '@heliograph/contacts';
import type { Database, Sql } from '@heliograph/kernel';
import { keyActor, openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import { MessageEdit, type MessageState } from '@heliograph/messaging';
import { messageLetterDecisions, moveTo, reviewUncertain } from '@heliograph/messaging/testing';
import { CampaignResultsReader } from '../src';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '../testing';

const actor = keyActor('Core application');

describe('the undo of an import whose people a campaign in flight writes to', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());

  /** Two contacts without and one with consent, and a file of the first two and of two new people, all on a list to which a campaign goes. */
  async function launched(body: object = {}) {
    const { tenantId } = await aTenantWith(db);
    const parts = campaignParts(db);
    const known = await someContacts(db, tenantId, 2, { consent: null });
    const [agreed] = await someContacts(db, tenantId, 1, { from: 447_800_000_000 });
    const imports = new ContactImports(db, new AttributeTypes(db));
    const steps = new ContactImportSteps(db, new AttributeTypes(db));
    const campaign = await aCampaignBody(db, tenantId, body);
    const settle = async (id: string) => {
      while (await steps.step({ tenantId, id }));
    };
    const [first, second] = await db.query<{ address: string }>(
      `SELECT address FROM contact_addresses WHERE tenant_id = $1 AND contact_id = ANY ($2) ORDER BY contact_id`,
      [tenantId, known],
    );
    const file = ['phone', first?.address, second?.address, '+447700900901', '+447700900902'].join('\n');
    const { id: importId } = await new ImportUploads(db, new AttributeTypes(db)).upload(
      tenantId,
      actor,
      { name: 'people.csv', country: 'GB' },
      (async function* () {
        yield Buffer.from(file);
      })(),
    );
    const settings = {
      columns: [{ column: 'phone', to: 'phone' }],
      consent: { source: 'form' },
      list_id: campaign.audience.include[0]?.id,
    };
    await imports.map(tenantId, importId, 'GB', importSettings.parse(settings));
    await imports.run(tenantId, actor, importId);
    await settle(importId);
    const fresh = (
      await db.query<{ id: string }>(`SELECT contact_id AS id FROM contact_import_rows WHERE import_id = $1 ORDER BY line OFFSET 2`, [
        importId,
      ])
    ).map(({ id }) => id);
    const { id } = await parts.campaigns.create(tenantId, actor, campaign);
    await parts.launches.launch(tenantId, actor, id);
    const expand = async () => {
      while (await parts.expansion.step({ tenantId, id }));
    };
    const undo = async () => {
      await imports.undo(tenantId, actor, importId);
      await settle(importId);
    };
    const messages = async () =>
      Object.fromEntries(
        (
          await db.query<{ contact: string; outcome: string }>(
            `SELECT origin->>'contactId' AS contact, concat_ws(' ', state, cause) AS outcome FROM messages WHERE group_id = $1`,
            [id],
          )
        ).map(({ contact, outcome }) => [contact, outcome]),
      );
    const stateOfImport = async () => (await imports.get(tenantId, importId)).state;
    const messageOf = async (contact: string | undefined): Promise<string> =>
      (await db.query<{ id: string }>(`SELECT id FROM messages WHERE group_id = $1 AND origin->>'contactId' = $2`, [id, contact]))[0]?.id ??
      '';
    /** Moves the message of a person, with a text that is made. */
    const move = async (contact: string | undefined, to: MessageState): Promise<string> => {
      const message = await messageOf(contact);
      await db.query(
        `UPDATE messages SET body = '{"content":{"kind":"text","text":"Hello"}}', kind = 'text', source = NULL WHERE id = $1`,
        [message],
      );
      await moveTo(db, [message], to);
      return message;
    };
    const goOn = () => settle(importId);
    /** Takes back people, without the look afterwards at what was in hand meanwhile. */
    const undoOnce = async () => {
      await imports.undo(tenantId, actor, importId);
      await steps.step({ tenantId, id: importId });
    };
    /** Launches another campaign to the same people. @returns the outcomes of its messages to new people */
    const launchAnother = async () => {
      const other = (await parts.campaigns.create(tenantId, actor, { ...campaign, name: 'Another' })).id;
      await parts.launches.launch(tenantId, actor, other);
      while (await parts.expansion.step({ tenantId, id: other }));
      return async () =>
        (
          await db.query<{ outcome: string }>(
            `SELECT concat_ws(' ', state, cause) AS outcome FROM messages WHERE group_id = $1 AND (origin->>'contactId')::uuid = ANY ($2::uuid[])`,
            [other, fresh],
          )
        ).map(({ outcome }) => outcome);
    };
    return {
      tenantId,
      id,
      known,
      agreed: agreed as string,
      fresh,
      expand,
      undo,
      undoOnce,
      goOn,
      stateOfImport,
      messages,
      move,
      launchAnother,
    };
  }
  const withdrawn = 'suppressed import_undone';
  const lockWaits = async () =>
    (await db.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).length;

  it('withdraws what waits for them, but nothing that was called, and nothing of people with another consent', async () => {
    const { known, fresh, agreed, expand, undo, messages, move, tenantId, id } = await launched();
    await expand();
    await move(fresh[0], 'calling');
    await undo();
    expect(await messages()).toEqual({
      [known[0] as string]: withdrawn,
      [known[1] as string]: withdrawn,
      [fresh[0] as string]: 'calling',
      [fresh[1] as string]: withdrawn,
      [agreed]: 'queued',
    });
    expect((await new CampaignResultsReader(db).results(tenantId, id)).leftOut).toMatchObject({ suppressed: 3 });
  });

  it('waits for what is being called, and withdraws it when it comes back to its lane', async () => {
    const { known, fresh, expand, undo, goOn, stateOfImport, messages, move } = await launched();
    await expand();
    await move(known[0], 'claimed');
    await move(fresh[0], 'calling');
    await move(fresh[1], 'calling');
    await undo();
    await goOn();
    expect(await stateOfImport()).toBe('undoing');
    // The provider answers: too many requests; sent. The worker of the third died.
    for (const contact of [fresh[0], known[0]]) await move(contact, 'queued');
    await move(fresh[1], 'sent');
    await goOn();
    expect(await stateOfImport()).toBe('undone');
    expect(await messages()).toMatchObject({
      [known[0] as string]: withdrawn,
      [fresh[0] as string]: withdrawn,
      [fresh[1] as string]: 'sent',
    });
  });

  it('keeps the letters of removed people from being redriven, and their messages of unknown outcome from being sent again', async () => {
    const { tenantId, fresh, expand, undo, stateOfImport, messages, move } = await launched();
    await db.query(`UPDATE tenants SET settings = settings || '{"uncertain":{"broadcast":{"resend_after_s":0}}}' WHERE id = $1`, [
      tenantId,
    ]);
    await expand();
    const failed = await move(fresh[0], 'failed');
    await move(fresh[1], 'uncertain');
    await undo();
    expect(await stateOfImport()).toBe('undone');
    const letters = messageLetterDecisions(db);
    expect(await letters.foresee(tenantId, {})).toMatchObject({ lines: [{ fate: 'refused', reason: 'import_undone', count: 1 }] });
    const [letter] = await db.query<{ id: string }>(`SELECT id FROM dead_letters WHERE tenant_id = $1 AND subject_id = $2`, [
      tenantId,
      failed,
    ]);
    const redrive = letters.redrive(tenantId, letter?.id ?? '', { actor, edit: new MessageEdit('+447700900999') });
    await expect(redrive).rejects.toMatchObject({ reason: 'import_undone' });
    expect(await letters.redriveMany(tenantId, {}, { actor, mayDuplicate: true })).toBe(0);
    await db.query(`UPDATE messages SET uncertain_since = uncertain_since - interval '1 day' WHERE tenant_id = $1`, [tenantId]);
    expect(await reviewUncertain(db)).toMatchObject({ resentTo: [] });
    expect(await messages()).toMatchObject({ [fresh[0] as string]: 'failed', [fresh[1] as string]: 'uncertain outcome_unknown' });
  });

  it('keeps messages from being sent again to people who have no consent any more, where the campaign requires one', async () => {
    for (const requires_consent of [true, false]) {
      const { tenantId, known, agreed, expand, undo, messages, move } = await launched({ requires_consent });
      await db.query(`UPDATE tenants SET settings = settings || '{"uncertain":{"broadcast":{"resend_after_s":0}}}' WHERE id = $1`, [
        tenantId,
      ]);
      await expand();
      await move(known[0], 'failed');
      await move(known[1], 'uncertain');
      await move(agreed, 'failed');
      await undo();
      const letters = messageLetterDecisions(db);
      const { lines } = await letters.foresee(tenantId, {});
      expect(lines.map(({ fate, reason, count }) => [fate, reason, count]).toSorted()).toEqual(
        requires_consent
          ? [
              ['go', null, 1],
              ['refused', 'no_consent', 1],
            ]
          : [['go', null, 2]],
      );
      expect(await letters.redriveMany(tenantId, {}, { actor, mayDuplicate: true })).toBe(requires_consent ? 1 : 2);
      await db.query(`UPDATE messages SET uncertain_since = uncertain_since - interval '1 day' WHERE tenant_id = $1`, [tenantId]);
      expect((await reviewUncertain(db)).resentTo).toHaveLength(requires_consent ? 0 : 1);
      expect(await messages()).toMatchObject({
        [known[0] as string]: requires_consent ? 'failed' : 'queued redriven',
        [known[1] as string]: requires_consent ? 'uncertain outcome_unknown' : 'queued redriven',
        [agreed]: 'queued redriven',
      });
    }
  });

  it('withdraws what a person sent again before a completed campaign goes on', async () => {
    const { tenantId, id, known, agreed, expand, undo, messages, move } = await launched();
    await expand();
    for (const contact of [known[0], agreed]) await move(contact, 'failed');
    await db.query(`UPDATE campaigns SET state = 'completed' WHERE id = $1`, [id]);
    expect(await messageLetterDecisions(db).redriveMany(tenantId, {}, { actor })).toBe(2);
    await undo();
    expect(await messages()).toMatchObject({ [known[0] as string]: withdrawn, [agreed]: 'queued redriven' });
  });

  it('locks lanes before messages, as claims do', async () => {
    const { id, expand, undo, messages, fresh } = await launched();
    await expand();
    const { undone } = await db.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM lanes WHERE session_id IN (SELECT session_id FROM messages WHERE group_id = $1) FOR UPDATE`, [id]);
      const running = undo();
      await until(
        async () =>
          (await db.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).length > 0,
      );
      // A claim that holds the lane goes on to its messages, and finds none of them locked.
      await tx.query(`SELECT 1 FROM messages WHERE group_id = $1 FOR UPDATE NOWAIT`, [id]);
      return { undone: running };
    });
    await undone;
    expect(await messages()).toMatchObject({ [fresh[0] as string]: withdrawn, [fresh[1] as string]: withdrawn });
  });

  it('lets the undo of an import wait for a redrive that found its people, and withdraws what is sent again', async () => {
    const { tenantId, id, known, fresh, expand, undo, messages, move } = await launched();
    await expand();
    for (const contact of [...known, ...fresh]) await move(contact, 'failed');
    const { redriven, undone } = await db.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM lanes WHERE session_id IN (SELECT session_id FROM messages WHERE group_id = $1) FOR UPDATE`, [id]);
      const redriving = messageLetterDecisions(db).redriveMany(tenantId, {}, { actor });
      await until(async () => (await lockWaits()) === 1);
      let isUndone = false;
      const undoing = undo().then(() => (isUndone = true));
      await until(async () => isUndone || (await lockWaits()) === 2);
      return { redriven: redriving, undone: undoing };
    });
    expect(await redriven).toBe(4);
    await undone;
    expect(await messages()).toMatchObject(Object.fromEntries([...known, ...fresh].map((contact) => [contact, withdrawn])));
  });

  it('lets redrives wait for the undo of an import that has their people, and refuses them then', async () => {
    const { tenantId, id, fresh, expand, undo, messages, move } = await launched();
    await expand();
    const failed = await move(fresh[0], 'failed');
    await move(fresh[1], 'failed');
    const [letter] = await db.query<{ id: string }>(`SELECT id FROM dead_letters WHERE tenant_id = $1 AND subject_id = $2`, [
      tenantId,
      failed,
    ]);
    const { undone, one, many } = await db.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM campaign_runs WHERE campaign_id = $1 FOR UPDATE`, [id]);
      const undoing = undo();
      await until(async () => (await lockWaits()) === 1);
      const letters = messageLetterDecisions(db);
      const redrives = [letters.redrive(tenantId, letter?.id ?? '', { actor }), letters.redriveMany(tenantId, {}, { actor })] as const;
      void Promise.allSettled(redrives);
      await until(async () => (await lockWaits()) === 3);
      return { undone: undoing, one: redrives[0], many: redrives[1] };
    });
    await expect(one).rejects.toMatchObject({ reason: 'import_undone' });
    expect(await many).toBe(0);
    await undone;
    expect(await messages()).toMatchObject({ [fresh[0] as string]: 'failed', [fresh[1] as string]: 'failed' });
  });

  it('sees a campaign that was launched while it waited for another', async () => {
    const { id, expand, undoOnce, launchAnother } = await launched();
    await expand();
    const { undone, outcomes } = await db.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM campaign_runs WHERE campaign_id = $1 FOR UPDATE`, [id]);
      const undoing = undoOnce();
      await until(async () => (await lockWaits()) === 1);
      return { undone: undoing, outcomes: await launchAnother() };
    });
    await undone;
    expect(await outcomes()).toEqual([withdrawn, withdrawn]);
  });

  it('leaves known people theirs where the campaign requires no consent', async () => {
    const { known, fresh, expand, undo, messages } = await launched({ requires_consent: false });
    await expand();
    await undo();
    expect(await messages()).toMatchObject({
      [known[0] as string]: 'queued',
      [fresh[0] as string]: withdrawn,
      [fresh[1] as string]: withdrawn,
    });
  });

  /** Deletes the message to a person, and writes it again while the undo waits for the lock of the run. */
  async function undoneBeside(campaign: Awaited<ReturnType<typeof launched>>, contact: string, change: (tx: Sql) => Promise<unknown>) {
    const message = `FROM messages m WHERE m.group_id = $1 AND m.origin->>'contactId' = $2`;
    const [written] = await db.query<{ row: object }>(`SELECT to_jsonb(m) AS row ${message}`, [campaign.id, contact]);
    await db.query(`DELETE ${message}`, [campaign.id, contact]);
    const { undone } = await db.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM campaign_runs WHERE campaign_id = $1 FOR UPDATE`, [campaign.id]);
      const running = campaign.undo();
      await until(async () => (await db.query(`SELECT 1 FROM pg_locks WHERE NOT granted`)).length > 0);
      await change(tx);
      await tx.query(`INSERT INTO messages SELECT * FROM jsonb_populate_record(NULL::messages, $1)`, [JSON.stringify(written?.row)]);
      return { undone: running };
    });
    await undone;
  }

  it('waits for the chunk of the audience that is being written, and withdraws its messages', async () => {
    const campaign = await launched();
    const [one, other] = campaign.fresh as [string, string];
    await campaign.expand();
    await undoneBeside(campaign, one, () => Promise.resolve());
    expect(await campaign.messages()).toMatchObject({ [one]: withdrawn, [other]: withdrawn });
  });

  it('waits for a campaign that starts, and withdraws its messages', async () => {
    const campaign = await launched();
    const [one, other] = campaign.fresh as [string, string];
    await campaign.expand();
    const move = async (sql: Pick<Sql, 'query'>, state: string, started: string) => {
      await sql.query(`UPDATE campaigns SET state = $2 WHERE id = $1`, [campaign.id, state]);
      await sql.query(`UPDATE campaign_runs SET started_at = ${started} WHERE campaign_id = $1`, [campaign.id]);
    };
    await move(db, 'scheduled', 'NULL');
    await undoneBeside(campaign, one, (tx) => move(tx, 'processing', 'heliograph_now()'));
    expect(await campaign.messages()).toMatchObject({ [one]: withdrawn, [other]: withdrawn });
  });
});
