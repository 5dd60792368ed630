import { Database } from '@heliograph/kernel';
import { ApiRig, text } from './api-rig';

let rig: ApiRig;
beforeAll(async () => (rig = await ApiRig.start()));
afterAll(() => rig.stop());

const today = `date_trunc('day', heliograph_now(), 'UTC')`;

/** A tenant with two sessions, statements on its rows ($1 the tenant, $2 the first session, $3 the other), and the health of a session. */
async function agency() {
  const tenant = await rig.tenant();
  const [one, other] = [await rig.session(tenant.id), await rig.session(tenant.id)];
  const run = (sql: string) =>
    rig
      .get(Database)
      .query(`WITH of AS (SELECT $1::uuid AS tenant, $2::uuid AS one, $3::uuid AS other) ${sql}`, [tenant.id, one.id, other.id]);
  const health = async (id: string) => (await rig.call('GET', `/v1/sessions/${id}/health`, { key: tenant.key })).body;
  return { tenant, one, other, run, health };
}

describe('the health of a session', () => {
  it('counts each link that was lost once, and tells when the last one was', async () => {
    const { one, other, run, health } = await agency();
    expect(await health(one.id)).toMatchObject({ days: 7, losses: 0, lost_at: null });
    // Lost before the window, lost in it with two statuses after it, reconnected by itself, and lost without an end.
    await run(`INSERT INTO session_events (tenant_id, session_id, at, from_status, to_status, source)
      SELECT of.tenant, of.one, at, was, becomes, 'hook' FROM of, (VALUES
        (${today} - interval '9 days', 'new', 'need_scan'), (${today} - interval '8 days', 'need_scan', 'connected'), (${today} - interval '7 days', 'connected', 'logged_out'),
        (${today} - interval '6 days', 'logged_out', 'need_scan'), (${today} - interval '150 hours', 'need_scan', 'expired'), (${today} - interval '5 days', 'expired', 'connected'),
        (${today} - interval '4 days', 'connected', 'disconnected'), (${today} - interval '3 days', 'disconnected', 'need_scan'), (${today} - interval '70 hours', 'need_scan', 'connected'),
        (${today} - interval '60 hours', 'connected', 'connecting'), (${today} - interval '59 hours', 'connecting', 'connected'),
        (${today} - interval '2 days', 'connected', 'logged_out'), (${today} - interval '1 day', 'logged_out', 'need_scan')) v(at, was, becomes)`);
    const [{ at } = { at: new Date(0) }] = await rig.get(Database).query<{ at: Date }>(`SELECT ${today} - interval '2 days' AS at`);
    expect(await health(one.id)).toMatchObject({ losses: 2, lost_at: at.toISOString() });
    expect(await health(other.id)).toMatchObject({ losses: 0, lost_at: null });
  });

  it('counts the people who opted out by what they wrote to it, each once, those of the last days', async () => {
    const { one, other, run, health } = await agency();
    // Of 8 people, by number: 1 and 2 (twice) count; 3 to another number, 4 too long ago, 5 agreed, 6 for another purpose, 7 voided; 8 before a merge into 1.
    await run(`, people AS (SELECT n, gen_random_uuid() AS id FROM generate_series(1, 8) n),
      contacts AS (INSERT INTO contacts (tenant_id, id, merged_into) SELECT of.tenant, p.id, CASE WHEN n = 8 THEN (SELECT f.id FROM people f WHERE f.n = 1) END FROM people p, of),
      conversations AS (INSERT INTO conversations (tenant_id, session_id, contact_id, address, id, kind, last_entry_at)
        SELECT of.tenant, of.one, p.id, '+44770090000' || n, gen_random_uuid(), 'person', CASE n WHEN 4 THEN ${today} - interval '7 days' ELSE heliograph_now() END FROM people p, of WHERE n < 8),
      said AS (INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, source, actor, session_id, at)
        SELECT of.tenant, CASE v.n WHEN 7 THEN '01935c3e-0000-7000-8000-000000000007'::uuid ELSE gen_random_uuid() END, p.id, '', purpose, action, 'keyword', 'contact', CASE WHEN v.n = 3 THEN of.other ELSE of.one END,
          CASE WHEN v.n = 4 THEN ${today} - interval '7 days' ELSE heliograph_now() END
        FROM (VALUES (2, 'marketing', 'opt_out'), (2, 'marketing', 'opt_out'), (3, 'marketing', 'opt_out'), (4, 'marketing', 'opt_out'),
          (5, 'marketing', 'opt_in'), (6, 'news', 'opt_out'), (7, 'marketing', 'opt_out'), (8, 'marketing', 'opt_out')) v(n, purpose, action) JOIN people p ON p.n = v.n, of)
      INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, source, actor, voids)
      SELECT of.tenant, gen_random_uuid(), p.id, '', 'marketing', 'void', 'import_undo', 'system', '01935c3e-0000-7000-8000-000000000007' FROM people p, of WHERE n = 7`);
    expect(await health(one.id)).toMatchObject({ opted_out: 2 });
    expect(await health(other.id)).toMatchObject({ opted_out: 0 });
  });

  it('tells when the last hook that was read came, and when the first of the messages that wait expires', async () => {
    const { tenant, one, other, run, health } = await agency();
    expect(await health(one.id)).toMatchObject({ first_expires_at: null, last_hook_at: null });
    await run(`INSERT INTO hook_inbox (tenant_id, session_id, received_at, body, processed_at)
      SELECT of.tenant, CASE kind WHEN 'other' THEN of.other ELSE of.one END, at::timestamptz, '{}', CASE WHEN kind <> 'open' THEN heliograph_now() END
      FROM of, (VALUES ('read', '2026-11-01T08:00:00Z'), ('read', '2026-11-01T09:00:00Z'), ('other', '2026-11-01T10:00:00Z'), ('open', '2026-11-01T11:00:00Z')) v(kind, at)`);
    for (const n of [1, 2, 3])
      expect(
        (await rig.call('POST', '/v1/messages', { key: tenant.key, body: text(`+44770090082${n}`, { session_id: one.id }) })).status,
      ).toBe(202);
    await run(
      `UPDATE messages SET expires_at = '2027-11-01T00:00:00Z'::timestamptz + abs(right(recipient, 1)::int - 2) * interval '1 day' FROM of WHERE tenant_id = of.tenant`,
    );
    expect(await health(one.id)).toMatchObject({
      last_hook_at: '2026-11-01T09:00:00.000Z',
      first_expires_at: '2027-11-01T00:00:00.000Z',
    });
    expect(await health(other.id)).toMatchObject({ last_hook_at: '2026-11-01T10:00:00.000Z', first_expires_at: null });
  });
});
