import { readSelection, SegmentCounts, type SelectionOperator, selectionSql, selectionTree, sqlParameters } from '@heliograph/contacts';
import { type Database, newId } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import '@heliograph/messaging';
import '../src';

let test: TestDatabase;
let db: Database;
const tenantId = newId();
const campaign = newId();
const other = newId();
/** Contacts by what happened to them. */
const people: Record<string, string> = {};
const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day);

async function person(name: string, address: string): Promise<string> {
  const id = (people[name] = newId());
  await db.query(`INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, $3)`, [tenantId, id, name]);
  await db.query(`INSERT INTO contact_addresses (tenant_id, address, contact_id) VALUES ($1, $2, $3)`, [tenantId, address, id]);
  return id;
}

async function message(
  recipient: string,
  state: string,
  over: { sent?: Date; delivered?: Date; read?: Date; group?: string; created?: Date; said?: 'reply' | 'opt_out' } = {},
): Promise<void> {
  const id = newId();
  await db.query(
    `INSERT INTO messages (tenant_id, id, session_id, group_id, class, state, recipient, kind, body, created_at, expires_at, due_at, sent_at, delivered_at, read_at)
     VALUES ($1, $2, $3, $4, 3, $5, $6, 'text', '{"content":{"kind":"text","text":"Hello"}}', $7, heliograph_now() + interval '1 day', $8, $9, $10, $11)`,
    [
      tenantId,
      id,
      newId(),
      over.group ?? null,
      state,
      recipient,
      over.created ?? new Date(),
      state === 'queued' ? new Date() : null,
      over.sent ?? null,
      over.delivered ?? null,
      over.read ?? null,
    ],
  );
  if (over.said)
    await db.query(`INSERT INTO message_outcomes (tenant_id, message_id, kind, group_id, at) VALUES ($1, $2, $3, $4, heliograph_now())`, [
      tenantId,
      id,
      over.said,
      over.group,
    ]);
}

beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
  await person('never', '+447700900101');
  await person('waiting', '+447700900102');
  await message('+447700900102', 'queued', { group: campaign });
  await person('read', '+447700900103');
  await message('+447700900103', 'read', { sent: ago(40), delivered: ago(40), read: ago(39) });
  await message('+447700900103', 'read', { sent: ago(2), delivered: ago(2), read: ago(1), group: campaign, said: 'reply' });
  await person('sent long ago', '+447700900104');
  await message('+447700900104', 'sent', { sent: ago(40) });
  await person('failed', '+447700900105');
  await message('+447700900105', 'failed', { created: ago(1), group: campaign });
  await person('failed after it was sent', '+447700900106');
  await message('+447700900106', 'failed', { sent: ago(3), created: ago(3) });
  // Sent to the spelling that WhatsApp shows.
  await person('twin', '+5511987654321');
  await message('+551187654321', 'delivered', { sent: ago(1), delivered: ago(1), group: other, said: 'opt_out' });
  const writer = await person('wrote', '+447700900107');
  await db.query(
    `INSERT INTO conversations (tenant_id, id, session_id, kind, contact_id, address, last_entry_at, last_inbound_at) VALUES ($1, $2, $3, 'person', $4, '+447700900107', heliograph_now(), $5)`,
    [tenantId, newId(), newId(), writer, ago(5)],
  );
});
afterAll(() => test.close());

const names = (ids: string[]) => Object.keys(people).filter((name) => ids.includes(people[name] as string));

async function matching(field: string, operator: SelectionOperator, value: unknown = null): Promise<string[]> {
  const tree = selectionTree.parse({ rules: [{ field, operator, value }] });
  const of = (isWhole: boolean) =>
    db.forTenant(tenantId, async (tx) => {
      const selection = await readSelection(tx, tenantId, tree);
      const { values, add } = sqlParameters(tenantId);
      return (await tx.query<{ id: string }>(selectionSql(selection, { tenant: '$1::uuid', add, isWhole }), values)).map(({ id }) => id);
    });
  const [each, whole] = [names(await of(false)), names(await of(true))];
  expect(whole).toEqual(each);
  expect((await new SegmentCounts(db).count(tenantId, tree)).count).toBe(each.length);
  return each;
}

it.each<[string, SelectionOperator, unknown, string[]]>([
  ['last_sent', 'is_empty', null, ['never', 'waiting', 'failed', 'wrote']],
  ['last_sent', 'is_not_empty', null, ['read', 'sent long ago', 'failed after it was sent', 'twin']],
  ['last_sent', 'in_last_days', 30, ['read', 'failed after it was sent', 'twin']],
  ['last_sent', 'not_in_last_days', 30, ['never', 'waiting', 'sent long ago', 'failed', 'wrote']],
  ['last_sent', 'before', ago(30).toISOString(), ['sent long ago']],
  ['last_sent', 'between', [ago(50).toISOString(), ago(30).toISOString()], ['sent long ago']],
  ['last_delivered', 'since', ago(10).toISOString(), ['read', 'twin']],
  ['last_read', 'is_not_empty', null, ['read']],
  ['last_read', 'before', ago(10).toISOString(), []],
  ['last_failed', 'in_last_days', 7, ['failed', 'failed after it was sent']],
  ['campaign_sent', 'is_one_of', [campaign], ['read']],
  ['campaign_read', 'is_one_of', [campaign], ['read']],
  ['campaign_failed', 'is_one_of', [campaign], ['failed']],
  ['campaign_replied', 'is_one_of', [campaign, other], ['read']],
  ['campaign_replied', 'is_one_of', [other], []],
  ['campaign_opted_out', 'is_one_of', [campaign, other], ['twin']],
  [
    'campaign_opted_out',
    'is_none_of',
    [other],
    ['never', 'waiting', 'read', 'sent long ago', 'failed', 'failed after it was sent', 'wrote'],
  ],
  [
    'campaign_delivered',
    'is_none_of',
    [campaign],
    ['never', 'waiting', 'sent long ago', 'failed', 'failed after it was sent', 'twin', 'wrote'],
  ],
  ['last_reply', 'in_last_days', 7, ['wrote']],
  ['last_reply', 'before', ago(4).toISOString(), ['wrote']],
  ['last_reply', 'since', ago(4).toISOString(), []],
])('the rule %s %s %j finds contacts by what was sent and written', async (field, operator, value, found) => {
  expect(await matching(field, operator, value)).toEqual(found);
});
