import { campaignBody, Campaigns } from '@heliograph/campaigns';
import { AddressPairs, Consents } from '@heliograph/contacts';
import { Entries } from '@heliograph/inbox';
import { type Actor, Metrics, newId, storedActor, systemActor, TransactionFeed } from '@heliograph/kernel';
import { historySettles, openTestDatabase, processLoops, type TestDatabase } from '@heliograph/kernel/testing';
import { DeadLetters } from '@heliograph/dead-letters';
import { MessageEvents } from '@heliograph/messaging';
import { aLane, moveTo } from '@heliograph/messaging/testing';
import { SessionEvents } from '@heliograph/tenants';
import { hookLetters } from '../src/inbound/hook-letters';
import { CallbackEvents } from '../src/outbound/callback-events.repository';
import { callbackTypes } from '../src/outbound/callback-types';
import { CallbackFeed } from '../src/outbound/callback-feed';

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterAll(() => database.close());

async function setup() {
  const { db } = database;
  const metrics = new Metrics();
  const events = new CallbackEvents();
  const letters = new DeadLetters(db);
  const feed = new CallbackFeed(
    new TransactionFeed(db),
    new MessageEvents(),
    letters,
    new SessionEvents(),
    new Entries(),
    new Consents(db),
    new AddressPairs(db),
    events,
    processLoops().loops,
    metrics,
  );
  const tenant = async () => {
    const id = newId();
    await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Test agency', 'GB')`, [id]);
    await db.query(
      `INSERT INTO callback_endpoints (tenant_id, id, name, url, headers, secret) VALUES ($1, $2, 'Core', 'https://example.com', '', '')`,
      [id, newId()],
    );
    return id;
  };
  const open = (tenantId: string, subjects: string[], detail: string | null = null) =>
    db.transaction((tx) =>
      letters.open(
        tx,
        subjects.map((subjectId) => ({ tenantId, kind: hookLetters.name, subjectId, sessionId: null, cause: 'rejected', detail })),
      ),
    );
  const reported = async (tenantId: string) =>
    (
      await db.query<{ subject: string }>(
        `SELECT v.body::jsonb #>> '{data,subject_id}' AS subject FROM callbacks c JOIN callback_events v ON v.tenant_id = c.tenant_id AND v.id = c.event_id WHERE c.tenant_id = $1 ORDER BY c.seq`,
        [tenantId],
      )
    ).map(({ subject }) => subject);
  const follow = () => historySettles(db).then(() => feed.follow());
  const skipped = async () =>
    (await metrics.registry.getSingleMetric('heliograph_callback_events_skipped_total')?.get())?.values.map(({ labels, value }) => [
      labels.of,
      value,
    ]);
  await follow();
  return { db, tenant, open, reported, follow, skipped };
}

