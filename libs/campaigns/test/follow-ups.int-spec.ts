import { usesOf } from '@heliograph/contacts';
import { type Actor, type Database, newId } from '@heliograph/kernel';
import { historySettles, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { countMessages, moveTo } from '@heliograph/messaging/testing';
import { CampaignPeople, FollowUps } from '../src';
import type { FollowUpCell } from '../src/results/follow-ups.repository';
import { aCampaignBody, anImport, aTemplate, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };

describe('a follow-up', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());

  /** A campaign to eight people, two of whom did not agree to it. @returns the ids of its messages by contact */
  async function launched() {
    const { campaigns, launches, expansion } = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    const agreed = await someContacts(db, tenantId, 6);
    const silent = await someContacts(db, tenantId, 2, { consent: null, from: 447_800_000_000 });
    const { id } = await campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
    await launches.launch(tenantId, ann, id);
    while (await expansion.step({ tenantId, id }));
    const rows = await db.query<{ id: string; contactId: string }>(
      `UPDATE messages SET body = '{"content":{"kind":"text","text":"Hello"}}', kind = 'text', source = NULL WHERE tenant_id = $1 RETURNING id, origin->>'contactId' AS "contactId"`,
      [tenantId],
    );
    const messageOf = (contactId: string | undefined) => rows.find((row) => row.contactId === contactId)?.id as string;
    return { tenantId, id, agreed, silent, messageOf };
  }
  const followUps = () => new FollowUps(db, campaignParts(db).campaigns);
  /** The people of the draft that a follow-up made. */
  async function peopleOf(tenantId: string, id: string, cell: FollowUpCell, reasons?: string[]): Promise<string[]> {
    const draft = await followUps().create(tenantId, ann, id, { cell, reasons });
    expect(draft).toMatchObject({ state: 'draft', parentId: id, schedule: { start: 'now', at: null } });
    const [source] = draft.audience.include;
    const rows = await db.query<{ id: string }>(
      `SELECT contact_id AS id FROM contact_list_members WHERE tenant_id = $1 AND list_id = $2 ORDER BY 1`,
      [tenantId, source?.id],
    );
    return rows.map((row) => row.id);
  }

  it('goes to exactly those who had the outcome, also for one reason', async () => {
    const { tenantId, id, agreed, silent, messageOf } = await launched();
    const [a, b, c, d, e, f] = agreed as [string, string, string, string, string, string];
    await moveTo(db, [messageOf(a), messageOf(b)], 'calling');
    await db.query(`UPDATE messages SET state = 'failed', cause = 'refused', due_at = NULL WHERE id = $1`, [messageOf(a)]);
    await db.query(`UPDATE messages SET state = 'failed', cause = 'invalid_recipient', due_at = NULL WHERE id = $1`, [messageOf(b)]);
    await moveTo(db, [messageOf(c)], 'delivered');
    await moveTo(db, [messageOf(d)], 'read');
    await moveTo(db, [messageOf(e)], 'cancelled');
    await db.query(
      `INSERT INTO message_outcomes (tenant_id, message_id, kind, group_id, at) VALUES ($1, $2, 'reply', $3, heliograph_now())`,
      [tenantId, messageOf(d), id],
    );
    await historySettles(db);
    await countMessages(db);
    expect(await peopleOf(tenantId, id, 'failed')).toEqual([a, b, e].toSorted());
    expect(await peopleOf(tenantId, id, 'failed', ['refused'])).toEqual([a]);
    expect(await peopleOf(tenantId, id, 'delivered')).toEqual([c]);
    expect(await peopleOf(tenantId, id, 'replied')).toEqual([d]);
    expect(await peopleOf(tenantId, id, 'not_replied')).toEqual([c]);
    expect(await peopleOf(tenantId, id, 'waiting')).toEqual([f]);
    await moveTo(db, [messageOf(f)], 'sent');
    expect(await peopleOf(tenantId, id, 'not_read')).toEqual([c, f].toSorted());
    const unread = await new CampaignPeople(db, campaignParts(db).judged).list(tenantId, id, { cell: 'not_read' }, { limit: 50 });
    expect(unread.rows.map(({ contactId }) => contactId).toSorted()).toEqual([c, f].toSorted());
    expect(await peopleOf(tenantId, id, 'left_out')).toEqual(silent.toSorted());
    expect(await peopleOf(tenantId, id, 'left_out', ['no_consent'])).toEqual(silent.toSorted());
  });

  it('says what was said before, with the values of the same file, however many follow one another', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    const contacts = await someContacts(db, tenantId, 3);
    const file = await anImport(db, tenantId, Object.fromEntries(contacts.map((contact, i) => [contact, { coupon: `C${i}` }])));
    const templateId = await aTemplate(db, tenantId, 'Your code: {{ coupon }}');
    const audience = { include: [{ kind: 'import', id: file }] };
    const body = await aCampaignBody(db, tenantId, { audience, message: { template_id: templateId } });
    const { id: first } = await parts.campaigns.create(tenantId, ann, body);
    let id = first;
    for (let round = 0; round < 3; round++) {
      await parts.launches.launch(tenantId, ann, id, { people: 3 });
      while (await parts.expansion.step({ tenantId, id }));
      const said = await db.query<{ vars: object; version: number }>(
        `SELECT source->'vars' AS vars, (source->>'v')::int AS version FROM messages WHERE group_id = $1 ORDER BY origin->>'contactId'`,
        [id],
      );
      expect(said).toEqual(contacts.map((_, i) => ({ vars: { coupon: `C${i}` }, version: 1 })));
      await historySettles(db);
      await countMessages(db);
      // A text that is written later is another message.
      await db.query(
        `INSERT INTO message_template_versions SELECT tenant_id, template_id, $2, name, language, content, languages, defaults, created_at, actor FROM message_template_versions
         WHERE template_id = $1 AND version = 1`,
        [templateId, round + 2],
      );
      await db.query(`UPDATE message_templates SET version = $2 WHERE id = $1`, [templateId, round + 2]);
      id = (await followUps().create(tenantId, ann, id, { cell: 'waiting' })).id;
    }
    // The rows are kept for the draft when the campaigns before it are over.
    await db.query(`UPDATE campaigns SET state = 'completed' WHERE tenant_id = $1 AND id <> $2`, [tenantId, id]);
    const uses = await db.forTenant(tenantId, (tx) => usesOf(tx, tenantId, { kind: 'import', id: file }));
    expect(uses.filter(({ isHolding }) => isHolding).map((use) => use.id)).toEqual([id]);
  });

  it('warns when the values of its file are gone', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    const [contact] = await someContacts(db, tenantId, 1);
    const file = await anImport(db, tenantId, { [contact as string]: { coupon: 'C1' } });
    const message = { template_id: await aTemplate(db, tenantId, '{{ coupon }}'), variables: { coupon: 'NONE' } };
    const body = await aCampaignBody(db, tenantId, { audience: { include: [{ kind: 'import', id: file }] }, message });
    const { id } = await parts.campaigns.create(tenantId, ann, body);
    await parts.launches.launch(tenantId, ann, id);
    while (await parts.expansion.step({ tenantId, id }));
    const draft = await followUps().create(tenantId, ann, id, { cell: 'waiting' });
    expect((await parts.readiness.check(tenantId, ann, draft.id)).problems).toEqual([]);
    // As the purge does, a part at a time.
    await db.query(`UPDATE contact_imports SET people = 'leaving' WHERE id = $1`, [file]);
    const { problems, ready } = await parts.readiness.check(tenantId, ann, draft.id);
    expect(problems.map(({ code }) => code)).toEqual(['variables_gone']);
    expect(problems[0]?.detail).toContain('their rows: people.csv.');
    expect(ready).toBe(true);
  });

  it('names all imports with values, or is refused: none is left out without a word', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    const [contact] = await someContacts(db, tenantId, 1);
    const files: string[] = [];
    for (let i = 0; i < 45; i++) files.push(await anImport(db, tenantId, { [contact as string]: { coupon: `C${i}` } }));
    const include = files.slice(0, 20).map((id) => ({ kind: 'import', id }));
    const message = { template_id: await aTemplate(db, tenantId, '{{ coupon }}'), import_ids: files.slice(20) };
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { audience: { include }, message }));
    await parts.launches.launch(tenantId, ann, id);
    while (await parts.expansion.step({ tenantId, id }));
    await historySettles(db);
    await countMessages(db);
    const follow = () => followUps().create(tenantId, ann, id, { cell: 'waiting' });
    await expect(follow()).rejects.toMatchObject({ code: 'conflict', reason: 'too_many_imports' });
    const gone = files.slice(0, 10);
    await db.query(`UPDATE contact_imports SET people = 'leaving' WHERE id = ANY ($1::uuid[])`, [gone]);
    const draft = await follow();
    expect(draft.message.import_ids).toEqual([...files.slice(10), ...gone.slice(0, 5)]);
    const { problems } = await parts.readiness.check(tenantId, ann, draft.id);
    expect(problems.map(({ code }) => code)).toEqual(['variables_gone']);
  });

  it('follows a contact that was merged, and is refused where nobody is', async () => {
    const { tenantId, id, agreed, messageOf } = await launched();
    const [a, b] = agreed as [string, string];
    await moveTo(db, [messageOf(a)], 'read');
    await db.query(`UPDATE contacts SET merged_into = $2 WHERE id = $1`, [a, b]);
    expect(await peopleOf(tenantId, id, 'read')).toEqual([b]);
    await expect(followUps().create(tenantId, ann, id, { cell: 'failed' })).rejects.toMatchObject({ reason: 'no_people' });
    const [lists] = await db.query<{ count: number }>(`SELECT count(*)::int AS count FROM contact_lists WHERE tenant_id = $1`, [tenantId]);
    expect(lists?.count).toBe(2);
    const draft = await followUps().create(tenantId, ann, id, { cell: 'read' });
    await expect(followUps().create(tenantId, ann, draft.id, { cell: 'read' })).rejects.toMatchObject({ reason: 'campaign_not_launched' });
    const { tenantId: other } = await aTenantWith(db);
    await expect(followUps().create(other, ann, id, { cell: 'read' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('leaves out whoever was put on the excluded lists since the first campaign', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    const [one] = await someContacts(db, tenantId, 3);
    const excluded = newId();
    await db.query(`INSERT INTO contact_lists (tenant_id, id, name, created_by) VALUES ($1, $2, 'Has bought', 'Test')`, [
      tenantId,
      excluded,
    ]);
    const body = await aCampaignBody(db, tenantId);
    const exclude = [{ kind: 'list' as const, id: excluded }];
    const { id } = await parts.campaigns.create(tenantId, ann, { ...body, audience: { ...body.audience, exclude } });
    await parts.launches.launch(tenantId, ann, id, { people: 3 });
    while (await parts.expansion.step({ tenantId, id }));
    await historySettles(db);
    await countMessages(db);
    await db.query(`INSERT INTO contact_list_members (tenant_id, list_id, contact_id) VALUES ($1, $2, $3)`, [tenantId, excluded, one]);
    const draft = await followUps().create(tenantId, ann, id, { cell: 'waiting' });
    expect(draft.audience.exclude).toEqual(exclude);
    expect(await parts.readiness.check(tenantId, ann, draft.id)).toMatchObject({ audience: 2, sendable: 2 });
  });

  it('waits for a turn of its tenant, as every pass over whole audiences does', async () => {
    const { tenantId, id } = await launched();
    const { campaigns, judged, overlaps } = campaignParts(db);
    const campaign = await campaigns.get(tenantId, id);
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const held = [db.inTurn(tenantId, () => ended), db.inTurn(tenantId, () => ended)];
    const done: string[] = [];
    const waiting = [
      followUps()
        .create(tenantId, ann, id, { cell: 'left_out' })
        .then(() => done.push('follow-up')),
      judged.list(tenantId, campaign, 'no_consent', { limit: 10 }).then(() => done.push('left out')),
      overlaps.of(tenantId, campaign).then(() => done.push('overlaps')),
    ];
    // Longer than each of them takes.
    for (let i = 0; i < 300; i++) await db.query('SELECT 1');
    expect(done).toEqual([]);
    end();
    await Promise.all([...held, ...waiting]);
    expect(done).toHaveLength(3);
  });
});
