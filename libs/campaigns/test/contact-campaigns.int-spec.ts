import { Contacts, ContactEditing } from '@heliograph/contacts';
import { type Actor, type Database, newId } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageQueries } from '@heliograph/messaging';
import { moveTo } from '@heliograph/messaging/testing';
import { type ContactCampaign, ContactCampaigns } from '../src/results/contact-campaigns.repository';
import { aCampaignBody, aTenantWith, campaignParts, consentOfAll, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };

describe('the campaigns of a contact', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());

  it('are those with a message to the contact, and those that left the contact out, each once over the pages', async () => {
    const { campaigns, launches, expansion } = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    const [one, other, silent] = [
      ...(await someContacts(db, tenantId, 2)),
      ...(await someContacts(db, tenantId, 1, { consent: null, from: 447_800_000_000 })),
    ] as [string, string, string];
    const launched = async (name: string): Promise<string> => {
      const { id } = await campaigns.create(tenantId, ann, { ...(await aCampaignBody(db, tenantId)), name });
      await launches.launch(tenantId, ann, id);
      while (await expansion.step({ tenantId, id }));
      return id;
    };
    const first = await launched('First');
    await consentOfAll(db, tenantId, [one], 'opt_out');
    const second = await launched('Second');
    const third = await launched('Third');
    const messageOf = async (campaignId: string, contactId: string): Promise<string> => {
      const [row] = await db.query<{ id: string }>(
        `SELECT id FROM messages WHERE tenant_id = $1 AND group_id = $2 AND origin->>'contactId' = $3`,
        [tenantId, campaignId, contactId],
      );
      return row?.id as string;
    };
    const read = await messageOf(first, one);
    await db.query(`UPDATE messages SET body = '{"content":{"kind":"text","text":"Hello"}}', kind = 'text', source = NULL WHERE id = $1`, [
      read,
    ]);
    await moveTo(db, [read], 'read');
    // A message of its own is of no campaign.
    const contacts = new Contacts(db);
    const reader = new ContactCampaigns(db, contacts, new MessageQueries(db));
    const all = async (id: string, limit = 1): Promise<ContactCampaign[]> => {
      const found: ContactCampaign[] = [];
      for (let cursor: string | undefined, isMore = true; isMore;) {
        const page = await reader.list(tenantId, id, { limit, cursor });
        found.push(...page.rows);
        isMore = page.next !== null;
        cursor = page.next ?? undefined;
      }
      return found;
    };
    const shown = async (id: string, limit?: number) => (await all(id, limit)).map(({ name, cell, reason }) => [name, cell, reason]);
    expect(await shown(one)).toEqual([
      ['First', 'read', null],
      ['Third', 'left_out', 'opted_out'],
      ['Second', 'left_out', 'opted_out'],
    ]);
    expect(await shown(one, 50)).toEqual(await shown(one));
    expect(await shown(silent)).toEqual([
      ['Third', 'left_out', 'no_consent'],
      ['Second', 'left_out', 'no_consent'],
      ['First', 'left_out', 'no_consent'],
    ]);
    expect((await all(other)).map(({ campaignId, state, messageId }) => [campaignId, state, messageId])).toEqual(
      await Promise.all([third, second, first].map(async (id) => [id, 'queued', await messageOf(id, other)])),
    );

    // Whoever gets the number gets nothing of what was sent to it before; whoever is merged brings all along.
    await db.transaction((tx) => new ContactEditing(db).merge(tx, tenantId, ann, silent, one));
    expect(await shown(silent)).toHaveLength(6);
    const { addresses } = await contacts.get(tenantId, other);
    const { contact } = await new ContactEditing(db).put(tenantId, ['+447700900999'], {});
    await db.query(`UPDATE contact_addresses SET contact_id = $3 WHERE tenant_id = $1 AND address = $2`, [
      tenantId,
      addresses[0],
      contact.id,
    ]);
    expect(await all(contact.id)).toEqual([]);
    await expect(reader.list(tenantId, newId(), { limit: 1 })).rejects.toMatchObject({ reason: 'not_found' });
  });
});
