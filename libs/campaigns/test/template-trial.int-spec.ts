import { Contacts } from '@heliograph/contacts';
import type { Actor, Database } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import type { MessageIntake, MessageReader } from '@heliograph/messaging';
import { renderTemplate, templateBody, Templates, TemplateTrial } from '../src';
import type { MediaLinks } from '../src/media/media-links';
import { TemplateCheck } from '../src/templates/template-check';
import { aCampaignBody, anImport, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const links = { address: ({ mediaId }: { mediaId: string }) => `https://files.example.com/${mediaId}` } as unknown as MediaLinks;
const reader = { readContent: () => ({ content: { kind: 'text', text: 'x' } }) } as unknown as MessageReader;

describe('a preview of a campaign', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());

  it('is the message that the person gets, or lacks what the launch says is missing', async () => {
    const check = new TemplateCheck(reader, links);
    const templates = new Templates(db, check);
    const trial = new TemplateTrial(templates, check, new Contacts(db), reader, {} as MessageIntake, db);
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    const tenant = { id: tenantId, defaultCountry: 'GB' };
    const content = { type: 'text', text: '{{ contact.name }}, {{ contact.plan }}: {{ order }} {{ coupon }} {{ contact.phone }}' };
    const template = await templates.create(tenant, ann, templateBody.parse({ name: 'Sale', content }));
    const [full, bare, none, lid] = (await someContacts(db, tenantId, 4)) as [string, string, string, string];
    await db.query(`UPDATE contacts SET attributes = '{"plan": "pro"}' WHERE tenant_id = $1 AND id = $2`, [tenantId, full]);
    await db.query(`UPDATE contact_addresses SET address = '81@lid' WHERE tenant_id = $1 AND contact_id = $2`, [tenantId, lid]);
    const rows: Record<string, Record<string, string>> = {
      [full]: { order: 'A-1', coupon: 'OWN', 'contact.name': 'Row' },
      [bare]: { order: 'A-2', coupon: ' ' },
      [none]: { order: '' },
      [lid]: { order: 'A-4' },
    };
    const message = { template_id: template.templateId, variables: { coupon: 'ALL', 'contact.plan': 'free', 'contact.name': 'friend' } };
    const audience = { include: [{ kind: 'import', id: await anImport(db, tenantId, rows) }] };
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { audience, message }));
    const shown = async (contactId: string) => {
      const { body, missing } = await trial.preview(tenant, template, { contactId, campaignId: id, values: {}, wording: 0 });
      return missing.length > 0 ? missing.join(', ') : body;
    };
    const previews: Record<string, unknown> = {};
    for (const contact of Object.keys(rows)) previews[contact] = await shown(contact);
    const campaign = await parts.campaigns.get(tenantId, id);
    const listed = async (verdict: 'sendable' | 'missing_variable') =>
      (await parts.judged.list(tenantId, campaign, verdict, { limit: 10 })).rows.map(({ contactId, missing }) => [contactId, missing]);
    expect(await listed('sendable')).toEqual([
      [full, null],
      [bare, null],
    ]);
    expect(await listed('missing_variable')).toEqual([
      [none, ['order']],
      [lid, ['contact.phone']],
    ]);
    await parts.launches.launch(tenantId, ann, id, { people: 2 });
    while (await parts.expansion.step({ tenantId, id }));
    const sent = await db.query<{
      contact: string;
      source: { l: string | null; s: number; vars: Record<string, unknown> };
      recipient: string;
    }>(`SELECT origin->>'contactId' AS contact, source, recipient FROM messages WHERE group_id = $1`, [id]);
    const skipped = await db.query<{ contact: string; detail: string }>(
      `SELECT contact_id AS contact, detail FROM campaign_skips WHERE campaign_id = $1 AND reason = 'missing_variable'`,
      [id],
    );
    const bodies = sent.map(({ contact, source, recipient }) => {
      const rendered = renderTemplate(template, source.l, source.s, { ...source.vars, 'contact.phone': recipient }, () => '');
      return [contact, 'body' in rendered ? rendered.body : rendered.failed];
    });
    expect(previews).toEqual(Object.fromEntries([...bodies, ...skipped.map(({ contact, detail }) => [contact, detail])]));
    expect(previews[full]).toMatchObject({ text: expect.stringMatching(/^Ann, pro: A-1 OWN \+/) as string });
    expect(previews[bare]).toMatchObject({ text: expect.stringMatching(/^Ann, free: A-2 ALL \+/) as string });
    expect(previews[none]).toBe('order');
    const other = await aTenantWith(db);
    const foreign = trial.preview({ id: other.tenantId, defaultCountry: 'GB' }, template, { campaignId: id, values: {}, wording: 0 });
    await expect(foreign).rejects.toMatchObject({ code: 'not_found' });
  });
});
