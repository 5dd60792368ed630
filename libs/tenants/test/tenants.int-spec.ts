import type { AppError } from '@heliograph/kernel';
import { ChangeFeed, newId } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { defaultTenantSettings, Tenants, tenantSettingsPatch } from '../src';

describe('tenants', () => {
  let test: TestDatabase;
  let tenants: Tenants;

  beforeAll(async () => {
    test = await openTestDatabase();
    tenants = new Tenants(test.db, new ChangeFeed({ DATABASE_URL: test.url }));
  });
  afterAll(() => test.close());

  it('start with every default and keep what a patch does not contain', async () => {
    const { id, settings } = await tenants.create({ name: 'Agency', defaultCountry: 'GB' });
    expect(settings).toEqual(defaultTenantSettings);

    await tenants.update(id, { settings: { uncertain: { transactional: { resend_after_s: 120 } } } });
    const updated = await tenants.update(id, { name: 'Renamed', settings: { content_guard_s: { reply: 0 } } });

    expect(updated).toEqual(await tenants.get(id));
    expect(updated).toMatchObject({ name: 'Renamed', defaultCountry: 'GB' });
    expect(updated.settings).toEqual({
      ...defaultTenantSettings,
      uncertain: { ...defaultTenantSettings.uncertain, transactional: { resend_after_s: 120 } },
      content_guard_s: { ...defaultTenantSettings.content_guard_s, reply: 0 },
    });
  });

  it('lose no change when two people change different settings at the same time', async () => {
    const { id } = await tenants.create({ name: 'Agency', defaultCountry: 'GB' });
    await Promise.all(
      (['transactional', 'reply', 'drip', 'broadcast'] as const).map((name, i) =>
        tenants.update(id, { settings: { content_guard_s: { [name]: i + 1 } } }),
      ),
    );
    expect((await tenants.get(id)).settings.content_guard_s).toEqual({ transactional: 1, reply: 2, drip: 3, broadcast: 4 });
  });

  it('replace quiet hours and frequency caps as a whole', async () => {
    const { id } = await tenants.create({ name: 'Agency', defaultCountry: 'GB' });
    const patch = tenantSettingsPatch.parse({
      quiet_hours: { from: '21:00', to: '08:00' },
      frequency_caps: [{ messages: 3, hours: 168 }],
      min_gap_s: 3_600,
      campaign_approval: 'client',
    });
    const { settings } = await tenants.update(id, { settings: patch });
    expect(settings).toMatchObject({ ...patch, quiet_hours: { from: '21:00', to: '08:00', classes: ['drip', 'broadcast'] } });
    const after = await tenants.update(id, { settings: { quiet_hours: null, frequency_caps: [] } });
    expect(after.settings).toMatchObject({ quiet_hours: null, frequency_caps: [], min_gap_s: 3_600, campaign_approval: 'client' });
  });

  it('read and take approvals as they were before the client could approve', async () => {
    const { id } = await tenants.create({ name: 'Agency', defaultCountry: 'GB' });
    await test.db.query(`UPDATE tenants SET settings = '{"campaign_approval": true}' WHERE id = $1`, [id]);
    expect((await tenants.get(id)).settings.campaign_approval).toBe('person');
    expect((await tenants.update(id, { settings: { campaign_approval: false } })).settings.campaign_approval).toBe('off');
  });

  it('are not found by an unknown id', async () => {
    const reason = (error: AppError) => error.reason;
    expect(await tenants.get(newId()).catch(reason)).toBe('not_found');
    expect(await tenants.update(newId(), { name: 'x' }).catch(reason)).toBe('not_found');
  });

  it('refuse settings that are unknown, out of range or incomplete', () => {
    const refused = [
      { other: 1 },
      { routing: { rule: 'fixed' } },
      { routing: { rule: 'sticky', session_id: newId() } },
      { uncertain: { transactional: { resend_after_s: 29 } } },
      { uncertain: { reply: 'resend' } },
      { content_guard_s: { reply: -1 } },
      { content_guard_s: { elsewhere: 1 } },
      { quiet_hours: { from: '21:00', to: '21:00' } },
      { quiet_hours: { from: '9pm', to: '08:00' } },
      { frequency_caps: [{ messages: 0, hours: 24 }] },
      { frequency_caps: [{ messages: 1, hours: 2_161 }] },
      { min_gap_s: -1 },
    ];
    for (const patch of refused) expect({ patch, ok: tenantSettingsPatch.safeParse(patch).success }).toEqual({ patch, ok: false });
    expect(tenantSettingsPatch.safeParse({ routing: { rule: 'weighted', tag: 'uk' }, uncertain: { drip: 'park' } }).success).toBe(true);
  });
});