describe('the callback feed', () => {
  it('reports everything to every tenant except one unreadable row, and counts that', async () => {
    const { db, tenant, open, reported, follow, skipped } = await setup();
    const [one, other] = [await tenant(), await tenant()];
    await open(one, ['a', 'unreadable', 'b']);
    await db.query(`UPDATE dead_letters SET created_at = 'infinity' WHERE tenant_id = $1 AND subject_id = 'unreadable'`, [one]);
    await open(other, ['c']);
    await follow();
    expect([(await reported(one)).toSorted(), await reported(other), await skipped()]).toEqual([['a', 'b'], ['c'], [['dead_letters', 1]]]);
    await open(one, ['d']);
    await follow();
    expect(await reported(one)).toContain('d');
  });

  it('reports everything to every tenant except one event that the database refuses, and counts that', async () => {
    const { db, tenant, open, reported, follow, skipped } = await setup();
    await db.query(`ALTER TABLE callback_events ADD CONSTRAINT sound CHECK (body NOT LIKE '%poison%')`);
    const [one, other] = [await tenant(), await tenant()];
    await open(one, ['a', 'b', 'c']);
    await open(one, ['bad'], 'poison');
    await open(other, ['d', 'e']);
    await follow();
    expect([(await reported(one)).toSorted(), (await reported(other)).toSorted(), await skipped()]).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
      [['dead_letter.created', 1]],
    ]);
  });

  it('reports when a campaign is decided on, starts, is paused, completed, cancelled and fails, once each', async () => {
    const { db, tenant, follow } = await setup();
    const tenantId = await tenant();
    const campaigns = new Campaigns(db);
    const actor: Actor = { kind: 'person', id: newId(), name: 'Ada' };
    const { id } = await campaigns.create(tenantId, actor, campaignBody.parse({ name: 'Summer sale' }));
    await db.query(`INSERT INTO message_groups (tenant_id, id, kind) VALUES ($1, $2, 'campaign')`, [tenantId, id]);
    await db.query(`INSERT INTO message_group_counts (tenant_id, group_id, shard, state, count) VALUES ($1, $2, 1, 'sent', 3)`, [
      tenantId,
      id,
    ]);
    for (const kind of [
      'approved',
      'changes_asked',
      'launched',
      'started',
      'paused',
      'resumed',
      'completed',
      'reopened',
      'cancelled',
      'failed',
    ])
      await db.query(`INSERT INTO campaign_log (tenant_id, campaign_id, kind, actor, actor_ref, detail) VALUES ($1, $2, $3, $4, $5, $6)`, [
        tenantId,
        id,
        kind,
        ...storedActor(actor),
        kind === 'paused' ? { rule: 'failed' } : null,
      ]);
    await follow();
    await follow();
    const events = await db.query<{ type: string; data: Record<string, unknown> }>(
      `SELECT v.type, v.body::jsonb->'data' AS data FROM callbacks c JOIN callback_events v ON v.tenant_id = c.tenant_id AND v.id = c.event_id
       WHERE c.tenant_id = $1 AND v.type LIKE 'campaign.%' ORDER BY c.seq`,
      [tenantId],
    );
    expect(events.map(({ type }) => type)).toEqual(
      ['approved', 'changes_asked', 'started', 'paused', 'completed', 'cancelled', 'failed'].map((move) => `campaign.${move}`),
    );
    for (const { type, data } of events) expect(callbackTypes[type as 'campaign.paused'].data.safeParse(data).error).toBeUndefined();
    expect(events[3]?.data).toMatchObject({
      campaign_id: id,
      name: 'Summer sale',
      actor,
      detail: { rule: 'failed' },
      messages: { sent: 3 },
    });
  });

  it('reports the consent of an import, and that its undo voided it', async () => {
    const { db, tenant, follow } = await setup();
    const tenantId = await tenant();
    const [contactId, given, voided] = [newId(), newId(), newId()];
    const record = (id: string, action: string, voids: string | null, source: string) =>
      db.query(
        `INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, voids, source, actor)
         VALUES ($1, $2, $3, '+447700900101', 'marketing', $4, $5, $6, 'Ada')`,
        [tenantId, id, contactId, action, voids, source],
      );
    await record(given, 'opt_in', null, 'fair');
    await record(voided, 'void', given, 'import_undo');
    await follow();
    const events = await db.query<{ type: 'contact.opted_in' | 'contact.consent_voided'; data: object }>(
      `SELECT v.type, v.body::jsonb->'data' AS data FROM callbacks c JOIN callback_events v ON v.tenant_id = c.tenant_id AND v.id = c.event_id
       WHERE c.tenant_id = $1 ORDER BY c.seq`,
      [tenantId],
    );
    expect(events).toMatchObject([
      { type: 'contact.opted_in', data: { consent_id: given, source: 'fair' } },
      { type: 'contact.consent_voided', data: { consent_id: voided, voids: given, source: 'import_undo' } },
    ]);
    for (const { type, data } of events) expect(callbackTypes[type].data.safeParse(data).error).toBeUndefined();
  });

  it('reports the opt-out of a contact without an address', async () => {
    const { db, tenant, follow } = await setup();
    const tenantId = await tenant();
    const of = { tenantId, contactId: newId(), address: null, purpose: 'marketing', channel: 'whatsapp', action: 'opt_out' } as const;
    const said = { source: 'letter', textVersion: null, text: null, proof: null, actor: systemActor('test'), sessionId: null };
    await db.transaction((tx) => new Consents(db).record(tx, [{ ...of, ...said }]));
    await follow();
    const [event] = await db.query<{ data: object }>(
      `SELECT v.body::jsonb->'data' AS data FROM callback_events v WHERE v.tenant_id = $1 AND v.type = 'contact.opted_out'`,
      [tenantId],
    );
    expect(event?.data).toMatchObject({ contact_id: of.contactId, address: null, addresses: [], source: 'letter' });
    expect(callbackTypes['contact.opted_out'].data.safeParse(event?.data).error).toBeUndefined();
  });

  it('names the campaign and the contact of a message', async () => {
    const { db, follow } = await setup();
    const { tenantId, sessionId } = await aLane(db);
    await db.query(
      `INSERT INTO callback_endpoints (tenant_id, id, name, url, headers, secret) VALUES ($1, $2, 'Core', 'https://example.com', '', '')`,
      [tenantId, newId()],
    );
    const [id, campaignId, contactId] = [newId(), newId(), newId()];
    await db.query(
      `INSERT INTO messages (tenant_id, id, session_id, group_id, class, state, recipient, kind, body, created_at, due_at, expires_at, origin)
       VALUES ($1, $2, $3, $4, 3, 'queued', '+447700900101', 'text', '{}', heliograph_now(), heliograph_now(), heliograph_now() + interval '1 day', $5)`,
      [tenantId, id, sessionId, campaignId, { kind: 'campaign', campaignId, contactId }],
    );
    await moveTo(db, [id], 'delivered');
    await follow();
    const events = await db.query<{ origin: object }>(
      `SELECT v.body::jsonb #> '{data,origin}' AS origin FROM callback_events v WHERE v.tenant_id = $1 AND v.type LIKE 'message.%'`,
      [tenantId],
    );
    expect(events).toEqual(Array(2).fill({ origin: { kind: 'campaign', campaign_id: campaignId, contact_id: contactId } }));
  });
});
