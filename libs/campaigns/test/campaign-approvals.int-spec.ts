import { Contacts } from '@heliograph/contacts';
import type { Actor, Database } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import type { MessageIntake, MessageReader } from '@heliograph/messaging';
import type { CampaignApproval } from '@heliograph/tenants';
import { CampaignApprovals, CampaignLinks, templateBody, Templates, TemplateTrial } from '../src';
import type { MediaLinks } from '../src/media/media-links';
import { TemplateCheck } from '../src/templates/template-check';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const bob: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d2', name: 'Bob' };
const jo: Actor = { kind: 'system', id: 'approval_link', name: 'Jo' };

describe('an approval by the client', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());

  function desk(campaign_approval: CampaignApproval = 'client') {
    const parts = campaignParts(db, { campaign_approval });
    const reader = { readContent: () => ({ content: { kind: 'text', text: 'x' } }) } as unknown as MessageReader;
    const check = new TemplateCheck(reader, { address: () => '' } as unknown as MediaLinks);
    const templates = new Templates(db, check);
    const trial = new TemplateTrial(templates, check, new Contacts(db), reader, {} as MessageIntake, db);
    const links = new CampaignLinks(db, parts.tenants, { PUBLIC_URL: 'https://heliograph.example/' });
    const { campaigns, readiness, plans, judged, tenants } = parts;
    const approvals = new CampaignApprovals(db, campaigns, readiness, plans, judged, templates, trial, links, tenants);
    return { ...parts, templates, links, approvals };
  }
  type Desk = ReturnType<typeof desk>;

  /** A campaign to five people, one of whom did not agree to it. */
  async function aDraft({ templates, campaigns }: Desk) {
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 4);
    await someContacts(db, tenantId, 1, { consent: null, from: 447_800_000_000 });
    const content = { type: 'text', text: 'Hi {{ contact.name }}, we call {{ contact.phone }}.' };
    const template = await templates.create({ id: tenantId, defaultCountry: 'GB' }, ann, templateBody.parse({ name: 'Sale', content }));
    const message = { template_id: template.templateId };
    const { id } = await campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { message }));
    return { tenantId, id, templateId: template.templateId };
  }
  const tokenOf = ({ url }: { url: string }) => url.split('#')[1] as string;
  const approved = { verdict: 'approved', name: 'Jo', note: null } as const;
  const logOf = ({ campaigns }: Desk, tenantId: string, id: string) =>
    campaigns.log(tenantId, id, { limit: 10 }).then(({ rows }) => rows.map(({ kind, actor, detail }) => ({ kind, actor, detail })));

  it('is of the plan that the link shows, which names nobody, and lets the campaign start', async () => {
    const parts = desk();
    const { tenantId, id } = await aDraft(parts);
    await expect(parts.launches.launch(tenantId, ann, id)).rejects.toMatchObject({ reason: 'approval_required' });
    const made = await parts.approvals.createLink(tenantId, ann, id, 7);
    expect(made.url).toMatch(/^https:\/\/heliograph\.example\/admin\/approval#[\w-]{43}$/);
    const shown = await parts.approvals.show(tokenOf(made));
    expect(shown).toMatchObject({
      ...{ name: 'Summer sale', client: 'Larkspur Fitness', state: 'open', decision: null },
      plan: { people: 4, skips: { no_consent: 1 }, numbers: [{ share: 1, messages: 4 }] },
    });
    expect(shown.samples.map(({ body }) => body?.text)).toEqual(Array(3).fill('Hi Ann, we call +•• ••• ••••.'));
    expect(JSON.stringify(shown)).not.toMatch(/447[78]00/);
    expect(await parts.approvals.decide(tokenOf(made), { ...approved, note: 'Good.' })).toMatchObject({
      state: 'decided',
      decision: { verdict: 'approved', name: 'Jo', note: 'Good.' },
    });
    expect(await parts.campaigns.get(tenantId, id)).toMatchObject({ approvedBy: jo });
    expect(await logOf(parts, tenantId, id)).toContainEqual({
      kind: 'approved',
      actor: jo,
      detail: { link_id: made.link.id, note: 'Good.' },
    });
    expect((await parts.launches.launch(tenantId, ann, id)).state).toBe('scheduled');
    expect((await parts.approvals.show(tokenOf(made))).state).toBe('decided');
  });

  it('is made once with a link, also by two who decide at the same time', async () => {
    const parts = desk();
    const { tenantId, id } = await aDraft(parts);
    const made = await parts.approvals.createLink(tenantId, ann, id, 7);
    const decisions = await Promise.allSettled([
      parts.approvals.decide(tokenOf(made), approved),
      parts.approvals.decide(tokenOf(made), { ...approved, verdict: 'changes_asked' }),
    ]);
    expect(decisions.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(parts.approvals.decide(tokenOf(made), approved)).rejects.toMatchObject({ reason: 'already_decided' });
    expect(await logOf(parts, tenantId, id)).toHaveLength(2);
  });

  it('is asked again after a change of the text, the people or the time, and the link says so', async () => {
    const parts = desk();
    const { tenantId, id, templateId } = await aDraft(parts);
    const { audience } = await parts.campaigns.get(tenantId, id);
    const changes: (() => Promise<unknown>)[] = [
      () =>
        parts.templates.update({ id: tenantId, defaultCountry: 'GB' }, templateId, ann, {
          content: { type: 'text', text: 'Hello', variants: [] },
        }),
      () => parts.campaigns.update(tenantId, id, ann, { audience: { ...audience, max_people: 2 } }),
      async () =>
        parts.campaigns.update(tenantId, id, ann, { schedule: { ...(await parts.campaigns.get(tenantId, id)).schedule, max_late_min: 5 } }),
    ];
    for (const change of changes) {
      const [used, open] = [await parts.approvals.createLink(tenantId, ann, id, 7), await parts.approvals.createLink(tenantId, ann, id, 7)];
      await parts.approvals.decide(tokenOf(used), approved);
      expect((await parts.readiness.check(tenantId, ann, id)).needsApproval).toBe(false);
      await change();
      expect(await parts.approvals.show(tokenOf(open))).toMatchObject({ state: 'changed', plan: null, samples: [] });
      expect((await parts.approvals.show(tokenOf(used))).state).toBe('changed');
      await expect(parts.approvals.decide(tokenOf(open), approved)).rejects.toMatchObject({ reason: 'plan_changed' });
      await expect(parts.launches.launch(tenantId, ann, id)).rejects.toMatchObject({ reason: 'approval_required' });
      // Nothing was decided: after the change is taken back, the link would serve again.
      expect((await parts.approvals.show(tokenOf(open))).decision).toBeNull();
    }
  });

  it('shows after the launch only what was approved last', async () => {
    const parts = desk();
    const { tenantId, id, templateId } = await aDraft(parts);
    const first = await parts.approvals.createLink(tenantId, ann, id, 7);
    await parts.approvals.decide(tokenOf(first), approved);
    await parts.templates.update({ id: tenantId, defaultCountry: 'GB' }, templateId, ann, {
      content: { type: 'text', text: 'Hello', variants: [] },
    });
    const second = await parts.approvals.createLink(tenantId, ann, id, 7);
    await parts.approvals.decide(tokenOf(second), approved);
    await parts.launches.launch(tenantId, ann, id);
    expect(await parts.approvals.show(tokenOf(first))).toMatchObject({ state: 'changed', plan: null, samples: [] });
    expect(await parts.approvals.show(tokenOf(second))).toMatchObject({ state: 'decided', plan: { people: 4 } });
  });

  it('is taken back by who asks for changes', async () => {
    const parts = desk();
    const { tenantId, id } = await aDraft(parts);
    const [one, two] = [await parts.approvals.createLink(tenantId, ann, id, 7), await parts.approvals.createLink(tenantId, ann, id, 7)];
    await parts.approvals.decide(tokenOf(one), approved);
    await parts.approvals.decide(tokenOf(two), { verdict: 'changes_asked', name: 'Kim', note: 'Next week.' });
    expect((await parts.campaigns.get(tenantId, id)).approvedBy).toBeNull();
    await expect(parts.launches.launch(tenantId, ann, id)).rejects.toMatchObject({ reason: 'approval_required' });
    expect((await logOf(parts, tenantId, id))[0]).toMatchObject({
      kind: 'changes_asked',
      actor: { name: 'Kim' },
      detail: { note: 'Next week.' },
    });
  });

  it('is no approval by a second person, and the other way round', async () => {
    const parts = desk();
    const { tenantId, id } = await aDraft(parts);
    await expect(parts.launches.approve(tenantId, bob, id)).rejects.toMatchObject({ reason: 'approval_by_client' });
    const made = await parts.approvals.createLink(tenantId, ann, id, 7);
    await parts.approvals.decide(tokenOf(made), approved);
    const other = desk('person');
    expect((await other.readiness.check(tenantId, ann, id)).needsApproval).toBe(true);
    await other.launches.approve(tenantId, bob, id);
    expect((await other.readiness.check(tenantId, ann, id)).needsApproval).toBe(false);
    expect((await parts.readiness.check(tenantId, ann, id)).needsApproval).toBe(true);
    await expect(other.approvals.createLink(tenantId, ann, id, 7)).rejects.toMatchObject({ reason: 'approval_not_by_client' });
  });

  it('needs an open link: not one that was revoked, has expired, or is of a report', async () => {
    const parts = desk();
    const { tenantId, id } = await aDraft(parts);
    const [one, two] = [await parts.approvals.createLink(tenantId, ann, id, 7), await parts.approvals.createLink(tenantId, ann, id, 7)];
    await parts.links.revoke(tenantId, id, 'approval', ann, one.link.id);
    await db.query(`UPDATE campaign_report_links SET expires_at = heliograph_now() WHERE id = $1`, [two.link.id]);
    await expect(parts.approvals.decide(tokenOf(one), approved)).rejects.toMatchObject({ reason: 'link_revoked' });
    await expect(parts.approvals.decide(tokenOf(two), approved)).rejects.toMatchObject({ reason: 'link_expired' });
    await expect(parts.links.open(tokenOf(one), 'report')).rejects.toMatchObject({ reason: 'not_found' });
    await expect(parts.links.revoke(tenantId, id, 'report', ann, two.link.id)).rejects.toMatchObject({ reason: 'not_found' });
    const report = await parts.links.create(tenantId, id, ann, { kind: 'report', days: 7, assert: () => undefined });
    await expect(parts.approvals.decide(tokenOf(report), approved)).rejects.toMatchObject({ reason: 'not_found' });
    expect((await parts.links.list(tenantId, id, 'approval', { limit: 10 })).rows.map((link) => link.id)).toEqual([
      two.link.id,
      one.link.id,
    ]);
  });

  it('is not asked for what has no text or nobody to get it, is not what was looked at, or was launched', async () => {
    const parts = desk();
    const { tenantId, id } = await aDraft(parts);
    const empty = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { message: {} }));
    await expect(parts.approvals.createLink(tenantId, ann, empty.id, 7)).rejects.toMatchObject({ reason: 'campaign_not_ready' });
    await expect(parts.approvals.createLink(tenantId, ann, id, 7, { hash: '0'.repeat(64) })).rejects.toMatchObject({
      reason: 'plan_changed',
    });
    const [one, two] = [await parts.approvals.createLink(tenantId, ann, id, 7), await parts.approvals.createLink(tenantId, ann, id, 7)];
    await parts.approvals.decide(tokenOf(one), approved);
    await parts.launches.launch(tenantId, ann, id);
    await expect(parts.approvals.createLink(tenantId, ann, id, 7)).rejects.toMatchObject({ reason: 'campaign_state' });
    expect((await parts.approvals.show(tokenOf(two))).state).toBe('over');
    await expect(parts.approvals.decide(tokenOf(two), approved)).rejects.toMatchObject({ reason: 'campaign_state' });
  });

  it('leaves no link behind a draft that is deleted', async () => {
    const parts = desk();
    const { tenantId, id } = await aDraft(parts);
    const made = await parts.approvals.createLink(tenantId, ann, id, 7);
    await parts.campaigns.delete(tenantId, id);
    await expect(parts.approvals.show(tokenOf(made))).rejects.toMatchObject({ reason: 'not_found' });
  });
});
